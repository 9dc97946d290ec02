// Package postgres runs a PostgreSQL server beside the process, for the single-machine default and for tests: it finds
// or brings the binaries, makes a cluster in a directory of its own, starts the server under an unprivileged user, adopts
// one that outlived a killed process, and stops it.
//
// The server listens on 127.0.0.1 only and asks for a password that stands in the data directory. Its log names neither
// statements nor values, because both contain personal data.
//
// It must not import the Temporal server, nor anything of Relance but internal/embedded: tests that need a database link
// this package and should stay small.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"relance/internal/embedded"
)

// Config says where the server lives and how careful it is.
type Config struct {
	// Dir holds all that belongs to the server. It must be missing, empty, or made by an earlier Start. An ephemeral
	// server makes its own.
	Dir string
	// Port on 127.0.0.1; 0 takes any free one.
	Port int
	// Database is created at the first start; "relance" when empty.
	Database string
	// MaxConnections is the server's max_connections; 100 when 0.
	MaxConnections int
	// NoSync trades safety against the machine's crash for speed: data still survives the end of any process, kill -9
	// included, but not a power cut. For demonstrations and replays.
	NoSync bool
	// Ephemeral is for tests: the fastest settings, and server and directory vanish with this process, however it ends.
	Ephemeral bool
	// Logger hears what happens to the server; nil discards it.
	Logger *slog.Logger
}

// User is the superuser of every embedded cluster. Migrations run as it; the roles for everything else are theirs to make.
const User = "relance"

// Server is a running PostgreSQL server that this process answers for.
type Server struct {
	cfg     Config
	log     *slog.Logger
	cluster cluster
	lock    *embedded.Lock

	port    int
	pid     int
	adopted bool
	done    chan struct{} // closed when the server has ended
	guard   *watchdog     // of an ephemeral server

	stop    sync.Once
	stopErr error
}

// How long a server may take to come up (crash recovery of a large log included) and to end.
const (
	startLimit    = 2 * time.Minute
	fastLimit     = 20 * time.Second // a fast shutdown: roll back, checkpoint
	abortLimit    = 5 * time.Second  // an immediate one: the next start recovers
	pollInterval  = 20 * time.Millisecond
	watchInterval = 200 * time.Millisecond
)

// Start runs the server of a data directory, making its cluster first where there is none, and returns when it answers.
// A server that still runs on the directory is adopted. Errors that a person can mend are *embedded.Problem with the
// kinds ErrPortBusy, ErrInUse, ErrForeignDir, ErrOtherVersion and ErrNotInstalled.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	cfg, err := withDefaults(cfg)
	if err != nil {
		return nil, err
	}
	lock, err := embedded.LockDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, log: cfg.Logger, lock: lock}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.abandon())
	}
	return s, nil
}

func withDefaults(cfg Config) (Config, error) {
	if (cfg.Dir == "") != cfg.Ephemeral {
		return cfg, errors.New("start PostgreSQL: either a data directory or an ephemeral server, which is removed with its directory")
	}
	var err error
	if cfg.Ephemeral {
		cfg.Dir, err = os.MkdirTemp("", "relance-postgres-")
	} else {
		cfg.Dir, err = filepath.Abs(cfg.Dir)
	}
	if err != nil {
		return cfg, fmt.Errorf("prepare data directory: %w", err)
	}
	if cfg.Database == "" {
		cfg.Database = "relance"
	}
	if cfg.MaxConnections == 0 {
		cfg.MaxConnections = 100
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return cfg, nil
}

func (s *Server) start(ctx context.Context) error {
	var err error
	if s.cluster, err = openCluster(s.cfg.Dir); err != nil {
		return err
	}
	if err := s.adopt(ctx); err != nil {
		return err
	}
	if !s.adopted {
		if err := s.startNew(ctx); err != nil {
			return err
		}
	}
	return s.createDatabase(ctx)
}

func (s *Server) startNew(ctx context.Context) error {
	if s.cfg.Port != 0 { // known before minutes go into an installation
		if err := embedded.CheckPort(s.cfg.Port, "PostgreSQL"); err != nil {
			return err
		}
	}
	bin, err := findBinaries(ctx, s.cluster.major(), s.log)
	if err != nil {
		return err
	}
	if err := s.cluster.create(ctx, bin, s.cfg.Ephemeral); err != nil {
		return err
	}
	return s.launch(ctx, bin)
}

// abandon cleans up after a start that failed.
func (s *Server) abandon() error {
	if s.pid == 0 {
		return errors.Join(s.lock.Release(), s.removeEphemeral())
	}
	ctx, cancel := context.WithTimeout(context.Background(), fastLimit)
	defer cancel()
	return s.Stop(ctx)
}

// Port returns the port on 127.0.0.1 that the server listens on.
func (s *Server) Port() int { return s.port }

// Adopted reports whether the server outlived an earlier process and was taken over as it ran.
func (s *Server) Adopted() bool { return s.adopted }

// Done is closed when the server has ended, whoever ended it.
func (s *Server) Done() <-chan struct{} { return s.done }

// ConnString returns the URL under which User reaches a database of this server; the configured one when empty. It
// contains the password.
func (s *Server) ConnString(database string) string {
	if database == "" {
		database = s.cfg.Database
	}
	return s.connString(s.port, database)
}

func (s *Server) connString(port int, database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(User, s.cluster.instance.Password),
		Host:     embedded.Address(port),
		Path:     database,
		RawQuery: "sslmode=disable", // it never leaves the machine
	}
	return u.String()
}

// Stop ends the server: a fast shutdown first, an abrupt one when ctx or 20 seconds run out, and the kill that always
// works last. What was committed stays committed in each case. Later calls return what the first one did.
func (s *Server) Stop(ctx context.Context) error {
	s.stop.Do(func() {
		s.stopErr = errors.Join(s.shutdown(ctx), s.lock.Release(), s.removeEphemeral())
	})
	return s.stopErr
}

func (s *Server) removeEphemeral() error {
	if !s.cfg.Ephemeral {
		return nil
	}
	s.dismissGuard()
	if err := os.RemoveAll(s.cfg.Dir); err != nil {
		return fmt.Errorf("remove ephemeral data directory: %w", err)
	}
	return nil
}

func (s *Server) createDatabase(ctx context.Context) error {
	conn, err := s.connect(ctx, s.port)
	if err != nil {
		return err
	}
	defer hangUp(ctx, conn)
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", s.cfg.Database).Scan(&exists); err != nil {
		return fmt.Errorf("look for database %s: %w", s.cfg.Database, err)
	}
	if exists {
		return nil
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{s.cfg.Database}.Sanitize()); err != nil {
		return fmt.Errorf("create database %s: %w", s.cfg.Database, err)
	}
	return nil
}

// connect opens a connection of our own to the maintenance database of the server at a port.
func (s *Server) connect(ctx context.Context, port int) (*pgx.Conn, error) {
	conn, err := pgx.Connect(ctx, s.connString(port, "postgres"))
	if err != nil {
		return nil, fmt.Errorf("connect to embedded PostgreSQL: %w", err)
	}
	return conn, nil
}

func hangUp(ctx context.Context, conn *pgx.Conn) {
	_ = conn.Close(context.WithoutCancel(ctx)) // what there was to learn has been learnt
}
