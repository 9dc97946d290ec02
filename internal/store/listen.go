package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// The channels that Postgres notifies when a transaction commits.
const (
	CaseChannel   = "relance_case"   // a case's plan was stored; the payload is the case's id
	OutboxChannel = "relance_outbox" // news waits for the relay; the payload is the case's id
	ClockChannel  = "relance_clock"  // a test clock was aimed or moved
)

// Listen calls heard for every notification on the channels until ctx ends. ready is called once it listens, so that what
// happens from then on is not missed. A lost connection is an error; the caller looks at the tables and listens again.
func (s *Store) Listen(ctx context.Context, ready func(), heard func(channel, payload string), channels ...string) error {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("listen to Postgres: %w", err)
	}
	own := conn.Hijack() // it must not go back to the pool while it listens
	defer func() { _ = own.Close(context.WithoutCancel(ctx)) }()
	for _, c := range channels {
		if _, err := own.Exec(ctx, "listen "+pgx.Identifier{c}.Sanitize()); err != nil {
			return fmt.Errorf("listen to Postgres: %w", err)
		}
	}
	ready()
	for {
		n, err := own.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("listen to Postgres: %w", err)
		}
		heard(n.Channel, n.Payload)
	}
}
