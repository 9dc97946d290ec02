package wholeprogram_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The exit codes of the commands.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2
	exitMissing = 3
	exitRefused = 4
)

// patience is how long one command may take before a test gives up: a replay on a busy machine takes some minutes, and a test
// that is itself ended for its time could not clean up behind the command.
func patience(t *testing.T) time.Duration {
	const most, cleaning = 12 * time.Minute, 30 * time.Second
	if deadline, bounded := t.Deadline(); bounded {
		return min(most, time.Until(deadline)-cleaning)
	}
	return most
}

// process is a running relance.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout *lines
	stderr bytes.Buffer
	ended  chan struct{}
	began  time.Time
	took   time.Duration
}

// environment is what a command sees: no accounts, no settings, nothing of the developer's own.
func environment(extra ...string) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return slices.ContainsFunc([]string{"RELANCE_", "SENDGRID_", "TWILIO_", "LOB_", "TEMPORAL_", "PG"}, func(prefix string) bool {
			return strings.HasPrefix(v, prefix)
		})
	})
	return append(env, extra...)
}

// start starts a command in the folder of the repository. It is killed at the end of the test if it still runs then.
func start(t *testing.T, args ...string) *process {
	t.Helper()
	return startIn(t, environment(), args...)
}

func startIn(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience(t))
	p := &process{t: t, stdout: newLines(), ended: make(chan struct{}), began: time.Now()}
	p.cmd = exec.CommandContext(ctx, binary(t), args...)
	p.cmd.Dir, p.cmd.Env = root(t), env
	p.cmd.Stdout, p.cmd.Stderr = p.stdout, &p.stderr
	p.cmd.WaitDelay = 10 * time.Second
	require.NoError(t, p.cmd.Start())
	go func() {
		_ = p.cmd.Wait() // the state says it
		cancel()
		p.took = time.Since(p.began)
		p.stdout.end()
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.kill()
		cancel()
	})
	return p
}

// run runs a command to its end.
func run(t *testing.T, args ...string) *process {
	t.Helper()
	p := start(t, args...)
	p.wait()
	return p
}

func (p *process) wait() {
	p.t.Helper()
	<-p.ended
}

// kill is kill -9, and returns when the process is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// stop asks the process to end, as Ctrl-C does, and returns its exit code.
func (p *process) stop() int {
	p.t.Helper()
	require.NoError(p.t, p.cmd.Process.Signal(syscall.SIGINT))
	p.wait()
	return p.code()
}

func (p *process) code() int { return p.cmd.ProcessState.ExitCode() }

func (p *process) requireCode(want int) {
	p.t.Helper()
	require.Equal(p.t, want, p.code(), "relance %s\n%s\n%s", strings.Join(p.cmd.Args[1:], " "), p.stdout.text(), p.stderr.String())
}

// requireSentence is that the command ended with this code and said one sentence about it.
func (p *process) requireSentence(code int) string {
	p.t.Helper()
	p.requireCode(code)
	said := strings.TrimSpace(p.stderr.String())
	require.Regexp(p.t, `^relance: .+[^.\s]$`, said)
	require.NotContains(p.t, said, "\n", "more than one line")
	return said
}

// report is what --report writes, as a stranger reads it.
type report struct {
	Policy string `json:"policy"`
	From   string `json:"from"`
	To     string `json:"to"`
	Cases  struct {
		Opened int            `json:"opened"`
		Closed map[string]int `json:"closed"`
		Open   int            `json:"open"`
	} `json:"cases"`
	Messages   map[string]int `json:"messages"`
	Violations map[string]int `json:"violations"`
	Seconds    float64        `json:"seconds"`
}

func readReport(t *testing.T, path string) report {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	var r report
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&r), "%s", raw)
	return r
}

// withoutSeconds is the report as two runs must agree on it.
func (r report) withoutSeconds() report {
	r.Seconds = 0
	return r
}

func noViolations() map[string]int { return violations("", 0) }

// violations are all five kinds, one of them n times.
func violations(kind string, n int) map[string]int {
	v := map[string]int{"after_payment": 0, "duplicate": 0, "outside_hours": 0, "lost": 0, "unknown_unresolved": 0}
	if kind != "" {
		v[kind] = n
	}
	return v
}

// received is one line of the sandbox's ledger file: what somebody received.
type received struct {
	Seq       int64     `json:"seq"`
	Provider  string    `json:"provider"`
	Kind      string    `json:"kind"`
	Reference string    `json:"reference"`
	To        string    `json:"to"`
	Subject   string    `json:"subject"`
	Text      string    `json:"text"`
	At        time.Time `json:"at"`
}

func ledgerFile(dir string) string { return filepath.Join(dir, "sandbox", "ledger.jsonl") }

// readLedger reads what was received from the file that the sandbox keeps in a data directory.
func readLedger(t *testing.T, dir string) []received {
	t.Helper()
	raw, err := os.ReadFile(ledgerFile(dir))
	require.NoError(t, err)
	var all []received
	for line := range bytes.Lines(raw) {
		var r struct {
			Type  string   `json:"type"`
			Entry received `json:"entry"`
		}
		require.NoError(t, json.Unmarshal(line, &r))
		require.Equal(t, "accepted", r.Type, "nothing is recalled in these stories")
		all = append(all, r.Entry)
	}
	return all
}

// where is what a running installation leaves for other commands.
type where struct {
	PID      int    `json:"pid"`
	Database string `json:"database_url"`
	Temporal string `json:"temporal"`
	UI       string `json:"ui"`
	Sandbox  string `json:"sandbox"`
}

// installation waits until an installation on a directory can be reached.
func (p *process) installation(dir string) where {
	p.t.Helper()
	var w where
	require.Eventually(p.t, func() bool {
		raw, err := os.ReadFile(filepath.Join(dir, "relance.json"))
		return err == nil && json.Unmarshal(raw, &w) == nil && w.PID == p.cmd.Process.Pid || p.over()
	}, time.Minute, 5*time.Millisecond)
	require.False(p.t, p.over(), "%s\n%s", p.stdout.text(), &p.stderr)
	return w
}

func (p *process) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// requireNoneLeft is that no process has anything to do with a directory any more.
func requireNoneLeft(t *testing.T, dir string) {
	t.Helper()
	out, err := exec.CommandContext(context.Background(), "ps", "-A", "-o", "pid=,args=").Output()
	require.NoError(t, err)
	for line := range strings.Lines(string(out)) {
		require.NotContains(t, line, dir)
	}
}

// killLeftovers ends what a test that failed has left behind, so that its directory can be removed.
func killLeftovers(t *testing.T, dir string) {
	t.Cleanup(func() {
		raw, err := os.ReadFile(filepath.Join(dir, "postgres", "cluster", "postmaster.pid"))
		if err != nil {
			return
		}
		var pid int
		if first, _, ok := strings.Cut(string(raw), "\n"); ok && json.Unmarshal([]byte(first), &pid) == nil && pid > 1 {
			_ = syscall.Kill(pid, syscall.SIGQUIT)
			require.Eventually(t, func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }, 20*time.Second, 20*time.Millisecond)
		}
	})
}

// dataDir is a fresh directory for an installation. PostgreSQL runs under another user when the test runs as root.
func dataDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	killLeftovers(t, dir)
	return dir
}
