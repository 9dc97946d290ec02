-- name: Installation :one
select * from installation where id = 1;

-- name: CreateInstallation :exec
insert into installation (instance, clock, business_now, business_target, created_at)
values ($1, $2, $3, $3, $4)
on conflict (id) do nothing;

-- name: MoveClock :exec
update installation set business_now = $1, business_target = greatest(business_target, $1) where id = 1;

-- name: AimClock :exec
update installation set business_target = greatest(business_target, $1) where id = 1;

-- name: StopInstallation :exec
update installation set stopped_at = $1, stopped_reason = $2 where id = 1;

-- name: StopCreditor :execrows
update creditor set stopped_at = $2, stopped_reason = $3 where id = $1;

-- name: Stopped :one
select (i.stopped_at is not null or c.stopped_at is not null)::boolean as stopped
  from installation i, creditor c where i.id = 1 and c.id = $1;
