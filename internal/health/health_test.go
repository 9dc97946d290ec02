package health_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/health"
)

func get(t *testing.T, h http.Handler, path string) (int, health.Answer, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	var a health.Answer
	_ = json.Unmarshal(w.Body.Bytes(), &a)
	return w.Code, a, w.Body.String()
}

// moving is a clock that a test moves.
func moving() (now func() time.Time, pass func(time.Duration)) {
	var at atomic.Int64
	return func() time.Time { return time.Unix(0, at.Load()) }, func(d time.Duration) { at.Add(int64(d)) }
}

func TestReadyAsksEveryCheckAndQuotesNone(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	now, pass := moving()
	var failing atomic.Bool
	failing.Store(true)
	var asked atomic.Int32
	h := health.New(slog.New(slog.NewTextHandler(&log, nil)), now,
		health.Check{Name: "database", Run: func(context.Context) error {
			asked.Add(1)
			if failing.Load() {
				return errors.New("password of customer07@example.com")
			}
			return nil
		}},
		health.Check{Name: "schema", Run: func(context.Context) error { return nil }},
	)
	code, a, body := get(t, h, health.ReadyPath)
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Equal(t, map[string]string{"database": "failed", "schema": "ok"}, a.Checks)
	require.NotContains(t, body, "customer07")
	require.Contains(t, log.String(), "database")

	failing.Store(false)
	code, _, _ = get(t, h, health.ReadyPath)
	require.Equal(t, http.StatusServiceUnavailable, code, "an answer is kept for a moment")
	require.EqualValues(t, 1, asked.Load())
	pass(2 * time.Second)
	code, a, _ = get(t, h, health.ReadyPath)
	require.Equal(t, http.StatusOK, code)
	require.True(t, a.Ready)

	h.Drain()
	code, a, _ = get(t, h, health.ReadyPath)
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.False(t, a.Ready)
	code, _, _ = get(t, h, health.LivePath)
	require.Equal(t, http.StatusOK, code, "a process that stops still lives")
	code, _, _ = get(t, h, "/")
	require.Equal(t, http.StatusNotFound, code)
}

func TestServerListensAndStops(t *testing.T) {
	t.Parallel()
	now, _ := moving()
	h := health.New(slog.New(slog.NewTextHandler(io.Discard, nil)), now)
	s, err := health.Listen(t.Context(), "127.0.0.1:0", h)
	require.NoError(t, err)
	resp, err := http.Get("http://" + s.Addr() + health.LivePath)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusOK, resp.StatusCode)
	_, err = health.Listen(t.Context(), s.Addr(), h)
	require.Error(t, err)
	require.NoError(t, s.Stop(t.Context()))
	require.NoError(t, <-s.Ended())
}
