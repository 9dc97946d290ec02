package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/spf13/cobra"

	"relance/internal/argument"
	"relance/internal/calendar"
)

// exactArgs asks for these arguments by their names.
func exactArgs(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return usagef("%s is missing: %s", names[len(args)], cmd.UseLine())
		case len(args) > len(names):
			return usagef("%q is too much: %s", args[len(names)], cmd.UseLine())
		}
		return nil
	}
}

// atMostArgs takes so many arguments or fewer.
func atMostArgs(most int, name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > most {
			return usagef("%q is too much, one %s is enough: %s", args[most], name, cmd.UseLine())
		}
		return nil
	}
}

// dateFlag reads a flag that holds a day; zero when it was not given.
func dateFlag(cmd *cobra.Command, name string) (calendar.Date, error) {
	text, _ := cmd.Flags().GetString(name)
	d, err := argument.ParseDate("--"+name, text)
	if err != nil {
		return d, usageError{err}
	}
	return d, nil
}

// unreadable is a file of the command line that cannot be read.
func unreadable(err error) error {
	var at *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist) && errors.As(err, &at):
		return usagef("there is no file %s", at.Path)
	case errors.As(err, &at):
		return usagef("the file %s cannot be read: %w", at.Path, at.Err)
	}
	return usageError{err}
}

// oneOf checks the value of a flag that knows a few.
func oneOf(flag, value string, known ...string) error {
	for _, k := range known {
		if value == k {
			return nil
		}
	}
	return usagef("--%s %q: use %s", flag, value, strings.Join(known, ", "))
}

// plural is a number with its noun.
func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// noArgs takes none.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%q is too much: %s", args[0], cmd.UseLine())
	}
	return nil
}

// parent is the RunE of a command that only holds others: alone it shows its help, and a name it does not know is answered
// with those that are meant.
func parent(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	cmd.SuggestionsMinimumDistance = 2
	meant := cmd.SuggestionsFor(args[0])
	if len(meant) == 0 {
		return usagef("there is no command %q: see %s --help", strings.Join(append(strings.Fields(cmd.CommandPath()), args[0]), " "), cmd.CommandPath())
	}
	return usagef("there is no command %q: did you mean %s?", args[0], strings.Join(meant, " or "))
}
