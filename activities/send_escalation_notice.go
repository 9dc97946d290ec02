package activities

import (
	"context"

	"relance/workflows"
)

// SendEscalationNotice sends the notice by email with the letter as PDF; a debtor without an address gets it on paper, as a task.
//
// Running it twice is safe: the second run finds the first one's dispatch or task, and returns the plan that came after it.
func (a *Activities) SendEscalationNotice(ctx context.Context, in workflows.StepInput) (workflows.StepResult, error) {
	return a.perform(ctx, in)
}
