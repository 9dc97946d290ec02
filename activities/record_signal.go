package activities

import (
	"context"

	"github.com/google/uuid"

	"relance/internal/intake"
	"relance/workflows"
)

// RecordSignal records what an operator sent to the workflow from the Temporal UI or command line, as far as the creditor's
// setting lets it count.
//
// Running it twice is safe: a signal is recorded once under its key.
func (a *Activities) RecordSignal(ctx context.Context, in workflows.SignalInput) (workflows.StepResult, error) {
	id, err := uuid.Parse(in.CaseID)
	if err != nil {
		return workflows.StepResult{}, invalid(err)
	}
	plan, err := a.deps.Signals.RecordSignal(ctx, intake.Signal{CaseID: id, Key: in.Key, Name: in.Name, Payload: in.Payload})
	return a.result(ctx, plan, "record a signal", in.CaseID, err)
}
