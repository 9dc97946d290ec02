package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"relance/internal/casework"
	"relance/internal/clock"
	"relance/internal/config"
	"relance/internal/embedded"
	"relance/internal/embedded/postgres"
	"relance/internal/embedded/temporal"
	"relance/internal/policy"
	"relance/internal/sandbox"
	"relance/internal/store"
	"relance/worker"
	"relance/workflows"
)

// The ports of an embedded installation, counted from its port base.
const (
	portTemporal = iota
	portUI
	portSandbox
	portPostgres
	PortCount
)

// Options say how an embedded installation is started.
type Options struct {
	Dir      string
	PortBase int // 0: free ports
	// Start is where a new test clock begins; zero: the installation lives in real time.
	Start time.Time
	// Adopt keeps the clock the directory has, whichever it is.
	Adopt     bool
	NoSync    bool // survives the end of the process, not of the machine: for demos
	NoUI      bool
	Providers *config.Providers // nil: the sandbox
	Faults    []sandbox.Fault
	Zone      *time.Location // of the outbox page; nil: local
	Deadlines casework.Deadlines
	Limits    worker.Limits
	Log       *slog.Logger
	// Progress hears in a few words what is being started.
	Progress func(doing string)
}

// Embedded is Relance in one process: Postgres beside it, Temporal with its UI, the sandbox, and the workers inside.
type Embedded struct {
	*Core
	*Workers
	Work     *casework.Work
	Sandbox  *sandbox.Server
	Temporal client.Client
	Where    Where

	lock  *embedded.Lock
	stops []func(context.Context) error
	now   atomic.Int64 // business time for the sandbox, microseconds

	stopping atomic.Bool
	hush     func() // ends the log of Temporal
}

// Where says how to reach a running embedded installation. It is kept in its directory for the other commands.
type Where struct {
	PID         int    `json:"pid"`
	DatabaseURL string `json:"database_url"`
	Temporal    string `json:"temporal"`
	Namespace   string `json:"namespace"`
	UI          string `json:"ui"`
	Sandbox     string `json:"sandbox"`
	Blobs       string `json:"blobs"`
}

const whereFile = "relance.json"

// ErrNotRunning means that no embedded installation runs on a directory.
var ErrNotRunning = errors.New("no Relance runs on this data directory")

// FindEmbedded reads where the installation of a directory can be reached.
func FindEmbedded(dir string) (Where, error) {
	var w Where
	raw, err := os.ReadFile(filepath.Join(dir, whereFile))
	if errors.Is(err, fs.ErrNotExist) {
		return w, fmt.Errorf("%w (%s): start it with `relance up`, or say where it is with --data-dir", ErrNotRunning, dir)
	}
	if err != nil {
		return w, fmt.Errorf("look for a running installation: %w", err)
	}
	if err := json.Unmarshal(raw, &w); err != nil {
		return w, fmt.Errorf("read %s: %w", whereFile, err)
	}
	return w, nil
}

// StartEmbedded starts everything, in the order in which one needs the other. What was started is stopped again when
// something fails.
func StartEmbedded(ctx context.Context, o Options) (e *Embedded, err error) {
	e = &Embedded{}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Stop(context.WithoutCancel(ctx)))
		}
	}()
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if o.Dir, err = filepath.Abs(o.Dir); err != nil { // other commands read it, from folders of their own
		return e, fmt.Errorf("find data directory %s: %w", o.Dir, err)
	}
	if e.lock, err = embedded.LockDir(o.Dir); err != nil {
		return e, err
	}
	for _, step := range []struct {
		doing string
		run   func(context.Context, Options) error
	}{
		{"PostgreSQL", e.startPostgres},
		{"the database", e.openDatabase},
		{"the sandbox", e.startSandbox},
		{"Temporal", e.startTemporal},
		{"the workers", e.startWorkers},
	} {
		o.Progress(step.doing)
		if err = step.run(ctx, o); err != nil {
			return e, err
		}
	}
	return e, e.leaveWord(o.Dir)
}

func (o Options) port(n int) int {
	if o.PortBase == 0 {
		return 0
	}
	return o.PortBase + n
}

func (e *Embedded) onStop(stop func(context.Context) error) { e.stops = append(e.stops, stop) }

func (e *Embedded) startPostgres(ctx context.Context, o Options) error {
	pg, err := postgres.Start(ctx, postgres.Config{
		Dir: filepath.Join(o.Dir, "postgres"), Port: o.port(portPostgres), NoSync: o.NoSync, Logger: o.Log,
	})
	if err != nil {
		return err
	}
	e.onStop(pg.Stop)
	e.Where.DatabaseURL = pg.ConnString("relance")
	return nil
}

func (e *Embedded) openDatabase(ctx context.Context, o Options) error {
	if err := store.Migrate(ctx, e.Where.DatabaseURL); err != nil {
		return err
	}
	e.Where.Blobs = filepath.Join(o.Dir, "documents")
	core, err := OpenCore(ctx, e.Where.DatabaseURL, e.Where.Blobs, o.Log)
	if err != nil {
		return err
	}
	e.Core = core
	e.onStop(func(context.Context) error { return core.Close() })
	if _, err := core.clockOf(ctx); err != nil || !o.Adopt {
		if err := core.Install(ctx, o.Start); err != nil {
			return err
		}
	}
	return core.PublishBuiltin(ctx)
}

// clockOf is the kind of clock the installation has; an error when it has not been made yet.
func (c *Core) clockOf(ctx context.Context) (kind string, err error) {
	err = c.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		inst, err := tx.Installation(ctx)
		kind = inst.Clock
		return err
	})
	return kind, err
}

