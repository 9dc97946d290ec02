package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"

	"relance/internal/embedded"
)

// oldestMajor is the oldest PostgreSQL that the schema and the locking rules were measured on.
const oldestMajor = 15

// binaries is a directory with the programs of one PostgreSQL version.
type binaries struct {
	dir   string
	major int
}

func (b binaries) path(program string) string { return filepath.Join(b.dir, program) }

// findBinaries returns the newest PostgreSQL of this machine or, when a cluster was written by a certain major version,
// that one. Where the machine has none, one is installed or downloaded.
func findBinaries(ctx context.Context, want int, log *slog.Logger) (binaries, error) {
	found := installed(ctx)
	if len(found) == 0 {
		if err := bring(ctx, want, log); err != nil {
			return binaries{}, err
		}
		found = installed(ctx)
	}
	return choose(found, want)
}

// choose picks from what is there. It is the only place that knows which versions will do.
func choose(found []binaries, want int) (binaries, error) {
	var best binaries
	for _, b := range found {
		if b.major == want {
			return b, nil
		}
		if b.major > best.major {
			best = b
		}
	}
	switch {
	case len(found) == 0:
		return best, embedded.Problemf(embedded.ErrNotInstalled, "PostgreSQL is not installed: %s", installHint())
	case want != 0:
		return best, embedded.Problemf(embedded.ErrOtherVersion,
			"the data directory was written by PostgreSQL %d and this machine has %d: install PostgreSQL %d beside it, or upgrade the cluster with pg_upgrade, or choose another data directory",
			want, best.major, want)
	case best.major < oldestMajor:
		return best, embedded.Problemf(embedded.ErrOtherVersion,
			"this machine has PostgreSQL %d and Relance needs %d or newer: install a newer one beside it", best.major, oldestMajor)
	}
	return best, nil
}

func installHint() string {
	if runtime.GOOS == "darwin" {
		return "install it with \"brew install postgresql@17\""
	}
	return "install your distribution's server package, such as with \"apt-get install postgresql\""
}

// wellKnown are the places where distributions and Homebrew keep the server, which is mostly not in PATH.
var wellKnown = []string{
	"/usr/lib/postgresql/*/bin",         // Debian, Ubuntu
	"/usr/pgsql-*/bin",                  // PostgreSQL's own packages for Fedora, Red Hat
	"/usr/libexec/postgresql*",          // Alpine
	"/opt/homebrew/opt/postgresql*/bin", // Homebrew on Apple silicon
	"/usr/local/opt/postgresql*/bin",    // Homebrew on Intel
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// installed lists the complete PostgreSQL servers of this machine.
func installed(ctx context.Context) []binaries {
	var dirs []string
	if path, err := exec.LookPath("postgres"); err == nil {
		if target, err := filepath.EvalSymlinks(path); err == nil {
			path = target
		}
		dirs = append(dirs, filepath.Dir(path))
	}
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, lastLine(string(out)))
	}
	for _, pattern := range append(wellKnown, filepath.Join(downloadDir(), "*", "bin")) {
		matches, _ := filepath.Glob(pattern)
		dirs = append(dirs, matches...)
	}
	var found []binaries
	seen := map[string]bool{}
	for _, dir := range dirs {
		if seen[dir] {
			continue
		}
		seen[dir] = true
		if major, err := majorOf(ctx, dir); err == nil {
			found = append(found, binaries{dir: dir, major: major})
		}
	}
	return found
}

var versionPattern = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// majorOf asks the server in a directory for its version. The client packages have a bin directory too, but no server.
func majorOf(ctx context.Context, dir string) (int, error) {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return 0, err
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return 0, err
	}
	match := versionPattern.FindSubmatch(out)
	if match == nil {
		return 0, fmt.Errorf("read version of %s: %q", dir, out)
	}
	return strconv.Atoi(string(match[1]))
}
