package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"relance/internal/collection"
	"relance/workflows"
)

// The ladder of the default policy, each step ten days after the last.
func ladder() []collection.Plan {
	return []collection.Plan{
		perform(1, collection.EmailReminder, in(10*day)),
		phased(perform(2, collection.SMSReminder, in(20*day)), collection.Reminding),
		phased(perform(3, collection.EscalationNotice, in(30*day)), collection.Reminding),
		phased(perform(4, collection.CertifiedLetter, in(40*day)), collection.Reminding),
		phased(perform(5, collection.Referral, in(50*day)), collection.FinalNotice),
		phased(closing(6, collection.EndReferred), collection.FinalNotice),
	}
}

func TestLadder(t *testing.T) {
	t.Parallel()
	b, plans := newBench(t), ladder()
	for i, p := range plans[:5] {
		b.on(workflows.ActivityOf(p.Kind), reply{result: workflows.StepResult{Plan: plans[i+1], Outcome: collection.Sent}})
	}
	b.run(input(plans[0]))
	b.ended(collection.EndReferred, 6)

	require.Equal(t, []string{"SendEmailReminder", "SendSMSReminder", "SendEscalationNotice", "RequestCertifiedLetter", "ReferCase"},
		b.tape.names())
	queues := []string{"notify-email", "notify-sms", "notify-email", "mail", "referral"}
	for i, c := range b.tape.activities {
		p := plans[i]
		require.Equal(t, p.At, c.at, "a step is performed at its time")
		require.Equal(t, queues[i], c.options.TaskQueue)
		require.Equal(t, 3, c.options.Priority.PriorityKey)
		require.Empty(t, c.options.Priority.FairnessKey, "inherited from the start")
		require.Equal(t, 72*time.Hour, c.options.ScheduleToCloseTimeout)
		require.Equal(t, 2*time.Minute, c.options.StartToCloseTimeout)
		require.Equal(t, workflows.StepInput{CaseID: input(p).CaseID, Step: p.Step, Kind: p.Kind, Version: p.Version, DueAt: p.At}, c.input)
	}
	require.Equal(t, "SMS reminder the_sms_reminder, 120.00 EUR owed", b.tape.activities[1].options.Summary)
	require.Equal(t, "SMS reminder on 2026-03-22 09:00 UTC", b.tape.timers[1].summary)

	// What the ladder costs on a server follows from what it asked for: each timer is two events, each activity three, and
	// both are followed by a workflow task of three; the start, its task and the close are five.
	timers, activities, upserts := len(b.tape.timers), len(b.tape.activities), len(b.tape.upserts)
	require.Equal(t, 62, 5+timers*5+activities*6+upserts)
	require.Equal(t, 13, 1+timers+activities+upserts, "billable actions")
	require.Zero(t, b.tape.cancelled)
}

func TestSearchAttributesFollowThePhaseOnly(t *testing.T) {
	t.Parallel()
	b, plans := newBench(t), ladder()
	for i, p := range plans[:5] {
		next := plans[i+1]
		next.Owed = eur(12000 - int64(i)*1000)
		b.answers(workflows.ActivityOf(p.Kind), next)
	}
	b.run(input(plans[0]))
	require.Len(t, b.tape.upserts, 2)
	for i, want := range []struct {
		phase string
		owed  float64
	}{{"reminding", 120}, {"final_notice", 90}} {
		phase, _ := b.tape.upserts[i].GetKeyword(workflows.AttributeStatus)
		owed, _ := b.tape.upserts[i].GetFloat64(workflows.AttributeDue)
		require.Equal(t, want.phase, phase)
		require.InDelta(t, want.owed, owed, 0)
		require.Equal(t, 2, b.tape.upserts[i].Size())
	}
}

func TestPaidInTheFirstWait(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.signals(3*day, workflows.SignalPaid, envelope(closing(2, collection.EndPaid)))
	b.run(input(perform(1, collection.EmailReminder, in(30*day))))
	b.ended(collection.EndPaid, 2)
	require.Len(t, b.tape.timers, 1)
	require.Zero(t, b.tape.cancelled, "closing drops the timer; cancelling it would cost an event")
	require.Empty(t, b.tape.activities)
	require.Empty(t, b.tape.upserts)
	require.Equal(t, in(3*day), b.Now().UTC())
}