// PublishBuiltin publishes the policies that come with the binary.
func (c *Core) PublishBuiltin(ctx context.Context) error {
	for _, name := range policy.Names() {
		_, body, err := policy.Builtin(name)
		if err != nil {
			return err
		}
		if _, err := c.Desk.PublishPolicy(ctx, name, body); err != nil {
			return err
		}
	}
	return nil
}

func (e *Embedded) startSandbox(ctx context.Context, o Options) error {
	if o.Providers != nil {
		return nil
	}
	s, err := sandbox.New(sandbox.Config{
		Addr: embedded.Address(o.port(portSandbox)), Dir: filepath.Join(o.Dir, "sandbox"), Now: e.businessNow(ctx), Zone: o.Zone,
		Faults: o.Faults, Logger: o.Log,
	})
	if err != nil {
		return err
	}
	if err := s.Start(); err != nil {
		return err
	}
	e.Sandbox = s
	e.onStop(s.Stop)
	e.Where.Sandbox = s.URL()
	return nil
}

// businessNow is the clock the sandbox stamps what a debtor received with. A send holds no lock that reading it would wait
// for, and a clock that cannot be read shows the last instant that was.
func (e *Embedded) businessNow(ctx context.Context) func() time.Time {
	ctx = context.WithoutCancel(ctx)
	return func() time.Time {
		now, test, err := e.Core.Now(ctx)
		switch {
		case err != nil:
			return time.UnixMicro(e.now.Load()).UTC()
		case !test:
			return clock.Now()
		}
		e.now.Store(now.UnixMicro())
		return now
	}
}

func (e *Embedded) startTemporal(ctx context.Context, o Options) error {
	s, err := temporal.Start(ctx, temporal.Config{
		Dir: filepath.Join(o.Dir, "temporal"), FrontendPort: o.port(portTemporal), UIPort: o.port(portUI), NoUI: o.NoUI,
		SearchAttributes: searchAttributes(), NoSync: o.NoSync, Logger: o.Log,
	})
	if err != nil {
		return err
	}
	e.onStop(s.Stop)
	e.hush = s.Hush
	e.Where.Temporal, e.Where.Namespace, e.Where.UI = s.HostPort(), s.Namespace(), s.UIURL()
	c, err := s.Client(ctx, client.Options{Logger: sdklog.NewStructuredLogger(slog.New(quietEnd{o.Log.Handler(), &e.stopping}))})
	if err != nil {
		return fmt.Errorf("reach the embedded Temporal: %w", err)
	}
	e.onStop(func(context.Context) error { c.Close(); return nil })
	e.Temporal = c
	return nil
}

func (e *Embedded) startWorkers(ctx context.Context, o Options) error {
	providers := config.Sandbox(e.Where.Sandbox)
	if o.Providers != nil {
		providers = *o.Providers
	}
	deadlines, limits := o.Deadlines, o.Limits
	if deadlines == (casework.Deadlines{}) {
		deadlines = casework.DefaultDeadlines()
	}
	if limits.Sends == 0 {
		limits = worker.DefaultLimits()
	}
	work, err := e.Core.Work(providers, deadlines)
	if err != nil {
		return err
	}
	e.Work = work
	if e.Workers, err = e.Core.StartWorkers(ctx, e.Temporal, work, limits); err != nil {
		return err
	}
	workers := e.Workers
	e.onStop(func(context.Context) error { workers.Stop(); return nil })
	return nil
}

// leaveWord tells the other commands where this installation can be reached. The file holds a password, so it is for its
// owner alone.
func (e *Embedded) leaveWord(dir string) error {
	e.Where.PID = os.Getpid()
	raw, err := json.MarshalIndent(e.Where, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, whereFile)
	if err := os.WriteFile(path, append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("tell other commands where to reach this installation: %w", err)
	}
	e.onStop(func(context.Context) error { return os.Remove(path) })
	return nil
}

// Stop stops everything in the reverse order, each part under its own deadline.
func (e *Embedded) Stop(ctx context.Context) error {
	e.stopping.Store(true)
	if e.hush != nil {
		e.hush()
	}
	var errs []error
	for i := len(e.stops) - 1; i >= 0; i-- {
		part, cancel := context.WithTimeout(ctx, 30*time.Second)
		errs = append(errs, e.stops[i](part))
		cancel()
	}
	e.stops = nil
	if e.lock != nil {
		errs = append(errs, e.lock.Release())
		e.lock = nil
	}
	return errors.Join(errs...)
}

// quietEnd keeps out of the log what the SDK's pollers say when the server goes before their last call has come back.
type quietEnd struct {
	slog.Handler
	stopping *atomic.Bool
}

func (h quietEnd) Handle(ctx context.Context, r slog.Record) error {
	if h.stopping.Load() && r.Message == "Failed to poll for task." {
		return nil
	}
	return h.Handler.Handle(ctx, r)
}

func (h quietEnd) WithAttrs(attrs []slog.Attr) slog.Handler {
	return quietEnd{h.Handler.WithAttrs(attrs), h.stopping}
}

func (h quietEnd) WithGroup(name string) slog.Handler {
	return quietEnd{h.Handler.WithGroup(name), h.stopping}
}

func searchAttributes() map[string]enumspb.IndexedValueType {
	m := map[string]enumspb.IndexedValueType{}
	for _, k := range workflows.SearchAttributeKeys() {
		m[k.GetName()] = k.GetValueType()
	}
	return m
}
