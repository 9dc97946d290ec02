-- name: InsertCase :execrows
insert into cases (id, invoice_id, creditor_id, debtor_id, workflow_id, policy_name, policy_version, status, opened_at,
                   plan, plan_form, plan_at, plan_version)
values ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, $10, $11, $12)
on conflict (invoice_id) do nothing;

-- name: CaseByID :one
select * from cases where id = $1;

-- name: CaseByInvoice :one
select * from cases where invoice_id = $1;

-- name: CaseByWorkflow :one
select * from cases where workflow_id = $1;

-- name: StorePlan :exec
update cases set plan = $2, plan_form = $3, plan_at = $4, plan_version = $5, status = $6, ending = $7, closed_at = $8 where id = $1;

-- name: MarkOpeningDone :exec
update invoice set opening_done = true where id = $1;

-- name: DueOpenings :many
select id from invoice where not opening_done and opens_at <= sqlc.arg(now) order by opens_at, id limit sqlc.arg(most);

-- name: NextOpening :one
select opens_at from invoice where not opening_done order by opens_at limit 1;

-- name: DueCases :many
select id, debtor_id, workflow_id, plan_at, plan_form, plan_version from cases
 where status = 'open' and plan_at <= sqlc.arg(now)
 order by plan_at, debtor_id, workflow_id limit sqlc.arg(most);

-- name: NextPlan :one
select plan_at::timestamptz from cases where status = 'open' and plan_form <> 'person' order by plan_at limit 1;

-- name: NextReview :one
select plan_at::timestamptz from cases where status = 'open' order by plan_at limit 1;

-- name: WantNews :exec
insert into outbox (case_id, creditor_id, wanted_version, kind, events, next_try_at) values ($1, $2, $3, $4, $5, $6)
on conflict (case_id) do update
   set wanted_version = greatest(outbox.wanted_version, excluded.wanted_version),
       kind = case when outbox.delivered_version < outbox.wanted_version and outbox.kind = 'paid' then outbox.kind else excluded.kind end,
       events = case when outbox.delivered_version < outbox.wanted_version then outbox.events || excluded.events else excluded.events end,
       next_try_at = excluded.next_try_at, tries = 0;

-- name: TakeNews :many
update outbox o set leased_until = sqlc.arg(lease)
 where o.case_id in (
    select x.case_id from outbox x
     where x.started and x.delivered_version < x.wanted_version and x.next_try_at <= sqlc.arg(now)
       and (x.leased_until is null or x.leased_until < sqlc.arg(now))
     order by x.next_try_at, x.case_id limit sqlc.arg(most) for no key update skip locked)
returning o.case_id, o.wanted_version, o.started, o.kind, o.events, o.tries;

-- name: TakeStarts :many
-- Round robin: a few of each creditor at a time, so that one creditor's import does not keep the others waiting.
update outbox o set leased_until = sqlc.arg(lease)
 where o.case_id in (
    select one.case_id from creditor c cross join lateral (
        select x.case_id from outbox x
         where x.creditor_id = c.id and not x.started and x.delivered_version < x.wanted_version and x.next_try_at <= sqlc.arg(now)
           and (x.leased_until is null or x.leased_until < sqlc.arg(now))
         order by x.next_try_at, x.case_id limit sqlc.arg(each) for no key update of x skip locked) one
     limit sqlc.arg(most))
returning o.case_id, o.wanted_version, o.started, o.kind, o.events, o.tries;

-- name: NewsDelivered :exec
update outbox set delivered_version = greatest(delivered_version, least(wanted_version, sqlc.arg(version))), started = true, leased_until = null, tries = 0
 where case_id = sqlc.arg(case_id);

-- name: NewsDelayed :exec
update outbox set leased_until = null, tries = tries + 1, next_try_at = $2 where case_id = $1;

-- name: PendingNews :one
select count(*) from outbox where delivered_version < wanted_version;

-- name: NextNews :one
select greatest(next_try_at, coalesce(leased_until, next_try_at))::timestamptz as at from outbox where delivered_version < wanted_version order by at limit 1;

-- name: RingOverdue :execrows
update outbox o set delivered_version = least(o.delivered_version, o.wanted_version - 1), next_try_at = sqlc.arg(now), tries = 0
  from cases c
 where c.id = o.case_id and c.status = 'open' and c.plan_at < sqlc.arg(late)
   and o.delivered_version = o.wanted_version and o.next_try_at < sqlc.arg(late);
