package postgres_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"relance/internal/embedded"
	"relance/internal/embedded/postgres"
)

// helperEnv makes this test binary a program that starts a server and waits to be killed.
const helperEnv = "RELANCE_TEST_START_POSTGRES"

func TestMain(m *testing.M) {
	if dir, ok := os.LookupEnv(helperEnv); ok {
		helper(dir)
		return
	}
	os.Exit(m.Run())
}

func helper(dir string) {
	server, err := postgres.Start(context.Background(), postgres.Config{Dir: dir, Ephemeral: dir == "", NoSync: true})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println(server.ConnString(""))
	select {}
}

// startElsewhere starts a server in another process and returns that process and the server's URL.
func startElsewhere(t *testing.T, dir string) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		kill(cmd)
		if _, err := os.Stat(filepath.Join(dir, "cluster", "postmaster.pid")); err == nil {
			_ = syscall.Kill(postmaster(t, dir), syscall.SIGQUIT) // the test failed before it could
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	url := strings.TrimSpace(line)
	require.True(t, strings.HasPrefix(url, "postgres://"), url)
	return cmd, url
}

func kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

func start(t *testing.T, cfg postgres.Config) *postgres.Server {
	t.Helper()
	server, err := postgres.Start(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { stop(t, server) })
	return server
}

func stop(t *testing.T, server *postgres.Server) {
	t.Helper()
	require.NoError(t, server.Stop(context.Background()))
}

func refused(t *testing.T, cfg postgres.Config, kind error) {
	t.Helper()
	_, err := postgres.Start(t.Context(), cfg)
	require.ErrorIs(t, err, kind)
	var problem *embedded.Problem
	require.ErrorAs(t, err, &problem)
	require.NotContains(t, problem.Text, "\n")
}

func exec1(t *testing.T, url, query string, args ...any) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	_, err = conn.Exec(t.Context(), query, args...)
	require.NoError(t, err)
}

func text(t *testing.T, url, query string) string {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	var got string
	require.NoError(t, conn.QueryRow(t.Context(), query).Scan(&got))
	return got
}

// postmaster reads the process id of the server that runs on a data directory.
func postmaster(t *testing.T, dir string) int {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "cluster", "postmaster.pid"))
	require.NoError(t, err)
	line, _, _ := strings.Cut(string(raw), "\n")
	pid, err := strconv.Atoi(line)
	require.NoError(t, err)
	return pid
}

func TestDataSurvivesRestart(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "deep", "er")

	first := start(t, postgres.Config{Dir: dir})
	require.False(t, first.Adopted())
	exec1(t, first.ConnString(""), "CREATE TABLE kept AS SELECT 'still here' AS word")
	require.Equal(t, "on", text(t, first.ConnString(""), "SHOW fsync"))
	stop(t, first)
	stop(t, first) // again does no harm

	second := start(t, postgres.Config{Dir: dir})
	require.False(t, second.Adopted())
	require.Equal(t, "still here", text(t, second.ConnString(""), "SELECT word FROM kept"))
}

func TestServerIsOursAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := start(t, postgres.Config{Dir: dir, NoSync: true, MaxConnections: 30, Database: "books"})
	url := server.ConnString("")

	for setting, want := range map[string]string{
		"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "timezone": "UTC", "jit": "off",
		"max_connections": "30", "fsync": "off", "synchronous_commit": "on", "server_encoding": "UTF8", "lc_collate": "C",
	} {
		if setting == "lc_collate" {
			require.Equal(t, want, text(t, url, "SELECT datcollate FROM pg_database WHERE datname = 'books'"))
			continue
		}
		require.Equal(t, want, text(t, url, "SHOW "+setting), setting)
	}

	_, err := pgx.Connect(t.Context(), strings.Replace(url, "@", "x@", 1))
	require.Error(t, err, "another password opens nothing")
	info, err := os.Stat(filepath.Join(dir, "instance.json"))
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
}

