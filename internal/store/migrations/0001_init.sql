-- +goose Up

-- One row: what this installation is. Business time stands in it only on a test clock.
create table installation (
    id              smallint primary key default 1 check (id = 1),
    instance        uuid not null,
    clock           text not null check (clock in ('wall', 'test')),
    business_now    timestamptz,
    business_target timestamptz,
    stopped_at      timestamptz,
    stopped_reason  text,
    created_at      timestamptz not null,
    check ((clock = 'test') = (business_now is not null)),
    check ((business_now is null) = (business_target is null)),
    check (business_target >= business_now),
    check ((stopped_at is null) = (stopped_reason is null))
);

create table policy (
    name         text not null check (name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
    version      integer not null check (version > 0),
    body         bytea not null,
    sha256       char(64) not null,
    published_at timestamptz not null,
    primary key (name, version),
    unique (name, sha256)
);

create table creditor (
    id             text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    profile        jsonb not null,
    time_zone      text not null,
    policy         text not null,
    raw_signals    text not null check (raw_signals in ('trusted', 'unverified', 'refused')),
    stopped_at     timestamptz,
    stopped_reason text,
    updated_at     timestamptz not null,
    check ((stopped_at is null) = (stopped_reason is null))
);

-- The debtor row is the gate for what concerns all of a debtor's cases.
create table debtor (
    id                uuid primary key,
    creditor_id       text not null references creditor,
    external_id       text not null,
    kind              text not null check (kind in ('consumer', 'sole_trader', 'company')),
    name              text not null,
    language          text not null check (language ~ '^[a-z]{2}$'),
    country           char(2) not null,
    region            text not null,
    postal_code       text not null,
    city              text not null,
    address           text[] not null,
    time_zone         text not null,
    contact_hours     text not null,
    preferred_channel text not null check (preferred_channel in ('', 'email', 'sms', 'phone')),
    created_at        timestamptz not null,
    unique (creditor_id, external_id)
);

-- The contact point row is the gate for opt-outs and validity of one address or number.
create table contact_point (
    id            uuid primary key,
    debtor_id     uuid not null references debtor,
    channel       text not null check (channel in ('email', 'phone')),
    value         text not null,
    invalid_at    timestamptz,
    invalid_code  text,
    opted_out_at  timestamptz,
    created_at    timestamptz not null,
    unique (debtor_id, channel, value),
    check ((invalid_at is null) = (invalid_code is null))
);

-- The invoice row is the gate for the facts of one invoice. It exists before the case does.
create table invoice (
    id             uuid primary key,
    creditor_id    text not null references creditor,
    debtor_id      uuid not null references debtor,
    number         text not null check (number <> ''),
    issued_on      date not null,
    due_on         date not null check (due_on >= issued_on),
    amount_minor   bigint not null check (amount_minor > 0),
    currency       char(3) not null,
    policy_name    text not null,
    policy_version integer not null,
    enter          text not null check (enter in ('first', 'by-age', 'paused')),
    opens_at       timestamptz not null,
    opening_done   boolean not null default false,
    registered_at  timestamptz not null,
    unique (creditor_id, number),
    foreign key (policy_name, policy_version) references policy
);
create index invoice_opening on invoice (opens_at, id) where not opening_done;
create index invoice_debtor on invoice (debtor_id);

create table document (
    id         uuid primary key,
    invoice_id uuid not null references invoice,
    kind       text not null check (kind in ('invoice', 'contract', 'delivery_proof', 'other')),
    name       text not null,
    media_type text not null,
    sha256     char(64) not null,
    size       bigint not null check (size > 0),
    added_at   timestamptz not null,
    unique (invoice_id, sha256)
);

-- Facts: inserted, never changed. A reference is the fact's own id in the world it came from.
create table payment (
    id           uuid primary key,
    invoice_id   uuid not null references invoice,
    reference    text not null check (reference <> ''),
    amount_minor bigint not null check (amount_minor > 0),
    currency     char(3) not null,
    received_on  date not null,
    source       text not null check (source in ('staff', 'import', 'signal')),
    recorded_at  timestamptz not null,
    unique (invoice_id, reference)
);

create table pause (
    id         uuid primary key,
    invoice_id uuid not null references invoice,
    reference  text not null check (reference <> ''),
    reason     text not null check (reason in ('hold', 'dispute', 'unreadable_signal', 'unverified_signal')),
    note       text not null,
    begun_at   timestamptz not null,
    expires_at timestamptz,
    review_at  timestamptz not null,
    unique (invoice_id, reference),
    check (expires_at > begun_at)
);

create table pause_end (
    pause_id uuid primary key references pause,
    invoice_id uuid not null references invoice,
    ended_at timestamptz not null,
    note     text not null
);

create table agreement (
    id         uuid primary key,
    invoice_id uuid not null references invoice,
    reference  text not null check (reference <> ''),
    source     text not null check (source in ('staff', 'import', 'signal')),
    agreed_at  timestamptz not null,
    unique (invoice_id, reference)
);

create table instalment (
    agreement_id uuid not null references agreement,
    position     integer not null check (position > 0),
    due_on       date not null,
    amount_minor bigint not null check (amount_minor > 0),
    currency     char(3) not null,
    primary key (agreement_id, position)
);

create table agreement_end (
    agreement_id uuid primary key references agreement,
    invoice_id   uuid not null references invoice,
    result       text not null check (result in ('broken', 'kept', 'replaced', 'withdrawn')),
    ended_at     timestamptz not null
);

create table cases (
    id             uuid primary key,
    invoice_id     uuid not null unique references invoice,
    creditor_id    text not null references creditor,
    debtor_id      uuid not null references debtor,
    workflow_id    text not null unique,
    policy_name    text not null,
    policy_version integer not null,
    epoch          integer not null default 1 check (epoch > 0),
    status         text not null check (status in ('open', 'closed', 'referred')),
    ending         text check (ending in ('paid', 'referred')),
    opened_at      timestamptz not null,
    closed_at      timestamptz,
    plan           jsonb not null,
    plan_form      text not null check (plan_form in ('perform', 'review', 'person', 'close')),
    plan_at        timestamptz,
    plan_version   bigint not null check (plan_version > 0),
    foreign key (policy_name, policy_version) references policy,
    check ((closed_at is null) = (status = 'open')),
    check ((ending is null) = (status = 'open')),
    check ((ending = 'referred') = (status = 'referred')),
    check ((plan_form = 'close') = (status <> 'open')),
    check ((plan_at is null) = (plan_form = 'close'))
);
create index cases_due on cases (plan_at, debtor_id, workflow_id) where status = 'open';
create index cases_debtor on cases (debtor_id);

-- A dispatch is one message on one channel. It covers one case or several of the same debtor.
create table dispatch (
    id               uuid primary key,
    creditor_id      text not null references creditor,
    debtor_id        uuid not null references debtor,
    contact_point_id uuid references contact_point,
    kind             text not null check (kind in ('email_reminder', 'sms_reminder', 'escalation_notice', 'certified_letter', 'referral')),
    channel          text not null check (channel in ('email', 'sms', 'post')),
    state            text not null check (state in ('claimed', 'calling', 'accepted', 'refused', 'suppressed', 'unknown', 'unproved')),
    on_unknown       text not null check (on_unknown in ('hold', 'resend')),
    attempt          integer not null check (attempt > 0),
    attempt_id       uuid not null,
    lease_until      timestamptz not null,
    not_before       timestamptz,
    provider         text not null,
    account          text not null,
    recipient        text not null,
    content_type     text not null,
    idempotency_key  text not null,
    body_sha256      char(64) not null,
    subject          text not null,
    claimed_at       timestamptz not null,
    decided_at       timestamptz,
    provider_id      text,
    code             text,
    detail           text,
    tracking         text,
    review_at        timestamptz,
    check ((decided_at is null) = (state in ('claimed', 'calling', 'unknown'))),
    check ((review_at is not null) = (state = 'unknown')),
    check (state <> 'refused' or code is not null)
);
create index dispatch_pending on dispatch (lease_until) where state in ('claimed', 'calling', 'unknown');

create table dispatch_case (
    dispatch_id  uuid not null references dispatch,
    case_id      uuid not null references cases,
    epoch        integer not null,
    step_id      text not null,
    amount_minor bigint not null check (amount_minor > 0),
    currency     char(3) not null,
    live         boolean not null default true,
    primary key (dispatch_id, case_id)
);
-- At most one live dispatch for each case, epoch and step: the last line of defence against a second message.
create unique index dispatch_case_live on dispatch_case (case_id, epoch, step_id) where live;
create index dispatch_case_case on dispatch_case (case_id);

create table attempt (
    id          uuid primary key,
    dispatch_id uuid not null references dispatch,
    number      integer not null,
    body_sha256 char(64) not null,
    claimed_at  timestamptz not null,
    called_at   timestamptz,
    ended_at    timestamptz,
    result      text check (result in ('accepted', 'refused', 'later', 'unknown', 'not_written', 'superseded', 'suppressed', 'absent')),
    http_status integer,
    code        text,
    unique (dispatch_id, number),
    check ((ended_at is null) = (result is null))
);

-- What a provider answered when it was asked about a message whose outcome died with its process.
create table lookup (
    id          uuid primary key,
    dispatch_id uuid not null references dispatch,
    attempt_id  uuid not null references attempt,
    at          timestamptz not null,
    found       boolean not null,
    control     boolean not null,
    provider_id text,
    check (found = (provider_id is not null))
);

-- Proof that an attempt left nothing at the provider. Without it no unknown dispatch is ever claimed again.
create table absence (
    attempt_id uuid primary key references attempt,
    dispatch_id uuid not null references dispatch,
    proved_at  timestamptz not null,
    ground     text not null check (ground in ('lookups', 'policy_resend'))
);

create table task (
    id          uuid primary key,
    creditor_id text not null references creditor,
    debtor_id   uuid not null references debtor,
    case_id     uuid not null references cases,
    epoch       integer not null,
    step_id     text not null,
    kind        text not null check (kind in ('call', 'print_and_post', 'file_claim', 'choose_route', 'find_debtor', 'unknown_outcome',
                                              'given_up', 'unreadable_signal', 'confirm_signal', 'review')),
    status      text not null check (status in ('open', 'done', 'withdrawn')),
    data        jsonb not null,
    body_sha256 char(64),
    opened_at   timestamptz not null,
    due_at      timestamptz not null,
    ended_at    timestamptz,
    outcome     text,
    tracking    text,
    check ((ended_at is null) = (status = 'open')),
    check (outcome is null or status <> 'open')
);
create unique index task_once on task (case_id, epoch, step_id, kind) where kind not in ('review', 'unreadable_signal', 'confirm_signal');
create index task_open on task (due_at, id) where status = 'open';
create index task_case on task (case_id);

-- How a step ended: exactly one row for each step of an epoch.
create table outcome (
    case_id     uuid not null references cases,
    invoice_id  uuid not null references invoice,
    epoch       integer not null,
    step_id     text not null,
    kind        text not null,
    result      text not null check (result in ('sent', 'tasked', 'skipped', 'covered', 'refused', 'gave_up', 'unknown')),
    reason      text not null,
    dispatch_id uuid references dispatch,
    task_id     uuid references task,
    recorded_at timestamptz not null,
    primary key (case_id, epoch, step_id)
);

-- The day a final notice was handed to the post.
create table posting (
    case_id     uuid not null references cases,
    invoice_id  uuid not null references invoice,
    epoch       integer not null,
    posted_on   date not null,
    tracking    text not null,
    recorded_at timestamptz not null,
    primary key (case_id, epoch)
);

create table referral (
    id          uuid primary key,
    case_id     uuid not null references cases,
    invoice_id  uuid not null references invoice,
    epoch       integer not null,
    route       text not null check (route in ('small_claims', 'agency')),
    dossier_sha256 char(64) not null,
    referred_at timestamptz not null,
    unique (case_id, epoch)
);

create table raw_signal (
    case_id     uuid not null references cases,
    key         text not null,
    name        text not null,
    payload     bytea not null,
    verdict     text not null check (verdict in ('recorded', 'unreadable', 'unverified', 'refused')),
    received_at timestamptz not null,
    primary key (case_id, key)
);

-- The timeline of a case: what happened, in order, for people. Append-only.
create table timeline (
    id          bigint generated always as identity primary key,
    invoice_id  uuid not null references invoice,
    at          timestamptz not null,
    kind        text not null,
    data        jsonb not null,
    written_at  timestamptz not null default clock_timestamp()
);
create index timeline_invoice on timeline (invoice_id, id);

-- One row per case whose workflow must hear of a newer plan. Never read by an id cursor.
create table outbox (
    case_id           uuid primary key references cases,
    creditor_id       text not null references creditor,
    wanted_version    bigint not null,
    delivered_version bigint not null default 0,
    started           boolean not null default false,
    kind              text not null check (kind in ('paid', 'installment-agreed', 'case-changed')),
    events            text[] not null,
    next_try_at       timestamptz not null,
    tries             integer not null default 0,
    leased_until      timestamptz,
    check (delivered_version <= wanted_version)
);
create index outbox_news on outbox (next_try_at, case_id) where delivered_version < wanted_version and started;
create index outbox_starts on outbox (creditor_id, next_try_at, case_id) where delivered_version < wanted_version and not started;

-- +goose StatementBegin
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'RL001';
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
-- Every writer of an invoice's fact takes the gate, even one that forgot to.
create function gate_invoice() returns trigger language plpgsql as $$
begin
    perform 1 from invoice where id = new.invoice_id for no key update;
    return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function gate_dispatch_transition() returns trigger language plpgsql as $$
begin
    if old.state in ('accepted', 'refused', 'suppressed', 'unproved') and new.state <> old.state then
        raise exception 'dispatch % has ended as %', old.id, old.state using errcode = 'RL002';
    end if;
    if old.state = 'claimed' and new.state not in ('claimed', 'calling', 'suppressed') then
        raise exception 'dispatch %: claimed cannot become %', old.id, new.state using errcode = 'RL002';
    end if;
    if old.state = 'unknown' and new.state in ('claimed', 'calling', 'suppressed') and not exists (
        select 1 from absence a where a.attempt_id = old.attempt_id
    ) then
        raise exception 'dispatch %: nothing proves that attempt % was not sent', old.id, old.attempt using errcode = 'RL003';
    end if;
    if new.attempt < old.attempt then
        raise exception 'dispatch %: attempts only rise', old.id using errcode = 'RL002';
    end if;
    update dispatch_case set live = new.state not in ('refused', 'suppressed')
     where dispatch_id = new.id and live is distinct from (new.state not in ('refused', 'suppressed'));
    return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function gate_clock() returns trigger language plpgsql as $$
begin
    if new.clock <> old.clock or new.instance <> old.instance then
        raise exception 'the clock of an installation is chosen once' using errcode = 'RL004';
    end if;
    if new.business_now < old.business_now or new.business_target < old.business_target then
        raise exception 'a test clock only moves forward' using errcode = 'RL004';
    end if;
    return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function gate_plan_version() returns trigger language plpgsql as $$
begin
    if new.plan_version < old.plan_version or (new.plan_version = old.plan_version and new.plan <> old.plan) then
        raise exception 'case %: a plan''s version only rises', old.id using errcode = 'RL005';
    end if;
    perform pg_notify('relance_case', new.id::text);
    return new;
end $$;
-- +goose StatementEnd

-- +goose StatementBegin
create function ring_outbox() returns trigger language plpgsql as $$
begin
    perform pg_notify('relance_outbox', new.case_id::text);
    return new;
end $$;
-- +goose StatementEnd

create trigger gate before update on installation for each row execute function gate_clock();
create trigger gate before update on dispatch for each row execute function gate_dispatch_transition();
create trigger gate before update on cases for each row execute function gate_plan_version();
create trigger ring after insert or update on outbox for each row execute function ring_outbox();

create trigger gate before insert on payment for each row execute function gate_invoice();
create trigger gate before insert on pause for each row execute function gate_invoice();
create trigger gate before insert on pause_end for each row execute function gate_invoice();
create trigger gate before insert on agreement for each row execute function gate_invoice();
create trigger gate before insert on agreement_end for each row execute function gate_invoice();
create trigger gate before insert on outcome for each row execute function gate_invoice();
create trigger gate before insert on posting for each row execute function gate_invoice();
create trigger gate before insert on referral for each row execute function gate_invoice();

create trigger fixed before update or delete or truncate on policy for each statement execute function refuse_change();
create trigger fixed before update or delete or truncate on document for each statement execute function refuse_change();
create trigger fixed before update or delete or truncate on payment for each statement execute function refuse_change();
create trigger fixed before update or delete or truncate on pause for each statement execute function refuse_change();
create trigger fixed before update or delete or truncate on pause_end for each statement execute function refuse_change();
create trigger fixed before update or delete or truncate on agreement for each statement execute function refuse_change();
create trigger fixed before update or delete or truncate on instalment for each statement execute function refuse_change();
create trigger fixed before update or delete or truncate on agreement_end for each statement execute function refuse_change();
create trigger fixed before update or delete or truncate on outcome for each statement execute function refuse_change();
create trigger fixed before update or delete or truncate on posting for each statement execute function refuse_change();
create trigger fixed before update or delete or truncate on referral for each statement execute function refuse_change();
create trigger fixed before update or delete or truncate on lookup for each statement execute function refuse_change();
create trigger fixed before update or delete or truncate on absence for each statement execute function refuse_change();
create trigger fixed before update or delete or truncate on raw_signal for each statement execute function refuse_change();
create trigger fixed before update or delete or truncate on timeline for each statement execute function refuse_change();

-- +goose Down
drop table outbox, timeline, raw_signal, referral, posting, outcome, task, absence, lookup, attempt, dispatch_case, dispatch, cases,
    agreement_end, instalment, agreement, pause_end, pause, payment, document, invoice, contact_point, debtor, creditor, policy, installation;
drop function refuse_change, gate_invoice, gate_dispatch_transition, gate_clock, gate_plan_version, ring_outbox;
