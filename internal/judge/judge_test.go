package judge_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/collection"
	"relance/internal/embedded/postgres/pgtest"
	"relance/internal/judge"
	"relance/internal/sandbox"
	"relance/internal/scene"
	"relance/internal/store"
)

func TestMain(m *testing.M) { pgtest.Main(m, store.Migrate) }

// run is a run in which no promise was broken: PAID pays after the first reminder, HELD is put on hold after it and goes on
// later, AGREED pays by instalments, CLAIM goes to court, AGENCY to the agency.
func run(t *testing.T) (*scene.Scene, []sandbox.Entry) {
	t.Helper()
	s := scene.Set(t, scene.Options{})
	s.Ladder(collection.EmailReminder, collection.Referral)
	for _, n := range []string{"PAID", "HELD", "AGREED", "CLAIM"} {
		s.Open(n)
	}
	s.Open("AGENCY", scene.Policy("ladder"), scene.American)
	for _, n := range []string{"PAID", "HELD", "AGREED"} {
		s.Perform(n)
	}
	s.Wait(time.Hour)
	s.Pay("PAID", "P-1", 0)
	s.Hold("HELD")
	s.Agree("AGREED", 2)
	for _, n := range []string{"CLAIM", "AGENCY"} {
		s.Climbed(n)
	}
	s.Release("HELD")
	s.Perform("HELD")
	return s, s.Sandbox.Index()
}

func judged(t *testing.T, s *scene.Scene, received []sandbox.Entry) judge.Report {
	t.Helper()
	r, err := judge.Judge(t.Context(), s.Store, received)
	require.NoError(t, err)
	return r
}

// find gives the place of the first message of a kind for a case.
func find(s *scene.Scene, received []sandbox.Entry, number string, kind collection.StepKind) int {
	s.Helper()
	own := s.ReceivedFor(number)
	i := slices.IndexFunc(received, func(e sandbox.Entry) bool {
		return e.Kind == string(kind) && slices.ContainsFunc(own, func(o sandbox.Entry) bool { return o.Seq == e.Seq })
	})
	require.GreaterOrEqual(s, i, 0)
	return i
}

func TestARunThatKeptEveryPromise(t *testing.T) {
	t.Parallel()
	s, received := run(t)
	r := judged(t, s, received)
	require.Equal(t, judge.Violations{}, r.Violations)
	require.False(t, r.Violations.Any())
	require.Equal(t, judge.Cases{Opened: 5, Closed: map[string]int{"paid": 1, "referred": 1}, Open: 3}, r.Cases)
	require.Equal(t, map[string]int{
		"email_reminder": 5, "sms_reminder": 2, "escalation_notice": 2, "certified_letter": 2, "referral": 2,
	}, r.Messages, "what went out, and the letter to print and the claim to file")
	raw, err := r.JSON()
	require.NoError(t, err)
	var back judge.Report
	require.NoError(t, json.Unmarshal(raw, &back))
	require.Equal(t, r, back)
}

func TestAnEmptyRun(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	require.Equal(t, judge.Report{Cases: judge.Cases{Closed: map[string]int{}}, Messages: map[string]int{}}, judged(t, s, nil))
}

// plant breaks a promise in what was received.
type plant func(*scene.Scene, []sandbox.Entry) []sandbox.Entry

func move(number string, kind collection.StepKind, at string) plant {
	return func(s *scene.Scene, received []sandbox.Entry) []sandbox.Entry {
		moved, err := time.ParseInLocation("2006-01-02 15:04", at, scene.Paris())
		require.NoError(s, err)
		received[find(s, received, number, kind)].At = moved
		return received
	}
}

func again(number string, kind collection.StepKind, times int) plant {
	return func(s *scene.Scene, received []sandbox.Entry) []sandbox.Entry {
		return append(received, slices.Repeat(received[find(s, received, number, kind):][:1], times)...)
	}
}

func also(e sandbox.Entry) plant {
	return func(_ *scene.Scene, received []sandbox.Entry) []sandbox.Entry {
		e.Seq, e.Kind, e.At = 99, "email_reminder", scene.Opening().Add(12*time.Hour)
		return append(received, e)
	}
}

