package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"

	"relance/internal/embedded"
)

// packageManager says how a distribution installs a PostgreSQL server without asking anything.
type packageManager struct {
	program  string
	commands [][]string
}

var packageManagers = []packageManager{
	{"apt-get", [][]string{{"update", "-q"}, {"install", "-q", "-y", "--no-install-recommends", "postgresql"}}},
	{"apk", [][]string{{"add", "--no-cache", "postgresql"}}},
	{"dnf", [][]string{{"install", "-y", "postgresql-server"}}},
}

// bring puts a PostgreSQL server on a machine that has none: from the distribution when we may, else by download.
// Processes that start together, as the test binaries of a first run do, wait for the one that brings it.
func bring(ctx context.Context, want int, log *slog.Logger) error {
	done, err := takeTurn(ctx)
	if err != nil {
		return err
	}
	defer done()
	if len(installed(ctx)) > 0 {
		return nil
	}
	var tried []string
	if os.Geteuid() == 0 {
		for _, manager := range packageManagers {
			program, err := exec.LookPath(manager.program)
			if err != nil {
				continue
			}
			log.Info("PostgreSQL is missing: installing it, which takes a minute", "with", manager.program)
			err = manager.install(ctx, program)
			if err == nil {
				return nil
			}
			tried = append(tried, err.Error())
			break
		}
	}
	log.Info("PostgreSQL is missing: downloading it, which takes a minute", "to", downloadDir())
	if err := download(want); err != nil {
		tried = append(tried, err.Error())
		return embedded.Problemf(embedded.ErrNotInstalled, "PostgreSQL is missing and could not be brought (%s): %s", strings.Join(tried, "; "), installHint())
	}
	return nil
}

// takeTurn waits until no other process brings a server. The function it returns lets the next one in.
func takeTurn(ctx context.Context) (done func(), err error) {
	if err := os.MkdirAll(downloadDir(), 0o755); err != nil { //nolint:gosec // programs, which the server's account must reach
		return nil, fmt.Errorf("make %s: %w", downloadDir(), err)
	}
	file, err := os.OpenFile(filepath.Join(downloadDir(), "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("take turns: %w", err)
	}
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = file.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("take turns: %w", err), file.Close())
		}
		select {
		case <-time.After(watchInterval):
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("wait for another process that brings PostgreSQL: %w", ctx.Err()), file.Close())
		}
	}
}

// noCluster keeps Debian's package from making and starting a cluster of its own, which nobody asked for and which would
// sit on port 5432.
const (
	noClusterFile = "/etc/postgresql-common/createcluster.d/relance.conf"
	noCluster     = "create_main_cluster = false\n"
)

func (m packageManager) install(ctx context.Context, program string) error {
	if m.program == "apt-get" {
		if err := os.MkdirAll(filepath.Dir(noClusterFile), 0o755); err != nil { //nolint:gosec // as everything in /etc
			return fmt.Errorf("prepare installation: %w", err)
		}
		if err := os.WriteFile(noClusterFile, []byte(noCluster), 0o644); err != nil { //nolint:gosec // as everything in /etc
			return fmt.Errorf("prepare installation: %w", err)
		}
		defer func() { _ = os.Remove(noClusterFile) }() // the machine's owner may want clusters later
	}
	for _, args := range m.commands {
		cmd := exec.CommandContext(ctx, program, args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s %s: %w: %s", m.program, args[0], err, lastLine(string(out)))
		}
	}
	return nil
}

// downloads are the versions that can be downloaded, by major; newDownload is for clusters that are yet to be made.
var downloads = map[int]embeddedpostgres.PostgresVersion{
	15: embeddedpostgres.V15,
	16: embeddedpostgres.V16,
	17: embeddedpostgres.V17,
	18: embeddedpostgres.V18,
}

const newDownload = 17

// downloadDir is where downloaded servers are kept, one directory for each version. Root's own cache would be closed to
// the account that the server runs under.
func downloadDir() string {
	base := "/var/cache"
	if os.Geteuid() != 0 {
		var err error
		if base, err = os.UserCacheDir(); err != nil {
			base = os.TempDir()
		}
	}
	return filepath.Join(base, "relance", "postgresql")
}

// download brings a server through the embedded-postgres library, which has no way to fetch without starting. So it
// starts one on a cluster that is thrown away; as root that start fails, after the binaries have been put in place.
func download(want int) error {
	if want == 0 {
		want = newDownload
	}
	version, ok := downloads[want]
	if !ok {
		return fmt.Errorf("PostgreSQL %d cannot be downloaded", want)
	}
	scratch, err := os.MkdirTemp("", "relance-download-")
	if err != nil {
		return fmt.Errorf("download PostgreSQL: %w", err)
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	ports, err := embedded.FreePorts(1)
	if err != nil {
		return err
	}
	target := filepath.Join(downloadDir(), string(version))
	config := embeddedpostgres.DefaultConfig().
		Version(version).
		Port(uint32(ports[0])). //nolint:gosec // a port has 16 bits
		BinariesPath(target).
		CachePath(filepath.Join(scratch, "archive")).
		RuntimePath(filepath.Join(scratch, "run")).
		StartTimeout(30 * time.Second).
		Logger(io.Discard)
	if repository := os.Getenv("RELANCE_POSTGRES_REPOSITORY"); repository != "" {
		config = config.BinaryRepositoryURL(repository) // a mirror of the Maven repository the archives stand in
	}
	server := embeddedpostgres.NewDatabase(config)
	startErr := server.Start()
	if startErr == nil {
		return server.Stop()
	}
	if _, err := os.Stat(filepath.Join(target, "bin", "initdb")); err != nil {
		return fmt.Errorf("download PostgreSQL %s: %s", version, lastLine(startErr.Error()))
	}
	return nil
}
