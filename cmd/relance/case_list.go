package main

import (
	"context"

	"github.com/spf13/cobra"

	"relance/internal/inquiry"
	"relance/internal/screen"
)

func newCaseList() *cobra.Command {
	var creditor, status string
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List cases with what is owed and what happens next",
		Long: `Lists cases by due date: open ones, unless --status says otherwise.

  open       being collected          waiting    registered, not due yet
  closed     paid                     settled    paid before it became a case
  referred   handed over              all        every invoice`,
		Example: examples("relance case list", "relance case list --status all --limit 1000 --json"),
		Args:    noArgs,
		RunE: onOffice(func(ctx context.Context, cmd *cobra.Command, o *office, _ []string) error {
			f := inquiry.CaseFilter{Creditor: creditor, Status: inquiry.Status(status), Limit: limit}
			if status == "all" {
				f.Status = ""
			} else if !f.Status.Valid() {
				return oneOf("status", status, "open", "closed", "referred", "waiting", "settled", "all")
			}
			if limit < 1 {
				return usagef("--limit must be at least 1")
			}
			if err := knownCreditor(ctx, o, creditor); err != nil {
				return err
			}
			l, err := o.Ask.Cases(ctx, f)
			if err != nil {
				return err
			}
			return answer(cmd, l, func() string { return screen.Cases(l) })
		}),
	}
	cmd.Flags().StringVar(&creditor, "creditor", "", "of this creditor only")
	cmd.Flags().StringVar(&status, "status", string(inquiry.Open), "open, closed, referred, waiting, settled or all")
	cmd.Flags().IntVar(&limit, "limit", 50, "at most so many lines")
	dataDirFlag(cmd)
	return cmd
}

// knownCreditor refuses a creditor that does not exist: an empty list would look like good news.
func knownCreditor(ctx context.Context, o *office, creditor string) error {
	if creditor == "" {
		return nil
	}
	_, err := o.Ask.TheCreditor(ctx, creditor)
	return err
}
