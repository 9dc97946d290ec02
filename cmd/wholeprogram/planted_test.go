package wholeprogram_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// entry is a line of the sandbox's ledger as it stands in the file, with all that it has.
type (
	entry   map[string]any
	entries []entry
)

// TestPlantedViolations breaks each promise in what the sandbox says was received, the only place that the report believes, and
// has the command judge again: so many violations, of that kind alone, and exit code 1.
func TestPlantedViolations(t *testing.T) {
	timed(t)
	dir := copied(t)
	original, err := os.ReadFile(ledgerFile(dir))
	require.NoError(t, err)

	for kind, plant := range map[string]struct {
		edit  func(all entries) entries
		count int
		more  int // messages than were sent
	}{
		"duplicate": {func(all entries) entries {
			twice, stray := maps.Clone(all.about(t, "RL-2026-003")), maps.Clone(all.about(t, "RL-2026-004"))
			stray["reference"] = "00000000-0000-4000-8000-000000000000" // no step asked for it
			return append(all, twice, stray)
		}, 2, 2},
		"after_payment": {func(all entries) entries {
			all.about(t, "RL-2026-002")["at"] = "2026-03-18T11:00:00+01:00" // an hour after it was paid
			all.about(t, "RL-2026-016")["at"] = "2026-03-02T10:00:00Z"      // a Monday in the middle of its hold
			all.about(t, "RL-2026-005")["at"] = "2026-03-05T10:00:00+01:00" // while its agreement is in force
			return all
		}, 3, 0},
		"outside_hours": {func(all entries) entries {
			all.about(t, "RL-2026-003")["at"] = "2026-02-24T03:00:00+01:00" // in the night
			all.about(t, "RL-2026-006")["at"] = "2026-03-01T10:00:00+01:00" // on a Sunday
			all.about(t, "RL-2026-004")["at"] = "2026-04-06T10:00:00+02:00" // on Easter Monday
			all.about(t, "RL-2026-014")["at"] = "2026-03-12T10:00:00+01:00" // in the morning of the creditor, in the night of the debtor
			return all
		}, 4, 0},
		"lost": {func(all entries) entries {
			dropped := all.about(t, "RL-2026-003")
			return slices.DeleteFunc(all, func(e entry) bool { return e["seq"] == dropped["seq"] })
		}, 1, -1},
	} {
		writeLedger(t, dir, plant.edit(parseLedger(t, original)))
		got := judgeAgain(t, dir, exitFailed)
		require.Equal(t, violations(kind, plant.count), got.Violations)
		require.Equal(t, messages(finishedDemo(t).report)+plant.more, messages(got), kind)
	}

	require.NoError(t, os.WriteFile(ledgerFile(dir), original, 0o600))
	require.Equal(t, finishedDemo(t).report.withoutSeconds(), judgeAgain(t, dir, exitOK).withoutSeconds(), "with nothing planted any more")
}

// judgeAgain runs the command on a directory whose story has ended: nothing happens any more, and all is judged anew.
func judgeAgain(t *testing.T, dir string, code int) report {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.json")
	p := run(t, "demo", "--day", "0", "--exit", "--report", file, "--data-dir", dir)
	p.requireCode(code)
	if code == exitFailed {
		require.Equal(t, "relance: a promise was broken; see the violations above\n", p.stderr.String())
	}
	return readReport(t, file)
}

func messages(r report) int {
	n := 0
	for _, m := range r.Messages {
		n += m
	}
	return n
}

// about is the first message about an invoice.
func (all entries) about(t *testing.T, invoice string) entry {
	t.Helper()
	for _, e := range all {
		subject, _ := e["subject"].(string)
		text, _ := e["text"].(string)
		if strings.Contains(subject+text, invoice) {
			return e
		}
	}
	require.Fail(t, "no message about "+invoice)
	return nil
}

func parseLedger(t *testing.T, raw []byte) (all entries) {
	t.Helper()
	for line := range bytes.Lines(raw) {
		var record struct{ Entry entry }
		require.NoError(t, json.Unmarshal(line, &record))
		all = append(all, record.Entry)
	}
	return all
}

// writeLedger writes the ledger anew, numbered as the sandbox numbers it.
func writeLedger(t *testing.T, dir string, all entries) {
	t.Helper()
	var out bytes.Buffer
	for i, e := range all {
		e["seq"] = i + 1
		line, err := json.Marshal(map[string]any{"type": "accepted", "entry": e})
		require.NoError(t, err)
		out.Write(append(line, '\n'))
	}
	require.NoError(t, os.WriteFile(ledgerFile(dir), out.Bytes(), 0o600))
}

// TestPlantedUnknown has the provider take a message without an answer and find nothing when it is asked afterwards: nobody can
// know whether it arrived, and the report says so.
func TestPlantedUnknown(t *testing.T) {
	timed(t)
	dir, file := dataDir(t), filepath.Join(t.TempDir(), "report.json")
	p := start(t, "demo", "--day", "60ms", "--exit", "--report", file, "--data-dir", dir) // forty days go by before the first message
	faults := `[{"provider": "twilio", "recipient": "+491713920011", "mode": "drop"}, {"provider": "twilio", "call": "lookup", "mode": "blind"}]`
	setFaults(t, p.installation(dir).Sandbox, faults)
	p.wait()

	p.requireCode(exitFailed)
	got := readReport(t, file)
	require.Equal(t, violations("unknown_unresolved", 1), got.Violations)
	require.Equal(t, finishedDemo(t).report.Cases.Opened, got.Cases.Opened)
	require.Contains(t, p.stdout.text(), "RL-2026-019", "and the story goes on")
}

func setFaults(t *testing.T, sandbox, faults string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, sandbox+"/faults", strings.NewReader(faults))
	require.NoError(t, err)
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Do(req)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	require.Equal(t, http.StatusOK, answer.StatusCode)
}
