package main

import "github.com/spf13/cobra"

func newPolicy() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Check, show and publish policies: what is sent, and when",
		Long: `A policy is the ladder that a case climbs: steps with delays, tones and conditions.
standard, gentle and brisk are built in; any YAML file can be published under its
name. A published version never changes, and a case keeps the one it opened with.`,
		Example: examples("relance policy show gentle", "relance policy check mine.yaml", "relance policy publish mine.yaml"),
		Args:    cobra.ArbitraryArgs,
		RunE:    parent,
	}
	cmd.AddCommand(newPolicyCheck(), newPolicyShow(), newPolicyList(), newPolicyPublish())
	return cmd
}
