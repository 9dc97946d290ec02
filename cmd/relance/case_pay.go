package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"relance/internal/argument"
	"relance/internal/intake"
	"relance/internal/money"
)

func newCasePay() *cobra.Command {
	var amount, currency, ref string
	cmd := &cobra.Command{
		Use:   "pay INVOICE",
		Short: "Record a payment; without --amount, of all that is owed",
		Long: `Records money that came in. Once the command has answered, no demand for the
invoice starts. With --ref, the payment's own id at the bank, the same payment told
twice is recorded once.`,
		Example: examples("relance case pay RL-2026-001", "relance case pay RL-2026-001 --amount 120.00 --on 2026-02-01 --ref BANK-4711"),
		Args:    exactArgs("INVOICE"),
		RunE: onOffice(func(ctx context.Context, cmd *cobra.Command, o *office, args []string) error {
			s, err := theInvoice(ctx, cmd, o, args[0])
			if err != nil {
				return err
			}
			p := intake.Payment{Creditor: s.creditor, Invoice: s.invoice, Reference: ref, Source: intake.FromStaff}
			if p.On, err = dateFlag(cmd, "on"); err != nil {
				return err
			}
			if p.Amount, err = amountFlags(amount, currency, s.currency); err != nil {
				return err
			}
			r, err := o.Desk.Pay(ctx, p)
			if err != nil {
				return err
			}
			paid := "all that was owed"
			if p.Amount != nil {
				paid = p.Amount.String()
			}
			return tellRecorded(ctx, cmd, o, r, fmt.Sprintf("Recorded: a payment of %s for invoice %s.", paid, s.invoice),
				fmt.Sprintf("This payment of invoice %s was recorded before; nothing was changed.", s.invoice))
		}),
	}
	cmd.Flags().StringVar(&amount, "amount", "", "what came in, such as 120.00 (default: all that is owed)")
	cmd.Flags().StringVar(&currency, "currency", "", "its currency (default: the invoice's)")
	cmd.Flags().String("on", "", "the day it came in, `YYYY-MM-DD` (default: today)")
	cmd.Flags().StringVar(&ref, "ref", "", "the payment's own id, so that it is never recorded twice")
	caseFlags(cmd)
	return cmd
}

// amountFlags reads an amount and its currency; nil without an amount.
func amountFlags(amount, currency string, invoice money.Currency) (*money.Amount, error) {
	in := invoice
	if currency != "" {
		var err error
		if in, err = money.ParseCurrency(currency); err != nil {
			return nil, usagef("--currency %q is not a currency: write its ISO 4217 code, such as EUR", currency)
		}
	}
	if in != invoice {
		return nil, usagef("the invoice is in %s: a payment in %s cannot be booked on it", invoice, in)
	}
	if amount == "" {
		return nil, nil //nolint:nilnil // none means all that is owed
	}
	a, err := argument.ParseAmount("--amount", amount, in)
	if err != nil {
		return nil, usageError{err}
	}
	return &a, nil
}
