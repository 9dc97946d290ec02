package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func newCaseResume() *cobra.Command {
	var note string
	cmd := &cobra.Command{
		Use:   "resume INVOICE",
		Short: "End every hold and dispute of one invoice",
		Long: `Ends every hold and dispute of one invoice. The ladder goes on with its remaining
gaps, moved by the time it stood still: nothing is made up for.`,
		Example: examples(`relance case resume RL-2026-001 --note "the carrier's report settles it"`),
		Args:    exactArgs("INVOICE"),
		RunE: onOffice(func(ctx context.Context, cmd *cobra.Command, o *office, args []string) error {
			s, err := theInvoice(ctx, cmd, o, args[0])
			if err != nil {
				return err
			}
			r, err := o.Desk.Release(ctx, s.creditor, s.invoice, "", note)
			if err != nil {
				return err
			}
			return tellRecorded(ctx, cmd, o, r, fmt.Sprintf("Recorded: invoice %s goes on.", s.invoice),
				fmt.Sprintf("Nothing held invoice %s; nothing was changed.", s.invoice))
		}),
	}
	cmd.Flags().StringVar(&note, "note", "", "what came of it, in your words")
	caseFlags(cmd)
	return cmd
}
