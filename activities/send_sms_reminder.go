package activities

import (
	"context"

	"relance/workflows"
)

// SendSMSReminder reminds the debtor by text message.
//
// Running it twice is safe: the second run finds the first one's dispatch, and returns the plan that came after it.
func (a *Activities) SendSMSReminder(ctx context.Context, in workflows.StepInput) (workflows.StepResult, error) {
	return a.perform(ctx, in)
}
