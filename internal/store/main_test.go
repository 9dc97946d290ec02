package store_test

import (
	"testing"

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
