package main

import (
	"cmp"
	"context"
	"log/slog"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"relance/internal/app"
	"relance/internal/casework"
	"relance/internal/config"
	"relance/internal/health"
	"relance/worker"
)

func newWork() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "work",
		Short: "Run the workers, in production",
		Long: `Runs the workers: cases, sends, the relay that brings news to Temporal, and the
sweep. Any number of these processes may run side by side.

  RELANCE_DATABASE_URL    PostgreSQL
  RELANCE_BLOB_URL        document store: a folder, or s3://bucket?region=...
  TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS ...
                          Temporal, as the SDK's envconfig reads them
  SENDGRID_API_KEY, TWILIO_ACCOUNT_SID, TWILIO_API_SECRET, LOB_API_KEY
                          the providers
  RELANCE_HEALTH_LISTEN   where ` + health.LivePath + ` and ` + health.ReadyPath + ` answer, 127.0.0.1:8081

A stop (SIGTERM) lets sends that have begun finish and their outcome be recorded:
give it 45 seconds.`,
		Example: examples("relance work", "relance work --health-listen 0.0.0.0:8081 --json   # logs as JSON"),
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := productionConfig(cmd, "RELANCE_DATABASE_URL", "RELANCE_BLOB_URL",
				"SENDGRID_API_KEY", "TWILIO_ACCOUNT_SID", "TWILIO_API_SECRET", "LOB_API_KEY")
			if err != nil {
				return err
			}
			if err := app.CheckProviders(c.Providers); err != nil {
				return usageError{err}
			}
			if err := app.TryProviders(cmd.Context(), c.Providers, log); err != nil {
				return usageError{err}
			}
			return runWork(cmd.Context(), c, cmp.Or(listen, c.Health), log)
		},
	}
	cmd.Flags().StringVar(&listen, "health-listen", "", "`host:port` of the health page (default: RELANCE_HEALTH_LISTEN, else 127.0.0.1:8081)")
	return cmd
}

func runWork(ctx context.Context, c config.Config, listen string, log *slog.Logger) error {
	core, err := app.OpenCore(ctx, c.DatabaseURL, c.BlobURL, log)
	if err != nil {
		return explain(err, inProduction)
	}
	defer func() { _ = core.Close() }()
	if err := checkSchema(ctx, c.DatabaseURL, false); err != nil {
		return explain(err, inProduction)
	}
	temporal, err := app.DialTemporal(ctx, log)
	if err != nil {
		return err
	}
	defer temporal.Close()
	work, err := core.Work(c.Providers, casework.DefaultDeadlines())
	if err != nil {
		return err
	}
	workers, err := core.StartWorkers(ctx, temporal, work, worker.DefaultLimits())
	if err != nil {
		return err
	}
	checks := append(databaseChecks(core.Store, c.DatabaseURL), health.Check{Name: "temporal", Run: func(ctx context.Context) error {
		_, err := temporal.CheckHealth(ctx, &client.CheckHealthRequest{})
		return err
	}})
	return untilStopped(ctx, listen, log, checks, func(context.Context) { workers.Stop() })
}
