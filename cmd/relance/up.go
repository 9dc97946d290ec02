package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"relance/internal/app"
	"relance/internal/config"
	"relance/internal/embedded"
	"relance/internal/inquiry"
	"relance/internal/screen"
)

// defaultPortBase is the first of the four ports of `relance up`: fixed, so that addresses stay the same.
const defaultPortBase = 7420

func newUp() *cobra.Command {
	var portBase int
	var noUI bool
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Run everything on this machine, in real time",
		Long: `Runs PostgreSQL, Temporal with its UI and the workers in one process, in real
time. Everything listens on 127.0.0.1; data lives in one folder and survives
restarts, kill -9 and crashes of the machine.

With the keys of SendGrid, Twilio and Lob in the environment (SENDGRID_API_KEY,
TWILIO_ACCOUNT_SID, TWILIO_API_SECRET, LOB_API_KEY) messages really go out. Without
any of them they go to a sandbox on this machine, whose outbox page shows them.

A folder that was made on a test clock (by relance demo --data-dir) keeps it: the
clock stands still until ` + "`relance clock advance`" + ` moves it.

Ports, counted from --port-base: Temporal, its UI, the sandbox, PostgreSQL.`,
		Example: examples("relance up", "relance up --data-dir /var/lib/relance", "relance up --port-base 9000   # another one beside it"),
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if portBase != 0 && (portBase < 1024 || portBase > 65000) {
				return usagef("--port-base must be between 1024 and 65000, or 0 for free ports")
			}
			return runUp(cmd, app.Options{PortBase: portBase, NoUI: noUI, Adopt: true})
		},
	}
	cmd.Flags().String("data-dir", "", "`folder` of the installation (default: RELANCE_DATA_DIR, else .relance)")
	cmd.Flags().IntVar(&portBase, "port-base", defaultPortBase, "first of four ports on 127.0.0.1; 0 takes free ones")
	cmd.Flags().BoolVar(&noUI, "no-ui", false, "leave the Temporal UI out")
	return cmd
}

func runUp(cmd *cobra.Command, o app.Options) error {
	var err error
	if o.Log, err = logger(cmd); err != nil {
		return err
	}
	o.Dir, _ = dataDir(cmd)
	o.Dir = absolute(o.Dir)
	if err := checkDataDir(o.Dir); err != nil {
		return err
	}
	if o.Providers, err = realProviders(os.Getenv); err != nil {
		return err
	}
	if o.Providers != nil {
		if err := app.TryProviders(cmd.Context(), *o.Providers, o.Log); err != nil {
			return usageError{err}
		}
	}
	o.Progress = func(doing string) {
		if !wantsJSON(cmd) {
			fmt.Fprintf(cmd.ErrOrStderr(), "Starting %s ...\n", doing)
		}
	}
	e, err := app.StartEmbedded(cmd.Context(), o)
	if errors.Is(err, embedded.ErrPortBusy) {
		return fmt.Errorf("%w with --port-base", err)
	}
	if err != nil {
		return err
	}
	reader := inquiry.Reader{Store: e.Store}
	clock, err := reader.Clock(cmd.Context())
	if err == nil {
		err = tellUp(cmd, e, o, clock, businessZone(cmd.Context(), reader))
	}
	if err == nil {
		<-cmd.Context().Done()
	}
	return stopUp(cmd, e, o.Log, err)
}

// stopUp stops everything. A part that is slow to end is a warning: nothing is lost by it.
func stopUp(cmd *cobra.Command, e *app.Embedded, log *slog.Logger, err error) error {
	if !wantsJSON(cmd) {
		fmt.Fprintln(cmd.OutOrStdout(), "Stopping: what is on its way to a provider gets its answer first.")
	}
	if stopErr := e.Stop(context.WithoutCancel(cmd.Context())); stopErr != nil {
		log.Warn("not everything stopped in order; the next start mends it", "error", stopErr)
	}
	if err == nil && !wantsJSON(cmd) {
		fmt.Fprintln(cmd.OutOrStdout(), "Stopped.")
	}
	return err
}

// realProviders are the accounts of the environment; nil when there is none, and an error when some are missing.
func realProviders(getenv func(string) string) (*config.Providers, error) {
	c, err := config.Read(getenv)
	if err != nil {
		return nil, usageError{err}
	}
	if !c.Providers.Any() {
		return nil, nil //nolint:nilnil // none is an answer
	}
	if err := app.CheckProviders(c.Providers); err != nil {
		return nil, usagef("not all providers are set up: %w; set the keys of SendGrid, Twilio and Lob, or none of them for the sandbox", err)
	}
	return &c.Providers, nil
}

// upAddresses is what `relance up --json` prints. The address of the database has a password in it, so it is left out.
type upAddresses struct {
	DataDir  string        `json:"data_dir"`
	PID      int           `json:"pid"`
	UI       string        `json:"temporal_ui,omitempty"`
	Temporal string        `json:"temporal"`
	Outbox   string        `json:"outbox,omitempty"` // absent where messages really go out
	Clock    inquiry.Clock `json:"clock"`
}

func tellUp(cmd *cobra.Command, e *app.Embedded, o app.Options, clock inquiry.Clock, zone *time.Location) error {
	a := upAddresses{DataDir: o.Dir, PID: e.Where.PID, UI: e.Where.UI, Temporal: e.Where.Temporal, Outbox: e.Where.Sandbox, Clock: clock}
	return answer(cmd, a, func() string {
		var b strings.Builder
		fmt.Fprintf(&b, "\nRelance runs on %s.\n\n", a.DataDir)
		if a.UI != "" {
			fmt.Fprintf(&b, "Temporal UI  %s\n", a.UI)
		}
		if a.Outbox != "" {
			fmt.Fprintf(&b, "Outbox       %s  (a sandbox: nothing leaves this machine)\n", a.Outbox)
		} else {
			fmt.Fprintf(&b, "Providers    SendGrid, Twilio and Lob: messages really go out\n")
		}
		fmt.Fprintf(&b, "Temporal     %s\n", a.Temporal)
		if clock.Test() {
			fmt.Fprintf(&b, "\n%s", screen.Clock(clock, zone))
		}
		fmt.Fprintf(&b, "\nPress Ctrl-C to stop.\n")
		return b.String()
	})
}
