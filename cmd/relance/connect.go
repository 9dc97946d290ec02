package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"

	"relance/internal/app"
	"relance/internal/config"
	"relance/internal/inquiry"
	"relance/internal/store"
)

// office is the installation that a command talks to.
type office struct {
	*app.Core
	Ask inquiry.Reader
	// Where is how to reach an embedded installation; zero in production.
	Where app.Where
	// alive tells that its process runs. In production that is for others to know.
	alive bool
}

// providers are those of the installation: its sandbox, or the ones of the environment.
func (o *office) providers() config.Providers {
	if o.Where.Sandbox != "" {
		return config.Sandbox(o.Where.Sandbox)
	}
	c, _ := config.Read(os.Getenv) // what is missing is named where the providers are set up
	return c.Providers
}

func (o *office) embedded() bool { return o.Where.DatabaseURL != "" }

// remedy is what to do when the database of this installation does not answer.
func (o *office) remedy() string {
	if o.embedded() {
		return "stop `relance up` and start it again"
	}
	return inProduction
}

const inProduction = "start it, or correct RELANCE_DATABASE_URL"

// dataDirFlag gives a command the flag that says which embedded installation it talks to.
func dataDirFlag(cmd *cobra.Command) {
	cmd.Flags().String("data-dir", "", "`folder` of the running installation (default: RELANCE_DATA_DIR, else .relance)")
}

// dataDir is the folder of the embedded installation, and whether the command line names it.
func dataDir(cmd *cobra.Command) (dir string, named bool) {
	dir, _ = cmd.Flags().GetString("data-dir")
	if dir != "" {
		return dir, true
	}
	return cmp.Or(os.Getenv("RELANCE_DATA_DIR"), ".relance"), false
}

// onOffice makes the RunE of a command that talks to an installation.
func onOffice(fn func(ctx context.Context, cmd *cobra.Command, o *office, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		o, err := connect(cmd)
		if err != nil {
			return err
		}
		defer func() { _ = o.Close() }()
		return explain(fn(cmd.Context(), cmd, o, args), o.remedy())
	}
}

// connect finds the installation: the folder named on the command line, else the production database of the environment, else
// the default folder.
func connect(cmd *cobra.Command) (*office, error) {
	log, err := logger(cmd)
	if err != nil {
		return nil, err
	}
	dir, named := dataDir(cmd)
	o := &office{}
	var databaseURL, blobs string
	if !named && os.Getenv("RELANCE_DATABASE_URL") != "" {
		c, err := config.Read(os.Getenv, "RELANCE_DATABASE_URL", "RELANCE_BLOB_URL")
		if err != nil {
			return nil, usageError{err}
		}
		databaseURL, blobs = c.DatabaseURL, c.BlobURL
	} else {
		if o.Where, err = app.FindEmbedded(dir); err != nil {
			return nil, err
		}
		o.alive = running(o.Where.PID)
		databaseURL, blobs = o.Where.DatabaseURL, o.Where.Blobs
	}
	if o.Core, err = app.OpenCore(cmd.Context(), databaseURL, blobs, log); err != nil {
		if o.embedded() && !o.alive {
			return nil, fmt.Errorf("%w (%s): it ended without being stopped; start it again with `relance up --data-dir %s`", app.ErrNotRunning, dir, dir)
		}
		return nil, explain(err, o.remedy())
	}
	o.Ask = inquiry.Reader{Store: o.Store}
	if err := checkSchema(cmd.Context(), databaseURL, o.embedded()); err != nil {
		return nil, errors.Join(explain(err, o.remedy()), o.Close())
	}
	if o.embedded() && !o.alive {
		fmt.Fprintf(cmd.ErrOrStderr(), "relance: nothing is being sent: the process that ran on %s is gone; what is recorded now counts once `relance up` runs again\n", dir)
	}
	return o, nil
}

func running(pid int) bool {
	if pid <= 0 {
		return false
	}
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// checkSchema refuses a database that this binary does not fit to.
func checkSchema(ctx context.Context, databaseURL string, embedded bool) error {
	have, want, err := store.SchemaVersion(ctx, databaseURL)
	switch {
	case err != nil:
		return err
	case have < want && embedded:
		return fmt.Errorf("the installation was started by an older relance: stop it and start it again with this one")
	case have < want:
		return fmt.Errorf("the database has schema version %d and this relance needs %d: run `relance migrate up`", have, want)
	case have > want:
		return fmt.Errorf("the database has schema version %d and this relance knows %d: use a newer relance", have, want)
	}
	return nil
}

// explain turns what Postgres or the network says into one sentence that says what to do; remedy is that for a database that
// does not answer. Other errors stay as they are.
func explain(err error, remedy string) error {
	if err == nil {
		return nil
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		if text := explainCode(refused.Code); text != "" {
			return errors.New(text)
		}
		return err
	}
	var connecting *pgconn.ConnectError
	if errors.As(err, &connecting) && connecting.Config != nil {
		return fmt.Errorf("PostgreSQL does not answer at %s:%d: %s", connecting.Config.Host, connecting.Config.Port, remedy)
	}
	if errors.As(err, new(*net.OpError)) {
		return fmt.Errorf("PostgreSQL does not answer any more: %s", remedy)
	}
	return err
}

func explainCode(code string) string {
	switch {
	case code == "28P01" || code == "28000":
		return "PostgreSQL refuses the user or the password: correct RELANCE_DATABASE_URL"
	case code == "3D000":
		return "the database that RELANCE_DATABASE_URL names does not exist: create it, then run `relance migrate up`"
	case code == "42P01":
		return "the database has no tables of Relance: run `relance migrate up`"
	case code == "53300":
		return "PostgreSQL has no connection left: stop some clients, or raise max_connections"
	case strings.HasPrefix(code, "57P"):
		return "PostgreSQL is starting or stopping: try again in a few seconds"
	case strings.HasPrefix(code, "53"):
		return "PostgreSQL has run out of disk or memory: make room, then try again"
	}
	return ""
}

// absolute is a path that means the same from everywhere.
func absolute(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}
