package main

import (
	"context"

	"github.com/spf13/cobra"

	"relance/internal/inquiry"
	"relance/internal/screen"
)

func newCreditorList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the creditors",
		Args:  noArgs,
		RunE: onOffice(func(ctx context.Context, cmd *cobra.Command, o *office, _ []string) error {
			lines, err := o.Ask.Creditors(ctx)
			if err != nil {
				return err
			}
			return answer(cmd, map[string][]inquiry.CreditorLine{"creditors": lines}, func() string { return screen.Creditors(lines) })
		}),
	}
	dataDirFlag(cmd)
	return cmd
}
