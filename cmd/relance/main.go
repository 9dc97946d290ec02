// Command relance collects overdue invoices. One binary, one file for each subcommand.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // rules are in the debtor's zone, whether the machine knows it or not

	"github.com/spf13/cobra"

	"relance/internal/intake"
	"relance/internal/ledger"
	"relance/internal/policy"
	"relance/internal/screen"
	"relance/worker"
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
	// Whoever asks again does not want to wait. Supervisors tell a process and its group in one breath: that is one wish.
	context.AfterFunc(ctx, func() { time.AfterFunc(2*time.Second, stop) })
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program: arguments in, output and exit code out.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	code := exitCode(err)
	var told toldError
	switch {
	case err == nil, errors.Is(err, errSilent), errors.As(err, &told):
	case slices.Contains(args, "--json"):
		tellJSON(stderr, err, code)
	default:
		fmt.Fprintln(stderr, "relance:", sentence(err))
	}
	return code
}

// errSilent ends a command with a failure that has been told already.
var errSilent = errors.New("told already")

// toldError is a failure that has been told already, with its own exit code.
type toldError struct{ code int }

func (toldError) Error() string { return errSilent.Error() }

// usageError is a command line that makes no sense.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

func exitCode(err error) int {
	var usage usageError
	var told toldError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &told):
		return told.code
	case errors.As(err, &usage), errors.Is(err, ledger.ErrInvalid), errors.As(err, new(*policy.Problems)):
		return exitUsage
	case errors.Is(err, policy.ErrUnknown):
		return exitMissing
	case errors.Is(err, worker.ErrNoClock), errors.Is(err, worker.ErrBackwards), errors.Is(err, worker.ErrStopped), errors.Is(err, worker.ErrDriven):
		return exitRefused
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

// sentence is what an error says to a person.
func sentence(err error) string {
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	return err.Error()
}

// tellJSON says what an error is to a script: its kind and every problem.
func tellJSON(w io.Writer, err error, code int) {
	type failure struct {
		Kind     string   `json:"kind"`
		ExitCode int      `json:"exit_code"`
		Message  string   `json:"message"`
		Problems []string `json:"problems,omitempty"`
	}
	f := failure{Kind: "failed", ExitCode: code, Message: sentence(err)}
	var refused *intake.Error
	switch {
	case errors.As(err, &refused):
		f.Kind, f.Problems = string(refused.Kind), refused.Problems
	case code == exitUsage:
		f.Kind = string(intake.Invalid)
	case code == exitMissing:
		f.Kind = string(intake.NotFound)
	case code == exitRefused:
		f.Kind = string(intake.Conflict)
	}
	raw, _ := json.Marshal(map[string]failure{"error": f}) // strings and numbers
	fmt.Fprintln(w, string(raw))
}

const rootLong = `Relance collects overdue invoices. Each one becomes a case that waits, reminds
by email and SMS, gives notice, requests a certified letter and at last refers
the debt; it stops at once when the money comes or terms are agreed.

  relance demo                      see it happen on a test clock, a day a second
  relance up                        run it on this machine
  relance creditor apply FILE       say who is owed, and how to pay
  relance import FILE               register overdue invoices from a CSV file
  relance case show INVOICE         what happens next, when and why
  relance case pay INVOICE          record money; no reminder follows it

Commands talk to the installation that ` + "`relance up`" + ` runs on --data-dir (or on
RELANCE_DATA_DIR, or on .relance), and in production to RELANCE_DATABASE_URL and
RELANCE_BLOB_URL. They record facts in PostgreSQL and work while Temporal is down.

Exit codes: 0 done, 1 something broke, 2 the command line or a file makes no
sense, 3 what was named does not exist, 4 it contradicts what is recorded. With
--json, answers are one JSON value on stdout and errors one on stderr.`

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "relance",
		Short: "Collects overdue invoices: politely, lawfully, once",
		Long:  rootLong, SilenceUsage: true, SilenceErrors: true,
		Args: cobra.ArbitraryArgs, RunE: parent,
	}
	cobra.AddTemplateFunc("flags", func(f interface{ FlagUsagesWrapped(columns int) string }) string {
		return strings.TrimRight(f.FlagUsagesWrapped(screen.Width), "\n")
	})
	root.SetUsageTemplate(strings.NewReplacer(
		".LocalFlags.FlagUsages | trimTrailingWhitespaces", "flags .LocalFlags",
		".InheritedFlags.FlagUsages | trimTrailingWhitespaces", "flags .InheritedFlags",
		"{{if .Runnable}}", "{{if and .Runnable (not .HasAvailableSubCommands)}}", // a parent runs only to show its help
	).Replace(root.UsageTemplate()))
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.PersistentFlags().Bool("json", false, "print JSON instead of text")
	root.PersistentFlags().String("log", "warn", "what to log on stderr: debug, info, warn or error")
	group := func(id, title string, commands ...*cobra.Command) {
		root.AddGroup(&cobra.Group{ID: id, Title: title})
		for _, c := range commands {
			c.GroupID = id
			root.AddCommand(c)
		}
	}
	group("run", "Run it:", newDemo(), newUp(), newServe(), newWork(), newMigrate())
	group("use", "Use it:", newCreditor(), newImport(), newCase(), newTask(), newPolicy())
	group("steer", "Steer it:", newClock(), newStop(), newStart())
	root.AddCommand(newVersion())
	setHelp(root)
	return root
}

// setHelp sets the long texts of all commands for a terminal.
func setHelp(cmd *cobra.Command) {
	cmd.Long = screen.Help(cmd.Long)
	for _, c := range cmd.Commands() {
		setHelp(c)
	}
}

// logger logs to stderr at the level of --log.
func logger(cmd *cobra.Command) (*slog.Logger, error) {
	var level slog.Level
	text, _ := cmd.Flags().GetString("log")
	if err := level.UnmarshalText([]byte(text)); err != nil {
		return nil, usagef("--log %q: use debug, info, warn or error", text)
	}
	return slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: level})), nil
}
