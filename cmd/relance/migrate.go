package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"relance/internal/app"
	"relance/internal/store"
)

func newMigrate() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the production database to the schema of this binary",
		Long: `Brings the PostgreSQL of RELANCE_DATABASE_URL to the schema that this binary
needs. The embedded installation of ` + "`relance up`" + ` does this by itself.`,
		Example: examples("relance migrate status", "relance migrate up"),
		Args:    cobra.ArbitraryArgs,
		RunE:    parent,
	}
	cmd.AddCommand(newMigrateUp(), newMigrateDown(), newMigrateStatus())
	return cmd
}

// schema is how far a database is.
type schema struct {
	Have int64 `json:"have"`
	Want int64 `json:"want"`
}

func newMigrateUp() *cobra.Command {
	return &cobra.Command{
		Use:   "up",
		Short: "Migrate to the newest version, and publish the built-in policies",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, log, err := productionConfig(cmd, "RELANCE_DATABASE_URL")
			if err != nil {
				return err
			}
			if err := app.Prepare(cmd.Context(), c.DatabaseURL, log); err != nil {
				return explain(err, inProduction)
			}
			return tellSchema(cmd, c.DatabaseURL)
		},
	}
}

func newMigrateDown() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Take the newest version back; its data is lost",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, _, err := productionConfig(cmd, "RELANCE_DATABASE_URL")
			if err != nil {
				return err
			}
			if !yes {
				return usagef("this drops what the newest version added, with its data: add --yes when there is a backup")
			}
			if err := store.MigrateDown(cmd.Context(), c.DatabaseURL); err != nil {
				return explain(err, inProduction)
			}
			return tellSchema(cmd, c.DatabaseURL)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "I have a backup")
	return cmd
}

func newMigrateStatus() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Say which version the database has; exit 1 if it is not ours",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, _, err := productionConfig(cmd, "RELANCE_DATABASE_URL")
			if err != nil {
				return err
			}
			if err := tellSchema(cmd, c.DatabaseURL); err != nil {
				return err
			}
			have, want, err := store.SchemaVersion(cmd.Context(), c.DatabaseURL)
			if err == nil && have != want {
				return toldError{exitFailed}
			}
			return err
		},
	}
}

func tellSchema(cmd *cobra.Command, databaseURL string) error {
	have, want, err := store.SchemaVersion(cmd.Context(), databaseURL)
	if err != nil {
		return explain(err, inProduction)
	}
	return answer(cmd, schema{have, want}, func() string {
		switch {
		case have < want:
			return fmt.Sprintf("The database has schema version %d; this relance needs %d: run `relance migrate up`.\n", have, want)
		case have > want:
			return fmt.Sprintf("The database has schema version %d; this relance knows %d: use a newer one.\n", have, want)
		}
		return fmt.Sprintf("The database has schema version %d, which is that of this relance.\n", have)
	})
}
