package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"relance/internal/collection"
	"relance/internal/intake"
)

func newCaseHold() *cobra.Command {
	var reason string
	var dispute bool
	cmd := &cobra.Command{
		Use:   "hold INVOICE --reason TEXT",
		Short: "Stop the collection of one invoice: a hold, or a dispute",
		Long: `Stops the collection of one invoice at once. It goes on by itself on the day of
--until, else when somebody resumes it; on the day of --review (by default after the
review days of the policy) it comes up as a task. With --dispute the debtor objects.`,
		Example: examples(`relance case hold RL-2026-001 --reason "new accounts clerk" --until 2026-03-13`,
			`relance case hold RL-2026-001 --reason "goods damaged" --dispute`),
		Args: exactArgs("INVOICE"),
		RunE: onOffice(func(ctx context.Context, cmd *cobra.Command, o *office, args []string) error {
			if strings.TrimSpace(reason) == "" {
				return usagef("say why with --reason: who reads the case in a month wants to know")
			}
			b := intake.Block{Reason: collection.OnHold, Note: reason}
			if dispute {
				b.Reason = collection.InDispute
			}
			var err error
			if b.Until, err = dateFlag(cmd, "until"); err != nil {
				return err
			}
			if b.Review, err = dateFlag(cmd, "review"); err != nil {
				return err
			}
			s, err := theInvoice(ctx, cmd, o, args[0])
			if err != nil {
				return err
			}
			b.Creditor, b.Invoice = s.creditor, s.invoice
			r, err := o.Desk.Hold(ctx, b)
			if err != nil {
				return err
			}
			return tellRecorded(ctx, cmd, o, r, fmt.Sprintf("Recorded: invoice %s stands still.", s.invoice),
				fmt.Sprintf("Invoice %s stood still already; nothing was changed.", s.invoice))
		}),
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why, in your words")
	cmd.Flags().String("until", "", "the day on which it goes on by itself, `YYYY-MM-DD`")
	cmd.Flags().String("review", "", "the day on which somebody looks at it, `YYYY-MM-DD`")
	cmd.Flags().BoolVar(&dispute, "dispute", false, "the debtor objects to the invoice")
	caseFlags(cmd)
	return cmd
}
