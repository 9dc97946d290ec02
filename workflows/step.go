package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"relance/internal/collection"
)

// job is an activity at work.
type job struct {
	activity string
	what     task
	plan     collection.Plan // held when it began
	answer   workflow.Future
}

// act starts whatever is due.
func (c *Case) act(ctx workflow.Context) {
	for {
		what, at, ok := c.next(ctx)
		if !ok || c.now(ctx).Before(at) {
			return
		}
		switch what {
		case toRecord:
			c.record(ctx)
		case toPerform:
			c.perform(ctx)
		case toReview:
			c.review(ctx)
		}
	}
}

// perform has the plan's step performed.
func (c *Case) perform(ctx workflow.Context) {
	p := c.plan
	options := stepOptions(p.Kind, stepSummary(p), c.in.TestClock)
	c.begin(ctx, toPerform, ActivityOf(p.Kind), options, StepInput{
		CaseID: c.in.CaseID, Step: p.Step, Kind: p.Kind, Epoch: p.Epoch, Version: p.Version, DueAt: p.At})
}

// review has the case planned again, and reports a step that failed for good.
func (c *Case) review(ctx workflow.Context) {
	options := toDatabase(priorityRoutine, reviewSummary(c.plan, c.kept.Failure))
	c.begin(ctx, toReview, ReviewCase, options, ReviewInput{
		CaseID: c.in.CaseID, Version: c.plan.Version, Failure: c.kept.Failure})
}

func (c *Case) begin(ctx workflow.Context, what task, activity string, options workflow.ActivityOptions, input any) {
	answer := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), activity, input)
	c.work = &job{activity: activity, what: what, plan: c.plan, answer: answer}
	c.woken = false
	c.rush++
}

// record has the oldest unread signal recorded. It goes on when the workflow is cancelled: what a person has told us is
// not lost.
func (c *Case) record(ctx workflow.Context) {
	own, _ := workflow.NewDisconnectedContext(ctx)
	signal := c.kept.Signals[0]
	options := toDatabase(priorityUrgent, "Record the signal "+signal.Name)
	answer := workflow.ExecuteActivity(workflow.WithActivityOptions(own, options), RecordSignal, signal)
	c.recording = &job{activity: RecordSignal, what: toRecord, plan: c.plan, answer: answer}
}

// finish takes the answer of a step or a review.
func (c *Case) finish(ctx workflow.Context) {
	done := *c.work
	c.work = nil
	var result StepResult
	if err := done.answer.Get(ctx, &result); err != nil {
		c.failed(ctx, done, err)
		return
	}
	if done.what == toReview {
		c.kept.Failure = nil
	}
	c.hear(result.Now)
	c.adopt(ctx, result.Plan, true)
	c.note(ctx, answerEntry(done, result))
	c.pace(ctx, done)
}

// pace makes a case wait that would turn in a circle: a plan handed back as it was and still due, or one new plan after
// the other that is due at once.
func (c *Case) pace(ctx workflow.Context, done job) {
	_, at := c.due()
	due := c.plan.Form != collection.Close && !c.now(ctx).Before(at)
	handedBack := c.plan.Version == done.plan.Version && c.plan.Form == done.plan.Form &&
		c.plan.Step == done.plan.Step && c.plan.Epoch == done.plan.Epoch
	switch {
	case !due:
		c.kept.Retry, c.rush = Backoff{}, 0
	case handedBack, c.rush >= maxRush:
		c.holdBack(ctx, &c.kept.Retry)
		c.rush = 0
	}
}

// failed takes the failure of a step or a review for good. After a step, a review follows that is told of it; a review is
// tried again for ever.
func (c *Case) failed(ctx workflow.Context, done job, err error) {
	if ctx.Err() != nil {
		return // the workflow was cancelled, and the activity with it
	}
	cause := causeOf(err)
	workflow.GetLogger(ctx).Error("an activity failed for good", "activity", done.activity, "case", c.in.CaseID, "cause", cause)
	if done.what == toReview {
		c.note(ctx, Entry{What: LogReviewFailed, Cause: cause})
		c.holdBack(ctx, &c.kept.Retry)
		return
	}
	c.note(ctx, Entry{What: LogStepFailed, Step: done.plan.Step, Kind: done.plan.Kind, Cause: cause})
	c.kept.Failure = &Failure{Step: done.plan.Step, Epoch: done.plan.Epoch, Kind: done.plan.Kind, Cause: cause}
	c.kept.Retry.At, c.kept.Retry.Standing = time.Time{}, false // the review is not held back
}

// recorded takes the answer about a signal. One that could not be recorded stays first in the line and is tried again.
func (c *Case) recorded(ctx workflow.Context) {
	done := *c.recording
	c.recording = nil
	signal := c.kept.Signals[0]
	var result StepResult
	if err := done.answer.Get(ctx, &result); err != nil {
		cause := causeOf(err)
		workflow.GetLogger(ctx).Error("a signal could not be recorded", "signal", signal.Key, "case", c.in.CaseID, "cause", cause)
		c.note(ctx, Entry{What: LogUnrecorded, Signal: signal.Name, Cause: cause})
		c.holdBack(ctx, &c.kept.Record)
		return
	}
	c.kept.Signals = c.kept.Signals[1:]
	c.kept.Record = Backoff{}
	c.hear(result.Now)
	c.adopt(ctx, result.Plan, true)
	c.note(ctx, Entry{What: LogRecorded, Signal: signal.Name, Owed: c.plan.Owed.String()})
}

// causeOf is the code of an activity's failure. The text is left where it is.
func causeOf(err error) string {
	var (
		application *temporal.ApplicationError
		timeout     *temporal.TimeoutError
		panicked    *temporal.PanicError
	)
	switch {
	case errors.As(err, &panicked):
		return CausePanicked
	case errors.As(err, &application) && application.Type() != "":
		return clip(application.Type(), 100)
	case errors.As(err, &timeout):
		return CauseTimedOut
	}
	return CauseFailed
}
