// Package health answers whether a process lives and whether it may be given work, over HTTP, for the machines that look
// after it. /healthz says that the process runs; /readyz asks what it depends on.
//
// The answers name what is wrong by short codes and never quote an error, because anybody on the network may ask. It knows
// nothing of Relance: the checks are handed in.
package health

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// The paths of the answers.
const (
	LivePath  = "/healthz"
	ReadyPath = "/readyz"
)

// Check is one thing a process depends on.
type Check struct {
	Name string
	// Run returns nil when it is well. The error is logged, not shown.
	Run func(context.Context) error
}

// checkLimit bounds one round of checks: whoever asks has a deadline too.
const checkLimit = 3 * time.Second

// keep is how long an answer is given again, so that many probes do not become many queries.
const keep = time.Second

// Handler answers on both paths.
type Handler struct {
	checks []Check
	log    *slog.Logger

	mu       sync.Mutex
	at       time.Time
	last     Answer
	draining bool
	now      func() time.Time
}

// Answer is the body of /readyz.
type Answer struct {
	Ready  bool              `json:"ready"`
	Checks map[string]string `json:"checks"` // "ok" or "failed"
}

// New makes a handler with its checks. now is the technical clock.
func New(log *slog.Logger, now func() time.Time, checks ...Check) *Handler {
	return &Handler{checks: checks, log: log, now: now}
}

// Drain makes the process unready while it stops, so that nobody sends it work any more.
func (h *Handler) Drain() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.draining = true
}

// ServeHTTP answers.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case LivePath:
		reply(w, http.StatusOK, map[string]bool{"live": true})
	case ReadyPath:
		a := h.ask(r.Context())
		status := http.StatusOK
		if !a.Ready {
			status = http.StatusServiceUnavailable
		}
		reply(w, status, a)
	default:
		http.NotFound(w, r)
	}
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // who asked may be gone
}

// ask runs the checks side by side, one round at a time.
func (h *Handler) ask(ctx context.Context) Answer {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.draining {
		return Answer{Checks: map[string]string{"running": "stopping"}}
	}
	if now := h.now(); h.last.Checks == nil || now.Sub(h.at) >= keep {
		h.last, h.at = h.round(context.WithoutCancel(ctx)), now
	}
	return h.last
}

func (h *Handler) round(ctx context.Context) Answer {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	errs := make([]error, len(h.checks))
	var wg sync.WaitGroup
	for i, c := range h.checks {
		wg.Go(func() { errs[i] = c.Run(ctx) })
	}
	wg.Wait()
	a := Answer{Ready: true, Checks: map[string]string{}}
	for i, c := range h.checks {
		a.Checks[c.Name] = "ok"
		if errs[i] != nil {
			a.Ready, a.Checks[c.Name] = false, "failed"
			h.log.Warn("not ready", "check", c.Name, "error", errs[i])
		}
	}
	return a
}

// Server listens for probes.
type Server struct {
	http   *http.Server
	listen net.Listener
	ended  chan error
}

// Listen serves a handler on an address, host:port.
func Listen(ctx context.Context, address string, h http.Handler) (*Server, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", address, err)
	}
	s := &Server{
		http:   &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: time.Minute},
		listen: l, ended: make(chan error, 1),
	}
	go func() {
		err := s.http.Serve(l)
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
		s.ended <- err
	}()
	return s, nil
}

// Addr is the address it listens on.
func (s *Server) Addr() string { return s.listen.Addr().String() }

// Ended hears once why serving ended; nil after Stop.
func (s *Server) Ended() <-chan error { return s.ended }

// Stop lets answers that are being given finish.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.http.Shutdown(ctx); err != nil {
		return fmt.Errorf("stop listening: %w", err)
	}
	return nil
}
