package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/collection"
	"relance/workflows"
)

// On a test clock a second of the wall may be a year of business, so the case never waits by itself.
func TestClockMovedByNews(t *testing.T) {
	t.Parallel()
	b, plans := newBench(t), ladder()
	for i, p := range plans[:5] {
		b.answers(workflows.ActivityOf(p.Kind), plans[i+1])
		b.signals(time.Duration(i+1)*time.Second, workflows.SignalChanged, at(envelope(p), p.At))
	}
	b.run(onTestClock(input(plans[0])))
	b.ended(collection.EndReferred, 6)
	require.Empty(t, b.tape.timers)
	require.Len(t, b.tape.activities, 5)
	for i, c := range b.tape.activities {
		require.Equal(t, in(time.Duration(i+1)*time.Second), c.at, "performed on the wake")
		require.Equal(t, 20*time.Second, c.options.StartToCloseTimeout, "the advance waits for a lost attempt")
	}
}

func TestClockStandsStill(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := perform(5, collection.EmailReminder, in(10*day))
	asleep := func() { require.Empty(t, b.tape.activities) }
	b.after(40*day, asleep) // the wall means nothing
	b.signals(41*day, workflows.SignalChanged, envelope(plan))
	b.after(42*day, asleep)
	b.signals(43*day, workflows.SignalChanged, at(envelope(plan), in(10*day-time.Second)))
	b.after(44*day, func() { asleep(); require.Equal(t, in(10*day-time.Second), b.view().Now) })
	b.signals(45*day, workflows.SignalChanged, at(envelope(plan), start)) // never back
	b.after(46*day, func() { asleep(); require.Equal(t, in(10*day-time.Second), b.view().Now) })
	// The wake of an older plan moves the clock all the same.
	b.signals(47*day, workflows.SignalChanged, at(envelope(closing(4, collection.EndPaid)), in(10*day)))
	b.answers(workflows.SendEmailReminder, closing(6, collection.EndPaid))
	b.run(onTestClock(input(plan)))
	b.ended(collection.EndPaid, 6)
	require.Equal(t, in(47*day), b.tape.activities[0].at)
	require.Empty(t, b.tape.timers)
}

func TestClockMovedByAnAnswer(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.on(workflows.SendEmailReminder, reply{result: workflows.StepResult{Plan: perform(2, collection.SMSReminder, in(day)), Now: in(day)}})
	b.answers(workflows.SendSMSReminder, closing(3, collection.EndPaid))
	b.run(onTestClock(input(perform(1, collection.EmailReminder, start))))
	b.ended(collection.EndPaid, 3)
	require.Equal(t, start, b.tape.activities[1].at)
}

func TestNowOfAnEnvelopeMeansNothingOnTheWallClock(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := perform(1, collection.EmailReminder, in(10*day))
	b.signals(time.Second, workflows.SignalChanged, at(envelope(plan), in(20*day)))
	b.answers(workflows.SendEmailReminder, closing(2, collection.EndPaid))
	b.run(input(plan))
	b.ended(collection.EndPaid, 2)
	require.Equal(t, in(10*day), b.tape.activities[0].at)
}

