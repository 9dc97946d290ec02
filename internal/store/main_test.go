package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"relance/internal/embedded/postgres/pgtest"
	"relance/internal/store"
)

func TestMain(m *testing.M) { pgtest.Main(m, store.Migrate) }

// open connects to a database of the test's own.
func open(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Config{URL: url, Conns: 4, SendConns: 2})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	return s
}

// connect is the test's own way in, beside the product.
func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// code is the code of an error of Postgres, "" for none.
func code(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}
