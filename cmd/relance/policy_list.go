package main

import (
	"context"

	"github.com/spf13/cobra"

	"relance/internal/inquiry"
	"relance/internal/screen"
)

func newPolicyList() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the published versions of policies",
		Args:  noArgs,
		RunE: onOffice(func(ctx context.Context, cmd *cobra.Command, o *office, _ []string) error {
			lines, err := o.Ask.Policies(ctx)
			if err != nil {
				return err
			}
			return answer(cmd, map[string][]inquiry.PolicyLine{"policies": lines}, func() string { return screen.Policies(lines) })
		}),
	}
	dataDirFlag(cmd)
	return cmd
}
