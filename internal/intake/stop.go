package intake

import (
	"context"
	"fmt"

	"relance/internal/clock"
	"relance/internal/store"
)

// Stop keeps anything from being sent for one creditor, or, with an empty creditor, for the whole installation. It locks
// nothing: a send that has begun ends within its HTTP deadline, and none begins after Stop has returned.
func (d *Desk) Stop(ctx context.Context, creditor, reason string) error {
	now := clock.Now()
	return d.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error {
		if creditor == "" {
			return tx.StopInstallation(ctx, &now, &reason)
		}
		n, err := tx.StopCreditor(ctx, creditor, &now, &reason)
		return missing(n, err, creditor)
	})
}

// Start takes a stop back.
func (d *Desk) Start(ctx context.Context, creditor string) error {
	return d.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error {
		if creditor == "" {
			return tx.StopInstallation(ctx, nil, nil)
		}
		n, err := tx.StopCreditor(ctx, creditor, nil, nil)
		return missing(n, err, creditor)
	})
}

func missing(n int64, err error, creditor string) error {
	if err != nil {
		return fmt.Errorf("switch creditor %s: %w", creditor, err)
	}
	if n == 0 {
		return refuse(NotFound, fmt.Sprintf("there is no creditor %q", creditor))
	}
	return nil
}
