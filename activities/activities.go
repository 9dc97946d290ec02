// Package activities is the catalogue of effects: one file for each thing that a case's workflow can ask for.
//
// Each activity claims, renders, sends, records and plans again, or records and plans again, and returns the plan that comes
// next. What it does under which locks is written in internal/casework and internal/intake; this package adds what Temporal
// needs: names, waiting for the exact second, and errors that carry a kind and ids and never a provider's text.
package activities

import (
	"context"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/activity"

	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/intake"
	"relance/workflows"
)

// Steps performs a rung of a ladder.
type Steps interface {
	Perform(ctx context.Context, step casework.Step) (collection.Plan, error)
	// Outcome is how a step ended, empty while it has not.
	Outcome(ctx context.Context, step casework.Step) (collection.Result, error)
}

// Reviews looks at a case again because something expired or failed.
type Reviews interface {
	Review(ctx context.Context, caseID uuid.UUID, failure *casework.Failure) (collection.Plan, error)
}

// Signals records what an operator sent to a workflow.
type Signals interface {
	RecordSignal(ctx context.Context, s intake.Signal) (collection.Plan, error)
}

// Clock is business time.
type Clock interface {
	// Now is the business instant and whether it stands on a test clock.
	Now(ctx context.Context) (now time.Time, test bool, err error)
}

// Deps are what the activities need.
type Deps struct {
	Steps   Steps
	Reviews Reviews
	Signals Signals
	Clock   Clock
}

// Activities holds the effects.
type Activities struct{ deps Deps }

// New makes the activities.
func New(deps Deps) *Activities { return &Activities{deps} }

// Registry is where activities are registered: a worker, or a test environment.
type Registry interface {
	RegisterActivityWithOptions(a any, options activity.RegisterOptions)
}

// Register registers those activities that run on a task queue, by the names the workflow calls them.
func (a *Activities) Register(queue string, r Registry) {
	byQueue := map[string]map[string]any{
		workflows.QueueCases: {
			workflows.CreateCallTask: a.CreateCallTask, workflows.ReviewCase: a.ReviewCase, workflows.RecordSignal: a.RecordSignal,
		},
		workflows.QueueEmail:    {workflows.SendEmailReminder: a.SendEmailReminder, workflows.SendEscalationNotice: a.SendEscalationNotice},
		workflows.QueueSMS:      {workflows.SendSMSReminder: a.SendSMSReminder},
		workflows.QueueMail:     {workflows.RequestCertifiedLetter: a.RequestCertifiedLetter},
		workflows.QueueReferral: {workflows.ReferCase: a.ReferCase},
	}
	for name, fn := range byQueue[queue] {
		r.RegisterActivityWithOptions(fn, activity.RegisterOptions{Name: name})
	}
}

// early is how much before its time a step may be woken up by a clock that goes a little fast; it waits out the difference.
const early = time.Minute

// perform is what all steps have in common.
func (a *Activities) perform(ctx context.Context, in workflows.StepInput) (workflows.StepResult, error) {
	id, err := uuid.Parse(in.CaseID)
	if err != nil {
		return workflows.StepResult{}, invalid(err)
	}
	if err := a.waitOut(ctx, in.DueAt); err != nil {
		return workflows.StepResult{}, failed(ctx, "wait", in.CaseID, err)
	}
	step := casework.Step{CaseID: id, Step: in.Step, Kind: in.Kind, Epoch: in.Epoch}
	plan, err := a.deps.Steps.Perform(ctx, step)
	r, err := a.result(ctx, plan, "perform "+string(in.Step), in.CaseID, err)
	if err != nil {
		return r, err
	}
	if how, err := a.deps.Steps.Outcome(ctx, step); err == nil {
		r.Outcome = how // for people's eyes only: without it what was done is done
	}
	return r, nil
}

func (a *Activities) waitOut(ctx context.Context, due time.Time) error {
	now, test, err := a.deps.Clock.Now(ctx)
	if err != nil || test {
		return err
	}
	wait := due.Sub(now)
	if wait <= 0 || wait > early {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (a *Activities) result(ctx context.Context, plan collection.Plan, doing, caseID string, err error) (workflows.StepResult, error) {
	if err != nil {
		return workflows.StepResult{}, failed(ctx, doing, caseID, err)
	}
	r := workflows.StepResult{Plan: plan}
	if now, test, err := a.deps.Clock.Now(ctx); err == nil && test {
		r.Now = now
	}
	return r, nil
}
