package store_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/collection"
	"relance/internal/scene"
)

// eventful is a scene in which every table has a row: a case that was reminded, held, agreed upon and referred, and another
// one with a message of unknown outcome that was looked up.
func eventful(t *testing.T) *scene.Scene {
	t.Helper()
	s := scene.Set(t, scene.Options{})
	s.Ladder(collection.EmailReminder, collection.Referral)
	s.Open("A-1", scene.Policy("ladder"), scene.American)
	s.Agree("A-1", 2)
	s.Hold("A-1")
	s.Release("A-1")
	s.Agree("A-1", 3) // replaces the first one
	s.MoveTo(s.Plan("A-1").At)
	s.Review("A-1") // which is missed
	s.Pay("A-1", "P-1", 100)
	s.Climbed("A-1")
	s.SQL(`insert into document (id, invoice_id, kind, name, media_type, sha256, size, added_at)
		select gen_random_uuid(), id, 'other', 'a', 'b', repeat('0', 64), 1, now() from invoice`)
	s.SQL(`insert into raw_signal (case_id, key, name, payload, verdict, received_at) select id, 'k', 'paid', '', 'recorded', now() from cases`)
	s.SQL(`insert into lookup (id, dispatch_id, attempt_id, at, found, control) select gen_random_uuid(), dispatch_id, id, now(), false, true from attempt`)
	s.SQL(`insert into absence (attempt_id, dispatch_id, proved_at, ground) select id, dispatch_id, now(), 'lookups' from attempt`)
	return s
}

// refused runs a statement that the database must not let through, and changes nothing.
func refused(s *scene.Scene, want, statement string, args ...any) {
	s.Helper()
	tx, err := s.DB.Begin(s.Context())
	require.NoError(s, err)
	defer func() { _ = tx.Rollback(s.Context()) }()
	_, err = tx.Exec(s.Context(), statement, args...)
	if err == nil {
		err = tx.Commit(s.Context()) // a deferred constraint
	}
	require.Equal(s, want, code(err), "%s", statement)
}

// allowed runs a statement that the database lets through, and takes it back.
func allowed(s *scene.Scene, statement string, args ...any) {
	s.Helper()
	tx, err := s.DB.Begin(s.Context())
	require.NoError(s, err)
	defer func() { _ = tx.Rollback(s.Context()) }()
	_, err = tx.Exec(s.Context(), statement, args...)
	require.NoError(s, err, "%s", statement)
}

const appendOnly = "RL001"

// Facts are inserted and never changed, whoever tries and however.
func TestFactsAreNeverChanged(t *testing.T) {
	t.Parallel()
	s := eventful(t)
	for table, column := range map[string]string{
		"policy": "name", "document": "name", "payment": "amount_minor", "pause": "note", "pause_end": "note", "agreement": "reference",
		"instalment": "amount_minor", "agreement_end": "result", "outcome": "result", "posting": "posted_on", "referral": "route",
		"lookup": "found", "absence": "ground", "raw_signal": "verdict", "timeline": "data",
	} {
		require.NotZero(t, s.Count("select count(*) from "+table), "%s has no row to try it on", table)
		refused(s, appendOnly, fmt.Sprintf("update %s set %s = %s", table, column, column))
		refused(s, appendOnly, "delete from "+table)
		refused(s, appendOnly, "truncate "+table+" cascade")
	}
}

// A dispatch goes from state to state as the protocol says and never back.
func TestTransitionsOfADispatch(t *testing.T) {
	t.Parallel()
	s := eventful(t)
	states := []string{"claimed", "calling", "accepted", "refused", "suppressed", "unknown", "unproved"}
	legal := map[string][]string{
		"claimed": {"claimed", "calling", "suppressed"},
		"calling": states,
		"unknown": {"unknown", "accepted", "refused", "unproved"},
		// The others have ended.
		"accepted": {"accepted"}, "refused": {"refused"}, "suppressed": {"suppressed"}, "unproved": {"unproved"},
	}
	into := func(state string) string {
		decided, review := "now()", "null"
		switch state {
		case "claimed", "calling":
			decided = "null"
		case "unknown":
			decided, review = "null", "now()"
		}
		return fmt.Sprintf("state = '%s', decided_at = %s, review_at = %s, code = 'x'", state, decided, review)
	}
	try := func(from, to string, absent bool) string {
		tx, err := s.DB.Begin(t.Context())
		require.NoError(t, err)
		defer func() { _ = tx.Rollback(t.Context()) }()
		for _, statement := range []string{
			"set local session_replication_role = replica", // no triggers while the stage is set
			"update dispatch set " + into(from),
			"delete from absence",
			"set local session_replication_role = origin",
		} {
			_, err = tx.Exec(t.Context(), statement)
			require.NoError(t, err)
		}
		if absent {
			_, err = tx.Exec(t.Context(), "insert into absence (attempt_id, dispatch_id, proved_at, ground) select attempt_id, id, now(), 'lookups' from dispatch")
			require.NoError(t, err)
		}
		_, err = tx.Exec(t.Context(), "update dispatch set "+into(to))
		return code(err)
	}
	for _, from := range states {
		for _, to := range states {
			want := "RL002"
			for _, ok := range legal[from] {
				if ok == to {
					want = ""
				}
			}
			if from == "unknown" && want != "" {
				require.Empty(t, try(from, to, true), "from %s to %s with proof of absence", from, to)
				want = "RL003" // nothing proves that the attempt was not sent
			}
			require.Equal(t, want, try(from, to, false), "from %s to %s", from, to)
		}
	}
	refused(s, "RL002", "update dispatch set attempt = attempt - 1")
	// A proof is of one attempt: it is no proof of the next one.
	tx, err := s.DB.Begin(t.Context())
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(t.Context()) }()
	batch := []string{
		"set local session_replication_role = replica", "update dispatch set attempt_id = gen_random_uuid(), attempt = 2, " + into("unknown"),
		"set local session_replication_role = origin",
	}
	for _, statement := range batch {
		_, err = tx.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	_, err = tx.Exec(t.Context(), "update dispatch set "+into("claimed"))
	require.Equal(t, "RL003", code(err))
}

