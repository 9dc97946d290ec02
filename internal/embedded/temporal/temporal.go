// Package temporal runs a Temporal server and its web UI inside the process, on a SQLite file, for the single-machine
// default and for whole-program tests. Temporal's makers support one process on SQLite but mean it for development; what
// makes it bearable here is that nothing but timers is kept in it: PostgreSQL is the record, and a lost or outdated file
// is replaced by an empty one that the application refills.
//
// The server asks nobody who they are, so everything listens on 127.0.0.1 only.
//
// This is the one package of Relance that links the Temporal server, which takes minutes to compile. Nothing but the
// composition root and whole-program tests may import it, and it must not import anything of Relance but
// internal/embedded.
package temporal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/server/temporal"

	"relance/internal/embedded"
)

// Config says where the server lives and what it knows from the start.
type Config struct {
	// Dir holds the SQLite file; empty keeps everything in memory.
	Dir string
	// FrontendPort and UIPort on 127.0.0.1; 0 takes any free one.
	FrontendPort, UIPort int
	// NoUI leaves the web UI out.
	NoUI bool
	// MetricsPort serves the server's own Prometheus metrics under /metrics; 0 leaves them out.
	MetricsPort int
	// Namespace is made at the first start; "default" when empty.
	Namespace string
	// Retention is how long closed workflows stay visible; 90 days when 0. (Temporal's own default here is one day.)
	Retention time.Duration
	// SearchAttributes are registered in the namespace at the first start, and those that were added since at later ones.
	SearchAttributes map[string]enumspb.IndexedValueType
	// NoSync trades safety against the machine's crash for speed: state still survives the end of the process, kill -9
	// included, but the last moments before a power cut may be lost.
	NoSync bool
	// Logger hears the server's warnings and errors; nil discards them.
	Logger *slog.Logger
}

const (
	defaultNamespace = "default"
	defaultRetention = 90 * 24 * time.Hour
	// startLimit bounds the wait for the server's first answer. It takes two seconds on an idle machine.
	startLimit   = 2 * time.Minute
	pollInterval = 25 * time.Millisecond
)

// Server is a running Temporal server. It cannot be started again; make another.
type Server struct {
	cfg    Config
	log    *logger
	lock   *embedded.Lock // nil in memory
	ports  ports
	fresh  bool
	server temporal.Server
	ui     *userInterface // nil when left out

	stop    sync.Once
	stopErr error
}

// Start runs a server and its UI and returns when both answer. Errors that a person can mend are *embedded.Problem with
// the kinds ErrPortBusy, ErrInUse and ErrForeignDir.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()

	s := &Server{cfg: withDefaults(cfg)}
	s.log = newLogger(s.cfg.Logger)
	var err error
	if s.ports, err = choosePorts(s.cfg); err != nil {
		return nil, err
	}
	if s.cfg.Dir != "" {
		if s.lock, err = embedded.LockDir(s.cfg.Dir); err != nil {
			return nil, err
		}
	}
	if err := s.start(ctx); err != nil {
		stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return nil, errors.Join(err, s.Stop(stopCtx))
	}
	return s, nil
}

