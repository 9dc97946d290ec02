package workflows_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"

	"relance/internal/collection"
	"relance/workflows"
)

func refusal(kind string) error {
	return temporal.NewNonRetryableApplicationError("to j.doe@example.com", kind, nil)
}

func TestStepHandedBackIsTriedAgainLaterAndLater(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	stuck := perform(1, collection.EmailReminder, in(day))
	b.answers(workflows.SendEmailReminder, stuck, stuck, stuck, stuck, stuck, stuck, stuck, stuck,
		perform(2, collection.SMSReminder, in(9*day)))
	// The next step starts from the shortest pause again.
	b.answers(workflows.SendSMSReminder, perform(2, collection.SMSReminder, in(9*day)), closing(3, collection.EndPaid))
	b.run(input(stuck))
	b.ended(collection.EndPaid, 3)
	s, m := time.Second, time.Minute
	lengths := b.tape.lengths()
	require.Equal(t, []time.Duration{day, 30 * s, m, 2 * m, 4 * m, 8 * m, 15 * m, 15 * m, 15 * m}, lengths[:9])
	require.Equal(t, 30*s, lengths[10])
	require.Equal(t, "Email reminder again on 2026-03-03 09:00 UTC", b.tape.timers[1].summary)
}

func TestReviewHandedBackIsTriedAgainLater(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.answers(workflows.ReviewCase, review(1, in(day)), closing(2, collection.EndPaid))
	b.run(input(review(1, in(day))))
	b.ended(collection.EndPaid, 2)
	require.Equal(t, []time.Duration{day, 30 * time.Second}, b.tape.lengths())
}

func TestAnswerWithoutAPlanCountsAsHandedBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.on(workflows.SendEmailReminder, reply{})
	b.answers(workflows.SendEmailReminder, closing(2, collection.EndPaid))
	b.run(input(perform(1, collection.EmailReminder, in(day))))
	b.ended(collection.EndPaid, 2)
	require.Equal(t, []time.Duration{day, 30 * time.Second}, b.tape.lengths())
}

func TestNewsEndsThePause(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.answers(workflows.SendEmailReminder, perform(1, collection.EmailReminder, start))
	b.answers(workflows.SendSMSReminder, closing(3, collection.EndPaid))
	b.signals(5*time.Second, workflows.SignalChanged, envelope(perform(1, collection.EmailReminder, start))) // says nothing new
	b.signals(10*time.Second, workflows.SignalChanged, envelope(perform(2, collection.SMSReminder, start)))
	b.run(input(perform(1, collection.EmailReminder, start)))
	b.ended(collection.EndPaid, 3)
	require.Equal(t, []string{"SendEmailReminder", "SendSMSReminder"}, b.tape.names())
	require.Equal(t, in(10*time.Second), b.tape.activities[1].at)
}

// A planner that contradicts itself must not fill a history.
func TestPlanAfterPlanThatIsDueAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for v := int64(2); v <= 50; v++ {
		b.answers(workflows.ReviewCase, review(v, start))
	}
	b.answers(workflows.ReviewCase, closing(51, collection.EndPaid))
	b.run(input(review(1, start)))
	b.ended(collection.EndPaid, 51)
	require.Equal(t, []time.Duration{30 * time.Second, time.Minute}, b.tape.lengths())
	require.Equal(t, start, b.tape.activities[19].at)
	require.Equal(t, in(30*time.Second), b.tape.activities[20].at)
}

func TestStepThatFailsForGood(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err   error
		cause string
	}{
		"refused":                      {refusal("refused"), "refused"},
		"without a type":               {refusal(""), workflows.CauseFailed},
		"tried until it may no longer": {temporal.NewApplicationError("", "provider_down"), "provider_down"},
		"an error of its own":          {temporal.NewNonRetryableApplicationError("", "", errors.New("boom")), workflows.CauseFailed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.on(workflows.SendEmailReminder, reply{err: test.err})
			b.answers(workflows.ReviewCase, perform(2, collection.SMSReminder, in(9*day)))
			b.answers(workflows.SendSMSReminder, closing(3, collection.EndPaid))
			b.run(input(perform(1, collection.EmailReminder, in(day))))
			b.ended(collection.EndPaid, 3)
			require.Equal(t, []string{"SendEmailReminder", "ReviewCase", "SendSMSReminder"}, b.tape.names())
			got := b.tape.activities[1]
			require.Equal(t, "cases", got.options.TaskQueue)
			require.Zero(t, got.options.ScheduleToCloseTimeout)
			require.Zero(t, got.options.RetryPolicy.MaximumAttempts)
			require.Equal(t, "Review: Email reminder the_email_reminder failed", got.options.Summary)
			require.Equal(t, workflows.ReviewInput{CaseID: input(review(1, start)).CaseID, Version: 1, Failure: &workflows.Failure{
				Step: "the_email_reminder", Kind: collection.EmailReminder, Cause: test.cause}}, got.input)
		})
	}
}

