package activities

import (
	"context"

	"github.com/google/uuid"

	"relance/internal/casework"
	"relance/workflows"
)

// ReviewCase plans a case again because something expired: a block, an agreement, the wait for a look-up, a review date; or
// because a step's activity failed for good, whose outcome it then records.
//
// Running it twice is safe: everything it records has one place to be recorded in.
func (a *Activities) ReviewCase(ctx context.Context, in workflows.ReviewInput) (workflows.StepResult, error) {
	id, err := uuid.Parse(in.CaseID)
	if err != nil {
		return workflows.StepResult{}, invalid(err)
	}
	var failure *casework.Failure
	if in.Failure != nil {
		failure = &casework.Failure{Step: in.Failure.Step, Epoch: in.Failure.Epoch, Cause: in.Failure.Cause}
	}
	plan, err := a.deps.Reviews.Review(ctx, id, failure)
	return a.result(ctx, plan, "review", in.CaseID, err)
}
