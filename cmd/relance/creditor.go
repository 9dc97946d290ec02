package main

import "github.com/spf13/cobra"

func newCreditor() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "creditor",
		Short:   "Say who is owed, how to pay, in whose name messages go out",
		Long:    "A creditor is the company that is owed money. Its settings stand in a YAML file that\nis yours to keep; applying it again after a change is all it takes.",
		Example: examples("relance creditor apply examples/demo.creditor.yaml", "relance creditor list", "relance creditor show comptoir"),
		Args:    cobra.ArbitraryArgs,
		RunE:    parent,
	}
	cmd.AddCommand(newCreditorApply(), newCreditorList(), newCreditorShow())
	return cmd
}
