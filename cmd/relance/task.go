package main

import "github.com/spf13/cobra"

func newTask() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "task",
		Short: "See what people have to do, and say that it is done",
		Long: `Tasks are work for people: calls, letters to print and post, claims to file, signals
to check. An id may be cut to its first six characters or more.`,
		Example: examples("relance task list", "relance task show 1a2b3c4d --save letter.pdf", "relance task done 1a2b3c4d --tracking RR123456785FR"),
		Args:    cobra.ArbitraryArgs,
		RunE:    parent,
	}
	cmd.AddCommand(newTaskList(), newTaskShow(), newTaskDone())
	return cmd
}
