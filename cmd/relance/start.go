package main

import (
	"context"

	"github.com/spf13/cobra"

	"relance/internal/screen"
)

func newStart() *cobra.Command {
	var creditor string
	cmd := &cobra.Command{
		Use:   "start",
		Short: "Take a stop back",
		Long: `Takes a stop of ` + "`relance stop`" + ` back. A stop of one creditor and one of the whole
installation are two: what still stands is said. What fell due meanwhile goes out
within a quarter of an hour, in the contact hours of its debtor.`,
		Example: examples("relance start", "relance start --creditor comptoir"),
		Args:    noArgs,
		RunE: onOffice(func(ctx context.Context, cmd *cobra.Command, o *office, _ []string) error {
			if err := o.Desk.Start(ctx, creditor); err != nil {
				return err
			}
			standing, err := o.Ask.Stops(ctx)
			if err != nil {
				return err
			}
			return answer(cmd, stops{standing}, func() string { return screen.Stops(standing) })
		}),
	}
	cmd.Flags().StringVar(&creditor, "creditor", "", "of this creditor only")
	dataDirFlag(cmd)
	return cmd
}
