package store_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/embedded/postgres/pgtest"
	"relance/internal/store"
)

// schema describes everything in a database but the notes of the migrations themselves, one thing on each line.
func schema(t *testing.T, url string) []string {
	t.Helper()
	rows, err := connect(t, url).Query(t.Context(), `
		select 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '')
		  from information_schema.columns where table_schema = 'public' and table_name not like 'goose%'
		union all select 'constraint ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid) from pg_constraint
		 where connamespace = 'public'::regnamespace and conrelid::regclass::text not like 'goose%'
		union all select 'index ' || indexdef from pg_indexes where schemaname = 'public' and tablename not like 'goose%'
		union all select 'trigger ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
		union all select 'function ' || pg_get_functiondef(oid) from pg_proc where pronamespace = 'public'::regnamespace
		union all select 'sequence ' || sequence_name from information_schema.sequences where sequence_schema = 'public' and sequence_name not like 'goose%'
		order by 1`)
	require.NoError(t, err)
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var line string
		require.NoError(t, rows.Scan(&line))
		lines = append(lines, line)
	}
	require.NoError(t, rows.Err())
	return lines
}

func TestMigrationsGoUpDownAndUp(t *testing.T) {
	t.Parallel()
	url := pgtest.NewEmptyDatabase(t)
	require.NoError(t, store.Migrate(t.Context(), url))
	have, want, err := store.SchemaVersion(t.Context(), url)
	require.NoError(t, err)
	require.Equal(t, want, have)
	full := schema(t, url)
	require.NotEmpty(t, full)

	require.NoError(t, store.Migrate(t.Context(), url), "again")
	require.Equal(t, full, schema(t, url))

	for range want {
		require.NoError(t, store.MigrateDown(t.Context(), url))
	}
	require.Empty(t, schema(t, url), "down leaves nothing behind")
	have, _, err = store.SchemaVersion(t.Context(), url)
	require.NoError(t, err)
	require.Zero(t, have)
	require.NoError(t, store.MigrateDown(t.Context(), url), "there is nothing below")

	require.NoError(t, store.Migrate(t.Context(), url))
	require.Equal(t, full, schema(t, url))
}

// Several processes of a deployment start at once.
func TestMigrationsAtOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.NewEmptyDatabase(t)
	var together sync.WaitGroup
	errs := make(chan error, 8)
	for range 8 {
		together.Go(func() { errs <- store.Migrate(t.Context(), url) })
	}
	together.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	have, want, err := store.SchemaVersion(t.Context(), url)
	require.NoError(t, err)
	require.Equal(t, want, have)
}

func TestADatabaseThatIsNotThere(t *testing.T) {
	t.Parallel()
	const url = "postgres://somebody:s3cret@127.0.0.1:1/nowhere?connect_timeout=2"
	_, err := store.Open(t.Context(), store.Config{URL: url})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "s3cret")
	_, err = store.Open(t.Context(), store.Config{URL: "postgres://somebody:s3cret@127.0.0.1:port/nowhere"})
	require.Error(t, err)
	require.NotContains(t, err.Error(), "s3cret")
	require.Error(t, store.Migrate(t.Context(), url))
}
