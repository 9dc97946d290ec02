package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"relance/internal/collection"
)

// What is the code of something that happened in a case.
type What string

// What the timeline of a case tells.
const (
	LogOpened       What = "opened"        // the workflow began
	LogNews         What = "news"          // a signal brought a newer plan
	LogStep         What = "step"          // a step ended, with an outcome if its activity told one
	LogHandedBack   What = "handed_back"   // a step was not performed and is asked for again
	LogReviewed     What = "reviewed"      // the case was planned again
	LogStepFailed   What = "step_failed"   // a step's activity failed for good
	LogReviewFailed What = "review_failed" // a review failed for good and is tried again
	LogRecorded     What = "recorded"      // a signal that a person sent was recorded
	LogUnrecorded   What = "unrecorded"    // one could not be recorded and is tried again
)

// Entry is one line of a case's timeline as the workflow saw it. The full timeline, with every message, is in Postgres.
type Entry struct {
	At      time.Time           `json:"at"` // business time
	What    What                `json:"what"`
	Step    collection.StepID   `json:"step,omitempty"`
	Kind    collection.StepKind `json:"kind,omitempty"`
	Outcome collection.Result   `json:"outcome,omitempty"`
	Signal  string              `json:"signal,omitempty"`
	Cause   string              `json:"cause,omitempty"`
	Owed    string              `json:"owed,omitempty"`  // as it is read: "120.00 EUR"
	Times   int                 `json:"times,omitempty"` // how often in a row, when more than once
}

// logLength is how many lines of the timeline a case keeps. A ladder has a dozen; what is longer is a case in trouble, and
// its end is what matters. A hundred lines stay well below the 20,000 bytes that Temporal takes.
const logLength = 100

// note adds a line to the timeline. The same thing again is counted, not written again.
func (c *Case) note(ctx workflow.Context, e Entry) {
	if n := len(c.kept.Log); n > 0 {
		last := c.kept.Log[n-1]
		times := max(last.Times, 1)
		last.At, last.Times = time.Time{}, 0
		if last == e {
			c.kept.Log[n-1].At, c.kept.Log[n-1].Times = c.now(ctx), times+1
			return
		}
	}
	e.At = c.now(ctx)
	c.kept.Log = append(c.kept.Log, e)
	if extra := len(c.kept.Log) - logLength; extra > 0 {
		c.kept.Log = c.kept.Log[extra:]
	}
}

// tell shows the state of the case to whoever looks at it in the Temporal UI.
func (c *Case) tell(ctx workflow.Context) {
	c.file(ctx)
	c.describe(ctx)
}

// file updates the search attributes, once for each change of phase: each update is an event and an action. A case that
// closes has its outcome as its result.
func (c *Case) file(ctx workflow.Context) {
	if c.plan.Phase == c.kept.Phase || c.plan.Phase == "" || c.plan.Form == collection.Close {
		return
	}
	err := workflow.UpsertTypedSearchAttributes(ctx,
		AttributeStatus.ValueSet(string(c.plan.Phase)), AttributeDue.ValueSet(majorUnits(c.plan.Owed)))
	if err != nil { // they only help to find a case; a case does not stop for them
		workflow.GetLogger(ctx).Error("search attributes could not be set", "case", c.in.CaseID, "error", err)
	}
	c.kept.Phase = c.plan.Phase
}

// describe sets the details that the UI shows. They cost no event: the UI asks a worker for them.
func (c *Case) describe(ctx workflow.Context) { workflow.SetCurrentDetails(ctx, c.view().Markdown()) }

func (c *Case) view() CaseView {
	v := CaseView{
		CaseID: c.in.CaseID, Creditor: c.in.Creditor, Debtor: c.in.Debtor, Invoice: c.in.Invoice, DueOn: c.in.DueOn,
		Amount: c.in.Amount, Version: c.plan.Version, Plan: c.plan, Phase: c.plan.Phase, Since: c.kept.Since,
		Unread: len(c.kept.Signals), Log: append([]Entry{}, c.kept.Log...),
	}
	if c.in.TestClock {
		v.Now = c.heard
	}
	if c.work != nil {
		v.Running = c.work.activity
	}
	if c.kept.Retry.Version == c.plan.Version {
		v.RetryAt = c.kept.Retry.At
	}
	return v
}

// Markdown tells the case to a person: what is owed, what comes next and when and why, and what was done. It holds ids,
// numbers, amounts and dates.
func (v CaseView) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "**Invoice %s**: %s, due %s. **%s still owed.** Phase: %s.\n\n",
		code(v.Invoice), v.Amount, v.DueOn, v.Plan.Owed, code(string(v.Phase)))
	fmt.Fprintf(&b, "**Next:** %s.%s\n", v.nextSentence(), because(v.Plan.Why))
	if v.Unread > 0 {
		fmt.Fprintf(&b, "\n**Being recorded:** %d of the signals that were sent by hand. Nothing else begins before that.\n", v.Unread)
	}
	if len(v.Log) > 0 {
		b.WriteString("\n| When (UTC) | What |\n| --- | --- |\n")
	}
	for _, e := range v.Log {
		fmt.Fprintf(&b, "| %s | %s |\n", e.At.Format(timeLayout), e.words())
	}
	return b.String()
}

func (v CaseView) nextSentence() string {
	switch {
	case v.Plan.Form == collection.Close:
		return "Nothing, the case is closed: " + string(v.Plan.Ending)
	case v.Running == ReviewCase:
		return "Being planned again now"
	case v.Running != "":
		return kindWords(v.Plan.Kind) + " (" + code(v.Running) + " is at work)"
	case v.RetryAt.After(v.Plan.At):
		return planWords(v.Plan) + "; tried again " + stamp(v.RetryAt)
	}
	return planWords(v.Plan)
}

// code sets a text as Markdown code, so that no number of an invoice is read as formatting.
func code(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == '`' || r == '|' {
			return '\''
		}
		return r
	}, text)
	return "`" + clip(text, 300) + "`"
}
