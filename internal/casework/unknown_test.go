package casework_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/sandbox"
	"relance/internal/scene"
)

// channels are the ways a message travels, each with a case for which it does.
var channels = map[string]struct {
	kind     collection.StepKind
	change   func(*intake.Invoice)
	provider string
}{
	"email":  {collection.EmailReminder, func(*intake.Invoice) {}, sandbox.SendGrid},
	"notice": {collection.EscalationNotice, func(*intake.Invoice) {}, sandbox.SendGrid},
	"sms":    {collection.SMSReminder, func(*intake.Invoice) {}, sandbox.Twilio},
	"letter": {collection.CertifiedLetter, scene.American, sandbox.Lob},
	"agency": {collection.Referral, scene.American, sandbox.SendGrid},
}

// calling sets a scene in which a step of a channel is due, and the same step of another case, the control.
func calling(t *testing.T, channel string) (*scene.Scene, casework.Step) {
	t.Helper()
	c := channels[channel]
	s := scene.Set(t, scene.Options{})
	s.Ladder(c.kind)
	both := []string{"A-1", "CONTROL"}
	for _, n := range both {
		s.Open(n, scene.Policy("ladder"), c.change)
	}
	s.Until(func() bool { return s.Plan("A-1").Kind == c.kind }, func() {
		for _, n := range both {
			s.Perform(n)
			s.PostLetters(n)
		}
	})
	s.Due("CONTROL")
	return s, s.Due("A-1")
}

// own are the messages of one step that the debtor, or the agency, received.
func own(s *scene.Scene, step casework.Step) []sandbox.Entry {
	return slices.DeleteFunc(s.ReceivedFor("A-1"), func(e sandbox.Entry) bool { return e.Kind != string(step.Kind) })
}

// control sends the other message of the account, whose presence in a look-up shows that the provider's index is alive.
func control(s *scene.Scene) {
	s.Helper()
	s.SQL("update attempt set called_at = called_at - interval '5 seconds'") // Twilio's times have whole seconds
	s.Perform("CONTROL")
	require.Contains(s, s.States("CONTROL"), "accepted")
}

// A process that dies in its call leaves an outcome that nobody knows. While its lease lives it may still be at it; after
// that the provider is asked, and what went out is found: the debtor has heard once.
func TestWhatADeadProcessSentIsFound(t *testing.T) {
	t.Parallel()
	for channel := range channels {
		t.Run(channel, func(t *testing.T) {
			t.Parallel()
			s, step := calling(t, channel)
			die(s, step, diesAfter)
			_, err := s.Work.Perform(t.Context(), step)
			require.ErrorIs(t, err, casework.ErrBusy, "while the lease lives")
			require.Len(t, own(s, step), 1)

			expire(s)
			plan, err := s.Work.Perform(t.Context(), step)
			require.NoError(t, err)
			require.Equal(t, collection.Review, plan.Form)
			require.Equal(t, []collection.Why{collection.WhyUnknown}, plan.Why)
			require.True(t, plan.Due(s.Now()), "it is looked up at once")

			_, err = s.Work.Review(t.Context(), step.CaseID, nil)
			require.NoError(t, err)
			require.Equal(t, "sent", s.Results("A-1")[string(step.Step)])
			dispatches := s.Dispatches("A-1")
			d := dispatches[len(dispatches)-1]
			require.Equal(t, "accepted", d.State)
			require.Equal(t, own(s, step)[0].ProviderID, *d.ProviderID)
			settle(s, "A-1", 30*24*time.Hour)
			require.Len(t, own(s, step), 1, "exactly once")
			if step.Kind == collection.CertifiedLetter {
				require.Equal(t, 1, s.Count("select count(*) from posting where case_id = $1", step.CaseID), "the notice period runs")
			}
		})
	}
}

// Absence is proved by two empty look-ups with a gap between them, after the quarantine, and each with a positive control.
// Then the message goes through the whole gate again, once.
func TestWhatADeadProcessDidNotSendIsSentAgainOnce(t *testing.T) {
	t.Parallel()
	for channel := range channels {
		t.Run(channel, func(t *testing.T) {
			t.Parallel()
			s, step := calling(t, channel)
			died := s.Now()
			die(s, step, diesBefore)
			expire(s)
			_, err := s.Work.Perform(t.Context(), step)
			require.NoError(t, err)
			control(s)
			s.Until(func() bool { return s.States("A-1")[len(s.States("A-1"))-1] != "unknown" }, func() {
				require.Zero(t, s.Count("select count(*) from absence"))
				require.Empty(t, own(s, step))
				s.Review("A-1")
			})
			require.GreaterOrEqual(t, s.Now().Sub(died), 30*time.Minute, "the quarantine")
			require.Equal(t, 1, s.Count("select count(*) from absence where ground = 'lookups'"))
			require.GreaterOrEqual(t, s.Count("select count(*) from lookup where control and not found"), 2)

			settle(s, "A-1", time.Hour)
			require.Len(t, own(s, step), 1)
			dispatches := s.Dispatches("A-1")
			require.Equal(t, int32(2), dispatches[len(dispatches)-1].Attempt)
			require.Equal(t, "sent", s.Results("A-1")[string(step.Step)])
		})
	}
}