func withDefaults(cfg Config) Config {
	if cfg.Namespace == "" {
		cfg.Namespace = defaultNamespace
	}
	if cfg.Retention == 0 {
		cfg.Retention = defaultRetention
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return cfg
}

func (s *Server) start(ctx context.Context) error {
	store, err := openStore(s.cfg)
	if err != nil {
		return err
	}
	s.fresh = store.fresh
	if s.server, err = newServer(s.cfg, store, s.ports, s.log); err != nil {
		return fmt.Errorf("prepare Temporal server: %w", err)
	}
	if err := s.server.Start(); err != nil {
		return fmt.Errorf("start Temporal server: %w", err)
	}
	if err := s.awaitHealth(ctx); err != nil {
		return err
	}
	if err := s.updateNamespace(ctx); err != nil {
		return err
	}
	s.log.speak()
	if s.cfg.NoUI {
		return nil
	}
	s.ui, err = startUI(ctx, s.ports, s.cfg.Namespace)
	return err
}

// HostPort returns the address of the gRPC frontend, as in "127.0.0.1:7233".
func (s *Server) HostPort() string { return embedded.Address(s.ports.frontend) }

// UIURL returns the address of the web UI, "" when it was left out.
func (s *Server) UIURL() string {
	if s.ui == nil {
		return ""
	}
	return "http://" + embedded.Address(s.ports.ui)
}

// Namespace returns the namespace that was made for the application.
func (s *Server) Namespace() string { return s.cfg.Namespace }

// Fresh reports whether the store was made by this start: because there was none, or because the one there was written
// under another schema and had to be put aside. The application's open workflows are then not in it.
func (s *Server) Fresh() bool { return s.fresh }

// Client returns a client of the server. Address, and namespace and logger where they are not given, are filled in. The
// caller closes it before stopping the server.
func (s *Server) Client(ctx context.Context, options client.Options) (client.Client, error) {
	options.HostPort = s.HostPort()
	if options.Namespace == "" {
		options.Namespace = s.cfg.Namespace
	}
	if options.Logger == nil {
		options.Logger = sdklog.NewStructuredLogger(s.log.slog)
	}
	c, err := client.DialContext(ctx, options)
	if err != nil {
		return nil, fmt.Errorf("connect to embedded Temporal server: %w", err)
	}
	return c, nil
}

// Hush ends the server's log. It is for whoever is about to stop the workers and clients before the server: it reports each of
// their calls that is cancelled.
func (s *Server) Hush() { s.log.silence() }

// Stop ends UI and server. Workers and clients should have ended before. When ctx ends first, Stop returns an error and
// the server goes on ending by itself; its state is safe either way. Later calls return what the first one did.
func (s *Server) Stop(ctx context.Context) error {
	s.stop.Do(func() {
		s.Hush()
		if s.ui != nil {
			s.ui.stop()
		}
		s.stopErr = s.stopServer(ctx)
	})
	return s.stopErr
}

func (s *Server) stopServer(ctx context.Context) error {
	if s.server == nil {
		return s.release()
	}
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(s.server.Stop(), s.release()) }() // up to five minutes for each service, if it were for Temporal
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return fmt.Errorf("stop Temporal server: %w", ctx.Err())
	}
}

func (s *Server) release() error {
	if s.lock == nil {
		return nil
	}
	return s.lock.Release()
}

// awaitHealth waits until the frontend serves the namespace: the services behind it come up one after the other.
func (s *Server) awaitHealth(ctx context.Context) error {
	probe, err := client.NewLazyClient(client.Options{HostPort: s.HostPort(), Namespace: s.cfg.Namespace, Logger: discardSDK()})
	if err != nil {
		return fmt.Errorf("connect to embedded Temporal server: %w", err)
	}
	defer probe.Close()
	for {
		_, err := probe.CheckHealth(ctx, &client.CheckHealthRequest{})
		if err == nil {
			_, err = probe.CountWorkflow(ctx, countNothing())
		}
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for Temporal server: %w (last answer: %w)", ctx.Err(), err)
		case <-time.After(pollInterval):
		}
	}
}

// ports are those of the server's services on 127.0.0.1. Only two of them are for others.
type ports struct {
	frontend, history, matching, worker, ui, metrics int
}

// choosePorts makes sure of the ports before anything starts, because both server and UI end the process when one of
// theirs is taken.
func choosePorts(cfg Config) (ports, error) {
	free, err := embedded.FreePorts(5)
	if err != nil {
		return ports{}, err
	}
	p := ports{frontend: free[0], ui: free[1], history: free[2], matching: free[3], worker: free[4], metrics: cfg.MetricsPort}
	for _, asked := range []struct {
		port    int
		use     *int
		purpose string
	}{
		{cfg.FrontendPort, &p.frontend, "Temporal"},
		{cfg.UIPort, &p.ui, "the Temporal UI"},
		{cfg.MetricsPort, &p.metrics, "Temporal's metrics"},
	} {
		if asked.port == 0 {
			continue
		}
		if err := embedded.CheckPort(asked.port, asked.purpose); err != nil {
			return ports{}, err
		}
		*asked.use = asked.port
	}
	return p, nil
}

// answers reports whether a GET of a URL brings a 200.
func answers(ctx context.Context, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// file is the SQLite file in a data directory.
func file(dir string) string { return filepath.Join(dir, "temporal.db") }
