package pgtest_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"relance/internal/embedded/postgres/pgtest"
)

func TestMain(m *testing.M) {
	pgtest.Main(m, func(ctx context.Context, connString string) error {
		conn, err := pgx.Connect(ctx, connString)
		if err != nil {
			return err
		}
		defer func() { _ = conn.Close(ctx) }()
		_, err = conn.Exec(ctx, "CREATE TABLE word (text text)")
		return err
	})
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	return conn // left open on purpose: the drop must not wait for it
}

func TestDatabasesShareNothing(t *testing.T) {
	t.Parallel()
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			conn := connect(t, pgtest.NewDatabase(t))
			_, err := conn.Exec(t.Context(), "INSERT INTO word VALUES ('mine')")
			require.NoError(t, err)
			var n int
			require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM word").Scan(&n))
			require.Equal(t, 1, n)
		})
	}
}

func TestEmptyDatabaseIsEmpty(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.NewEmptyDatabase(t))
	_, err := conn.Exec(t.Context(), "CREATE TABLE word (text text)")
	require.NoError(t, err)
}
