package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// The kinds of errors.
var (
	// ErrFault: a fault that makes no sense.
	ErrFault = errors.New("invalid fault")
	// ErrAddressBusy: another program listens on Config.Addr.
	ErrAddressBusy = errors.New("address in use")
	// ErrInUse: another sandbox writes into Config.Dir.
	ErrInUse = errors.New("sandbox directory in use")
	// ErrDamaged: the ledger's file has a damaged line that is not its last.
	ErrDamaged = errors.New("sandbox ledger damaged")
)

// Limits of the HTTP server. The body limit is SendGrid's own for a whole message; the others only keep a stuck client from
// holding a connection for ever.
const (
	maxBody           = 30 << 20
	readHeaderTimeout = 5 * time.Second
	readBodyTimeout   = time.Minute
	idleTimeout       = 2 * time.Minute
	keptViolations    = 1000
)

// Config is how a sandbox is set up.
type Config struct {
	Addr   string           // where it listens, for example "127.0.0.1:8025"; port 0 picks a free one
	Dir    string           // where the ledger and the files live; made if missing
	Now    func() time.Time // the business clock: stamps what a debtor received when; nil: the wall clock
	Wall   func() time.Time // the wall clock, which the providers' own dates follow; nil: time.Now
	Zone   *time.Location   // the time zone of the outbox page; nil: local
	Hosts  []string         // further host names under which the sandbox is reached; the loopback ones always work
	Faults []Fault
	Logger *slog.Logger // nil: silent; never sees an address, a number or a text
}

// Server is a running sandbox. Its methods may be called from any goroutine.
type Server struct {
	config   Config
	log      *slog.Logger
	ops      *operations
	ledger   *ledger
	faults   faultSet
	http     *http.Server
	stopping chan struct{} // closed by Stop: releases hanging calls and event streams
	stopOnce sync.Once

	mu         sync.Mutex
	listener   net.Listener
	violations []Violation
	violated   int
}

// Violation is a request that broke a provider's contract.
type Violation struct {
	At       time.Time `json:"at"` // wall clock
	Provider string    `json:"provider"`
	Call     string    `json:"call"`   // method and path of the contract
	Reason   string    `json:"reason"` // may quote the request
}

// New opens the ledger in Config.Dir and reads back what is there. The caller must call Stop, also without Start.
// Errors: ErrFault, ErrInUse, ErrDamaged.
func New(config Config) (*Server, error) {
	ops, err := publishedOperations()
	if err != nil {
		return nil, err
	}
	config.Now, config.Wall = orNow(config.Now), orNow(config.Wall)
	if config.Zone == nil {
		config.Zone = time.Local
	}
	s := &Server{config: config, log: config.Logger, ops: ops, stopping: make(chan struct{})}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.faults.replace(config.Faults); err != nil {
		return nil, err
	}
	if s.ledger, err = openLedger(config.Dir, config.Now, config.Wall); err != nil {
		return nil, err
	}
	s.http = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout:       idleTimeout,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

func orNow(clock func() time.Time) func() time.Time {
	if clock == nil {
		return time.Now
	}
	return clock
}

// Start listens and serves in the background. It fails with ErrAddressBusy when somebody else has the address.
func (s *Server) Start() error {
	listener, err := net.Listen("tcp", s.config.Addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("sandbox: %w: %s: another program (perhaps another Relance) listens there; stop it, or give the sandbox another address",
			ErrAddressBusy, s.config.Addr)
	}
	if err != nil {
		return fmt.Errorf("sandbox: listen on %s: %w", s.config.Addr, err)
	}
	s.mu.Lock()
	s.listener = listener
	s.mu.Unlock()
	go func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("sandbox stopped serving", "error", err)
		}
	}()
	return nil
}

// Addr is where the sandbox listens, with the real port once it is started.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listener == nil {
		return s.config.Addr
	}
	return s.listener.Addr().String()
}

// URL is the address of the outbox page without a trailing slash. Append "/sendgrid", "/twilio" or "/lob" for a base URL.
func (s *Server) URL() string { return "http://" + s.Addr() }

// Stop releases hanging calls, lets the others finish until the context ends, and closes the ledger.
func (s *Server) Stop(ctx context.Context) error {
	s.stopOnce.Do(func() { close(s.stopping) })
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("stop sandbox: %w", err), s.http.Close())
	}
	return errors.Join(err, s.ledger.close())
}

// SetFaults replaces all faults and starts counting anew.
func (s *Server) SetFaults(faults ...Fault) error { return s.faults.replace(faults) }

// Ledger is everything a debtor would have received, in order of acceptance, with cancelled messages marked. It reads the
// HTML bodies back from disk; a body that cannot be read is empty and logged. To poll, use Index.
func (s *Server) Ledger() []Entry {
	entries, _ := s.ledger.snapshot()
	all := make([]Entry, len(entries))
	for i, e := range entries {
		var err error
		if all[i], err = s.ledger.full(e); err != nil {
			s.log.Error("sandbox ledger", "seq", e.Seq, "error", err)
		}
	}
	return all
}

// Index is Ledger without the HTML bodies: from memory.
func (s *Server) Index() []Entry {
	entries, _ := s.ledger.snapshot()
	return copied(entries)
}

// WaitFor blocks until done holds for the Index, or the context ends.
func (s *Server) WaitFor(ctx context.Context, done func([]Entry) bool) error {
	return s.ledger.waitFor(ctx, func(entries []*Entry) bool { return done(copied(entries)) })
}

func copied(entries []*Entry) []Entry {
	all := make([]Entry, len(entries))
	for i, e := range entries {
		all[i] = *e
	}
	return all
}

// Open returns the content of a stored file.
func (s *Server) Open(f File) ([]byte, error) { return s.ledger.read(f) }

// Violations is every request that broke a contract since the start, oldest first; the newest thousand are kept.
func (s *Server) Violations() []Violation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

func (s *Server) violate(provider, call string, problems []problem) {
	reasons := make([]string, len(problems))
	for i, p := range problems {
		reasons[i] = p.String()
	}
	s.log.Warn("request breaks the provider's contract", "provider", provider, "call", call, "problems", len(problems))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.violated++
	s.violations = append(s.violations, Violation{s.config.Wall().UTC(), provider, call, strings.Join(reasons, "; ")})
	if len(s.violations) > keptViolations {
		s.violations = s.violations[1:]
	}
}

// handler is the whole server: the three APIs, the pages, and the checks in front of them.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	s.routeSendGrid(mux)
	s.routeTwilio(mux)
	s.routeLob(mux)
	s.routePages(mux)
	s.routeControl(mux)
	return s.knownHost(http.NewCrossOriginProtection().Handler(mux))
}

// knownHost refuses requests under a foreign host name: a web page could otherwise point its own name at this machine and
// read the outbox through the browser (DNS rebinding).
func (s *Server) knownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.hostAllowed(r.Host) {
			http.Error(w, "This sandbox answers only under the name of this machine.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) hostAllowed(hostPort string) bool {
	host := hostPort
	if h, _, err := net.SplitHostPort(hostPort); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if _, err := netip.ParseAddr(host); err == nil {
		return true // a number cannot be pointed elsewhere
	}
	return host == "localhost" || slices.Contains(s.config.Hosts, host)
}
