package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"relance/internal/collection"
)

// The pace of a case that gets nowhere.
const (
	firstRetry = 30 * time.Second // enough for a lease or a deadlock to pass
	lastRetry  = 15 * time.Minute // after that the sweep has noticed, and a person can mend it
	// maxRush is how many activities a case runs without waiting in between. A healthy one runs one or two; twenty are a
	// planner that contradicts itself.
	maxRush = 20
	// blindReview is when a plan is planned again that this version cannot read and that says no time.
	blindReview = time.Hour
)

// task is the next thing that a case does by itself.
type task int

const (
	toRecord  task = iota // record a signal that a person sent
	toPerform             // perform the step of the plan
	toReview              // have the case planned again
)

// next says what the case does next by itself, and when. It is not ok while the case only waits for an answer or for news.
//
// What people have told it goes first, and nothing else begins before that is recorded: a payment that somebody typed must
// not be followed by a reminder.
func (c *Case) next(ctx workflow.Context) (what task, at time.Time, ok bool) {
	switch {
	case c.recording != nil:
		return 0, time.Time{}, false
	case len(c.kept.Signals) > 0:
		return toRecord, c.kept.Record.At, !c.kept.Record.Standing
	case c.work != nil || ctx.Err() != nil:
		return 0, time.Time{}, false
	case c.kept.Failure != nil:
		return toReview, c.kept.Retry.At, !c.kept.Retry.Standing
	case c.plan.Form == collection.Close:
		return 0, time.Time{}, false
	}
	what, at = c.due()
	if c.kept.Retry.Version != c.plan.Version {
		return what, at, true
	}
	return what, later(at, c.kept.Retry.At), !c.kept.Retry.Standing
}

// due is what the plan asks for, and when. A plan for a person is reviewed on its date like any other that waits. So is one
// that this version cannot read: a form or a kind of step that a newer version knows.
func (c *Case) due() (task, time.Time) {
	switch c.plan.Form {
	case collection.Perform:
		if c.plan.Kind.Valid() {
			return toPerform, c.plan.At
		}
	case collection.Review, collection.Person, collection.Close:
	default:
		if c.plan.At.IsZero() {
			return toReview, c.kept.Since.Add(blindReview)
		}
	}
	return toReview, c.plan.At
}

// wait sleeps until the next due time, an answer, news or a cancellation.
func (c *Case) wait(ctx workflow.Context) {
	c.arm(ctx)
	news := workflow.NewNamedSelector(ctx, "news")
	for _, box := range c.mailboxes {
		news.AddReceive(box, func(workflow.ReceiveChannel, bool) { c.receive(ctx) })
	}
	for _, j := range []*job{c.work, c.recording} {
		if j != nil {
			news.AddFuture(j.answer, func(workflow.Future) { c.receive(ctx) })
		}
	}
	if c.timer != nil {
		news.AddFuture(c.timer.rings, func(workflow.Future) { c.ring(ctx) })
	}
	if ctx.Err() == nil {
		news.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
	}
	news.Select(ctx)
}

type timer struct {
	at     time.Time
	rings  workflow.Future
	cancel workflow.CancelFunc
}

// arm keeps one timer, for the next due time. A timer that is right already is kept: setting it again would cost an action.
// On a test clock there is none, because only news moves business time.
func (c *Case) arm(ctx workflow.Context) {
	what, at, ok := c.next(ctx)
	if !ok || c.in.TestClock {
		c.disarm()
		return
	}
	if c.timer != nil && c.timer.at.Equal(at) {
		return
	}
	c.disarm()
	// A cancelled workflow may still have to try again to record a signal, so the timer does not end with it.
	own, _ := workflow.NewDisconnectedContext(ctx)
	own, cancel := workflow.WithCancel(own)
	rings := workflow.NewTimerWithOptions(own, at.Sub(c.now(ctx)), workflow.TimerOptions{Summary: c.nextWords(what, at)})
	c.timer = &timer{at: at, rings: rings, cancel: cancel}
}

func (c *Case) disarm() {
	if c.timer != nil {
		c.timer.cancel()
		c.timer = nil
	}
}

func (c *Case) ring(ctx workflow.Context) {
	rung := *c.timer
	c.timer = nil
	if err := rung.rings.Get(ctx, nil); err != nil {
		workflow.GetLogger(ctx).Warn("a timer ended without ringing; it is set again", "error", err)
		return
	}
	c.heard = later(c.heard, rung.at)
	c.rush = 0
}

// Backoff is the pause of something that has to be tried again: 30 seconds, doubling up to 15 minutes. On a test clock,
// where nothing may wait by itself, it stands until the next news.
type Backoff struct {
	Tries    int       `json:"tries,omitempty"`
	At       time.Time `json:"at,omitzero"`
	Version  int64     `json:"version,omitempty"` // of the plan held then: a newer one need not wait
	Standing bool      `json:"standing,omitempty"`
}

// holdBack postpones the next try. On a test clock it is due at once if news came meanwhile: that was the wake.
func (c *Case) holdBack(ctx workflow.Context, b *Backoff) {
	b.Version = c.plan.Version
	if c.in.TestClock {
		b.Standing = !c.woken
		return
	}
	pause := firstRetry
	for range b.Tries {
		pause = min(2*pause, lastRetry)
	}
	b.Tries++
	b.At = c.now(ctx).Add(pause)
}

// wake lets everything that stood still on a test clock be tried again.
func (c *Case) wake() {
	c.woken = true
	c.rush = 0
	c.kept.Retry.Standing, c.kept.Record.Standing = false, false
}
