package wholeprogram_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// finished is the demo, lived through once to its end for all tests that look at what it leaves: what it printed, what it logged
// at the level debug, its report and its data directory.
type finished struct {
	dir    string
	stdout string
	log    string
	report report
}

var theDemo struct {
	once sync.Once
	finished
}

func finishedDemo(t *testing.T) finished {
	t.Helper()
	theDemo.once.Do(func() {
		dir := filepath.Join(program.dir, "demo")
		killLeftovers(t, dir)
		file := filepath.Join(program.dir, "demo.report.json")
		p := run(t, "demo", "--day", "0", "--exit", "--report", file, "--data-dir", dir, "--log", "debug")
		p.requireCode(exitOK)
		require.NotContains(t, p.stderr.String(), "breaks the provider's contract")
		requireNoneLeft(t, dir)
		theDemo.finished = finished{dir, p.stdout.text(), p.stderr.String(), readReport(t, file)}
	})
	require.NotEmpty(t, theDemo.dir, "the demo did not finish in another test")
	return theDemo.finished
}

// copied is a copy of the finished demo's directory, for a test that changes something in it.
func copied(t *testing.T) string {
	t.Helper()
	from, to := finishedDemo(t).dir, dataDir(t)
	out, err := exec.CommandContext(t.Context(), "cp", "-a", from, to).CombinedOutput() // keeps PostgreSQL's user
	require.NoError(t, err, "%s", out)
	return to
}

// golden compares with a file of testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