func TestClosedFromTheStart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.run(input(closing(4, collection.EndPaid)))
	b.ended(collection.EndPaid, 4)
	require.Empty(t, b.tape.timers)
}

func TestStepThatIsOverdueIsPerformedAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.answers(workflows.CreateCallTask, closing(2, collection.EndPaid))
	b.run(input(perform(1, collection.PhoneCall, in(-day))))
	b.ended(collection.EndPaid, 2)
	require.Empty(t, b.tape.timers)
	require.Equal(t, "cases", b.tape.activities[0].options.TaskQueue)
	require.Zero(t, b.tape.activities[0].options.ScheduleToCloseTimeout, "the database is waited for without end")
}

// News and answers in every order.
func TestNews(t *testing.T) {
	t.Parallel()
	first := perform(10, collection.EmailReminder, in(10*day))
	t.Run("a plan that comes earlier moves the timer", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.signals(day, workflows.SignalChanged, envelope(perform(11, collection.EmailReminder, in(5*day))))
		b.answers(workflows.SendEmailReminder, closing(12, collection.EndPaid))
		b.run(input(first))
		b.ended(collection.EndPaid, 12)
		require.Equal(t, []time.Duration{10 * day, 4 * day}, b.tape.lengths())
		require.Equal(t, 1, b.tape.cancelled)
		require.Equal(t, in(5*day), b.tape.activities[0].at)
	})
	t.Run("a plan for the same time keeps the timer", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.signals(day, workflows.SignalChanged, envelope(perform(11, collection.SMSReminder, in(10*day))))
		b.answers(workflows.SendSMSReminder, closing(12, collection.EndPaid))
		b.run(input(first))
		b.ended(collection.EndPaid, 12)
		require.Equal(t, []time.Duration{10 * day}, b.tape.lengths())
		require.Zero(t, b.tape.cancelled)
		require.Equal(t, []string{"SendSMSReminder"}, b.tape.names())
	})
	t.Run("older and equal versions are ignored", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.signals(0, workflows.SignalChanged, envelope(review(10, in(day)))) // the signal of a signal-with-start
		b.signals(day, workflows.SignalPaid, envelope(closing(9, collection.EndPaid)))
		b.signals(2*day, workflows.SignalChanged, envelope(perform(12, collection.EmailReminder, in(20*day))))
		b.signals(3*day, workflows.SignalChanged, envelope(perform(11, collection.EmailReminder, in(4*day))))
		b.signals(4*day, workflows.SignalChanged, envelope(perform(12, collection.EmailReminder, in(20*day))))
		b.answers(workflows.SendEmailReminder, closing(13, collection.EndPaid))
		b.run(input(first))
		b.ended(collection.EndPaid, 13)
		require.Equal(t, int64(12), calls[workflows.StepInput](b.tape, workflows.SendEmailReminder)[0].Version)
		require.Equal(t, []time.Duration{10 * day, 18 * day}, b.tape.lengths())
	})
	t.Run("an agreement replaces the ladder until it is missed", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		agreed := review(11, in(40*day))
		agreed.Why = []collection.Why{collection.WhyAgreement}
		b.signals(day, workflows.SignalAgreed, envelope(agreed))
		b.answers(workflows.ReviewCase, perform(12, collection.SMSReminder, in(41*day)))
		b.answers(workflows.SendSMSReminder, closing(13, collection.EndPaid))
		b.run(input(first))
		b.ended(collection.EndPaid, 13)
		require.Equal(t, []string{"ReviewCase", "SendSMSReminder"}, b.tape.names())
		require.Equal(t, in(40*day), b.tape.activities[0].at)
		require.Equal(t, workflows.ReviewInput{CaseID: input(first).CaseID, Version: 11}, b.tape.activities[0].input)
	})
	t.Run("a case that waits for a person is reviewed on its date", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.answers(workflows.ReviewCase, person(2, in(20*day)), closing(3, collection.EndPaid))
		b.run(input(person(1, in(10*day))))
		b.ended(collection.EndPaid, 3)
		require.Equal(t, []string{"ReviewCase", "ReviewCase"}, b.tape.names())
		require.Equal(t, in(20*day), b.tape.activities[1].at)
	})
}

