-- name: ListCases :many
select c.id, c.creditor_id, c.workflow_id, c.status, c.ending, c.plan, c.plan_at, c.opened_at, i.number, i.due_on, i.amount_minor, i.currency,
       d.name as debtor_name, coalesce((select sum(p.amount_minor) from payment p where p.invoice_id = i.id), 0)::bigint as paid_minor
  from cases c join invoice i on i.id = c.invoice_id join debtor d on d.id = c.debtor_id
 where (sqlc.narg(creditor)::text is null or c.creditor_id = sqlc.narg(creditor))
   and (sqlc.narg(status)::text is null or c.status = sqlc.narg(status))
 order by i.due_on, i.number limit sqlc.arg(most);

-- name: CountCases :many
select status, coalesce(ending, '')::text as ending, count(*) from cases group by 1, 2 order by 1, 2;

-- name: CountInvoices :one
select count(*) from invoice;
