package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"relance/internal/intake"
)

func newTaskDone() *cobra.Command {
	var outcome, tracking string
	cmd := &cobra.Command{
		Use:   "done ID",
		Short: "Say that a task is done, and what came of it",
		Long: `Closes a task and records what it means for the case: a certified letter that was
posted starts the notice period, a claim that was filed refers the debt.

  call             --outcome "what was said"
  print and post   --tracking NUMBER, and --on DATE if it was not today
  file the claim   --outcome filed, or declined
  choose a route   --outcome small_claims, agency or declined
  others           --outcome "what you found"`,
		Example: examples("relance task done 1a2b3c4d --tracking RR123456785FR --on 2026-03-19", "relance task done 1a2b3c4d --outcome filed"),
		Args:    exactArgs("ID"),
		RunE: onOffice(func(ctx context.Context, cmd *cobra.Command, o *office, args []string) error {
			id, err := o.Ask.TaskID(ctx, args[0])
			if err != nil {
				return err
			}
			in := intake.Done{Task: id, Outcome: outcome, Tracking: tracking}
			if in.On, err = dateFlag(cmd, "on"); err != nil {
				return err
			}
			r, err := o.Desk.Finish(ctx, in)
			if err != nil {
				return err
			}
			return tellRecorded(ctx, cmd, o, r, fmt.Sprintf("Done: task %s of invoice %s.", id.String()[:8], r.Invoice),
				fmt.Sprintf("Task %s was done before; nothing was changed.", id.String()[:8]))
		}),
	}
	cmd.Flags().StringVar(&outcome, "outcome", "", "what came of it")
	cmd.Flags().StringVar(&tracking, "tracking", "", "tracking number of a letter that was posted")
	cmd.Flags().String("on", "", "the day it was posted, `YYYY-MM-DD` (default: today)")
	dataDirFlag(cmd)
	return cmd
}
