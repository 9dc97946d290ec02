package scene

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// Breakpoint halts the product at one of its own statements: a transaction that comes to it waits, before the statement has
// locked anything, until the test lets it go on or cuts its connection.
type Breakpoint struct {
	s    *Scene
	conn *pgxpool.Conn
	key  int64
	open bool
}

var keys atomic.Int64

// trap has the product act in a way of the test's when it comes to a query.
func (s *Scene) trap(table, query, action string) {
	s.Helper()
	name := fmt.Sprintf("trap_%d", keys.Add(1))
	s.SQL(`create function ` + name + `() returns trigger language plpgsql as $trap$
		begin
			if current_query() like '-- name: ` + query + ` :%' then ` + action + ` end if;
			return null;
		end $trap$`)
	s.SQL("create trigger " + name + " before insert or update on " + table + " for each statement execute function " + name + "()")
}

// Break sets a breakpoint at a query, by its name in the .sql files, that writes to a table.
func (s *Scene) Break(table, query string) *Breakpoint {
	s.Helper()
	b := s.breakpoint()
	s.trap(table, query, fmt.Sprintf("perform pg_advisory_xact_lock_shared(%d);", b.key))
	return b
}

// breakpoint is the lock that a breakpoint waits for.
func (s *Scene) breakpoint() *Breakpoint {
	s.Helper()
	b := &Breakpoint{s: s, key: keys.Add(1) + 1000}
	var err error
	b.conn, err = s.DB.Acquire(s.Context())
	require.NoError(s, err)
	s.Cleanup(b.conn.Release)
	s.Cleanup(b.Go)
	_, err = b.conn.Exec(s.Context(), "select pg_advisory_lock($1)", b.key)
	require.NoError(s, err)
	return b
}

// BreakCommit sets a breakpoint at the commit of a transaction that left a row of a table in a state, such as
// "new.state = 'calling'". Who is cancelled there commits all the same: its client never knows.
func (s *Scene) BreakCommit(table, when string) *Breakpoint {
	s.Helper()
	b := s.breakpoint()
	name := fmt.Sprintf("trap_%d", keys.Add(1))
	s.SQL(fmt.Sprintf(`create function %s() returns trigger language plpgsql as $trap$
		begin
			begin
				perform pg_advisory_xact_lock_shared(%d);
			exception when query_canceled then null;
			end;
			return null;
		end $trap$`, name, b.key))
	s.SQL(fmt.Sprintf(`create constraint trigger %s after insert or update on %s deferrable initially deferred
		for each row when (%s) execute function %s()`, name, table, when, name))
	return b
}

const waiting = `from pg_locks where locktype = 'advisory' and not granted and objid = $1
	and database = (select oid from pg_database where datname = current_database())`

// Reached waits until somebody stands at the breakpoint.
func (b *Breakpoint) Reached() {
	b.s.Helper()
	b.s.Eventually(func() bool { return b.s.Count("select count(*) "+waiting, b.key) > 0 }, "the breakpoint is reached")
}

// Cut ends the database connection of whoever stands at the breakpoint.
func (b *Breakpoint) Cut() {
	b.s.Helper()
	b.s.SQL("select pg_terminate_backend(pid) "+waiting, b.key)
}

// Go lets everybody pass from now on.
func (b *Breakpoint) Go() {
	if b.open {
		return
	}
	b.open = true
	_, _ = b.conn.Exec(context.Background(), "select pg_advisory_unlock($1)", b.key)
}

// Failing has a query fail with a code of Postgres the next n times that it writes to a table.
func (s *Scene) Failing(table, query, code string, n int) {
	s.Helper()
	sequence := fmt.Sprintf("failures_%d", keys.Add(1))
	s.SQL("create sequence " + sequence) // counts although the transaction is rolled back
	s.trap(table, query, fmt.Sprintf(`if nextval('%s') <= %d then raise exception 'as the test asked' using errcode = '%s'; end if;`, sequence, n, code))
}

// Locked holds rows locked with a statement such as "select 1 from debtor for no key update" until the function that it
// returns is called.
func (s *Scene) Locked(statement string, args ...any) (release func()) {
	s.Helper()
	tx, err := s.DB.Begin(s.Context())
	require.NoError(s, err)
	_, err = tx.Exec(s.Context(), statement, args...)
	require.NoError(s, err)
	done := false
	release = func() {
		if !done {
			done = true
			_ = tx.Rollback(context.Background())
		}
	}
	s.Cleanup(release)
	return release
}

// Blocked waits until n transactions of the product wait for a row that somebody holds.
func (s *Scene) Blocked(n int) {
	s.Helper()
	s.Eventually(func() bool {
		return s.Count(`select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
			and wait_event <> 'advisory'`) >= n
	}, "somebody waits for a row")
}
