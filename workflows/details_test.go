package workflows_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	sdkpb "go.temporal.io/api/sdk/v1"

	"relance/internal/collection"
	"relance/workflows"
)

// What a person reads in the Temporal UI, at several moments of one case.
func TestDetails(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var told strings.Builder
	look := func(what string) func() {
		return func() { told.WriteString("# " + what + "\n\n" + b.view().Markdown() + "\n") }
	}
	second := phased(perform(2, collection.SMSReminder, in(20*day)), collection.Reminding)
	second.Why = []collection.Why{collection.WhyMinGap, collection.WhyHours}
	b.on(workflows.SendEmailReminder, reply{result: workflows.StepResult{Plan: second, Outcome: collection.Sent}, first: nil})
	b.after(day, look("Waiting"))
	b.after(11*day, look("After the first step"))

	held := phased(review(3, in(30*day)), collection.Reminding)
	held.Owed = eur(7000)
	b.signals(12*day, workflows.SignalPaid, envelope(held))
	b.after(13*day, look("On hold"))

	stuck := phased(perform(4, collection.EscalationNotice, in(30*day)), collection.Reminding)
	b.answers(workflows.ReviewCase, stuck, phased(person(5, in(60*day)), collection.Reminding))
	b.answers(workflows.SendEscalationNotice, stuck, stuck)
	b.on(workflows.SendEscalationNotice, reply{err: refusal("provider_down")})
	b.after(30*day+40*time.Second, look("Held back"))
	b.after(31*day, look("Waiting for a person"))

	b.on(workflows.RecordSignal, reply{err: refusal("bad_state")})
	b.answers(workflows.RecordSignal, closing(6, collection.EndPaid))
	b.signals(40*day, workflows.SignalPaid, nil)
	b.after(40*day+time.Second, look("A signal by hand that is tried again"))

	b.run(input(perform(1, collection.EmailReminder, in(10*day))))
	b.ended(collection.EndPaid, 6)
	look("Closed")()
	golden(t, "details.md", told.String())
}

func TestDetailsOfAStepAtWork(t *testing.T) {
	t.Parallel()
	for name, plan := range map[string]collection.Plan{
		"SMS reminder (`SendSMSReminder` is at work)": perform(1, collection.SMSReminder, start),
		"Being planned again now":                     review(1, start),
	} {
		b := newBench(t)
		answer := workflows.StepResult{Plan: closing(2, collection.EndPaid)}
		b.OnActivity(workflows.SendSMSReminder, anything, anything).After(time.Hour).Return(answer, nil)
		b.OnActivity(workflows.ReviewCase, anything, anything).After(time.Hour).Return(answer, nil)
		b.after(time.Minute, func() { require.Contains(t, b.view().Markdown(), "**Next:** "+name) })
		b.run(input(plan))
		b.ended(collection.EndPaid, 2)
	}
}

func TestStepWithoutAnOutcome(t *testing.T) {
	t.Parallel()
	for want, answer := range map[string]collection.Plan{
		"ended":         perform(2, collection.SMSReminder, in(9*day)),
		"not performed": perform(2, collection.EmailReminder, in(9*day)),
	} {
		b := newBench(t)
		b.answers(workflows.SendEmailReminder, answer, closing(3, collection.EndPaid))
		b.answers(workflows.SendSMSReminder, closing(3, collection.EndPaid))
		b.after(2*day, func() {
			require.Contains(t, b.view().Markdown(), "| Email reminder `the_email_reminder`: "+want+" |")
		})
		b.run(input(perform(1, collection.EmailReminder, in(day))))
		b.ended(collection.EndPaid, 3)
	}
}

// Temporal takes 20,000 bytes, and Markdown takes its signs where it finds them.
func TestDetailsStayWithinTheirLimits(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := input(review(1, start))
	in.Invoice = "7|`8`\n" + strings.Repeat("é", 400)
	for v := int64(2); v < 300; v++ {
		p := review(v, start)
		p.Owed = eur(12000 + v) // so that no line is like the last
		b.answers(workflows.ReviewCase, p)
	}
	b.answers(workflows.ReviewCase, closing(300, collection.EndPaid))
	b.run(in)
	b.ended(collection.EndPaid, 300)
	v := b.view()
	require.Len(t, v.Log, 100)
	text := v.Markdown()
	require.Less(t, len(text), 20_000)
	require.True(t, strings.HasPrefix(text, "**Invoice `7''8''é"), text[:60])
}

func TestEveryReasonHasWords(t *testing.T) {
	t.Parallel()
	p := review(1, start)
	p.Why = []collection.Why{collection.WhyDelay, collection.WhyMinGap, collection.WhyPaused, collection.WhyHours,
		collection.WhyMissedWindow, collection.WhyNoticePeriod, collection.WhyProviderLater, collection.WhyPreferred,
		collection.WhyNoPreference, collection.WhyNoEmail, collection.WhyNoPhone, collection.WhyNoChannel, collection.WhyHold,
		collection.WhyDispute, collection.WhyAgreement, collection.WhySignal, collection.WhyUnknown, collection.WhyNotPosted,
		collection.WhyNotReceived, collection.WhyNeverOpen, collection.WhyOnPerson, collection.WhyLadderDone,
		collection.WhyPaid, collection.WhyReferred}
	text := workflows.CaseView{Plan: p}.Markdown()
	_, reasons, _ := strings.Cut(text, "Why: ")
	require.NotContains(t, reasons, "`", "a reason without words is shown as its code")
	p.Why = []collection.Why{"full_moon"}
	require.Contains(t, workflows.CaseView{Plan: p}.Markdown(), "Why: `full_moon`.")
}

func TestQueryTellsTheWholeCase(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	plan := perform(1, collection.EmailReminder, in(10*day))
	b.after(day, func() {
		golden(t, "view.json", asJSON(t, b.view()))
		var shown sdkpb.WorkflowMetadata
		answer, err := b.QueryWorkflow("__temporal_workflow_metadata") // what the UI asks for
		require.NoError(t, err)
		require.NoError(t, answer.Get(&shown))
		require.Equal(t, b.view().Markdown(), shown.GetCurrentDetails())
	})
	b.answers(workflows.SendEmailReminder, closing(2, collection.EndPaid))
	b.run(input(plan))
	b.ended(collection.EndPaid, 2)
	require.Equal(t, int64(2), b.view().Version)
}
