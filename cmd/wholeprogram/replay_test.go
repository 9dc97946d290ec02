package wholeprogram_test

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestReplay lives through two years of the public ledger under each policy and compares with the count: the numbers of the
// report, and in the sandbox's own ledger every message, to the second. One policy is lived through twice: both runs give the
// same report, but for the seconds on the wall, and the same messages in the same order with the same words.
func TestReplay(t *testing.T) {
	type outcome struct {
		report report
		ledger []received
	}
	var brisk, again outcome
	t.Run("each", func(t *testing.T) {
		for _, run := range []struct {
			name, policy string
			keep         *outcome
		}{
			{"gentle", "gentle", nil}, {"brisk", "brisk", &brisk}, {"brisk again", "brisk", &again}, {"standard", "standard", nil},
		} {
			t.Run(run.name, func(t *testing.T) {
				timed(t)
				dir := dataDir(t)
				got := outcome{replay(t, run.policy, dir), readLedger(t, dir)}
				requireForeseen(t, run.policy, got.report, got.ledger)
				requireAnonymous(t, dir)
				if run.keep != nil {
					*run.keep = got
				}
			})
		}
	})
	require.Equal(t, brisk.report.withoutSeconds(), again.report.withoutSeconds())
	require.Equal(t, brisk.ledger, again.ledger)
}

// requireForeseen is that a replay came to what the count says.
func requireForeseen(t *testing.T, policy string, got report, ledger []received) {
	t.Helper()
	zone := newYork(t)
	want := predict(readBills(t, zone), policy, spread)
	require.Equal(t, noViolations(), got.Violations)
	require.Equal(t, want.messages, got.Messages)
	require.Equal(t, want.opened, got.Cases.Opened)
	require.Equal(t, map[string]int{"paid": want.opened}, got.Cases.Closed)
	require.Zero(t, got.Cases.Open)
	require.Equal(t, policy, got.Policy)
	require.Equal(t, []string{"2012-01-02", want.last.Format(time.DateOnly)}, []string{got.From, got.To})
	requireSameMessages(t, want, ledger, zone)
	t.Logf("%s: %d cases, %v, %.0f s", policy, got.Cases.Opened, got.Messages, got.Seconds)
}

// requireAnonymous is that Temporal's files hold nobody of this ledger: neither the names nor the contact points that the mapping
// makes up.
func requireAnonymous(t *testing.T, dir string) {
	t.Helper()
	person := regexp.MustCompile(`(?i)customer \d{4}-[a-z]{5}|billing@\d{4}-|\d{3} example street|\+1\d{3}55501\d\d`)
	files, err := filepath.Glob(filepath.Join(dir, "temporal", "*"))
	require.NoError(t, err)
	for _, file := range append(files, ledgerFile(dir)) {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		if file == ledgerFile(dir) {
			require.Regexp(t, person, string(content[:min(len(content), 1<<20)]), "what the debtors received names them")
			continue
		}
		require.Empty(t, string(person.Find(content)), file)
	}
}

func replay(t *testing.T, policy, dir string) report {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.json")
	p := run(t, "demo", "--data", "examples/receivables.csv", "--mapping", "examples/receivables.yaml", "--policy", policy,
		"--day", "0", "--exit", "--json", "--report", path, "--data-dir", dir)
	p.requireCode(exitOK)
	require.Empty(t, p.stderr.String())
	requireNoneLeft(t, dir)
	return readReport(t, path)
}

// requireSameMessages compares what was received with what was foreseen. Whose invoice a message is about is in its words only,
// so messages are told apart by their second and kind.
func requireSameMessages(t *testing.T, want forecast, got []received, zone *time.Location) {
	t.Helper()
	type message struct{ at, kind string }
	var foreseen, came []message
	for _, a := range want.acts {
		if !becomesTask(a.kind) {
			foreseen = append(foreseen, message{a.at.Format(time.RFC3339), a.kind})
		}
	}
	for _, r := range got {
		came = append(came, message{r.At.In(zone).Format(time.RFC3339Nano), r.Kind})
	}
	byTime := func(a, b message) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.kind, b.kind)) }
	slices.SortStableFunc(foreseen, byTime)
	slices.SortStableFunc(came, byTime)
	require.Equal(t, foreseen, came)
}
