package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"relance/internal/collection"
)

// CollectInvoice is the life of one case: it holds a plan, waits until its time, has its step performed, adopts the plan
// that comes back, and ends when a plan says so.
func CollectInvoice(ctx workflow.Context, in CaseInput) (CaseResult, error) {
	c, err := newCase(ctx, in)
	if err != nil {
		return CaseResult{}, err
	}
	return c.run(ctx)
}

// Case is the state of one case.
type Case struct {
	in CaseInput // as it was started with

	// What survives continue-as-new.
	plan  collection.Plan // the newest plan heard of
	heard time.Time       // business time heard of on a test clock; on the wall, the latest due time that a timer rang for
	kept  Carried

	// What belongs to this run alone.
	mailboxes []workflow.ReceiveChannel // one for each signal, in the order of Signals
	timer     *timer                    // the armed wait, nil without one
	work      *job                      // the step or review at work, nil without one
	recording *job                      // the signal being recorded, nil without one
	rush      int                       // activities since the case last waited for a timer or for news
	woken     bool                      // news came since the last activity for the plan began
}

// Carried is what a run leaves to the next one beside the plan. Fields may be added, never changed.
type Carried struct {
	FirstRun string           `json:"first_run"`          // the id of the first run: half of every signal's key
	Ordinal  int              `json:"ordinal,omitempty"`  // how many signals from people were received
	Phase    collection.Phase `json:"phase"`              // as in the search attributes
	Since    time.Time        `json:"since,omitzero"`     // when the plan was last heard of
	Log      []Entry          `json:"log,omitempty"`      // the timeline, its last lines
	Failure  *Failure         `json:"failure,omitempty"`  // what the next review must be told
	Signals  []SignalInput    `json:"signals,omitempty"`  // received and not recorded, oldest first
	Retry    Backoff          `json:"retry,omitzero"`     // of steps and reviews
	Record   Backoff          `json:"recording,omitzero"` // of recording signals
}

// newCase sets a case up and registers all its handlers. It does not block and starts nothing, so that no signal or query
// finds it half ready.
func newCase(ctx workflow.Context, in CaseInput) (*Case, error) {
	c := &Case{in: in, plan: in.Plan}
	c.hear(in.Now)
	for _, name := range Signals() {
		c.mailboxes = append(c.mailboxes, workflow.GetSignalChannel(ctx, name))
	}
	if err := workflow.SetQueryHandler(ctx, QueryCase, func() (CaseView, error) { return c.view(), nil }); err != nil {
		return nil, err
	}
	if in.Carried != nil {
		c.kept = *in.Carried
		c.in.Carried = nil
		return c, nil
	}
	info := workflow.GetInfo(ctx)
	c.kept = Carried{FirstRun: info.FirstRunID, Phase: in.Plan.Phase, Since: c.now(ctx)}
	if c.kept.FirstRun == "" {
		c.kept.FirstRun = info.WorkflowExecution.RunID
	}
	c.note(ctx, Entry{What: LogOpened, Owed: in.Plan.Owed.String()})
	return c, nil
}

// run is the loop of the case. Every signal is received before it ends in any way: what lies unread in a closing workflow
// is lost without a trace.
func (c *Case) run(ctx workflow.Context) (CaseResult, error) {
	for {
		c.receive(ctx)
		switch {
		case c.cancelled(ctx):
			return CaseResult{}, ctx.Err()
		case c.over():
			return c.result(ctx), nil
		case c.full(ctx):
			return CaseResult{}, c.continued(ctx)
		}
		c.act(ctx)
		c.tell(ctx)
		c.wait(ctx)
	}
}

// cancelled reports that somebody cancelled the workflow. What people have told it is recorded before it goes.
func (c *Case) cancelled(ctx workflow.Context) bool {
	return ctx.Err() != nil && c.nothingUnread()
}

// over reports that the newest plan closes the case. A step still at work does not hold it back: the payment that closed
// the case is in Postgres, which lets no demand start after it. A failure does, for its outcome is not recorded yet.
func (c *Case) over() bool {
	return c.plan.Form == collection.Close && c.nothingUnread() && c.kept.Failure == nil
}

// full reports that the history has grown long, at a moment when a new run loses nothing.
func (c *Case) full(ctx workflow.Context) bool {
	suggested := workflow.GetInfo(ctx).GetContinueAsNewSuggested()
	if !suggested || c.work != nil || c.recording != nil || ctx.Err() != nil { // a new run would forget the cancellation
		return false
	}
	task, at, ok := c.next(ctx)
	return !ok || task != toRecord || c.now(ctx).Before(at) // a signal is recorded first, unless that has to be tried again
}

func (c *Case) nothingUnread() bool { return len(c.kept.Signals) == 0 && c.recording == nil }

func (c *Case) result(ctx workflow.Context) CaseResult {
	c.describe(ctx)
	return CaseResult{Ending: c.plan.Ending, Version: c.plan.Version}
}

// continued hands everything that survives to a new run.
func (c *Case) continued(ctx workflow.Context) error {
	next, kept := c.in, c.kept
	next.Plan, next.Carried = c.plan, &kept
	if c.in.TestClock {
		next.Now = c.heard
	}
	return workflow.NewContinueAsNewError(ctx, WorkflowType, next)
}

// adopt takes a plan that is newer than the one held. The answer of an activity counts at an equal version too: it was
// planned under the locks a moment ago, while news may have lain in a mailbox.
func (c *Case) adopt(ctx workflow.Context, p collection.Plan, answer bool) bool {
	if p.Version <= 0 || p.Version < c.plan.Version || p.Version == c.plan.Version && !answer {
		return false
	}
	c.plan = p
	c.kept.Since = c.now(ctx)
	return true
}

// hear moves business time forward on a test clock, and never back.
func (c *Case) hear(now time.Time) {
	if c.in.TestClock {
		c.heard = later(c.heard, now)
	}
}

// now is business time. On the wall clock a timer that rang makes its due time past, whatever the clock of the machine says.
func (c *Case) now(ctx workflow.Context) time.Time {
	if c.in.TestClock {
		return c.heard.UTC()
	}
	return later(workflow.Now(ctx), c.heard).UTC()
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
