package temporal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/uuid"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	"google.golang.org/protobuf/types/known/durationpb"

	"relance/internal/embedded"
)

// clusterName is Temporal's own word for this one server.
const clusterName = "active"

// store is the server's SQLite database, with its schema and our namespace in it.
type store struct {
	sql   config.SQL
	fresh bool
}

// openStore makes the database ready for the server.
func openStore(cfg Config) (store, error) {
	var s store
	if cfg.Dir == "" {
		s = memoryStore()
	} else {
		var err error
		if s, err = fileStore(cfg); err != nil {
			return store{}, err
		}
	}
	namespace, err := sqliteschema.NewNamespaceConfig(clusterName, cfg.Namespace, false, cfg.SearchAttributes)
	if err != nil {
		return store{}, fmt.Errorf("describe Temporal namespace: %w", err)
	}
	namespace.Detail.Config.Retention = durationpb.New(cfg.Retention) // it comes with one day
	if err := sqliteschema.CreateNamespaces(&s.sql, namespace); err != nil {
		return store{}, fmt.Errorf("make Temporal namespace: %w", err)
	}
	return s, nil
}

func memoryStore() store {
	return store{fresh: true, sql: config.SQL{
		PluginName:        sqlite.PluginName,
		DatabaseName:      uuid.NewString(), // the name is shared by all of the process
		ConnectAttributes: map[string]string{"mode": "memory", "cache": "shared"},
	}}
}

// fileStore opens the file of a data directory. The server keeps one connection for each file name for as long as the
// process lives, so a file must not be replaced under a name that was in use; nothing here does that, and tests use a
// new directory each.
func fileStore(cfg Config) (store, error) {
	path := file(cfg.Dir)
	s := store{sql: config.SQL{
		PluginName:   sqlite.PluginName,
		DatabaseName: path,
		ConnectAttributes: map[string]string{
			"mode":         "rwc",
			"journal_mode": "wal",
			"synchronous":  synchronous(cfg.NoSync),
			"busy_timeout": "10000", // milliseconds
		},
	}}
	usable, err := keepOrPutAside(path)
	if err != nil || usable {
		return s, err
	}
	s.fresh = true
	if err := sqliteschema.SetupSchema(&s.sql); err != nil {
		return s, fmt.Errorf("make Temporal's database %s: %w", path, err)
	}
	// Stamped last: a file without a stamp was interrupted here and is made anew.
	if err := os.WriteFile(stamp(path), []byte(schemaVersion()+"\n"), 0o600); err != nil {
		return s, fmt.Errorf("stamp Temporal's database: %w", err)
	}
	return s, nil
}

// synchronous is SQLite's pragma: 2 (FULL) syncs at each commit, 1 (NORMAL) at each checkpoint.
func synchronous(noSync bool) string {
	if noSync {
		return "1"
	}
	return "2"
}

// schemaVersion names what this server expects to find in a file. SQLite files are never migrated: Temporal has no
// upgrade for them and does not even notice an old one.
func schemaVersion() string {
	return "temporal " + sqliteschema.Version + ", visibility " + sqliteschema.VisibilityVersion
}

func stamp(path string) string { return path + ".version" }

// keepOrPutAside reports whether the file at path can be used. One that cannot is renamed, never removed, with all that
// belongs to it: a write-ahead log left behind would be read into the next file of that name.
func keepOrPutAside(path string) (usable bool, err error) {
	raw, err := os.ReadFile(stamp(path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("read version of Temporal's database: %w", err)
	}
	_, err = os.Stat(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("look for Temporal's database: %w", err)
	}
	if err == nil && strings.TrimSpace(string(raw)) == schemaVersion() {
		return true, writable(path)
	}
	suffix, err := unusedSuffix(path)
	if err != nil {
		return false, err
	}
	for _, name := range []string{path, path + "-wal", path + "-shm", stamp(path)} {
		if err := os.Rename(name, name+suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, fmt.Errorf("put Temporal's old database aside: %w", err)
		}
	}
	return false, nil
}

// unusedSuffix returns ".old-1", or the first after it that no file put aside before has.
func unusedSuffix(path string) (string, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return "", fmt.Errorf("look for Temporal's old databases: %w", err)
	}
	for n := 1; ; n++ {
		suffix := fmt.Sprintf(".old-%d", n)
		if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return strings.HasSuffix(e.Name(), suffix) }) {
			return suffix, nil
		}
	}
}

// writable finds out early what SQLite would report as an unreadable error at the first write.
func writable(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrPermission) {
		return embedded.Problemf(embedded.ErrForeignDir, "%s may not be written by this user: run relance as the user who made it or choose another data directory", path)
	}
	if err != nil {
		return fmt.Errorf("open Temporal's database: %w", err)
	}
	return f.Close()
}
