package store

import (
	"context"
	"errors"
	"fmt"
)

// ErrTaken means that another process does what only one may do at a time.
var ErrTaken = errors.New("another process does this right now")

// The things that one process at a time may do, as keys of advisory locks.
const (
	DriveClock int64 = 7061702 // move a test clock
)

// Alone runs fn while no other process runs one under the same key; when another does, it returns ErrTaken at once and runs
// nothing. The right ends with fn, and with the process however that ends.
func (s *Store) Alone(ctx context.Context, key int64, fn func(context.Context) error) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("ask for the lock %d: %w", key, err)
	}
	own := conn.Hijack() // the lock is the session's: it ends when this connection does
	defer func() { _ = own.Close(context.WithoutCancel(ctx)) }()
	var mine bool
	if err := own.QueryRow(ctx, "select pg_try_advisory_lock($1)", key).Scan(&mine); err != nil {
		return fmt.Errorf("ask for the lock %d: %w", key, err)
	}
	if !mine {
		return ErrTaken
	}
	defer func() { // Postgres notices a closed connection a moment later, and whoever asks next may ask within it
		_, _ = own.Exec(context.WithoutCancel(ctx), "select pg_advisory_unlock($1)", key)
	}()
	return fn(ctx)
}
