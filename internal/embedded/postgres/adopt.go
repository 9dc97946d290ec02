package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"relance/internal/embedded"
)

// adopt takes over a server that still runs on the data directory because the process that started it was killed. We hold
// the directory's lock, so nobody else answers for that server now. Without one, nothing happens.
func (s *Server) adopt(ctx context.Context) error {
	pid, port, err := s.survivor(ctx)
	if err != nil || pid == 0 {
		return err
	}
	s.pid, s.port, s.done = pid, port, make(chan struct{})
	go s.watch()
	suits, err := s.suits(ctx)
	if err != nil {
		return err
	}
	if suits {
		s.adopted = true
		s.log.Info("adopted the PostgreSQL server that an interrupted run left behind", "port", port, "pid", pid)
		return nil
	}
	s.log.Info("restarting the PostgreSQL server that an interrupted run left behind", "port", port, "pid", pid)
	if err := s.shutdown(ctx); err != nil {
		return err
	}
	s.pid, s.port, s.done = 0, 0, nil
	return nil
}

// survivor returns the process and the port of a server that runs on the directory and answers, or 0.
func (s *Server) survivor(ctx context.Context) (pid, port int, err error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		pid, port := s.readPidFile()
		if pid == 0 || !alive(pid) {
			return 0, 0, nil // PostgreSQL recognises and replaces a stale file by itself
		}
		if !isPostgres(ctx, pid) {
			// The number was given to another program since, which would keep PostgreSQL from starting for ever.
			if err := os.Remove(filepath.Join(s.cluster.data(), pidFile)); err != nil {
				return 0, 0, fmt.Errorf("remove stale %s: %w", pidFile, err)
			}
			return 0, 0, nil
		}
		err := s.probeOwn(ctx, port)
		if err == nil {
			return pid, port, nil
		}
		if isForeign(err) {
			return 0, 0, embedded.Problemf(embedded.ErrForeignDir,
				"%s names process %d, a PostgreSQL server of another directory: if this data directory is a copy, delete that file and start again",
				filepath.Join(s.cluster.data(), pidFile), pid)
		}
		if !isPassing(err) {
			return 0, 0, fmt.Errorf("look at the PostgreSQL server that still runs as process %d: %w", pid, err)
		}
		select {
		case <-ctx.Done():
			return 0, 0, fmt.Errorf("wait for the PostgreSQL server that still runs as process %d: %w (last answer: %w)", pid, ctx.Err(), err)
		case <-time.After(pollInterval):
		}
	}
}

const pidFile = "postmaster.pid"

// readPidFile returns what the server wrote about itself: process id in the first line, port in the fourth. Zeros stand
// for a file that is missing or not yet complete.
func (s *Server) readPidFile() (pid, port int) {
	raw, err := os.ReadFile(filepath.Join(s.cluster.data(), pidFile))
	if err != nil {
		return 0, 0
	}
	lines := strings.Split(string(raw), "\n")
	pid, err = strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 0 {
		return 0, 0
	}
	if len(lines) > 3 {
		port, _ = strconv.Atoi(strings.TrimSpace(lines[3]))
	}
	return pid, port
}

// probeOwn is probe with the proof that the server works on this very directory and not on one that was copied together
// with its name and password: it must be able to read back what we just wrote there.
func (s *Server) probeOwn(ctx context.Context, port int) error {
	if port == 0 {
		return errNoPort
	}
	if err := s.probe(ctx, port); err != nil {
		return err
	}
	const name = "relance.probe"
	path, nonce := filepath.Join(s.cluster.data(), name), rand.Text()
	if err := os.WriteFile(path, []byte(nonce), 0o644); err != nil { //nolint:gosec // for the server's account; the directory is closed to others
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() { _ = os.Remove(path) }()
	conn, err := s.connect(ctx, port)
	if err != nil {
		return err
	}
	defer hangUp(ctx, conn)
	var read string
	err = conn.QueryRow(ctx, "SELECT pg_read_file($1)", name).Scan(&read)
	const noSuchFile = "58P01"
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused) && refused.Code == noSuchFile:
		return errNotOurs
	case err != nil:
		return fmt.Errorf("ask the server for %s: %w", name, err)
	case read != nonce:
		return errNotOurs
	}
	return nil
}

// errNoPort says that the server has not told its port yet.
var errNoPort = errors.New("no port yet")

// isPassing reports whether a server answers so for a while only: it starts, stops, or sorts out what its killed clients
// left. No answer at all is as good.
func isPassing(err error) bool {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return true
	}
	const operatorIntervention, tooManyConnections = "57", "53300"
	return strings.HasPrefix(refused.Code, operatorIntervention) || refused.Code == tooManyConnections
}

// isForeign reports whether the server that answered does not serve our directory.
func isForeign(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		const wrongPassword, wrongUser = "28P01", "28000"
		return refused.Code == wrongPassword || refused.Code == wrongUser
	}
	return errors.Is(err, errNotOurs)
}

// suits reports whether the running server is what was asked for: the same port, where one was asked for, and the same
// care for the data. A server that forgets at a power cut must not be adopted in the place of one that does not.
func (s *Server) suits(ctx context.Context) (bool, error) {
	if s.cfg.Port != 0 && s.cfg.Port != s.port {
		return false, nil
	}
	conn, err := s.connect(ctx, s.port)
	if err != nil {
		return false, err
	}
	defer hangUp(ctx, conn)
	var sync, connections string
	err = conn.QueryRow(ctx, "SELECT current_setting('fsync'), current_setting('max_connections')").Scan(&sync, &connections)
	if err != nil {
		return false, fmt.Errorf("ask for the server's settings: %w", err)
	}
	return sync == onOff(!s.noSync()) && connections == strconv.Itoa(s.cfg.MaxConnections), nil
}

// watch closes done when an adopted server has ended. It is not our child, so there is nothing to wait for.
func (s *Server) watch() {
	defer close(s.done)
	for {
		// The file goes last of all. A process that lingers as a zombie because nobody waits for it is gone all the same.
		if pid, _ := s.readPidFile(); pid != s.pid || !alive(s.pid) {
			return
		}
		time.Sleep(watchInterval)
	}
}

// shutdown ends the server, ever less politely.
func (s *Server) shutdown(ctx context.Context) error {
	if s.ended() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, fastLimit)
	defer cancel()
	if err := s.signal(syscall.SIGINT); err != nil { // fast: roll back what is open, then checkpoint
		return err
	}
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
	}
	s.log.Warn("PostgreSQL did not stop in time: it is aborted and will recover at the next start", "pid", s.pid)
	for _, sig := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGKILL} {
		if err := s.signal(sig); err != nil {
			return err
		}
		select {
		case <-s.done:
			return nil
		case <-time.After(abortLimit):
		}
	}
	return fmt.Errorf("stop PostgreSQL: process %d does not end", s.pid)
}

func (s *Server) ended() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

func (s *Server) signal(sig syscall.Signal) error {
	if err := syscall.Kill(s.pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal PostgreSQL process %d: %w", s.pid, err)
	}
	return nil
}

func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// isPostgres reports whether a process is a PostgreSQL server. In doubt it is.
func isPostgres(ctx context.Context, pid int) bool {
	var name []byte
	var err error
	if runtime.GOOS == "linux" {
		name, err = os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	} else {
		name, err = exec.CommandContext(ctx, "ps", "-p", strconv.Itoa(pid), "-o", "comm=").Output()
	}
	if err != nil {
		return true
	}
	base := filepath.Base(strings.TrimSpace(string(name)))
	return base == "postgres" || base == "postmaster"
}