// What a debtor is called stands in statements and in the details of constraint errors; neither may reach a log.
func TestLogNamesNobody(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := start(t, postgres.Config{Dir: dir, NoSync: true})
	exec1(t, server.ConnString(""), "CREATE TABLE debtor (email text UNIQUE)")
	exec1(t, server.ConnString(""), "INSERT INTO debtor VALUES ($1)", "customer07@example.com")

	conn, err := pgx.Connect(t.Context(), server.ConnString(""))
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.Background()) }()
	for _, broken := range []string{
		"INSERT INTO debtor VALUES ('customer07@example.com')",
		"SELECT 'customer07@example.com'::uuid",
		"SELEC customer07@example.com",
	} {
		_, err = conn.Exec(t.Context(), broken)
		require.Error(t, err)
	}
	stop(t, server)
	log, err := os.ReadFile(filepath.Join(dir, "postgres.log"))
	require.NoError(t, err)
	require.NotEmpty(t, log)
	require.NotContains(t, string(log), "customer07")
}

func TestAdoptsServerOfKilledProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd, url := startElsewhere(t, dir)
	pid := postmaster(t, dir)
	exec1(t, url, "CREATE TABLE kept AS SELECT 'still here' AS word")
	refused(t, postgres.Config{Dir: dir, NoSync: true}, embedded.ErrInUse)
	kill(cmd)

	server := start(t, postgres.Config{Dir: dir, NoSync: true})
	require.True(t, server.Adopted())
	require.Equal(t, pid, postmaster(t, dir))
	require.Equal(t, url, server.ConnString(""))
	require.Equal(t, "still here", text(t, server.ConnString(""), "SELECT word FROM kept"))

	stop(t, server)
	<-server.Done()
	require.NoFileExists(t, filepath.Join(dir, "cluster", "postmaster.pid"))
}

// A server that was started carelessly must not be adopted where care was asked for.
func TestRestartsSurvivorThatDoesNotSuit(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*postgres.Config){
		"careful":          func(c *postgres.Config) { c.NoSync = false },
		"another port":     func(c *postgres.Config) { c.Port = freePort(t) },
		"more connections": func(c *postgres.Config) { c.MaxConnections = 120 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			cmd, url := startElsewhere(t, dir)
			exec1(t, url, "CREATE TABLE kept AS SELECT 'still here' AS word")
			kill(cmd)

			cfg := postgres.Config{Dir: dir, NoSync: true}
			change(&cfg)
			server := start(t, cfg)
			require.False(t, server.Adopted())
			require.Equal(t, "still here", text(t, server.ConnString(""), "SELECT word FROM kept"))
		})
	}
}

func TestRecoversFromKilledServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, postgres.Config{Dir: dir, NoSync: true})
	exec1(t, first.ConnString(""), "CREATE TABLE kept AS SELECT 'still here' AS word")
	require.NoError(t, syscall.Kill(postmaster(t, dir), syscall.SIGKILL))
	<-first.Done() // whoever depends on the server learns of its end
	stop(t, first)

	second := start(t, postgres.Config{Dir: dir, NoSync: true})
	require.Equal(t, "still here", text(t, second.ConnString(""), "SELECT word FROM kept"))
}

// After a restart of the machine the number in the file may belong to any program.
func TestIgnoresPidFileOfAnotherProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stop(t, start(t, postgres.Config{Dir: dir, NoSync: true}))
	pidFile := filepath.Join(dir, "cluster", "postmaster.pid")
	stale := fmt.Sprintf("%d\n%s\n0\n5432\n\n127.0.0.1\n0 0\nready\n", os.Getpid(), dir)
	require.NoError(t, os.WriteFile(pidFile, []byte(stale), 0o600))

	require.False(t, start(t, postgres.Config{Dir: dir, NoSync: true}).Adopted())
}

func TestInterruptedInitIsRepeated(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, postgres.Config{Dir: dir, NoSync: true})
	stop(t, first)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "cluster")))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "cluster.new-1", "base"), 0o700))

	start(t, postgres.Config{Dir: dir, NoSync: true})
	require.NoDirExists(t, filepath.Join(dir, "cluster.new-1"))
}

