package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"relance/internal/clock"
	"relance/internal/store"
)

// OpenDue turns the invoices whose time has come into cases. It is work of the relay on the wall clock, and of the driver on
// a test clock.
func OpenDue(ctx context.Context, s *store.Store, o Opener) error {
	for {
		ids, err := dueOpenings(ctx, s, clock.Now())
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			if err := o.Open(ctx, id); err != nil {
				return fmt.Errorf("open invoice %s: %w", id, err)
			}
		}
	}
}

const (
	sweepEvery = time.Minute
	overdue    = 15 * time.Minute // a plan this late has been missed by its workflow
)

// Sweep rings the workflows of plans that are overdue, from Postgres alone, until ctx ends: a workflow that was lost is
// started again by the news, one that lives ignores it.
func Sweep(ctx context.Context, s *store.Store, o Opener, log *slog.Logger) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var n int64
		err := s.Retry(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			now := clock.Now()
			late := now.Add(-overdue)
			n, err = tx.RingOverdue(ctx, now, &late)
			return err
		})
		err = errors.Join(err, o.SettleClosed(ctx))
		if err != nil && ctx.Err() == nil {
			log.Warn("the sweep stumbled", "error", err)
		}
		if n > 0 {
			log.Warn("plans were overdue and are rung again", "cases", n)
		}
	}
}
