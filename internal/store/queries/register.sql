-- name: PublishPolicy :one
insert into policy (name, version, body, sha256, published_at)
select $1, coalesce(max(p.version), 0) + 1, sqlc.arg(body), sqlc.arg(sha256), sqlc.arg(published_at) from policy p where p.name = $1
returning version;

-- name: PolicyBySHA :one
select version from policy where name = $1 and sha256 = $2;

-- name: Policy :one
select * from policy where name = $1 and version = $2;

-- name: NewestPolicy :one
select * from policy where name = $1 order by version desc limit 1;

-- name: ApplyCreditor :exec
insert into creditor (id, profile, time_zone, policy, raw_signals, updated_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (id) do update
   set profile = excluded.profile, time_zone = excluded.time_zone, policy = excluded.policy,
       raw_signals = excluded.raw_signals, updated_at = excluded.updated_at;

-- name: Creditor :one
select * from creditor where id = $1;

-- name: Creditors :many
select * from creditor order by id;

-- name: DebtorByExternalID :one
select * from debtor where creditor_id = $1 and external_id = $2;

-- name: Debtor :one
select * from debtor where id = $1;

-- name: InsertDebtor :exec
-- Ids derive from the other unique key. Without a conflict target either index settles which of two clients came first; with
-- one, the other index raises an error now and then.
insert into debtor (id, creditor_id, external_id, kind, name, language, country, region, postal_code, city, address,
                    time_zone, contact_hours, preferred_channel, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict do nothing;

-- name: InsertContactPoint :exec
insert into contact_point (id, debtor_id, channel, value, created_at) values ($1, $2, $3, $4, $5)
on conflict do nothing;

-- name: ContactPoints :many
select * from contact_point where debtor_id = $1 order by created_at, channel, value;

-- name: ContactPoint :one
select * from contact_point where id = $1;

-- name: InvalidateContactPoint :exec
update contact_point set invalid_at = $2, invalid_code = $3 where id = $1 and invalid_at is null;

-- name: OptOutContactPoint :exec
update contact_point set opted_out_at = $2 where id = $1 and opted_out_at is null;

-- name: InsertInvoice :execrows
insert into invoice (id, creditor_id, debtor_id, number, issued_on, due_on, amount_minor, currency, policy_name, policy_version,
                     enter, opens_at, registered_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
on conflict do nothing;

-- name: InvoiceByNumber :one
select * from invoice where creditor_id = $1 and number = $2;

-- name: Invoice :one
select * from invoice where id = $1;

-- name: InsertDocument :exec
insert into document (id, invoice_id, kind, name, media_type, sha256, size, added_at) values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict do nothing;

-- name: Documents :many
select * from document where invoice_id = $1 order by kind, name, id;