// What comes while a step is at work.
func TestNewsWhileAStepIsAtWork(t *testing.T) {
	t.Parallel()
	due := in(day)
	first := perform(10, collection.EmailReminder, due)
	tests := map[string]struct {
		answer  collection.Plan
		news    collection.Plan
		version int64         // of the plan held at last
		at      time.Duration // when the case ended
	}{
		"paid: the case closes at once":          {perform(11, collection.SMSReminder, in(2*day)), closing(12, collection.EndPaid), 12, day + time.Minute},
		"newer news outlives the answer":         {perform(11, collection.SMSReminder, in(2*day)), review(12, in(3*day)), 20, 3 * day},
		"older news gives way to the answer":     {review(12, in(3*day)), perform(11, collection.SMSReminder, in(2*day)), 20, 3 * day},
		"at an equal version the answer decides": {review(11, in(3*day)), perform(11, collection.SMSReminder, in(2*day)), 20, 3 * day},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.OnActivity(workflows.SendEmailReminder, anything, anything).After(2*time.Minute).
				Return(workflows.StepResult{Plan: test.answer}, nil)
			b.signals(day+time.Minute, workflows.SignalChanged, envelope(test.news))
			b.answers(workflows.ReviewCase, closing(20, collection.EndPaid))
			b.run(input(first))
			b.ended(collection.EndPaid, test.version)
			require.Equal(t, in(test.at), b.Now().UTC())
			require.NotContains(t, b.tape.names(), "SendSMSReminder")
		})
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	cancelled := func(t *testing.T, b *bench) {
		t.Helper()
		var canceled *temporal.CanceledError
		require.True(t, b.IsWorkflowCompleted())
		require.ErrorAs(t, b.GetWorkflowError(), &canceled)
	}
	t.Run("while it waits", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.after(day, b.CancelWorkflow)
		b.run(input(perform(1, collection.EmailReminder, in(10*day))))
		cancelled(t, b)
		require.Empty(t, b.tape.activities)
		require.Equal(t, in(day), b.Now().UTC())
	})
	t.Run("while a step is at work", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.OnActivity(workflows.SendEmailReminder, anything, anything).After(time.Hour).
			Return(workflows.StepResult{Plan: closing(2, collection.EndPaid)}, nil)
		b.after(time.Minute, b.CancelWorkflow)
		b.run(input(perform(1, collection.EmailReminder, start)))
		cancelled(t, b)
		require.Equal(t, []string{"SendEmailReminder"}, b.tape.names(), "no review follows")
	})
	t.Run("what a person has told it is recorded first", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.on(workflows.RecordSignal, reply{err: temporal.NewNonRetryableApplicationError("", "refused", nil)})
		b.answers(workflows.RecordSignal, perform(2, collection.EmailReminder, start))
		b.after(day, func() {
			b.SignalWorkflowSkippingWorkflowTask(workflows.SignalPaid, nil)
			b.CancelWorkflow()
		})
		b.run(input(perform(1, collection.EmailReminder, in(10*day))))
		cancelled(t, b)
		require.Equal(t, []string{"RecordSignal", "RecordSignal"}, b.tape.names())
		require.Equal(t, in(day+30*time.Second), b.Now().UTC())
	})
}

