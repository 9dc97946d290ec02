// Package pgtest gives tests a real PostgreSQL: one server for each test binary, started by the first test that asks and
// gone with the binary however that ends, and one database for each test, copied from a template that was migrated once.
//
// Tests that share nothing may run in parallel and may lock, truncate or break whatever they like. It is for tests only
// and must not import anything that stores data: the migrations are handed in.
package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"relance/internal/embedded/postgres"
)

// URLEnv names an environment variable with the URL of a server to use in the place of one of our own, as a role that may
// create databases. Everything made there is removed again.
const URLEnv = "RELANCE_TEST_DATABASE_URL"

// Migrate brings the empty database behind a URL to the schema that tests expect.
type Migrate func(ctx context.Context, connString string) error

// Main is the TestMain of a package whose tests call NewDatabase; migrate may be nil. It does not return.
//
//	func TestMain(m *testing.M) { pgtest.Main(m, store.MigrateUp) }
func Main(m *testing.M, migrate Migrate) {
	os.Exit(run(m, migrate))
}

func run(m *testing.M, migrate Migrate) (code int) {
	shared.migrate = migrate
	defer func() {
		if err := shared.close(); err != nil {
			fmt.Fprintln(os.Stderr, "pgtest:", err)
			code = max(code, 1)
		}
	}()
	return m.Run()
}

// NewDatabase returns the URL of a database of the test's own with the migrated schema. It is dropped after the test,
// together with whatever is still connected.
func NewDatabase(t testing.TB) string {
	t.Helper()
	return shared.database(t, true)
}

// NewEmptyDatabase is NewDatabase without the schema, for tests of the migrations themselves.
func NewEmptyDatabase(t testing.TB) string {
	t.Helper()
	return shared.database(t, false)
}

// shared is the server of this test binary.
var shared fixture

type fixture struct {
	migrate Migrate

	once     sync.Once
	err      error
	server   *postgres.Server // nil when the server is another's
	base     string           // URL of the maintenance database
	template string
}

func (f *fixture) database(t testing.TB, migrated bool) string {
	t.Helper()
	f.once.Do(func() { f.err = f.open(context.WithoutCancel(t.Context())) })
	if f.err != nil {
		t.Fatalf("pgtest: %v", f.err)
	}
	template := "template0"
	if migrated {
		template = f.template
	}
	name := "test_" + strings.ToLower(rand.Text()[:16])
	if err := f.exec(t.Context(), "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := f.exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return f.url(name)
}

func (f *fixture) open(ctx context.Context) error {
	if f.base = os.Getenv(URLEnv); f.base == "" {
		log := slog.New(slog.NewTextHandler(os.Stderr, nil)) // the first run on a machine may have to install a server
		server, err := postgres.Start(ctx, postgres.Config{Ephemeral: true, MaxConnections: 400, Logger: log})
		if err != nil {
			return err
		}
		f.server, f.base = server, server.ConnString("postgres")
	}
	name := "template_" + strings.ToLower(rand.Text()[:16])
	if err := f.exec(ctx, "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		return err
	}
	f.template = name
	if f.migrate == nil {
		return nil
	}
	if err := f.migrateAlone(ctx, f.url(name)); err != nil {
		return fmt.Errorf("migrate template database: %w", err)
	}
	return nil
}

// migrateAlone keeps test binaries that share a server from migrating at once: roles belong to the server, not to a
// database, and two migrations would both find them missing.
func (f *fixture) migrateAlone(ctx context.Context, target string) error {
	conn, err := pgx.Connect(ctx, f.base)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }() // gives the lock back
	const migrating = 7061701
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", migrating); err != nil {
		return err
	}
	return f.migrate(ctx, target)
}

func (f *fixture) close() error {
	ctx := context.Background()
	if f.server != nil {
		return f.server.Stop(ctx) // takes its databases along
	}
	if f.template == "" {
		return nil
	}
	return f.exec(ctx, "DROP DATABASE "+f.template+" WITH (FORCE)")
}

// url returns the URL of a database of the server.
func (f *fixture) url(database string) string {
	u, err := url.Parse(f.base)
	if err != nil {
		panic(errors.New("pgtest: " + URLEnv + " is not a URL")) // its text may contain a password
	}
	u.Path = "/" + database
	return u.String()
}

func (f *fixture) exec(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, f.base)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
