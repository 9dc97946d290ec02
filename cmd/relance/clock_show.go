package main

import (
	"context"

	"github.com/spf13/cobra"

	"relance/internal/screen"
)

func newClockShow() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show what time it is for business",
		Args:  noArgs,
		RunE: onOffice(func(ctx context.Context, cmd *cobra.Command, o *office, _ []string) error {
			c, err := o.Ask.Clock(ctx)
			if err != nil {
				return err
			}
			return answer(cmd, c, func() string { return screen.Clock(c, businessZone(ctx, o.Ask)) })
		}),
	}
	dataDirFlag(cmd)
	return cmd
}