func TestNoProofNoSecondMessage(t *testing.T) {
	t.Parallel()
	// unknown gives a case whose message is of unknown outcome, and was not sent.
	unknown := func(t *testing.T) *scene.Scene {
		s, step := calling(t, "email")
		die(s, step, diesBefore)
		expire(s)
		_, err := s.Work.Perform(t.Context(), step)
		require.NoError(t, err)
		return s
	}
	lookups := func(s *scene.Scene) int { return s.Count("select count(*) from lookup") }
	for name, c := range map[string]struct {
		before func(s *scene.Scene)
		after  time.Duration // reviews are made until then
		every  time.Duration
	}{
		"without a positive control": {func(*scene.Scene) {}, 23 * time.Hour, 0},
		"while the index lags": {func(s *scene.Scene) {
			control(s)
			s.Faults(sandbox.Fault{Call: sandbox.CallLookup, Mode: sandbox.ModeBlind})
		}, 23 * time.Hour, 0},
		"while look-ups fail": {func(s *scene.Scene) {
			control(s)
			s.Faults(sandbox.Fault{Call: sandbox.CallLookup, Mode: sandbox.ModeErrorBefore})
		}, 23 * time.Hour, 0},
		"before the quarantine ends":  {func(s *scene.Scene) { control(s) }, 29 * time.Minute, 0},
		"from look-ups in one moment": {func(s *scene.Scene) { control(s) }, 31 * time.Minute, 40 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := unknown(t)
			c.before(s)
			sent := len(s.Received())
			began := s.Dispatches("A-1")[0].ClaimedAt
			if c.every > 0 { // all look-ups at one moment after the quarantine
				s.MoveTo(began.Add(c.after))
				for range 5 {
					s.SQL("update dispatch set review_at = now() - interval '10 years' where state = 'unknown'")
					_, err := s.Work.Review(t.Context(), s.Case("A-1").ID, nil)
					require.NoError(t, err)
				}
				require.Equal(t, 5, lookups(s))
			} else {
				s.Until(func() bool { return s.Plan("A-1").At.Sub(began) >= c.after }, func() {
					require.Equal(t, collection.Review, s.Plan("A-1").Form)
					s.Review("A-1")
				})
			}
			require.Equal(t, []string{"unknown"}, s.States("A-1"))
			require.Zero(t, s.Count("select count(*) from absence"))
			require.Len(t, s.Received(), sent)
		})
	}
}

// When nothing can be proved within a day, a person decides; the ladder goes on and nothing is sent on a guess.
func TestAnOutcomeThatNobodyCanProveGoesToAPerson(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	step := s.Due("A-1")
	died := s.Now()
	die(s, step, diesBefore)
	expire(s)
	_, err := s.Work.Perform(t.Context(), step)
	require.NoError(t, err)
	s.Until(func() bool { return s.States("A-1")[0] != "unknown" }, func() { s.Review("A-1") })
	require.GreaterOrEqual(t, s.Now().Sub(died), 24*time.Hour)
	require.Equal(t, []string{"unproved"}, s.States("A-1"))
	require.Equal(t, "unknown", s.Results("A-1")["first_reminder"])
	task := s.Task("A-1", casework.TaskUnknown)
	require.Equal(t, "open", task.Status)
	require.Equal(t, task.ID, *s.Outcomes("A-1")["first_reminder"].TaskID)
	require.Equal(t, collection.StepID("second_reminder"), s.Plan("A-1").Step)
	settle(s, "A-1", 30*24*time.Hour)
	for _, e := range s.Received() {
		require.NotEqual(t, "email_reminder", e.Kind)
	}
}

