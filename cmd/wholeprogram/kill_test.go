package wholeprogram_test

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var seed = flag.Uint64("seed", 20260104, "seed of the moments at which the demo is killed")

// moment is when the demo is killed: some time after so many messages were taken by the sandbox, or after the process began.
type moment struct {
	messages int // 0: counted from the beginning of the process
	after    time.Duration
}

func (m moment) String() string {
	if m.messages == 0 {
		return fmt.Sprintf("%s after its start", m.after)
	}
	return fmt.Sprintf("%s after message %d", m.after, m.messages)
}

// TestKilledDemoGoesOn kills the demo with kill -9 at ten moments, each time followed by the same command on the same directory.
// The moments lie on two stories, five on each: while everything starts, and all along the run, mostly within the step that the
// message belongs to, which is then neither answered nor recorded. In the end both report what an undisturbed run reports, the
// sandbox has taken the very same messages, and no process is left.
func TestKilledDemoGoesOn(t *testing.T) {
	all := len(readLedgerOf(t))
	chance := rand.New(rand.NewPCG(*seed, 0))
	for story, startup := range []time.Duration{200 * time.Millisecond, 1500 * time.Millisecond} {
		moments := []moment{{0, startup}}
		for i := range 4 {
			tenth := all / 8
			at := 1 + (2*i+story)*tenth + chance.IntN(tenth)
			moments = append(moments, moment{at, time.Duration(chance.IntN(12)) * time.Millisecond})
		}
		t.Run(fmt.Sprintf("story %d", story+1), func(t *testing.T) {
			timed(t)
			killAndGoOn(t, moments)
		})
	}
}

// readLedgerOf is what the sandbox has taken in the undisturbed run.
func readLedgerOf(t *testing.T) []received {
	t.Helper()
	return readLedger(t, finishedDemo(t).dir)
}

func killAndGoOn(t *testing.T, moments []moment) {
	t.Helper()
	dir, file := dataDir(t), filepath.Join(t.TempDir(), "report.json")
	args := []string{"demo", "--day", "0", "--exit", "--report", file, "--data-dir", dir}
	for _, m := range moments {
		p := start(t, args...)
		began := time.Now()
		p.killAt(m, dir)
		t.Logf("killed %s: %d messages, %.1f s after its start", m, countMessages(dir), time.Since(began).Seconds())
	}
	p := run(t, args...)
	p.requireCode(exitOK)
	requireNoneLeft(t, dir)

	undisturbed := finishedDemo(t)
	require.Equal(t, undisturbed.report.withoutSeconds(), readReport(t, file).withoutSeconds())
	requireSameSteps(t, readLedgerOf(t), readLedger(t, dir))
}

// killAt kills the process at its moment. It must not end before.
func (p *process) killAt(m moment, dir string) {
	p.t.Helper()
	for countMessages(dir) < m.messages {
		require.False(p.t, p.over(), "the demo ended before it could be killed %s\n%s\n%s", m, p.stdout.text(), &p.stderr)
		time.Sleep(200 * time.Microsecond)
	}
	time.Sleep(m.after)
	require.False(p.t, p.over(), "the demo ended before it could be killed %s\n%s\n%s", m, p.stdout.text(), &p.stderr)
	p.kill()
}

func countMessages(dir string) int {
	raw, err := os.ReadFile(ledgerFile(dir))
	if err != nil {
		return 0 // not begun
	}
	return bytes.Count(raw, []byte("\n"))
}

// requireSameSteps is that the same messages were taken, each once. One whose process died after it had said that it would call,
// and before it did, is proved absent first, which takes its time: it may come later on the same day.
func requireSameSteps(t *testing.T, want, got []received) {
	t.Helper()
	type step struct{ reference, kind, to, day string }
	steps := func(all []received) (list []step) {
		for _, r := range all {
			list = append(list, step{r.Reference, r.Kind, r.To, r.At.Format(time.DateOnly)})
		}
		slices.SortFunc(list, func(a, b step) int { return bytes.Compare([]byte(a.reference), []byte(b.reference)) })
		return list
	}
	require.Equal(t, steps(want), steps(got))
	late := 0
	at := map[string]time.Time{}
	for _, r := range want {
		at[r.Reference] = r.At
	}
	for _, r := range got {
		if !r.At.Equal(at[r.Reference]) {
			late++
		}
	}
	t.Logf("%d of %d messages came at another second than undisturbed", late, len(got))
}
