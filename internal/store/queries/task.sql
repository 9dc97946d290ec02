-- name: InsertTask :execrows
insert into task (id, creditor_id, debtor_id, case_id, epoch, step_id, kind, status, data, body_sha256, opened_at, due_at)
values ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, $10, $11)
on conflict do nothing;

-- name: Task :one
select * from task where id = $1;

-- name: LockTask :one
select * from task where id = $1 for no key update;

-- name: EndTask :exec
update task set status = $2, ended_at = $3, outcome = $4, tracking = $5 where id = $1 and status = 'open';

-- name: WithdrawTasks :many
update task set status = 'withdrawn', ended_at = sqlc.arg(ended_at), outcome = 'withdrawn'
 where case_id = sqlc.arg(case_id) and status = 'open' and kind = any(sqlc.arg(kinds)::text[])
returning id, kind;

-- name: CaseTasks :many
select * from task where case_id = $1 order by opened_at, id;

-- name: OpenTaskOfStep :one
select * from task where case_id = $1 and epoch = $2 and step_id = $3 and kind = $4;

-- name: BlockingTask :one
select kind from task where case_id = $1 and epoch = $2 and status = 'open' and kind in ('file_claim', 'choose_route')
 order by opened_at limit 1;

-- name: Tasks :many
select t.*, i.number, i.creditor_id as invoice_creditor, d.name as debtor_name
  from task t left join cases c on c.id = t.case_id left join invoice i on i.id = c.invoice_id join debtor d on d.id = t.debtor_id
 where (sqlc.narg(status)::text is null or t.status = sqlc.narg(status)) and (sqlc.narg(creditor)::text is null or t.creditor_id = sqlc.narg(creditor))
 order by t.due_at, t.id;

-- name: WithdrawnTasks :many
select * from task where case_id = $1 and epoch = $2 and status = 'withdrawn' and kind in ('print_and_post', 'file_claim', 'choose_route')
 order by opened_at, id;

-- name: ReopenTask :exec
update task set status = 'open', ended_at = null, outcome = null, body_sha256 = $2, opened_at = $3, due_at = $4 where id = $1;
