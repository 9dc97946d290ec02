package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
	"relance/internal/scene"
	"relance/internal/store"
	"relance/internal/store/db"

	"github.com/google/uuid"
)

func absent() db.InsertAbsenceParams {
	return db.InsertAbsenceParams{AttemptID: uuid.New(), DispatchID: uuid.New(), ProvedAt: scene.Opening(), Ground: "lookups"}
}

func TestListening(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	id := s.Open("A-1")
	ctx, cancel := context.WithCancel(t.Context())
	ready, ended := make(chan struct{}), make(chan error, 1)
	heard := make(chan [2]string, 100)
	go func() {
		ended <- s.Store.Listen(ctx, func() { close(ready) }, func(channel, payload string) { heard <- [2]string{channel, payload} },
			store.CaseChannel, store.OutboxChannel)
	}()
	<-ready
	err := s.Store.Retry(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		require.NoError(t, tx.WantNews(ctx, db.WantNewsParams{CaseID: id, CreditorID: scene.Creditor, WantedVersion: 1, Kind: "paid", Events: []string{}}))
		return context.Canceled
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, heard, "what did not commit is not heard")
	s.Hold("A-1")
	first, second := <-heard, <-heard
	require.ElementsMatch(t, [][2]string{{store.CaseChannel, id.String()}, {store.OutboxChannel, id.String()}}, [][2]string{first, second})
	cancel()
	require.ErrorIs(t, <-ended, context.Canceled)
}

func TestListeningThroughALostConnection(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- s.Store.Listen(t.Context(), func() { close(ready) }, func(string, string) {}, store.ClockChannel)
	}()
	<-ready
	s.SQL("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like 'listen%'")
	require.Error(t, <-ended, "the caller looks at the tables and listens again")
}

func TestDaysInColumns(t *testing.T) {
	t.Parallel()
	for _, d := range []calendar.Date{{}, scene.Day("2026-02-28"), scene.Day("2024-02-29"), scene.Day("1999-12-31")} {
		require.Equal(t, d, store.Date(store.Day(d)))
	}
	require.False(t, store.Day(calendar.Date{}).Valid)
}
