package activities

import (
	"context"

	"relance/workflows"
)

// ReferCase hands the debt over: to the agency by email with the dossier, or as a task to file a claim or to choose.
//
// Running it twice is safe: a case is referred once in an epoch, and the second run finds the first one's dispatch or task.
func (a *Activities) ReferCase(ctx context.Context, in workflows.StepInput) (workflows.StepResult, error) {
	return a.perform(ctx, in)
}
