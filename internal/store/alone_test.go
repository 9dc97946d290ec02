package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/embedded/postgres/pgtest"
	"relance/internal/store"
)

func TestOnlyOneProcessDoesItAtATime(t *testing.T) {
	t.Parallel()
	url := pgtest.NewDatabase(t)
	one, other := open(t, url), open(t, url) // as two processes would
	failed := errors.New("failed")

	err := one.Alone(t.Context(), store.DriveClock, func(ctx context.Context) error {
		err := other.Alone(ctx, store.DriveClock, func(context.Context) error { return errors.New("must not run") })
		require.ErrorIs(t, err, store.ErrTaken)
		require.NoError(t, other.Alone(ctx, store.DriveClock+1, func(context.Context) error { return nil }), "another key is free")
		return failed
	})
	require.ErrorIs(t, err, failed)
	require.NoError(t, other.Alone(t.Context(), store.DriveClock, func(context.Context) error { return nil }), "the right ends with fn")
}
