-- name: InsertPayment :exec
insert into payment (id, invoice_id, reference, amount_minor, currency, received_on, source, recorded_at)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: PaymentByReference :one
select * from payment where invoice_id = $1 and reference = $2;

-- name: Payments :many
select * from payment where invoice_id = $1 order by recorded_at, id;

-- name: InsertPause :exec
insert into pause (id, invoice_id, reference, reason, note, begun_at, expires_at, review_at)
values ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: PauseByReference :one
select * from pause where invoice_id = $1 and reference = $2;

-- name: Pauses :many
select p.*, e.ended_at from pause p left join pause_end e on e.pause_id = p.id
 where p.invoice_id = $1 order by p.begun_at, p.id;

-- name: EndPause :exec
insert into pause_end (pause_id, invoice_id, ended_at, note) values ($1, $2, $3, $4);

-- name: InsertAgreement :exec
insert into agreement (id, invoice_id, reference, source, agreed_at) values ($1, $2, $3, $4, $5);

-- name: InsertInstalment :exec
insert into instalment (agreement_id, position, due_on, amount_minor, currency) values ($1, $2, $3, $4, $5);

-- name: AgreementByReference :one
select * from agreement where invoice_id = $1 and reference = $2;

-- name: Agreements :many
select a.*, e.ended_at, e.result from agreement a left join agreement_end e on e.agreement_id = a.id
 where a.invoice_id = $1 order by a.agreed_at, a.id;

-- name: Instalments :many
select * from instalment where agreement_id = $1 order by position;

-- name: EndAgreement :exec
insert into agreement_end (agreement_id, invoice_id, result, ended_at) values ($1, $2, $3, $4);

-- name: InsertOutcome :exec
insert into outcome (case_id, invoice_id, epoch, step_id, kind, result, reason, dispatch_id, task_id, recorded_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10);

-- name: Outcomes :many
select * from outcome where case_id = $1 order by recorded_at, step_id;

-- name: InsertPosting :exec
insert into posting (case_id, invoice_id, epoch, posted_on, tracking, recorded_at) values ($1, $2, $3, $4, $5, $6);

-- name: Posting :one
select * from posting where case_id = $1 and epoch = $2;

-- name: InsertReferral :exec
insert into referral (id, case_id, invoice_id, epoch, route, dossier_sha256, referred_at) values ($1, $2, $3, $4, $5, $6, $7);

-- name: Referral :one
select * from referral where case_id = $1 and epoch = $2;

-- name: InsertTimeline :exec
insert into timeline (invoice_id, at, kind, data) values ($1, $2, $3, $4);

-- name: Timeline :many
select * from timeline where invoice_id = $1 order by id;

-- name: TimelineSince :many
select t.id, t.at, t.kind, t.data, i.number, i.creditor_id, i.id as invoice_id, d.name as debtor_name
  from timeline t join invoice i on i.id = t.invoice_id join debtor d on d.id = i.debtor_id
 where t.id > $1 order by t.id;

-- name: LastTimelineID :one
select coalesce(max(id), 0)::bigint from timeline;

-- name: RawSignal :one
select * from raw_signal where case_id = $1 and key = $2;

-- name: InsertRawSignal :exec
insert into raw_signal (case_id, key, name, payload, verdict, received_at) values ($1, $2, $3, $4, $5, $6);

-- name: OutcomeOfStep :one
select result from outcome where case_id = $1 and epoch = $2 and step_id = $3;
