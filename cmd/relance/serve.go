package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"relance/internal/clock"
	"relance/internal/config"
	"relance/internal/health"
	"relance/internal/store"
)

func newServe() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer over HTTP, in production",
		Long: `Answers over HTTP, against the PostgreSQL of RELANCE_DATABASE_URL. Any number of
these processes may run side by side; they never talk to Temporal.

  ` + health.LivePath + `  200 while the process runs
  ` + health.ReadyPath + `   200 when the database answers and has the schema of this binary, else 503

Logs go to stderr at the level of RELANCE_LOG, unless --log says otherwise.`,
		Example: examples("RELANCE_DATABASE_URL=postgres://... relance serve", "relance serve --listen 0.0.0.0:8080"),
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := productionConfig(cmd, "RELANCE_DATABASE_URL")
			if err != nil {
				return err
			}
			return runServe(cmd, c, cmp.Or(listen, c.Listen), log)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "`host:port` to listen on (default: RELANCE_LISTEN, else 127.0.0.1:8080)")
	return cmd
}

// productionConfig reads the environment of a production process; require names what it cannot live without.
func productionConfig(cmd *cobra.Command, require ...string) (config.Config, *slog.Logger, error) {
	c, err := config.Read(os.Getenv, require...)
	if err != nil {
		return c, nil, usageError{err}
	}
	log := slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: c.LogLevel}))
	if wantsJSON(cmd) {
		log = slog.New(slog.NewJSONHandler(cmd.ErrOrStderr(), &slog.HandlerOptions{Level: c.LogLevel}))
	}
	if cmd.Flags().Changed("log") {
		log, err = logger(cmd)
	}
	return c, log, err
}

func runServe(cmd *cobra.Command, c config.Config, listen string, log *slog.Logger) error {
	s, err := store.Open(cmd.Context(), store.Config{URL: c.DatabaseURL, Conns: 8, SendConns: 2})
	if err != nil {
		return explain(err, inProduction)
	}
	defer s.Close()
	return untilStopped(cmd.Context(), listen, log, databaseChecks(s, c.DatabaseURL), func(context.Context) {})
}

// databaseChecks are what every process needs of Postgres.
func databaseChecks(s *store.Store, databaseURL string) []health.Check {
	return []health.Check{
		{Name: "database", Run: s.Ping},
		{Name: "schema", Run: func(ctx context.Context) error {
			have, want, err := store.SchemaVersion(ctx, databaseURL)
			if err == nil && have != want {
				err = fmt.Errorf("schema version %d, want %d", have, want)
			}
			return err
		}},
	}
}

// stopLimit is how long probes that are being answered may take at the end.
const stopLimit = 5 * time.Second

// untilStopped answers probes until the process is told to stop, and runs stop before it lets go of the address.
func untilStopped(ctx context.Context, listen string, log *slog.Logger, checks []health.Check, stop func(context.Context)) error {
	h := health.New(log, clock.Now, checks...)
	server, err := health.Listen(ctx, listen, h)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("the address %s is in use by another program: stop that program or choose another address", listen)
	}
	if err != nil {
		return err
	}
	log.Info("listening", "address", server.Addr())
	select {
	case <-ctx.Done():
	case err = <-server.Ended():
	}
	log.Info("stopping")
	h.Drain()
	last := context.WithoutCancel(ctx)
	stop(last)
	last, cancel := context.WithTimeout(last, stopLimit)
	defer cancel()
	err = errors.Join(err, server.Stop(last))
	log.Info("stopped")
	return err
}
