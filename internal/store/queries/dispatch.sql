-- name: InsertDispatch :exec
insert into dispatch (id, creditor_id, debtor_id, contact_point_id, kind, channel, state, on_unknown, attempt, attempt_id, lease_until,
                      provider, account, recipient, content_type, idempotency_key, body_sha256, subject, claimed_at)
values ($1, $2, $3, $4, $5, $6, 'claimed', $7, 1, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17);

-- name: InsertDispatchCase :exec
insert into dispatch_case (dispatch_id, case_id, epoch, step_id, amount_minor, currency) values ($1, $2, $3, $4, $5, $6);

-- name: InsertAttempt :exec
insert into attempt (id, dispatch_id, number, body_sha256, claimed_at) values ($1, $2, $3, $4, $5);

-- name: LiveDispatch :one
select d.* from dispatch d join dispatch_case dc on dc.dispatch_id = d.id
 where dc.case_id = $1 and dc.epoch = $2 and dc.step_id = $3 and dc.live;

-- name: Dispatch :one
select * from dispatch where id = $1;

-- name: DispatchCases :many
select * from dispatch_case where dispatch_id = $1 order by case_id;

-- name: ReclaimDispatch :exec
update dispatch set state = 'claimed', attempt = attempt + 1, attempt_id = $2, lease_until = $3, not_before = null, review_at = null,
       contact_point_id = $4, channel = $5, kind = $6, provider = $7, account = $8, recipient = $9, content_type = $10,
       idempotency_key = $11, body_sha256 = $12, subject = $13, claimed_at = $14
 where id = $1;

-- name: RestateDispatchCase :exec
update dispatch_case set amount_minor = $3, currency = $4 where dispatch_id = $1 and case_id = $2;

-- name: MarkCalling :execrows
update dispatch set state = 'calling', lease_until = $3 where id = $1 and attempt_id = $2 and state = 'claimed';

-- name: MarkCalled :exec
update attempt set called_at = $2 where id = $1;

-- name: CallLost :execrows
update dispatch set state = 'unknown', review_at = $3 where id = $1 and attempt_id = $2 and state = 'calling';

-- name: PutOffDispatch :exec
update dispatch set state = 'claimed', review_at = null, not_before = $2, code = $3, detail = $4 where id = $1;

-- name: EndDispatch :exec
update dispatch set state = $2, decided_at = $3, provider_id = $4, code = $5, detail = $6, tracking = $7, review_at = null where id = $1;

-- name: DispatchUnknown :exec
update dispatch set state = 'unknown', review_at = $2, code = $3, detail = $4 where id = $1;

-- name: PostponeLookup :exec
update dispatch set review_at = $2 where id = $1 and state = 'unknown';

-- name: EndAttempt :exec
update attempt set ended_at = $2, result = $3, http_status = $4, code = $5 where id = $1 and ended_at is null;

-- name: Attempt :one
select * from attempt where id = $1;

-- name: InsertLookup :exec
insert into lookup (id, dispatch_id, attempt_id, at, found, control, provider_id) values ($1, $2, $3, $4, $5, $6, $7);

-- name: Lookups :many
select * from lookup where attempt_id = $1 order by at;

-- name: InsertAbsence :exec
insert into absence (attempt_id, dispatch_id, proved_at, ground) values ($1, $2, $3, $4);

-- name: CaseDispatches :many
select d.*, dc.step_id, dc.epoch, dc.amount_minor, dc.currency from dispatch d join dispatch_case dc on dc.dispatch_id = d.id
 where dc.case_id = $1 order by d.claimed_at, d.id;

-- name: OpenCalls :one
select count(*) from dispatch where state = 'calling';

-- name: FlightsOfCase :many
select d.state, d.not_before, d.review_at from dispatch d join dispatch_case dc on dc.dispatch_id = d.id
 where dc.case_id = $1 and dc.epoch = $2 and d.state in ('claimed', 'calling', 'unknown')
 order by d.claimed_at;

-- name: CountDispatches :one
select count(*) from dispatch_case where case_id = $1 and epoch = $2 and step_id = $3;

-- name: FirstClaim :one
select claimed_at from attempt where dispatch_id = $1 order by number limit 1;

-- name: ClearCalling :execrows
-- The process that marked the dispatch knows that it wrote nothing.
update dispatch set state = 'claimed' where id = $1 and attempt_id = $2 and state = 'calling';

-- name: UnknownDispatches :many
select d.* from dispatch d join dispatch_case dc on dc.dispatch_id = d.id
 where dc.case_id = $1 and d.state = 'unknown' order by d.id;

-- name: UnknownOfClosedCases :many
select distinct dc.case_id from dispatch d join dispatch_case dc on dc.dispatch_id = d.id join cases c on c.id = dc.case_id
 where d.state = 'unknown' and d.review_at <= $1 and c.status <> 'open' order by dc.case_id;

-- name: NextLookupOfClosedCases :one
select d.review_at::timestamptz from dispatch d join dispatch_case dc on dc.dispatch_id = d.id join cases c on c.id = dc.case_id
 where d.state = 'unknown' and c.status <> 'open' order by d.review_at limit 1;

-- name: ProviderIDTaken :one
-- One message at a provider is evidence of one dispatch.
select exists (select 1 from dispatch where provider = $1 and provider_id = $2::text and id <> $3);
