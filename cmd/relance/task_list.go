package main

import (
	"context"

	"github.com/spf13/cobra"

	"relance/internal/inquiry"
	"relance/internal/screen"
)

func newTaskList() *cobra.Command {
	var creditor, status string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List tasks, those that are due first at the top",
		Args:  noArgs,
		RunE: onOffice(func(ctx context.Context, cmd *cobra.Command, o *office, _ []string) error {
			if err := oneOf("status", status, "open", "done", "withdrawn", "all"); err != nil {
				return err
			}
			if err := knownCreditor(ctx, o, creditor); err != nil {
				return err
			}
			f := inquiry.TaskFilter{Creditor: creditor, Status: status}
			if status == "all" {
				f.Status = ""
			}
			l, err := o.Ask.Tasks(ctx, f)
			if err != nil {
				return err
			}
			return answer(cmd, l, func() string { return screen.Tasks(l) })
		}),
	}
	cmd.Flags().StringVar(&creditor, "creditor", "", "of this creditor only")
	cmd.Flags().StringVar(&status, "status", "open", "open, done, withdrawn or all")
	dataDirFlag(cmd)
	return cmd
}
