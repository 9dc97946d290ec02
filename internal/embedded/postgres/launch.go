package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"

	"relance/internal/embedded"
)

// settings are given on the command line, so that they follow the program and not the day the cluster was made.
func (s *Server) settings(port int) []string {
	values := [][2]string{
		{"listen_addresses", embedded.Loopback},
		{"port", strconv.Itoa(port)},
		{"unix_socket_directories", ""}, // a socket's path may have 107 bytes, a data directory more; TCP serves
		{"cluster_name", s.cluster.instance.clusterName()},
		{"max_connections", strconv.Itoa(s.cfg.MaxConnections)},
		{"timezone", "UTC"},
		{"log_timezone", "UTC"},
		{"jit", "off"}, // compiling costs more than any of our queries
		// Statements, their parameters and the details of constraint errors contain names and addresses: the client gets
		// them, the log does not.
		{"log_min_messages", "log"},
		{"log_min_error_statement", "panic"},
		{"log_error_verbosity", "terse"},
		{"log_checkpoints", "off"},
		{"fsync", onOff(!s.noSync())},
		{"full_page_writes", onOff(!s.noSync())},
	}
	if s.cfg.Ephemeral {
		values = append(values,
			[2]string{"synchronous_commit", "off"},
			[2]string{"autovacuum", "off"}, // a worker inside a template database would hold up its copies
			[2]string{"wal_level", "minimal"},
			[2]string{"max_wal_senders", "0"},
		)
	}
	args := make([]string, 0, 2*len(values))
	for _, v := range values {
		args = append(args, "-c", v[0]+"="+v[1])
	}
	return args
}

func (s *Server) noSync() bool { return s.cfg.NoSync || s.cfg.Ephemeral }

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// launchTries bounds how often a start is tried again: a free port can be taken by another before the server has it, and
// what a killed process left behind needs a moment to show itself or to go.
const launchTries = 4

func (s *Server) launch(ctx context.Context, bin binaries) error {
	var err error
	for range launchTries {
		if err = s.launchOnce(ctx, bin); err == nil {
			return nil
		}
		leftovers := errors.Is(err, errLeftovers)
		if !leftovers && (s.cfg.Port != 0 || !errors.Is(err, embedded.ErrPortBusy)) {
			return err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return err
		}
		if leftovers { // it may have been starting when we looked for it first
			if adoptErr := s.adopt(ctx); adoptErr != nil || s.adopted {
				return adoptErr
			}
		}
	}
	return err
}

// errLeftovers says that a server of a killed process runs on the directory, or that a killed server's last processes do.
var errLeftovers = errors.New("an earlier server has not ended")

func (s *Server) launchOnce(ctx context.Context, bin binaries) error {
	port := s.cfg.Port
	if port == 0 {
		ports, err := embedded.FreePorts(1)
		if err != nil {
			return err
		}
		port = ports[0]
	}
	logFile, err := s.openLog()
	if err != nil {
		return err
	}
	defer func() { _ = logFile.Close() }()
	begin, err := logFile.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("open PostgreSQL's log: %w", err)
	}

	// Not bound to ctx: the server outlives the call that starts it.
	cmd, release, err := s.cluster.account.command(context.Background(), bin.path("postgres"), s.cluster.data(), s.settings(port)...)
	if err != nil {
		return err
	}
	defer release()
	cmd.Stdout, cmd.Stderr = logFile, logFile
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	s.port, s.pid, s.done = port, cmd.Process.Pid, make(chan struct{})
	go s.reap(cmd, s.done)
	if s.cfg.Ephemeral {
		if s.guard, err = startWatchdog(s.pid, s.cfg.Dir); err != nil {
			return err
		}
	}
	if err := s.awaitAnswer(ctx); err != nil {
		return s.explain(err, begin)
	}
	s.log.Debug("PostgreSQL started", "port", port, "pid", s.pid, "version", bin.major)
	return nil
}

// reap waits for the server's end. It also keeps s, and with it the lock and the watchdog's pipe, from being collected
// while the server runs.
func (s *Server) reap(cmd *exec.Cmd, done chan<- struct{}) {
	_ = cmd.Wait() // how a server ends says nothing that its log does not say better
	close(done)
	runtime.KeepAlive(s)
}

// errEnded says that the server ended while we waited for its first answer.
var errEnded = errors.New("PostgreSQL ended while starting")

func (s *Server) awaitAnswer(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for {
		err := s.probe(ctx, s.port)
		if err == nil {
			return nil
		}
		select {
		case <-s.done:
			s.pid = 0
			return errEnded
		case <-ctx.Done():
			return fmt.Errorf("wait for PostgreSQL: %w (last answer: %w)", ctx.Err(), err)
		case <-time.After(pollInterval):
		}
	}
}

// explain finds the server's own reason for a failed start in its log.
func (s *Server) explain(err error, begin int64) error {
	if !errors.Is(err, errEnded) {
		return err
	}
	s.dismissGuard()
	raw, readErr := os.ReadFile(s.cluster.path(logFile))
	if readErr != nil || int64(len(raw)) < begin {
		return err
	}
	said := raw[begin:]
	switch {
	case bytes.Contains(said, []byte("Address already in use")):
		return embedded.Problemf(embedded.ErrPortBusy, "port %d, wanted for PostgreSQL, is in use by another program: stop that program or choose another port", s.port)
	case bytes.Contains(said, []byte("is still in use")), bytes.Contains(said, []byte(`"postmaster.pid" already exists`)):
		return errLeftovers
	}
	return fmt.Errorf("%w: %s (see %s)", err, complaint(string(said)), s.cluster.path(logFile))
}

func (s *Server) openLog() (*os.File, error) {
	path := s.cluster.path(logFile)
	if info, err := os.Stat(path); err == nil && info.Size() > logLimit {
		if err := os.Rename(path, path+".old"); err != nil {
			return nil, fmt.Errorf("put PostgreSQL's log aside: %w", err)
		}
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open PostgreSQL's log: %w", err)
	}
	return file, nil
}

// errNotOurs says that the server that answers serves another directory than ours.
var errNotOurs = errors.New("the server that answers is not of this data directory")

// probe asks the server at a port whether it is up and whether it is ours.
func (s *Server) probe(ctx context.Context, port int) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := s.connect(ctx, port)
	if err != nil {
		return err
	}
	defer hangUp(ctx, conn)
	var name string
	if err := conn.QueryRow(ctx, "SELECT current_setting('cluster_name')").Scan(&name); err != nil {
		return err
	}
	if name != s.cluster.instance.clusterName() {
		return errNotOurs
	}
	return nil
}
