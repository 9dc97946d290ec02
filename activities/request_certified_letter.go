package activities

import (
	"context"

	"relance/workflows"
)

// RequestCertifiedLetter has the final notice printed and posted: by the letter provider where it reaches, else as a task to print and post.
//
// Running it twice is safe: the provider honours the dispatch's id as its key, and the task has an id that derives from case and step.
func (a *Activities) RequestCertifiedLetter(ctx context.Context, in workflows.StepInput) (workflows.StepResult, error) {
	return a.perform(ctx, in)
}