// A creditor may say that a reminder is rather sent twice than not at all. A legal step is held all the same.
func TestOnlyARemindersPolicyMaySendAgainWithoutProof(t *testing.T) {
	t.Parallel()
	const body = `
name: ladder
min_gap: 1d
grace: 3d
review: 14d
steps:
  - {id: first, kind: email_reminder, after: 1d, tone: friendly, on_unknown: resend}
`
	s := scene.Set(t, scene.Options{})
	s.Publish("ladder", body)
	s.Open("A-1", scene.Policy("ladder"))
	step := s.Due("A-1")
	die(s, step, diesBefore)
	expire(s)
	settle(s, "A-1", 7*24*time.Hour)
	require.Equal(t, 1, s.Count("select count(*) from absence where ground = 'policy_resend'"))
	require.Len(t, s.Received(), 1)
	require.Equal(t, "sent", s.Results("A-1")["first"])

	legal, step := calling(t, "notice")
	die(legal, step, diesBefore)
	legal.SQL("update dispatch set on_unknown = 'resend'")
	expire(legal)
	settle(legal, "A-1", 7*24*time.Hour)
	require.Equal(t, []string{"unproved"}, legal.States("A-1"))
	require.Empty(t, legal.Received())
}

// The case is over and its workflow has ended; the promise that nothing is lost has not.
func TestTheUnknownMessageOfAPaidCaseIsSettled(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		how   act
		state string
		sent  int
	}{
		"it went out": {diesAfter, "accepted", 1},
		"it did not":  {diesBefore, "suppressed", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, step := calling(t, "email")
			die(s, step, c.how)
			expire(s)
			_, err := s.Work.Perform(t.Context(), step)
			require.NoError(t, err)
			s.Pay("A-1", "P-1", 0)
			require.Equal(t, "closed", s.Case("A-1").Status)
			require.Equal(t, []string{"unknown"}, s.States("A-1"), "a payment does not tell whether it went out")
			control(s)
			controls := len(s.Received()) - c.sent
			for range 6 {
				require.NoError(t, s.Work.SettleClosed(t.Context()))
				s.Wait(11 * time.Minute)
			}
			require.Equal(t, []string{c.state}, s.States("A-1"))
			require.Len(t, s.Received(), controls+c.sent)
			require.Equal(t, "closed", s.Case("A-1").Status)
			if c.sent == 1 {
				require.Equal(t, "sent", s.Results("A-1")[string(step.Step)])
			}
		})
	}
}

// A text that is lost can be found by nobody: the case keeps no other waiting, and in the end a person decides.
func TestAMessageWhoseTextIsLost(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Ladder(collection.SMSReminder)
	for _, n := range []string{"A-1", "A-2"} {
		s.Open(n, scene.Policy("ladder"))
	}
	s.Due("A-2")
	for _, n := range []string{"A-1", "A-2"} {
		r := await(t, start(t.Context(), acting(s, diesAfter), s.Due(n)))
		require.True(t, r.died)
		expire(s)
		_, err := s.Work.Perform(t.Context(), s.Due(n))
		require.NoError(t, err)
	}
	s.Pay("A-2", "P-1", 0)
	s.SQL("update dispatch set body_sha256 = repeat('0', 64) where id = $1", s.Dispatches("A-1")[0].ID)
	s.Until(func() bool { return s.States("A-1")[0] != "unknown" }, func() { s.Review("A-1") })
	require.Equal(t, []string{"unproved"}, s.States("A-1"))
	require.Equal(t, "open", s.Task("A-1", casework.TaskUnknown).Status)
	require.NoError(t, s.Work.SettleClosed(t.Context()))
	require.Equal(t, []string{"accepted"}, s.States("A-2"))
	require.Len(t, s.Received(), 2)
}

// One closed case that cannot be settled keeps no other waiting.
func TestSettlingGoesOnPastACaseThatCannotBeSettled(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Ladder(collection.EmailReminder)
	for _, n := range []string{"A-1", "A-2"} {
		s.Open(n, scene.Policy("ladder"))
	}
	s.Due("A-2")
	for _, n := range []string{"A-1", "A-2"} {
		require.True(t, await(t, start(t.Context(), acting(s, diesAfter), s.Due(n))).died)
		expire(s)
		_, err := s.Work.Perform(t.Context(), s.Due(n))
		require.NoError(t, err)
		s.Pay(n, "P-1", 0)
	}
	first := "A-1" // the one that is looked at first
	if s.Case("A-2").ID.String() < s.Case("A-1").ID.String() {
		first = "A-2"
	}
	s.SQL("update dispatch set provider = 'pigeon' where id = $1", s.Dispatches(first)[0].ID)
	require.Error(t, s.Work.SettleClosed(t.Context()), "somebody hears of it")
	require.Equal(t, []string{"unknown"}, s.States(first))
	require.Equal(t, []string{"accepted"}, s.States(map[string]string{"A-1": "A-2", "A-2": "A-1"}[first]))
}