func TestCauseIsACode(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reply reply
		cause string
	}{
		"it panicked":  {reply{first: func() { panic("to j.doe@example.com") }}, workflows.CausePanicked},
		"it timed out": {reply{err: temporal.NewTimeoutError(enumspb.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, nil)}, workflows.CauseTimedOut},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.on(workflows.SendEmailReminder, test.reply)
			b.answers(workflows.ReviewCase, closing(2, collection.EndPaid))
			b.run(input(perform(1, collection.EmailReminder, in(day))))
			b.ended(collection.EndPaid, 2)
			require.Equal(t, test.cause, calls[workflows.ReviewInput](b.tape, workflows.ReviewCase)[0].Failure.Cause)
		})
	}
}

func TestReviewThatFailsIsTriedAgainForEver(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.on(workflows.SendEmailReminder, reply{err: refusal("refused")})
	b.on(workflows.ReviewCase, reply{err: refusal("bug")})
	b.on(workflows.ReviewCase, reply{err: refusal("bug")})
	b.answers(workflows.ReviewCase, closing(2, collection.EndPaid))
	// Even a payment does not close the case before the outcome of the step is recorded.
	b.signals(day+time.Second, workflows.SignalPaid, envelope(closing(2, collection.EndPaid)))
	b.run(input(perform(1, collection.EmailReminder, in(day))))
	b.ended(collection.EndPaid, 2)
	reviews := calls[workflows.ReviewInput](b.tape, workflows.ReviewCase)
	require.Len(t, reviews, 3)
	for _, r := range reviews {
		require.Equal(t, "refused", r.Failure.Cause)
	}
	require.Equal(t, in(day+90*time.Second), b.tape.activities[3].at)
}

func TestReviewAfterAFailureIsNotHeldBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.answers(workflows.SendEmailReminder, perform(1, collection.EmailReminder, start)) // now it pauses
	b.signals(time.Second, workflows.SignalChanged, envelope(perform(2, collection.SMSReminder, start)))
	b.on(workflows.SendSMSReminder, reply{err: refusal("refused")})
	b.answers(workflows.ReviewCase, closing(3, collection.EndPaid))
	b.run(input(perform(1, collection.EmailReminder, start)))
	b.ended(collection.EndPaid, 3)
	require.Equal(t, in(time.Second), b.Now().UTC())
}

// A step that fails and whose review asks for it again does not turn in a circle.
func TestStepAskedForAgainAfterItsFailureWaits(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := perform(1, collection.EmailReminder, in(day))
	b.on(workflows.SendEmailReminder, reply{err: refusal("refused")})
	b.on(workflows.SendEmailReminder, reply{err: refusal("refused")})
	b.answers(workflows.SendEmailReminder, closing(2, collection.EndPaid))
	b.answers(workflows.ReviewCase, plan)
	b.run(input(plan))
	b.ended(collection.EndPaid, 2)
	require.Equal(t, []time.Duration{day, 30 * time.Second, time.Minute}, b.tape.lengths())
}

func TestDatabaseThatIsDownIsWaitedFor(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 8 { // the test environment gives up after ten attempts; a server never does
		b.on(workflows.ReviewCase, reply{err: temporal.NewApplicationError("", "unavailable")})
	}
	b.answers(workflows.ReviewCase, closing(2, collection.EndPaid))
	b.run(input(review(1, in(day))))
	b.ended(collection.EndPaid, 2)
	require.Len(t, b.tape.activities, 1)
	require.Equal(t, 30*time.Second, b.tape.activities[0].options.StartToCloseTimeout)
	require.Equal(t, time.Minute, b.tape.activities[0].options.RetryPolicy.MaximumInterval)
}
