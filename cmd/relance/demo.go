package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"relance/internal/calendar"
	"relance/internal/config"
	"relance/internal/demo"
	"relance/internal/judge"
)

func newDemo() *cobra.Command {
	var o demo.Options
	var from, report string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Live through a ledger and its story on a test clock",
		Long: `Starts everything on this machine (PostgreSQL, Temporal with its UI, a sandbox instead of the providers), imports a ledger
and lives through its story: a calendar day passes each second, and every message that a debtor would receive lands in the
sandbox's outbox. Nothing leaves the machine.

The same command on an interrupted --data-dir goes on where clock and story stood.`,
		Example: `  relance demo
  relance demo --exit --day 0 --report report.json
  relance demo --data examples/receivables.csv --mapping examples/receivables.yaml --policy brisk --day 0 --exit`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SilenceUsage = true
			if err := finishOptions(cmd, &o, from); err != nil {
				return err
			}
			return runDemo(cmd, o, report)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Files.Data, "data", "examples/demo.csv", "the ledger: a CSV file of invoices")
	f.StringVar(&o.Files.Mapping, "mapping", "", "YAML file that names the ledger's columns (default: the file beside the ledger, if any)")
	f.StringVar(&o.Files.Story, "story", "", "CSV file of what debtors and staff do (default: the file beside the ledger, if any)")
	f.StringVar(&o.Files.Creditor, "creditor", "", "YAML file of the creditor's settings (default: the file beside the ledger)")
	f.StringVar(&o.Policy, "policy", "", "standard, gentle, brisk or a YAML file (default: the creditor's own)")
	f.StringVar(&from, "from", "", "first day, YYYY-MM-DD (default: the day before the first invoice date)")
	f.DurationVar(&o.Day, "day", time.Second, "how long a business day lasts; 0 is as fast as it goes")
	f.BoolVar(&o.Exit, "exit", false, "stop when nothing is left to do, and exit with 1 if a promise was broken")
	f.StringVar(&report, "report", "", "write the report to this JSON file")
	f.StringVar(&o.Dir, "data-dir", "", "folder of the installation (default: a fresh one, removed at the end)")
	f.IntVar(&o.PortBase, "port-base", 0, "first of four ports on 127.0.0.1 (default: free ones)")
	return cmd
}

func finishOptions(cmd *cobra.Command, o *demo.Options, from string) (err error) {
	if from != "" {
		if o.From, err = calendar.ParseDate(from); err != nil {
			return usageError{fmt.Errorf("--from %q is not a date such as 2026-01-31", from)}
		}
	}
	if o.Day < 0 {
		return usageError{errors.New("--day cannot be negative")}
	}
	if o.PortBase != 0 && (o.PortBase < 1024 || o.PortBase > 65000) {
		return usageError{errors.New("--port-base must be between 1024 and 65000, or 0 for free ports")}
	}
	if c, _ := config.Read(os.Getenv); c.Providers.Any() {
		return usageError{errors.New("the demo sends to its sandbox only: unset the keys of SendGrid, Twilio and Lob first")}
	}
	if o.Log, err = logger(cmd); err != nil {
		return err
	}
	asJSON, _ := cmd.Flags().GetBool("json")
	o.Out, o.Quiet = cmd.OutOrStdout(), asJSON
	return nil
}

func runDemo(cmd *cobra.Command, o demo.Options, report string) error {
	if o.Dir == "" {
		dir, err := os.MkdirTemp("", "relance-demo-")
		if err != nil {
			return fmt.Errorf("make a folder for the demo: %w", err)
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // PostgreSQL runs as another user and passes through
			return err
		}
		o.Dir = dir
	} else if err := checkDataDir(o.Dir); err != nil {
		return err
	}
	r, err := demo.Run(cmd.Context(), o)
	if err != nil {
		if errors.Is(err, demo.ErrFiles) {
			return usageError{err}
		}
		return err
	}
	if err := tellReport(cmd, r, report); err != nil {
		return err
	}
	if o.Exit && cmd.Context().Err() != nil {
		return errInterrupted
	}
	return nil
}

var errInterrupted = errors.New("interrupted before the end of the story; the same command with the same --data-dir goes on")

// checkDataDir refuses a folder that holds something else.
func checkDataDir(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || len(entries) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look into %s: %w", dir, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "postgres")); err != nil {
		return usageError{fmt.Errorf("%s holds files that are not Relance's: choose an empty folder", dir)}
	}
	return nil
}

func tellReport(cmd *cobra.Command, r judge.Report, path string) error {
	raw, err := r.JSON()
	if err != nil {
		return err
	}
	if path != "" {
		if err := os.WriteFile(path, raw, 0o644); err != nil { //nolint:gosec // a report is no secret
			return fmt.Errorf("write the report: %w", err)
		}
	}
	if asJSON, _ := cmd.Flags().GetBool("json"); asJSON {
		_, err = cmd.OutOrStdout().Write(raw)
	} else {
		err = demo.Summary(cmd.OutOrStdout(), r)
	}
	if err == nil && r.Violations.Any() {
		_, _ = io.WriteString(cmd.ErrOrStderr(), "relance: a promise was broken; see the violations above\n")
		return errSilent
	}
	return err
}
