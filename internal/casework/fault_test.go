package casework_test

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/delivery/sendgrid"
	"relance/internal/intake"
	"relance/internal/sandbox"
	"relance/internal/scene"
)

// A provider that fails in any of its ways: what is known is recorded, what is not known is found out, and in the end the
// debtor has heard once.
func TestAProviderThatFails(t *testing.T) {
	t.Parallel()
	for mode, want := range map[sandbox.Mode]struct {
		state string
		sent  int // what the debtor has after the call
	}{
		sandbox.ModeRateLimit:   {"claimed", 0},
		sandbox.ModeErrorBefore: {"unknown", 0},
		sandbox.ModeErrorAfter:  {"unknown", 1},
		sandbox.ModeHang:        {"unknown", 0},
		sandbox.ModeHangAfter:   {"unknown", 1},
		sandbox.ModeDropBefore:  {"unknown", 0},
		sandbox.ModeDrop:        {"unknown", 1},
		sandbox.ModeSlow:        {"accepted", 1},
	} {
		for channel, c := range channels {
			if channel == "notice" || channel == "agency" || channel != "email" && mode != sandbox.ModeDrop && mode != sandbox.ModeDropBefore {
				continue // they go by email, or fail as it does
			}
			t.Run(string(mode)+" by "+channel, func(t *testing.T) {
				t.Parallel()
				s, step := calling(t, channel)
				w := *s.Work
				if mode == sandbox.ModeHang || mode == sandbox.ModeHangAfter {
					w.Deadlines.Call = 250 * time.Millisecond
				}
				s.Faults(sandbox.Fault{Provider: c.provider, Mode: mode, Times: 1, Delay: delay(mode)})
				_, err := w.Perform(t.Context(), step)
				require.NoError(t, err, "an answer is an answer")
				states := s.States("A-1")
				require.Equal(t, want.state, states[len(states)-1])
				require.Len(t, own(s, step), want.sent)
				if want.state == "unknown" {
					control(s)
				}
				settle(s, "A-1", 2*time.Hour)
				require.Len(t, own(s, step), 1)
				require.Equal(t, "sent", s.Results("A-1")[string(step.Step)])
				require.Zero(t, s.Count("select count(*) from dispatch where state in ('claimed', 'calling', 'unknown')"))
			})
		}
	}
}

func delay(mode sandbox.Mode) time.Duration {
	if mode == sandbox.ModeSlow {
		return 50 * time.Millisecond
	}
	return 0
}

// A provider that asks to come back later is left alone until then, and a plan says so.
func TestTooManyRequestsPutAMessageOff(t *testing.T) {
	t.Parallel()
	s, step := calling(t, "email")
	s.Faults(sandbox.Fault{Mode: sandbox.ModeRateLimit, RetryAfter: 90 * time.Second, Times: 1})
	now := s.Now()
	plan, err := s.Work.Perform(t.Context(), step)
	require.NoError(t, err)
	require.Contains(t, plan.Why, collection.WhyProviderLater)
	require.False(t, plan.At.Before(now.Add(90*time.Second)))
	require.Equal(t, 1, s.Count("select count(*) from attempt where result = 'later' and http_status = 429"))

	again, err := s.Work.Perform(t.Context(), step)
	require.NoError(t, err)
	require.Equal(t, plan, again, "not before its time")
	require.Equal(t, 1, s.Count("select count(*) from attempt"))

	s.Perform("A-1")
	require.Len(t, s.ReceivedFor("A-1"), 1)
	require.Equal(t, int32(2), s.Dispatches("A-1")[0].Attempt)
	require.Equal(t, []string{"accepted"}, s.States("A-1"))
}

// A provider that puts a message off for three days has used up the step's time: the ladder goes on and a person is told.
func TestAMessageThatIsPutOffForDaysIsGivenUp(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	s.Faults(sandbox.Fault{Provider: sandbox.SendGrid, Mode: sandbox.ModeRateLimit, RetryAfter: time.Hour})
	first := s.Due("A-1").Step
	s.Until(func() bool { return s.Plan("A-1").Step != first }, func() { s.Perform("A-1") })
	require.Equal(t, "gave_up", s.Results("A-1")[string(first)])
	require.Equal(t, "open", s.Task("A-1", casework.TaskGivenUp).Status)
	require.Equal(t, []string{"suppressed"}, s.States("A-1"))
	require.Greater(t, s.Now().Sub(s.Dispatches("A-1")[0].ClaimedAt.Add(-72*time.Hour)), 72*time.Hour)
	require.Empty(t, s.Received())
	s.Perform("A-1")
	require.Len(t, s.Received(), 1, "the next step goes out")
}

