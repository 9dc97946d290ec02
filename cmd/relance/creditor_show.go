package main

import (
	"context"

	"github.com/spf13/cobra"

	"relance/internal/screen"
)

func newCreditorShow() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show [ID]",
		Short: "Show the settings of a creditor, by default of the only one",
		Args:  atMostArgs(1, "ID"),
		RunE: onOffice(func(ctx context.Context, cmd *cobra.Command, o *office, args []string) error {
			asked := ""
			if len(args) > 0 {
				asked = args[0]
			}
			id, err := o.Ask.TheCreditor(ctx, asked)
			if err != nil {
				return err
			}
			c, err := o.Ask.Creditor(ctx, id)
			if err != nil {
				return err
			}
			return answer(cmd, c, func() string { return screen.Creditor(c) })
		}),
	}
	dataDirFlag(cmd)
	return cmd
}
