// Command relance collects overdue invoices. One binary, one file for each subcommand.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // rules are in the debtor's zone, whether the machine knows it or not

	"github.com/spf13/cobra"

	"relance/internal/intake"
)

// The exit codes. A script can tell a refusal from a breakdown.
const (
	exitOK      = 0
	exitFailed  = 1 // something broke, or a promise was
	exitUsage   = 2 // the command line or a file makes no sense; nothing was changed
	exitMissing = 3 // what was named does not exist
	exitRefused = 4 // it contradicts what is recorded, or the case is over
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !errors.Is(err, errSilent) {
		fmt.Fprintln(root.ErrOrStderr(), "relance:", err)
	}
	return exitCode(err)
}

// errSilent ends a command with a failure that has been told already.
var errSilent = errors.New("told already")

// usageError is a command line that makes no sense.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func exitCode(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		return exitUsage
	}
	switch intake.KindOf(err) {
	case intake.Invalid:
		return exitUsage
	case intake.NotFound:
		return exitMissing
	case intake.Conflict, intake.Stopped, intake.Busy:
		return exitRefused
	}
	return exitFailed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "relance",
		Short: "Collects overdue invoices: politely, lawfully, once",
		Long: `Relance collects overdue invoices. Each one becomes a case that waits, reminds by email and SMS, gives notice, requests a
certified letter and at last refers the debt; it stops at once when the money comes or terms are agreed.

  relance demo     see it happen on a test clock, a day each second
  relance up       run it on this machine
  relance import   register overdue invoices from a CSV file`,
		SilenceUsage: true, SilenceErrors: true,
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.PersistentFlags().Bool("json", false, "print JSON instead of text")
	root.PersistentFlags().String("log", "warn", "what to log on stderr: debug, info, warn or error")
	root.AddCommand(newDemo())
	return root
}

// logger logs to stderr at the level of --log.
func logger(cmd *cobra.Command) (*slog.Logger, error) {
	var level slog.Level
	text, _ := cmd.Flags().GetString("log")
	if err := level.UnmarshalText([]byte(text)); err != nil {
		return nil, usageError{fmt.Errorf("--log %q: use debug, info, warn or error", text)}
	}
	return slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level})), nil
}
