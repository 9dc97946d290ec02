package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"relance/internal/collection"
	"relance/internal/embedded/postgres/pgtest"
	"relance/internal/scene"
	"relance/internal/store"
)

// note writes something that the test can look for afterwards.
func note(ctx context.Context, tx *store.Tx, kind string) error {
	return tx.Note(ctx, collection.InvoiceID(scene.Creditor, "A-1"), time.Now(), kind, map[string]any{})
}

// stage is a scene with one invoice.
func stage(t *testing.T) *scene.Scene {
	t.Helper()
	s := scene.Set(t, scene.Options{})
	s.Register("A-1")
	return s
}

func TestRetryRunsAgainWhenPostgresAsksForIt(t *testing.T) {
	t.Parallel()
	for code, tries := range map[string]int{"40001": 3, "40P01": 3, "23505": 1, "55P03": 1, "22012": 1, "57014": 1} {
		s := stage(t)
		s.Failing("timeline", "InsertTimeline", code, 2)
		n := 0
		err := s.Store.Retry(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			n++
			return note(ctx, tx, "tried")
		})
		require.Equal(t, tries, n, code)
		require.Equal(t, tries == 1, err != nil, code)
		require.Equal(t, tries > 1, s.Count("select count(*) from timeline where kind = 'tried'") == 1, code)
	}
}

func TestRetryGivesUpAndSaysWhy(t *testing.T) {
	t.Parallel()
	s := stage(t)
	s.Failing("timeline", "InsertTimeline", "40001", 100)
	n := 0
	err := s.Store.Retry(t.Context(), func(ctx context.Context, tx *store.Tx) error { n++; return note(ctx, tx, "tried") })
	require.Equal(t, "40001", code(err))
	require.Equal(t, 5, n)

	ctx, cancel := context.WithCancel(t.Context())
	n = 0
	err = s.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error {
		n++
		err := note(ctx, tx, "tried")
		cancel()
		return err
	})
	require.Error(t, err)
	require.Equal(t, 1, n, "nobody waits for it any more")
}

// Two transactions that take two locks in opposite orders: Postgres ends one, and it is done again.
func TestRetrySurvivesARealDeadlock(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	a, b := s.Register("A-1"), s.Register("A-2")
	held := make(chan struct{}, 2)
	both := make(chan struct{})
	var once sync.Once
	var together sync.WaitGroup
	errs := make(chan error, 2)
	runs := make(chan int, 20)
	for _, order := range [][2]uuid.UUID{{a, b}, {b, a}} {
		together.Go(func() {
			errs <- s.Store.Retry(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				runs <- 1
				if err := tx.LockInvoice(ctx, order[0]); err != nil {
					return err
				}
				select {
				case held <- struct{}{}:
					if len(held) == 2 {
						once.Do(func() { close(both) })
					}
				default:
				}
				<-both
				if err := tx.LockInvoice(ctx, order[1]); err != nil {
					return err
				}
				return note(ctx, tx, "locked both")
			})
		})
	}
	together.Wait()
	require.NoError(t, errors.Join(<-errs, <-errs))
	require.Greater(t, len(runs), 2, "one of them was done again")
	require.Equal(t, 2, s.Count("select count(*) from timeline where kind = 'locked both'"))
}

func TestATransactionThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	mine := errors.New("mine")
	s := stage(t)
	for name, run := range map[string]func(context.Context, func(context.Context, *store.Tx) error) error{"Retry": s.Store.Retry, "Once": s.Store.Once} {
		err := run(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			require.NoError(t, note(ctx, tx, "failed"))
			return fmt.Errorf("wrapped: %w", mine)
		})
		require.ErrorIs(t, err, mine, name)
		require.Panics(t, func() {
			_ = run(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				require.NoError(t, note(ctx, tx, "failed"))
				panic(name)
			})
		}, name)
	}
	require.Zero(t, s.Count("select count(*) from timeline where kind = 'failed'"))
	require.Zero(t, s.Count("select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'"))
}

func TestOnceNeverRunsAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []string{"40001", "40P01"} {
		s := stage(t)
		s.Failing("timeline", "InsertTimeline", c, 1)
		n := 0
		err := s.Store.Once(t.Context(), func(ctx context.Context, tx *store.Tx) error { n++; return note(ctx, tx, "tried") })
		require.Equal(t, c, code(err))
		require.Equal(t, 1, n)
	}
}

