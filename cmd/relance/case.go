package main

import (
	"context"

	"github.com/spf13/cobra"

	"relance/internal/inquiry"
	"relance/internal/intake"
	"relance/internal/money"
	"relance/internal/screen"
)

func newCase() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "case",
		Short: "Look at cases; record payments, agreements, holds and disputes",
		Long: `A case is the collection of one overdue invoice. What is recorded here counts at
once: no reminder starts after the command has answered.

--creditor may be left out when only one creditor has the invoice.`,
		Example: examples("relance case list", "relance case show RL-2026-001", "relance case pay RL-2026-001 --amount 120.00 --on 2026-02-01",
			"relance case agree RL-2026-001 --parts 3 --first 2026-03-01", `relance case hold RL-2026-001 --reason "goods damaged" --dispute`),
		Args: cobra.ArbitraryArgs,
		RunE: parent,
	}
	cmd.AddCommand(newCaseList(), newCaseShow(), newCasePay(), newCaseAgree(), newCaseHold(), newCaseResume())
	return cmd
}

// caseFlags are those of every command about one case.
func caseFlags(cmd *cobra.Command) {
	cmd.Flags().String("creditor", "", "whose invoice it is, where several creditors have one of that number")
	dataDirFlag(cmd)
}

// subject is the invoice that a command is about.
type subject struct {
	creditor, invoice string
	currency          money.Currency
}

func theInvoice(ctx context.Context, cmd *cobra.Command, o *office, number string) (subject, error) {
	creditor, _ := cmd.Flags().GetString("creditor")
	owner, currency, err := o.Ask.Invoice(ctx, creditor, number)
	return subject{owner, number, currency}, err
}

// recorded is what a fact did to a case.
type recorded struct {
	// Changed is false when the same had been recorded before.
	Changed  bool           `json:"changed"`
	ID       string         `json:"id,omitempty"` // of the fact
	Creditor string         `json:"creditor"`
	Invoice  string         `json:"invoice"`
	Status   inquiry.Status `json:"status"`
	Owed     money.Amount   `json:"owed"`
	Next     inquiry.Next   `json:"next"`
}

// tellRecorded says what was recorded and what happens next.
func tellRecorded(ctx context.Context, cmd *cobra.Command, o *office, r intake.Receipt, did, knew string) error {
	c, err := o.Ask.Case(ctx, r.Creditor, r.Invoice)
	if err != nil {
		return err
	}
	answered := recorded{Changed: r.Changed, Creditor: r.Creditor, Invoice: r.Invoice, Status: c.Status, Owed: c.Owed, Next: c.Next}
	if r.Changed {
		answered.ID = r.ID.String()
	}
	return answer(cmd, answered, func() string {
		what := did
		if !r.Changed {
			what = knew
		}
		owed := c.Owed.String() + " is owed."
		if c.Owed.Minor <= 0 {
			owed = "Nothing is owed any more."
		}
		return screen.Paragraph(what+" "+owed) + screen.Paragraph(c.Next.Sentence)
	})
}