// One live message for each case, epoch and step.
func TestOneLiveMessageForAStep(t *testing.T) {
	t.Parallel()
	s := eventful(t)
	const copyOf = `with d as (insert into dispatch select (jsonb_populate_record(d, jsonb_build_object('id', gen_random_uuid(), 'state', 'claimed',
		'decided_at', null))).* from dispatch d where kind = 'email_reminder' returning id)
		insert into dispatch_case (dispatch_id, case_id, epoch, step_id, amount_minor, currency)
		select d.id, c.case_id, c.epoch + $1, c.step_id, c.amount_minor, c.currency from d, dispatch_case c where c.step_id like 'email_reminder%'`
	refused(s, "23505", copyOf, 0)
	allowed(s, copyOf, 1)
	for state, live := range map[string]bool{"refused": false, "suppressed": false, "unproved": true, "accepted": true} {
		tx, err := s.DB.Begin(t.Context())
		require.NoError(t, err)
		for _, statement := range []string{
			"set local session_replication_role = replica",
			"update dispatch set state = 'calling', decided_at = null",
			"set local session_replication_role = origin",
			"update dispatch set state = '" + state + "', decided_at = now(), code = 'x'",
		} {
			_, err = tx.Exec(t.Context(), statement)
			require.NoError(t, err)
		}
		_, err = tx.Exec(t.Context(), copyOf, 0)
		require.Equal(t, live, code(err) == "23505", state)
		require.NoError(t, tx.Rollback(t.Context()))
	}
}

func TestAPlansVersionOnlyRises(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	refused(s, "RL005", "update cases set plan_version = plan_version - 1")
	refused(s, "RL005", `update cases set plan = plan || '{"step": "another"}'`)
	allowed(s, "update cases set plan = plan")
	allowed(s, `update cases set plan = plan || '{"step": "another"}', plan_version = plan_version + 1`)
}

func TestATestClockOnlyMovesForward(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	for statement, want := range map[string]string{
		"business_now = business_now - interval '1 microsecond'":                                                "RL004",
		"business_target = business_target - interval '1 microsecond', business_now = business_now":             "RL004",
		"clock = 'wall', business_now = null, business_target = null":                                           "RL004",
		"instance = gen_random_uuid()":                                                                          "RL004",
		"business_now = business_now + interval '1 day'":                                                        "23514", // past its target
		"business_now = business_now + interval '1 day', business_target = business_target + interval '2 days'": "",
		"business_target = business_target + interval '1 day'":                                                  "",
		"stopped_at = now()": "23514", // without a reason
	} {
		if want == "" {
			allowed(s, "update installation set "+statement)
			continue
		}
		refused(s, want, "update installation set "+statement)
	}
	refused(s, "23514", "insert into installation (id, instance, clock, created_at) values (2, gen_random_uuid(), 'wall', now())")
}