// Nothing listens: nothing was written, so nothing is unknown.
func TestAProviderThatIsNotThere(t *testing.T) {
	t.Parallel()
	s, step := calling(t, "email")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	gone, err := sendgrid.New(sendgrid.Config{BaseURL: "http://" + listener.Addr().String(), APIKey: "SG.sandbox", Account: "sendgrid"})
	require.NoError(t, err)
	w := *s.Work
	w.Mail = gone
	for range 3 {
		plan, err := w.Perform(t.Context(), step)
		require.NoError(t, err)
		require.Equal(t, []string{"claimed"}, s.States("A-1"))
		s.MoveTo(plan.At)
	}
	require.Equal(t, 3, s.Count("select count(*) from attempt where result = 'not_written'"))
	require.Zero(t, s.Count("select count(*) from timeline where kind = 'outcome_unknown'"))
	s.Perform("A-1")
	require.Len(t, s.ReceivedFor("A-1"), 1)
}

// A refused recipient is not written to again: the next step goes another way, and when none is left somebody looks for the
// debtor.
func TestARefusedRecipientIsRetired(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Ladder(collection.EmailReminder, collection.EmailReminder, collection.EmailReminder)
	s.Open("A-1", scene.Policy("ladder"))
	s.Open("A-2", scene.Policy("ladder"), func(in *intake.Invoice) { in.Row.Debtor = scene.Debtor("D-A-1") })
	s.Faults(sandbox.Fault{Provider: sandbox.SendGrid, Mode: sandbox.ModeRefuse})
	step := s.Due("A-1")
	plan, err := s.Work.Perform(t.Context(), step)
	require.NoError(t, err)
	require.Equal(t, []string{"refused"}, s.States("A-1"))
	require.Equal(t, "refused", s.Results("A-1")[string(step.Step)])
	require.Equal(t, 1, s.Count("select count(*) from contact_point where channel = 'email' and invalid_at is not null and invalid_code = 'invalid_to'"))
	require.Equal(t, collection.SMSReminder, plan.Kind, "the next step goes another way")
	require.Empty(t, s.Tasks("A-1"))

	other, err := s.Work.Perform(t.Context(), s.Due("A-2"))
	require.NoError(t, err)
	require.Equal(t, collection.SMSReminder, other.Kind, "so does every other case of the debtor")
	s.Perform("A-2")
	require.Len(t, s.ReceivedFor("A-2"), 1)

	s.Faults(sandbox.Fault{Provider: sandbox.Twilio, Mode: sandbox.ModeRefuse, Code: "21614"})
	s.Perform("A-1")
	require.Equal(t, 1, s.Count("select count(*) from contact_point where channel = 'phone' and invalid_at is not null"))
	require.Equal(t, "open", s.Task("A-1", casework.TaskFindDebtor).Status)
	s.Faults()
	third := s.Plan("A-1")
	s.Perform("A-1")
	require.Equal(t, "skipped", s.Results("A-1")[string(third.Step)], "and nothing is sent into the void")
	require.Empty(t, s.ReceivedFor("A-1"))
}

// STOP means stop for the number, not that it does not exist.
func TestARecipientWhoOptedOutGetsNoMoreTexts(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Ladder(collection.SMSReminder, collection.SMSReminder, collection.PhoneCall)
	s.Open("A-1", scene.Policy("ladder"))
	s.Faults(sandbox.Fault{Provider: sandbox.Twilio, Mode: sandbox.ModeRefuse, Code: "21610"})
	plan := s.Perform("A-1")
	require.Equal(t, 1, s.Count("select count(*) from contact_point where opted_out_at is not null and invalid_at is null"))
	require.Equal(t, collection.EmailReminder, plan.Kind)
	s.Perform("A-1")
	require.Len(t, s.ReceivedFor("A-1"), 1)
	s.Perform("A-1")
	require.Equal(t, "open", s.Task("A-1", casework.TaskCall).Status, "a person may still call")
}

// A message that was put off must not stay claimed for ever when its step ends another way.
func TestAMessagePutOffWhoseStepEndsAnotherWayIsSuppressed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind   collection.StepKind
		change func(*intake.Invoice)
		result string
	}{
		"skipped": {collection.EmailReminder, scene.NoPhone, "skipped"},
		"printed": {collection.EscalationNotice, scene.NoPhone, "tasked"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scene.Set(t, scene.Options{})
			s.Ladder(c.kind)
			s.Open("A-1", scene.Policy("ladder"), c.change)
			s.Faults(sandbox.Fault{Mode: sandbox.ModeRateLimit, Times: 1})
			step := s.Due("A-1")
			s.Perform("A-1")
			require.Equal(t, []string{"claimed"}, s.States("A-1"))
			s.SQL("update contact_point set invalid_at = now(), invalid_code = 'bounced'")
			s.Perform("A-1")
			require.Equal(t, c.result, s.Results("A-1")[string(step.Step)])
			require.Equal(t, []string{"suppressed"}, s.States("A-1"))
			require.Empty(t, s.Received())
		})
	}
}

func refusing(provider string) sandbox.Fault {
	return sandbox.Fault{Provider: provider, Mode: sandbox.ModeRefuse}
}
