package activities

import (
	"context"

	"relance/workflows"
)

// CreateCallTask asks a person to call the debtor. It never holds up the ladder.
//
// Running it twice is safe: the task has an id that derives from case and step.
func (a *Activities) CreateCallTask(ctx context.Context, in workflows.StepInput) (workflows.StepResult, error) {
	return a.perform(ctx, in)
}