// A process may be killed while initdb runs, while the server starts, or before either is known by its files.
func TestStartsAfterKillAtAnyMoment(t *testing.T) {
	t.Parallel()
	for _, moment := range []time.Duration{30, 90, 150, 250, 400, 600, 900} {
		t.Run((moment * time.Millisecond).String(), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for range 2 { // a second time on what the first has left
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), helperEnv+"="+dir)
				require.NoError(t, cmd.Start())
				<-time.After(moment * time.Millisecond)
				kill(cmd)
			}
			server := start(t, postgres.Config{Dir: dir, NoSync: true})
			require.Equal(t, "1", text(t, server.ConnString(""), "SELECT '1'"))
		})
	}
}

func TestRefusesDirectoriesThatAreNotOurs(t *testing.T) {
	t.Parallel()

	t.Run("holds something else", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		precious := filepath.Join(dir, "thesis.txt")
		require.NoError(t, os.WriteFile(precious, nil, 0o600))
		refused(t, postgres.Config{Dir: dir}, embedded.ErrForeignDir)
		require.FileExists(t, precious)
	})
	t.Run("damaged", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "instance.json"), []byte(`{"id":`), 0o600))
		refused(t, postgres.Config{Dir: dir}, embedded.ErrForeignDir)
	})
	t.Run("of another version", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		stop(t, start(t, postgres.Config{Dir: dir, NoSync: true}))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "cluster", "PG_VERSION"), []byte("9\n"), 0o600))
		refused(t, postgres.Config{Dir: dir}, embedded.ErrOtherVersion)
	})
	t.Run("copy of one that runs", func(t *testing.T) {
		t.Parallel()
		dir, twin := t.TempDir(), filepath.Join(t.TempDir(), "twin")
		original := start(t, postgres.Config{Dir: dir, NoSync: true})
		require.NoError(t, exec.Command("cp", "-a", dir, twin).Run())
		refused(t, postgres.Config{Dir: twin, NoSync: true}, embedded.ErrForeignDir)
		require.Equal(t, "1", text(t, original.ConnString(""), "SELECT '1'"), "the original is left alone")
	})
	t.Run("is a file", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(file, nil, 0o600))
		_, err := postgres.Start(t.Context(), postgres.Config{Dir: file})
		require.Error(t, err)
	})
}

func TestBusyPort(t *testing.T) {
	t.Parallel()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = other.Close() }()
	refused(t, postgres.Config{Dir: t.TempDir(), Port: other.Addr().(*net.TCPAddr).Port}, embedded.ErrPortBusy)
}

func TestEphemeralVanishes(t *testing.T) {
	t.Parallel()
	tmp := func(t *testing.T, url string) string {
		t.Helper()
		return text(t, url, "SELECT pid::text FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
	}

	t.Run("when stopped", func(t *testing.T) {
		t.Parallel()
		server := start(t, postgres.Config{Ephemeral: true})
		pid := tmp(t, server.ConnString(""))
		stop(t, server)
		awaitEnd(t, pid)
	})
	t.Run("when its process is killed", func(t *testing.T) {
		t.Parallel()
		cmd, url := startElsewhere(t, "")
		pid := tmp(t, url)
		kill(cmd)
		awaitEnd(t, pid)
	})
	t.Run("but never a directory that was given", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		_, err := postgres.Start(t.Context(), postgres.Config{Dir: dir, Ephemeral: true})
		require.Error(t, err)
		require.DirExists(t, dir)
	})
}

func awaitEnd(t *testing.T, pid string) {
	t.Helper()
	number, err := strconv.Atoi(pid)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return errors.Is(syscall.Kill(number, 0), syscall.ESRCH)
	}, 20*time.Second, 20*time.Millisecond)
}

func freePort(t *testing.T) int {
	t.Helper()
	ports, err := embedded.FreePorts(1)
	require.NoError(t, err)
	return ports[0]
}
