package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"relance/internal/clock"
	"relance/internal/store/db"
)

// Tx is one transaction with the generated queries.
type Tx struct {
	*db.Queries
	tx pgx.Tx
}

// Retry runs fn in a transaction and runs it again when Postgres asks for that (serialization failure, deadlock). fn may
// therefore have no effect outside Postgres but ones that can be repeated, such as storing content under its own hash.
func (s *Store) Retry(ctx context.Context, fn func(context.Context, *Tx) error) error {
	const tries = 5
	var err error
	for n := range tries {
		if n > 0 {
			if err := pause(ctx, time.Duration(10<<n)*time.Millisecond); err != nil {
				return err
			}
		}
		err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			return fn(ctx, &Tx{Queries: db.New(tx), tx: tx})
		})
		if !retryable(err) {
			return err
		}
	}
	return fmt.Errorf("after %d tries: %w", tries, err)
}

// Once runs fn in a transaction of the send pool, with a lock timeout, and never again: fn has an effect that cannot be
// repeated. The commit does not stop when ctx does, because the outcome of a call must not be lost to a cancellation.
func (s *Store) Once(ctx context.Context, fn func(context.Context, *Tx) error) error {
	tx, err := s.send.Begin(ctx)
	if err != nil {
		return fmt.Errorf("begin the send: %w", err)
	}
	lasting := context.WithoutCancel(ctx)
	defer func() { _ = tx.Rollback(lasting) }() // after a commit this does nothing
	if _, err := tx.Exec(ctx, "select set_config('lock_timeout', $1, true)", milliseconds(LockTimeout)); err != nil {
		return fmt.Errorf("begin the send: %w", err)
	}
	if err := fn(ctx, &Tx{Queries: db.New(tx), tx: tx}); err != nil {
		return err
	}
	if err := tx.Commit(lasting); err != nil {
		return fmt.Errorf("commit the send: %w", err)
	}
	return nil
}

// Read runs fn in a read-only snapshot, so that what it reads belongs together.
func (s *Store) Read(ctx context.Context, fn func(context.Context, *Tx) error) error {
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return pgx.BeginTxFunc(ctx, s.pool, opts, func(tx pgx.Tx) error {
		return fn(ctx, &Tx{Queries: db.New(tx), tx: tx})
	})
}

// Savepoint runs fn under a savepoint: when it fails, what the transaction did before stands.
func (t *Tx) Savepoint(ctx context.Context, fn func(context.Context, *Tx) error) error {
	return pgx.BeginFunc(ctx, t.tx, func(tx pgx.Tx) error {
		return fn(ctx, &Tx{Queries: db.New(tx), tx: tx})
	})
}

// Now is business time: the test clock's, or the machine's. Call it after the locks are held, never before.
func (t *Tx) Now(ctx context.Context) (time.Time, error) {
	inst, err := t.Installation(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the clock: %w", err)
	}
	if inst.BusinessNow != nil {
		return inst.BusinessNow.UTC(), nil
	}
	return clock.Now().Truncate(time.Microsecond), nil
}

// Note appends to the timeline of an invoice. data is stored as JSON.
func (t *Tx) Note(ctx context.Context, invoice uuid.UUID, at time.Time, kind string, data any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("note %s: %w", kind, err)
	}
	return t.InsertTimeline(ctx, db.InsertTimelineParams{InvoiceID: invoice, At: at, Kind: kind, Data: raw})
}

// NoRows reports that a query found nothing.
func NoRows(err error) bool { return errors.Is(err, pgx.ErrNoRows) }

// LockTimedOut reports that somebody else held the row for longer than LockTimeout.
func LockTimedOut(err error) bool { return code(err) == "55P03" }

// Duplicate reports that the same thing was inserted by somebody else first.
func Duplicate(err error) bool { return code(err) == "23505" }

func retryable(err error) bool {
	switch code(err) {
	case "40001", "40P01":
		return true
	}
	return false
}

func code(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d/2 + rand.N(d)) //nolint:gosec // spreads retries, decides nothing
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
