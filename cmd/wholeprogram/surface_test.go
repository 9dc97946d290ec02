package wholeprogram_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestDemoCanBeLookedAt is what a person finds who follows the addresses that the demo prints.
func TestDemoCanBeLookedAt(t *testing.T) {
	timed(t)
	dir := copied(t)
	p := start(t, "demo", "--day", "0", "--data-dir", dir) // without --exit it stays when the story has ended
	at := p.installation(dir)
	require.True(t, p.stdout.await("Press Ctrl-C to stop."), "%s\n%s", p.stdout.text(), &p.stderr)
	require.Contains(t, p.stdout.text(), at.UI)
	require.Contains(t, p.stdout.text(), at.Sandbox)

	require.Contains(t, get(t, at.UI), "<html", "the Temporal UI")
	require.Contains(t, get(t, at.UI+"/api/v1/namespaces/default/workflows/case%2Fcomptoir%2FRL-2026-019"), `"CollectInvoice"`)
	outbox := get(t, at.Sandbox+"/")
	require.Contains(t, outbox, "RL-2026-007", "the newest message is about this invoice")
	require.Contains(t, get(t, at.Sandbox+"/messages/1"), "RL-2026-017", "the oldest about this one")
	require.Equal(t, len(readLedger(t, dir)), strings.Count(get(t, at.Sandbox+"/ledger.json"), `"seq":`))

	info, err := os.Stat(filepath.Join(dir, "relance.json"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "there is a password in it")
	requireLoopback(t, p.cmd.Process.Pid, dir)

	require.Contains(t, run(t, "demo", "--data-dir", dir).requireSentence(exitFailed), "in use by another Relance")

	require.Equal(t, exitOK, p.stop(), &p.stderr)
	require.NoFileExists(t, filepath.Join(dir, "relance.json"))
	require.Contains(t, p.stdout.text(), "Promises", "the report is given at the end")
	requireNoneLeft(t, dir)
}

func get(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	client := http.Client{Timeout: 20 * time.Second}
	answer, err := client.Do(req)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, answer.StatusCode, "%s: %s", url, body)
	return string(body)
}

// requireLoopback is that neither the process nor its PostgreSQL listens on an address that others can reach. What listens where
// is read from the kernel; where it does not say, the addresses that the program prints have to do.
func requireLoopback(t *testing.T, pid int, dir string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		return
	}
	pids := []int{pid}
	if raw, err := os.ReadFile(filepath.Join(dir, "postgres", "cluster", "postmaster.pid")); err == nil {
		first, _, _ := strings.Cut(string(raw), "\n")
		postmaster, err := strconv.Atoi(first)
		require.NoError(t, err)
		pids = append(pids, postmaster)
	}
	for _, pid := range pids {
		sockets := socketsOf(t, pid)
		listening := 0
		for _, table := range []string{"tcp", "tcp6"} {
			raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
			require.NoError(t, err)
			for line := range strings.Lines(string(raw)) {
				f := strings.Fields(line)
				if len(f) < 10 || f[3] != "0A" || !sockets[f[9]] { // 0A: listening
					continue
				}
				listening++
				require.True(t, strings.HasPrefix(f[1], "0100007F:"), "process %d listens on %s", pid, f[1]) // 127.0.0.1
			}
		}
		require.Positive(t, listening, "process %d listens on nothing", pid)
	}
}

func socketsOf(t *testing.T, pid int) map[string]bool {
	t.Helper()
	links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	require.NoError(t, err)
	inodes := map[string]bool{}
	for _, link := range links {
		target, err := os.Readlink(link)
		if inode, ok := strings.CutPrefix(target, "socket:["); ok && err == nil {
			inodes[strings.TrimSuffix(inode, "]")] = true
		}
	}
	return inodes
}

// TestDemoRefuses is that what cannot work is said in one sentence, with the exit code that tells whose mistake it is, and that
// nothing is left behind.
func TestDemoRefuses(t *testing.T) {
	timed(t)
	foreign := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(foreign, "letter.txt"), []byte("not ours"), 0o600))
	for name, c := range map[string]struct {
		env  []string
		args []string
		says string
	}{
		"a key of SendGrid":      {[]string{"SENDGRID_API_KEY=SG.x"}, nil, "unset the keys"},
		"an account of Twilio":   {[]string{"TWILIO_ACCOUNT_SID=ACx"}, nil, "unset the keys"},
		"a secret of Twilio":     {[]string{"TWILIO_API_SECRET=x"}, nil, "unset the keys"},
		"a key of Lob":           {[]string{"LOB_API_KEY=live_x"}, nil, "unset the keys"},
		"a foreign directory":    {nil, []string{"--data-dir", foreign}, "choose an empty folder"},
		"no such ledger":         {nil, []string{"--data", "nothing.csv"}, "nothing.csv"},
		"no such story":          {nil, []string{"--story", "nothing.csv"}, "nothing.csv"},
		"no such policy":         {nil, []string{"--policy", "strict"}, "standard, gentle, brisk"},
		"no such day":            {nil, []string{"--from", "tomorrow"}, "2026-01-31"},
		"a day of negative time": {nil, []string{"--day", "-1s"}, "--day"},
		"a port of the system":   {nil, []string{"--port-base", "80"}, "1024"},
		"a stray word":           {nil, []string{"standard"}, "standard"},
	} {
		p := startIn(t, environment(c.env...), append([]string{"demo", "--exit", "--day", "0"}, c.args...)...)
		p.wait()
		require.Contains(t, p.requireSentence(exitUsage), c.says, name)
	}
	entries, err := os.ReadDir(foreign)
	require.NoError(t, err)
	require.Len(t, entries, 1, "nothing was written beside what is not ours")
}

// TestBusyPort is the same for each of the four ports, which is the user's machine's fault and nobody's mistake.
func TestBusyPort(t *testing.T) {
	timed(t)
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = busy.Close() }()
	port := busy.Addr().(*net.TCPAddr).Port
	for offset := range 4 {
		dir := dataDir(t)
		p := run(t, "demo", "--exit", "--day", "0", "--data-dir", dir, "--port-base", strconv.Itoa(port-offset))
		said := p.requireSentence(exitFailed)
		require.Contains(t, said, strconv.Itoa(port))
		require.Contains(t, said, "another program")
		requireNoneLeft(t, dir)
	}
}
