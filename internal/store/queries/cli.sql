-- What people look up: the lists and files behind the command line, and later the API and the pages.

-- name: InvoicesByNumber :many
select * from invoice where number = $1 order by creditor_id;

-- name: KnownInvoices :many
-- The invoices of these ids that are recorded, each with the debtor's own id.
select i.id, i.number, i.due_on, i.issued_on, i.amount_minor, i.currency, i.debtor_id, d.external_id
  from invoice i join debtor d on d.id = i.debtor_id
 where i.id = any(sqlc.arg(ids)::uuid[]);

-- name: BrowseBook :many
-- Every invoice with what is owed on it; its status is that of its case, or says that there is none: 'waiting' until it
-- opens, 'settled' when it was paid before that.
with book as (
    select i.id, i.creditor_id, i.number, i.due_on, i.amount_minor, i.currency, i.opens_at, i.policy_name, i.policy_version,
           i.amount_minor - coalesce((select sum(p.amount_minor) from payment p where p.invoice_id = i.id), 0) as owed_minor,
           i.debtor_id, c.id as case_id, c.status as case_status, c.plan, i.opening_done
      from invoice i left join cases c on c.invoice_id = i.id
     where (sqlc.narg(creditor)::text is null or i.creditor_id = sqlc.narg(creditor))
)
select b.creditor_id, b.number, b.due_on, b.amount_minor, b.currency, b.owed_minor::bigint as owed_minor, b.opens_at, b.plan,
       coalesce(b.case_status, case when b.opening_done or b.owed_minor <= 0 then 'settled' else 'waiting' end)::text as status,
       d.external_id, d.name as debtor_name, d.time_zone
  from book b join debtor d on d.id = b.debtor_id
 where (sqlc.narg(status)::text is null
    or coalesce(b.case_status, case when b.opening_done or b.owed_minor <= 0 then 'settled' else 'waiting' end) = sqlc.narg(status))
 order by b.due_on, b.number, b.creditor_id limit sqlc.arg(most);

-- name: SumBook :many
-- What BrowseBook lists, counted and added up by status and currency.
with book as (
    select i.currency, i.amount_minor - coalesce((select sum(p.amount_minor) from payment p where p.invoice_id = i.id), 0) as owed_minor,
           c.status as case_status, i.opening_done
      from invoice i left join cases c on c.invoice_id = i.id
     where (sqlc.narg(creditor)::text is null or i.creditor_id = sqlc.narg(creditor))
)
select coalesce(b.case_status, case when b.opening_done or b.owed_minor <= 0 then 'settled' else 'waiting' end)::text as status,
       b.currency, count(*) as invoices, sum(b.owed_minor)::bigint as owed_minor
  from book b group by 1, 2 order by 1, 2;

-- name: CountByCreditor :many
select i.creditor_id, count(*) as invoices, count(*) filter (where c.status = 'open') as open_cases
  from invoice i left join cases c on c.invoice_id = i.id group by i.creditor_id;

-- name: TasksByPrefix :many
select * from task where id::text like sqlc.arg(prefix)::text || '%' order by id limit 5;

-- name: CountTasks :many
select status, count(*) from task
 where (sqlc.narg(creditor)::text is null or creditor_id = sqlc.narg(creditor)) group by status order by status;

-- name: PublishedPolicies :many
select name, version, body, sha256, published_at from policy order by name, version desc;

-- name: CallsUnderWay :one
-- The messages that may be on their way to a provider right now: called, and not lost yet.
select count(*) from dispatch
 where state = 'calling' and lease_until > sqlc.arg(now) and (sqlc.narg(creditor)::text is null or creditor_id = sqlc.narg(creditor));

-- name: UnknownCalls :one
select count(*) from dispatch
 where (state = 'unknown' or state = 'calling' and lease_until <= sqlc.arg(now)) and (sqlc.narg(creditor)::text is null or creditor_id = sqlc.narg(creditor));