// Handed back on a test clock, a step waits for the next wake; one that came while it was at work counts.
func TestStepHandedBackOnATestClock(t *testing.T) {
	t.Parallel()
	plan := perform(1, collection.EmailReminder, start)
	t.Run("waits for the next wake", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.answers(workflows.SendEmailReminder, plan, closing(2, collection.EndPaid))
		b.signals(time.Hour, workflows.SignalChanged, at(envelope(plan), start))
		b.run(onTestClock(input(plan)))
		b.ended(collection.EndPaid, 2)
		require.Empty(t, b.tape.timers)
		require.Equal(t, in(time.Hour), b.tape.activities[1].at)
	})
	t.Run("a wake while it was at work counts", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.OnActivity(workflows.SendEmailReminder, anything, anything).After(time.Minute).
			Return(workflows.StepResult{Plan: plan}, nil).Once()
		b.OnActivity(workflows.SendEmailReminder, anything, anything).Return(workflows.StepResult{Plan: plan}, nil).Once()
		b.OnActivity(workflows.SendEmailReminder, anything, anything).
			Return(workflows.StepResult{Plan: closing(2, collection.EndPaid)}, nil).Once()
		b.signals(time.Second, workflows.SignalChanged, at(envelope(plan), start))
		b.signals(time.Hour, workflows.SignalChanged, at(envelope(plan), start))
		b.run(onTestClock(input(plan)))
		b.ended(collection.EndPaid, 2)
		require.Equal(t, in(time.Minute), b.tape.activities[1].at)
		require.Equal(t, in(time.Hour), b.tape.activities[2].at, "but only once")
	})
	t.Run("and so does a plan after a plan that is due at once", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		for v := int64(2); v <= 30; v++ {
			b.answers(workflows.ReviewCase, review(v, start))
		}
		b.answers(workflows.ReviewCase, closing(31, collection.EndPaid))
		b.after(time.Minute, func() { require.Len(t, b.tape.activities, 20) })
		b.signals(time.Hour, workflows.SignalChanged, at(envelope(plan), start))
		b.run(onTestClock(input(review(1, start))))
		b.ended(collection.EndPaid, 31)
		require.Empty(t, b.tape.timers)
	})
}

func TestFailuresOnATestClock(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := perform(1, collection.EmailReminder, start)
	b.on(workflows.SendEmailReminder, reply{err: refusal("refused")})
	b.on(workflows.ReviewCase, reply{err: refusal("bug")})
	b.answers(workflows.ReviewCase, perform(2, collection.SMSReminder, in(day)))
	b.on(workflows.RecordSignal, reply{err: refusal("bug")})
	b.answers(workflows.RecordSignal, closing(3, collection.EndPaid))
	b.after(time.Minute, func() { require.Equal(t, []string{"SendEmailReminder", "ReviewCase"}, b.tape.names()) })
	b.signals(time.Hour, workflows.SignalChanged, at(envelope(plan), start))
	b.signals(2*time.Hour, workflows.SignalPaid, nil)
	b.after(3*time.Hour, func() {
		require.Equal(t, []string{"SendEmailReminder", "ReviewCase", "ReviewCase", "RecordSignal"}, b.tape.names())
	})
	b.signals(4*time.Hour, workflows.SignalChanged, at(envelope(plan), start))
	b.run(onTestClock(input(plan)))
	b.ended(collection.EndPaid, 3)
	require.Empty(t, b.tape.timers)
	require.Len(t, b.tape.activities, 5)
}

func TestBusinessTimeIsCarried(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := perform(1, collection.EmailReminder, in(10*day))
	b.after(time.Second, func() {
		b.SetContinueAsNewSuggested(true)
		b.SignalWorkflow(workflows.SignalChanged, at(envelope(plan), in(5*day)))
	})
	b.run(onTestClock(input(plan)))
	next := continued(t, b)
	require.True(t, next.TestClock)
	require.Equal(t, in(5*day), next.Now)

	second := newBench(t)
	second.answers(workflows.SendEmailReminder, closing(2, collection.EndPaid))
	second.signals(time.Second, workflows.SignalChanged, at(envelope(plan), in(10*day)))
	second.run(next)
	second.ended(collection.EndPaid, 2)
}

// The clock of the machine that runs a workflow task may be behind the one that kept the timer.
func TestTimerThatRingsBeforeItsTime(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.tape.lag = func(now time.Time) time.Duration {
		if now.After(start) {
			return 2 * time.Second
		}
		return 0
	}
	b.answers(workflows.SendEmailReminder, closing(2, collection.EndPaid))
	b.run(input(perform(1, collection.EmailReminder, in(day))))
	b.ended(collection.EndPaid, 2)
	require.Equal(t, []time.Duration{day}, b.tape.lengths(), "what rang is due")
}
