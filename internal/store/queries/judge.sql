-- What the judge compares with the sandbox's own ledger.

-- name: JudgedCases :many
select c.id, c.invoice_id, c.debtor_id, c.epoch, c.status, c.plan_form, c.plan_at, c.policy_name, c.policy_version, i.amount_minor
  from cases c join invoice i on i.id = c.invoice_id order by c.id;

-- name: JudgedDispatches :many
select d.id, d.state, d.kind, dc.case_id, dc.epoch, dc.step_id from dispatch d join dispatch_case dc on dc.dispatch_id = d.id order by d.id, dc.case_id;

-- name: JudgedPayments :many
select invoice_id, amount_minor, recorded_at from payment order by invoice_id, recorded_at, id;

-- name: JudgedPauses :many
select p.invoice_id, p.begun_at, p.expires_at, e.ended_at from pause p left join pause_end e on e.pause_id = p.id order by p.invoice_id, p.begun_at;

-- name: JudgedAgreements :many
select a.invoice_id, a.agreed_at, e.ended_at from agreement a left join agreement_end e on e.agreement_id = a.id order by a.invoice_id, a.agreed_at;

-- name: JudgedOutcomes :many
select case_id, epoch, step_id, kind, result, dispatch_id, task_id from outcome order by case_id, recorded_at, step_id;

-- name: JudgedTasks :many
select id, case_id, kind, status from task order by id;

-- name: JudgedDebtors :many
select * from debtor order by id;
