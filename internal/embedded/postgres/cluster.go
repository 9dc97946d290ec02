package postgres

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"relance/internal/embedded"
)

// The names in a data directory.
const (
	instanceFile = "instance.json" // who this is; its presence marks the directory as ours
	clusterDir   = "cluster"       // PGDATA, owned by the account the server runs under
	unfinished   = "cluster.new-"  // PGDATA while initdb works on it; what follows is random
	passwordFile = "password.new"  // initdb's input
	logFile      = "postgres.log"
	logLimit     = 8 << 20 // bytes after which a start puts the log aside
)

// instance is written once, before anything else. The id is the server's cluster_name, so that a running server can be
// asked which directory it belongs to.
type instance struct {
	ID       string `json:"id"`
	Password string `json:"password"`
}

func (i instance) clusterName() string { return "relance-" + i.ID }

// cluster is a data directory that is ours, with or without a PostgreSQL cluster in it.
type cluster struct {
	dir      string
	instance instance
	account  account
}

// openCluster makes sure that a directory is ours, and makes it ours when it is empty.
func openCluster(dir string) (cluster, error) {
	c := cluster{dir: dir}
	raw, err := os.ReadFile(c.path(instanceFile))
	switch {
	case err == nil:
		if err := json.Unmarshal(raw, &c.instance); err != nil || c.instance.ID == "" || c.instance.Password == "" {
			return c, embedded.Problemf(embedded.ErrForeignDir, "%s is damaged: restore it from a backup or choose another data directory", c.path(instanceFile))
		}
	case errors.Is(err, fs.ErrNotExist):
		if err := c.claim(); err != nil {
			return c, err
		}
	default:
		return c, fmt.Errorf("read %s: %w", c.path(instanceFile), err)
	}
	c.account, err = accountFor(c.data())
	return c, err
}

// claim marks an empty directory as ours.
func (c *cluster) claim() error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return fmt.Errorf("read data directory %s: %w", c.dir, err)
	}
	for _, entry := range entries {
		if entry.Name() != embedded.LockName {
			return embedded.Problemf(embedded.ErrForeignDir, "data directory %s is not empty (%s) and was not made by Relance: choose another directory", c.dir, entry.Name())
		}
	}
	c.instance = instance{ID: strings.ToLower(rand.Text()[:12]), Password: rand.Text()}
	raw, err := json.Marshal(c.instance)
	if err != nil {
		return fmt.Errorf("encode instance: %w", err)
	}
	// Written aside and renamed: a file cut short by a crash would look damaged for ever.
	aside := c.path(instanceFile + ".new")
	if err := os.WriteFile(aside, append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("mark data directory: %w", err)
	}
	if err := os.Rename(aside, c.path(instanceFile)); err != nil {
		return fmt.Errorf("mark data directory: %w", err)
	}
	return nil
}

func (c *cluster) path(name string) string { return filepath.Join(c.dir, name) }

func (c *cluster) data() string { return c.path(clusterDir) }

// major returns the major version of PostgreSQL that wrote the cluster, 0 when there is none yet.
func (c *cluster) major() int {
	raw, err := os.ReadFile(filepath.Join(c.data(), "PG_VERSION"))
	if err != nil {
		return 0
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil {
		return 0
	}
	return major
}

// create runs initdb unless that was done before. It works beside the final place, so that a crash leaves no half cluster,
// and under a name of its own each time: the initdb of a process that was killed may still be at work under another.
func (c *cluster) create(ctx context.Context, bin binaries, ephemeral bool) error {
	if _, err := os.Stat(c.data()); err == nil {
		return nil
	}
	c.clearUnfinished()
	fresh, err := os.MkdirTemp(c.dir, unfinished)
	if err != nil {
		return fmt.Errorf("make cluster directory: %w", err)
	}
	if err := c.account.own(fresh); err != nil {
		return err
	}
	if err := c.initdb(ctx, bin, fresh, ephemeral); err != nil {
		return err
	}
	if err := os.Rename(fresh, c.data()); err != nil {
		return fmt.Errorf("put cluster in its place: %w", err)
	}
	return nil
}

// clearUnfinished removes what interrupted starts left. One that is still being written to goes at a later start.
func (c *cluster) clearUnfinished() {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), unfinished) {
			_ = os.RemoveAll(c.path(entry.Name()))
		}
	}
}

func (c *cluster) initdb(ctx context.Context, bin binaries, fresh string, ephemeral bool) error {
	password := c.path(passwordFile)
	if err := os.WriteFile(password, []byte(c.instance.Password+"\n"), 0o600); err != nil {
		return fmt.Errorf("write password for initdb: %w", err)
	}
	defer func() { _ = os.Remove(password) }()
	if err := c.account.own(password); err != nil {
		return err
	}
	input, err := os.Open(password)
	if err != nil {
		return fmt.Errorf("open password for initdb: %w", err)
	}
	defer func() { _ = input.Close() }()

	args := []string{
		"--username=" + User,
		"--pwfile=/dev/stdin", // as a path it would have to be reachable for the server's account
		"--auth=scram-sha-256",
		"--encoding=UTF8",
		"--locale=C", // the same order of strings on every machine, and whatever its locales; languages are the product's business
	}
	if ephemeral {
		args = append(args, "--no-sync")
	}
	cmd, release, err := c.account.command(ctx, bin.path("initdb"), fresh, args...)
	if err != nil {
		return err
	}
	defer release()
	cmd.Stdin = input
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make PostgreSQL cluster: %w: %s", err, complaint(string(out)))
	}
	return nil
}

// complaint finds the line of a PostgreSQL program's output that says what is wrong; it mostly goes on after that.
func complaint(text string) string {
	for line := range strings.Lines(text) {
		for _, mark := range []string{"error:", "FATAL:", "PANIC:"} {
			if _, said, ok := strings.Cut(line, mark); ok {
				return strings.TrimSpace(said)
			}
		}
	}
	return lastLine(text)
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
