-- Locks are taken in one order everywhere: debtor, invoices by id, contact points by id, dispatches by id.

-- name: LockDebtor :exec
select 1 from debtor where id = $1 for no key update;

-- name: ShareDebtor :exec
select 1 from debtor where id = $1 for share;

-- name: LockInvoice :exec
select 1 from invoice where id = $1 for no key update;

-- name: LockInvoices :many
select id from invoice where id = any(sqlc.arg(ids)::uuid[]) order by id for no key update;

-- name: LockContactPoints :many
select id from contact_point where debtor_id = $1 order by id for no key update;

-- name: LockContactPoint :exec
select 1 from contact_point where id = $1 for no key update;

-- name: LockDispatch :one
select * from dispatch where id = $1 for no key update;

-- name: LockLiveDispatches :many
select d.* from dispatch d
 where d.id in (select dc.dispatch_id from dispatch_case dc where dc.case_id = $1)
   and d.state in ('claimed', 'calling', 'unknown')
 order by d.id for no key update of d;