// The effect has happened: its record is kept although nobody waits for it any more.
func TestOnceCommitsAfterItsContextWasCancelled(t *testing.T) {
	t.Parallel()
	s := stage(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Store.Once(ctx, func(ctx context.Context, tx *store.Tx) error {
		cancel()
		return note(context.WithoutCancel(ctx), tx, "the effect")
	})
	require.NoError(t, err)
	require.Equal(t, 1, s.Count("select count(*) from timeline where kind = 'the effect'"))

	err = s.Store.Once(ctx, func(context.Context, *store.Tx) error { panic("it must not begin") })
	require.ErrorIs(t, err, context.Canceled)
}

func TestOnceDoesNotWaitForALockForLong(t *testing.T) {
	t.Parallel()
	s := stage(t)
	s.Locked("select 1 from invoice for no key update")
	began := time.Now()
	err := s.Store.Once(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		return tx.LockInvoice(ctx, collection.InvoiceID(scene.Creditor, "A-1"))
	})
	require.True(t, store.LockTimedOut(err))
	require.GreaterOrEqual(t, time.Since(began), store.LockTimeout)
	require.Less(t, time.Since(began), store.FactTimeout)
	require.False(t, store.LockTimedOut(nil))
	require.False(t, store.LockTimedOut(context.DeadlineExceeded))
}

// Sends have a pool of their own: neither side can starve the other.
func TestSendsAndPaymentsDoNotStarveEachOther(t *testing.T) {
	t.Parallel()
	url := pgtest.NewDatabase(t)
	s, err := store.Open(t.Context(), store.Config{URL: url, Conns: 2, SendConns: 2})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	type run func(context.Context, func(context.Context, *store.Tx) error) error
	for _, c := range []struct{ busy, free run }{{s.Once, s.Retry}, {s.Retry, s.Once}} {
		inside, leave := make(chan struct{}, 2), make(chan struct{})
		var together sync.WaitGroup
		for range 2 {
			together.Go(func() {
				_ = c.busy(t.Context(), func(context.Context, *store.Tx) error { inside <- struct{}{}; <-leave; return nil })
			})
		}
		<-inside
		<-inside
		require.NoError(t, c.free(t.Context(), func(context.Context, *store.Tx) error { return nil }))
		close(leave)
		together.Wait()
	}
}

func TestReadIsOneSnapshotAndWritesNothing(t *testing.T) {
	t.Parallel()
	s := stage(t)
	err := s.Store.Read(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		before, err := tx.LastTimelineID(ctx)
		require.NoError(t, err)
		s.Tx(func(ctx context.Context, tx *store.Tx) error { return note(ctx, tx, "meanwhile") })
		after, err := tx.LastTimelineID(ctx)
		require.NoError(t, err)
		require.Equal(t, before, after)
		return note(ctx, tx, "written while reading")
	})
	require.Equal(t, "25006", code(err))
	require.Equal(t, 1, s.Count("select count(*) from timeline where kind = 'meanwhile'"))
}

func TestASavepointThatFailsKeepsWhatCameBefore(t *testing.T) {
	t.Parallel()
	s := stage(t)
	s.Failing("timeline", "InsertTimeline", "22012", 0) // armed, and never strikes
	err := s.Store.Once(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		require.NoError(t, note(ctx, tx, "before"))
		failed := tx.Savepoint(ctx, func(ctx context.Context, tx *store.Tx) error {
			require.NoError(t, note(ctx, tx, "inside"))
			_, err := tx.Invoice(ctx, uuid.Nil)
			require.True(t, store.NoRows(err))
			return tx.InsertAbsence(ctx, absent()) // refers to nothing
		})
		require.Equal(t, "23503", code(failed))
		require.NoError(t, tx.Savepoint(ctx, func(ctx context.Context, tx *store.Tx) error { return note(ctx, tx, "kept") }))
		return note(ctx, tx, "after")
	})
	require.NoError(t, err)
	require.Equal(t, []string{"registered", "before", "kept", "after"}, s.Timeline("A-1"))
}

func TestBusinessTime(t *testing.T) {
	t.Parallel()
	now := func(s *scene.Scene) (at time.Time) {
		s.Tx(func(ctx context.Context, tx *store.Tx) (err error) { at, err = tx.Now(ctx); return err })
		return at
	}
	test := scene.Set(t, scene.Options{})
	require.Equal(t, scene.Opening().UTC(), now(test))
	require.Equal(t, scene.Opening().UTC(), now(test), "it stands still")
	test.Wait(90 * time.Minute)
	require.Equal(t, scene.Opening().Add(90*time.Minute).UTC(), now(test))

	wall := scene.Set(t, scene.Options{WallClock: true})
	before := time.Now().Truncate(time.Microsecond)
	got := now(wall)
	require.False(t, got.Before(before) || got.After(time.Now()))
	require.Equal(t, time.UTC, got.Location())

	s := open(t, pgtest.NewDatabase(t))
	err := s.Retry(t.Context(), func(ctx context.Context, tx *store.Tx) error { _, err := tx.Now(ctx); return err })
	require.True(t, store.NoRows(err), "an installation that was never made has no time")
}
