package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"relance/internal/argument"
	"relance/internal/intake"
	"relance/internal/ledger"
)

func newCaseAgree() *cobra.Command {
	var parts int
	var first, every, ref string
	var list []string
	cmd := &cobra.Command{
		Use:   "agree INVOICE",
		Short: "Record agreed instalments, which replace the ladder",
		Long: `Records instalments that were agreed with the debtor, as equal parts of what is owed
or one by one. They must add up to what is owed. While they are kept nothing is sent;
when one is missed, the ladder goes on where it stood. A new agreement takes the place
of the one before.`,
		Example: examples("relance case agree RL-2026-001 --parts 3 --first 2026-03-01", "relance case agree RL-2026-001 --parts 4 --first 2026-03-01 --every 14d",
			"relance case agree RL-2026-001 \\\n    --instalment 2026-03-01:100.00 --instalment 2026-04-01:50.00"),
		Args: exactArgs("INVOICE"),
		RunE: onOffice(func(ctx context.Context, cmd *cobra.Command, o *office, args []string) error {
			if (parts != 0) == (len(list) > 0) {
				return usagef("say either --parts and --first, or each --instalment, such as --instalment 2026-03-01:100.00")
			}
			s, err := theInvoice(ctx, cmd, o, args[0])
			if err != nil {
				return err
			}
			var schedule ledger.Schedule
			if parts != 0 {
				schedule, err = argument.ParseParts(parts, first, every)
			} else {
				schedule, err = argument.ParseInstalments(list, s.currency)
			}
			if err != nil {
				return usageError{err}
			}
			r, err := o.Desk.Agree(ctx, intake.Agreement{Creditor: s.creditor, Invoice: s.invoice, Reference: ref, Schedule: schedule, Source: intake.FromStaff})
			if err != nil {
				return err
			}
			return tellRecorded(ctx, cmd, o, r, fmt.Sprintf("Recorded: instalments for invoice %s.", s.invoice),
				fmt.Sprintf("This agreement on invoice %s was recorded before; nothing was changed.", s.invoice))
		}),
	}
	cmd.Flags().IntVar(&parts, "parts", 0, "number of equal parts")
	cmd.Flags().StringVar(&first, "first", "", "day on which the first part is due, `YYYY-MM-DD`")
	cmd.Flags().StringVar(&every, "every", "monthly", "monthly, weekly, or days such as 14d")
	cmd.Flags().StringArrayVar(&list, "instalment", nil, "`DAY:AMOUNT` of one instalment; give it once for each")
	cmd.Flags().StringVar(&ref, "ref", "", "your id of the agreement, so that it is never recorded twice")
	caseFlags(cmd)
	return cmd
}