// Each broken promise is counted, once, and nothing else with it: what debtors received decides.
func TestABrokenPromiseInTheLedger(t *testing.T) {
	t.Parallel()
	s, received := run(t)
	for name, c := range map[string]struct {
		plant plant
		want  judge.Violations
	}{
		"sent twice":                    {again("CLAIM", collection.EmailReminder, 1), judge.Violations{Duplicate: 1}},
		"sent three times":              {again("CLAIM", collection.EmailReminder, 2), judge.Violations{Duplicate: 2}},
		"sent for no step":              {also(sandbox.Entry{Reference: "11111111-1111-1111-1111-111111111111"}), judge.Violations{Duplicate: 1}},
		"sent without a mark of ours":   {also(sandbox.Entry{}), judge.Violations{Duplicate: 1}},
		"after payment":                 {move("PAID", collection.EmailReminder, "2026-02-06 12:00"), judge.Violations{AfterPayment: 1}},
		"while on hold":                 {move("HELD", collection.EmailReminder, "2026-02-09 12:00"), judge.Violations{AfterPayment: 1}},
		"while instalments were agreed": {move("AGREED", collection.EmailReminder, "2026-02-09 12:00"), judge.Violations{AfterPayment: 1}},
		"at three in the morning":       {move("CLAIM", collection.EmailReminder, "2026-02-05 03:00"), judge.Violations{OutsideHours: 1}},
		"at the minute of closing":      {move("CLAIM", collection.EmailReminder, "2026-02-05 18:00"), judge.Violations{OutsideHours: 1}},
		"on a Saturday":                 {move("CLAIM", collection.EmailReminder, "2026-02-07 12:00"), judge.Violations{OutsideHours: 1}},
		"on a holiday":                  {move("CLAIM", collection.EmailReminder, "2026-01-01 12:00"), judge.Violations{OutsideHours: 1}},
		"at night, but to the agency":   {move("AGENCY", collection.Referral, "2026-02-09 03:00"), judge.Violations{}},
		"at the minute of opening":      {move("CLAIM", collection.EmailReminder, "2026-02-05 09:00"), judge.Violations{}},
		"after payment, in the night":   {move("PAID", collection.EmailReminder, "2026-02-06 03:00"), judge.Violations{AfterPayment: 1, OutsideHours: 1}},
		"dropped": {func(s *scene.Scene, received []sandbox.Entry) []sandbox.Entry {
			i := find(s, received, "CLAIM", collection.EmailReminder)
			return slices.Delete(received, i, i+1)
		}, judge.Violations{Lost: 1}},
		"taken back in time": {also(sandbox.Entry{Canceled: true}), judge.Violations{}},
	} {
		r := judged(t, s, c.plant(s, slices.Clone(received)))
		require.Equal(t, c.want, r.Violations, name)
		require.Equal(t, c.want != judge.Violations{}, r.Violations.Any(), name)
	}
}

// And so is what our own tables admit.
func TestABrokenPromiseInOurTables(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plant []string
		want  judge.Violations
	}{
		"passed over":                     {[]string{"delete from outcome where step_id = 'second_reminder' and case_id in (select id from cases where workflow_id like '%CLAIM')"}, judge.Violations{Lost: 1}},
		"of no message":                   {[]string{"update outcome set dispatch_id = null where result = 'sent' and case_id in (select id from cases where workflow_id like '%PAID')"}, judge.Violations{Lost: 1}},
		"of a message that was withdrawn": {[]string{paidDispatch("state = 'suppressed'")}, judge.Violations{Lost: 1}},
		"of no task":                      {[]string{"update outcome set task_id = null where step_id = 'final_notice'"}, judge.Violations{Lost: 1}},
		"never performed":                 {[]string{"update cases set plan_at = plan_at - interval '1 year' where workflow_id like '%HELD'"}, judge.Violations{Lost: 1}},
		"left unknown": {
			[]string{paidDispatch("state = 'unknown', decided_at = null, review_at = now()"), noOutcome}, judge.Violations{UnknownUnresolved: 1},
		},
		"left in the call": {
			[]string{paidDispatch("state = 'calling', decided_at = null"), noOutcome}, judge.Violations{UnknownUnresolved: 1},
		},
		"in front of a person": {
			[]string{paidDispatch("state = 'unproved'"), unknownOutcome, unknownTask("open", "null", "null")}, judge.Violations{UnknownUnresolved: 1},
		},
		"settled by a person": {
			[]string{paidDispatch("state = 'unproved'"), unknownOutcome, unknownTask("done", "now()", "'it arrived'")}, judge.Violations{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, received := run(t)
			tx, err := s.DB.Begin(t.Context())
			require.NoError(t, err)
			for _, statement := range append([]string{"set local session_replication_role = replica"}, c.plant...) { // no triggers
				_, err = tx.Exec(t.Context(), statement)
				require.NoError(t, err, statement)
			}
			require.NoError(t, tx.Commit(t.Context()))
			require.Equal(t, c.want, judged(t, s, received).Violations)
		})
	}
}

const (
	noOutcome      = "delete from outcome where case_id in (select id from cases where workflow_id like '%PAID')"
	unknownOutcome = "update outcome set result = 'unknown' where case_id in (select id from cases where workflow_id like '%PAID')"
)

// paidDispatch changes the one message of PAID.
func paidDispatch(set string) string {
	return "update dispatch set " + set + " from dispatch_case dc join cases c on c.id = dc.case_id where dc.dispatch_id = dispatch.id and c.workflow_id like '%PAID'"
}

func unknownTask(status, ended, outcome string) string {
	return `insert into task (id, creditor_id, debtor_id, case_id, epoch, step_id, kind, status, data, opened_at, due_at, ended_at, outcome)
		select gen_random_uuid(), creditor_id, debtor_id, id, 1, 'first_reminder', 'unknown_outcome', '` + status + `', '{}', now(), now(), ` + ended + `, ` + outcome + `
		  from cases where workflow_id like '%PAID'`
}
