package main

import (
	"context"

	"github.com/spf13/cobra"

	"relance/internal/screen"
)

func newCaseShow() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show INVOICE",
		Short: "Show one case: what happens next and why, and all that happened",
		Long: `Shows one invoice and its case. The first sentence says what happens next, when,
by which rule, and why on this channel. Then: what is owed, by whom, the ladder with
what happened and what comes, payments, and the timeline. Times are the debtor's.`,
		Example: examples("relance case show RL-2026-001", "relance case show RL-2026-001 --json | jq .next.sentence"),
		Args:    exactArgs("INVOICE"),
		RunE: onOffice(func(ctx context.Context, cmd *cobra.Command, o *office, args []string) error {
			creditor, _ := cmd.Flags().GetString("creditor")
			c, err := o.Ask.Case(ctx, creditor, args[0])
			if err != nil {
				return err
			}
			return answer(cmd, c, func() string { return screen.Case(c) })
		}),
	}
	caseFlags(cmd)
	return cmd
}