func TestContinuedAsNew(t *testing.T) {
	t.Parallel()
	first := newBench(t)
	first.answers(workflows.SendEmailReminder, phased(perform(2, collection.SMSReminder, in(20*day)), collection.Reminding))
	first.answers(workflows.RecordSignal, phased(perform(3, collection.SMSReminder, in(21*day)), collection.Reminding))
	first.signals(11*day, workflows.SignalChanged, "read me")
	first.after(12*day, func() {
		first.SetContinueAsNewSuggested(true)
		// What lies in the mailboxes is read first: a signal by hand is recorded, and newer news is carried.
		first.together(sent{workflows.SignalPaid, nil},
			sent{workflows.SignalChanged, envelope(phased(perform(4, collection.SMSReminder, in(22*day)), collection.Reminding))})
	})
	first.run(input(perform(1, collection.EmailReminder, in(10*day))))

	next := continued(t, first)
	require.Equal(t, []string{"SendEmailReminder", "RecordSignal", "RecordSignal"}, first.tape.names())
	require.Equal(t, int64(4), next.Plan.Version)
	require.Equal(t, 2, next.Carried.Ordinal)
	require.Equal(t, collection.Reminding, next.Carried.Phase)
	require.Empty(t, next.Carried.Signals)
	require.True(t, next.Now.IsZero(), "on the wall clock there is no business time to carry")

	second := newBench(t)
	second.SetStartTime(in(12 * day))
	second.signals(day, workflows.SignalAgreed, "read me too")
	second.answers(workflows.RecordSignal, phased(perform(5, collection.SMSReminder, in(22*day)), collection.Reminding))
	second.answers(workflows.SendSMSReminder, closing(6, collection.EndPaid))
	second.after(2*day, func() {
		log := second.view().Log
		require.Equal(t, workflows.LogOpened, log[0].What)
		require.Equal(t, start, log[0].At)
	})
	second.run(next)
	second.ended(collection.EndPaid, 6)
	require.Empty(t, second.tape.upserts, "the phase is as it was")
	require.Equal(t, in(22*day), second.tape.activities[1].at)

	keys := []string{}
	for _, b := range []*bench{first, second} {
		for _, signal := range calls[workflows.SignalInput](b.tape, workflows.RecordSignal) {
			keys = append(keys, signal.Key)
		}
	}
	run := next.Carried.FirstRun
	require.NotEmpty(t, run)
	require.Equal(t, []string{run + "/1", run + "/2", run + "/3"}, keys)
}

func TestCaseIsNotContinuedWhileAStepIsAtWork(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.OnActivity(workflows.SendEmailReminder, anything, anything).After(time.Hour).
		Return(workflows.StepResult{Plan: perform(2, collection.SMSReminder, in(20*day))}, nil)
	b.after(day+time.Minute, func() {
		b.SetContinueAsNewSuggested(true)
		b.SignalWorkflow(workflows.SignalChanged, envelope(perform(1, collection.EmailReminder, in(day))))
	})
	b.run(input(perform(1, collection.EmailReminder, in(day))))
	require.Equal(t, int64(2), continued(t, b).Plan.Version)
	require.Equal(t, in(day+time.Hour), b.Now().UTC())
}

func TestClosedCaseIsNotContinued(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.SetContinueAsNewSuggested(true)
	b.run(input(closing(2, collection.EndPaid)))
	b.ended(collection.EndPaid, 2)
}

func TestPlanThatThisVersionCannotRead(t *testing.T) {
	t.Parallel()
	form := func(at time.Time) collection.Plan {
		p := review(1, at)
		p.Form = "negotiate"
		return p
	}
	kind := perform(1, "visit", in(3*day))
	nameless := review(1, time.Time{})
	nameless.Form = ""
	tests := map[string]struct {
		plan collection.Plan
		at   time.Time
	}{
		"unknown form, reviewed at its time":           {form(in(2 * day)), in(2 * day)},
		"unknown form without a time, after an hour":   {form(time.Time{}), in(time.Hour)},
		"no form at all, after an hour":                {nameless, in(time.Hour)},
		"unknown kind of step, reviewed at its time":   {kind, in(3 * day)},
		"review without a time, at once":               {review(1, time.Time{}), start},
		"person without a time, at once":               {person(1, time.Time{}), start},
		"a form with a time in the past, then at once": {form(in(-day)), start},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.answers(workflows.ReviewCase, closing(2, collection.EndPaid))
			b.run(input(test.plan))
			b.ended(collection.EndPaid, 2)
			require.Equal(t, []string{"ReviewCase"}, b.tape.names())
			require.Equal(t, test.at, b.tape.activities[0].at)
		})
	}
	t.Run("handed back, it is reviewed every hour", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.answers(workflows.ReviewCase, form(time.Time{}), form(time.Time{}), closing(2, collection.EndPaid))
		b.run(input(form(time.Time{})))
		b.ended(collection.EndPaid, 2)
		require.Equal(t, in(3*time.Hour), b.tape.activities[2].at)
	})
}