// What can be said of a row is held by the row.
func TestConstraints(t *testing.T) {
	t.Parallel()
	s := eventful(t)
	for _, statement := range []string{
		"update cases set closed_at = null",
		"update cases set status = 'open'",
		"update cases set status = 'closed'", // it was referred
		"update cases set ending = 'paid'",
		"update cases set plan_form = 'perform', plan_version = plan_version + 1",
		"update cases set plan_at = now()",
		"update dispatch set decided_at = null",
		"update dispatch set review_at = now()",
		"update attempt set ended_at = null",
		"update attempt set result = 'delivered'",
		"update outbox set delivered_version = wanted_version + 1",
		"update outbox set kind = 'news'",
		"update invoice set amount_minor = 0",
		"update invoice set due_on = issued_on - 1",
		"update creditor set stopped_at = now()",
		"update creditor set raw_signals = 'perhaps'",
		"update contact_point set invalid_at = now()",
		"update dispatch_case set amount_minor = 0",
		"insert into payment select gen_random_uuid(), invoice_id, 'zero', 0, currency, received_on, source, recorded_at from payment",
		"insert into payment select gen_random_uuid(), invoice_id, '', 1, currency, received_on, source, recorded_at from payment",
		"insert into pause select gen_random_uuid(), invoice_id, 'back', reason, '', begun_at, begun_at, review_at from pause",
		"insert into lookup select gen_random_uuid(), dispatch_id, attempt_id, at, true, control, null from lookup",
		"insert into referral select gen_random_uuid(), case_id, invoice_id, epoch + 1, 'bailiff', dossier_sha256, referred_at from referral",
	} {
		refused(s, "23514", statement)
	}
	for _, statement := range []string{
		"insert into payment select gen_random_uuid(), invoice_id, reference, 1, currency, received_on, source, recorded_at from payment",
		"insert into outcome select * from outcome limit 1",
		"insert into posting select * from posting limit 1",
		"insert into referral select gen_random_uuid(), case_id, invoice_id, epoch, route, dossier_sha256, referred_at from referral",
		"insert into pause_end select * from pause_end limit 1",
		"insert into agreement_end select * from agreement_end limit 1",
		"insert into absence select * from absence limit 1",
		"insert into raw_signal select * from raw_signal limit 1",
		"insert into policy select name, version + 1000, body, sha256, published_at from policy",
		"insert into invoice select (jsonb_populate_record(i, jsonb_build_object('id', gen_random_uuid()))).* from invoice i",
		"insert into cases select (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid(), 'workflow_id', 'other'))).* from cases c",
		"insert into debtor select (jsonb_populate_record(d, jsonb_build_object('id', gen_random_uuid()))).* from debtor d",
	} {
		refused(s, "23505", statement)
	}
}

// The gate is a lock and not a habit: whoever writes a fact of an invoice waits for whoever holds the invoice, even one who
// forgot to take the lock himself. What is no fact does not wait.
func TestEveryFactWaitsAtTheGate(t *testing.T) {
	t.Parallel()
	s := eventful(t)
	writes := map[string]string{
		"payment":       "insert into payment select gen_random_uuid(), invoice_id, 'new', 1, currency, received_on, source, recorded_at from payment",
		"pause":         "insert into pause select gen_random_uuid(), invoice_id, 'new', reason, '', begun_at, null, review_at from pause",
		"agreement":     "insert into agreement select gen_random_uuid(), invoice_id, 'new', source, agreed_at from agreement limit 1",
		"outcome":       "insert into outcome select case_id, invoice_id, epoch, 'new', kind, result, reason, dispatch_id, task_id, recorded_at from outcome limit 1",
		"posting":       "insert into posting select case_id, invoice_id, epoch + 1, posted_on, tracking, recorded_at from posting limit 1",
		"referral":      "insert into referral select gen_random_uuid(), case_id, invoice_id, epoch + 1, route, dossier_sha256, referred_at from referral",
		"pause_end":     "insert into pause_end select gen_random_uuid(), invoice_id, ended_at, note from pause_end",
		"agreement_end": "insert into agreement_end select gen_random_uuid(), invoice_id, result, ended_at from agreement_end limit 1",
	}
	try := func(statement string) error {
		tx, err := s.DB.Begin(t.Context())
		require.NoError(t, err)
		defer func() { _ = tx.Rollback(t.Context()) }()
		_, err = tx.Exec(t.Context(), "set local lock_timeout = '50ms'")
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), "set constraints all immediate")
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), statement)
		return err
	}
	release := s.Locked("select 1 from invoice for no key update")
	for table, write := range writes {
		require.Equal(t, "55P03", code(try(write)), table)
	}
	require.NoError(t, try("insert into timeline (invoice_id, at, kind, data) select id, now(), 'noted', '{}' from invoice"))
	release()
	for table, write := range writes {
		if table == "pause_end" || table == "agreement_end" {
			continue // of no pause and no agreement
		}
		require.NoError(t, try(write), table)
	}

	// And it waits for the end of the other transaction, whichever that is, and then goes on.
	release = s.Locked("select 1 from invoice for no key update")
	done := make(chan error, 1)
	go func() { _, err := s.DB.Exec(t.Context(), writes["payment"]); done <- err }()
	s.Blocked(1)
	require.Empty(t, done)
	release()
	require.NoError(t, <-done)
}
