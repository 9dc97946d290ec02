package wholeprogram_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"relance/internal/collection"
	"relance/workflows"
)

// TestUpOutlivesKill9 kills `relance up` and starts it again: the cases are as they were, what fell due meanwhile is done once,
// and a payment that was recorded while nothing ran has reached its workflow.
func TestUpOutlivesKill9(t *testing.T) {
	timed(t)
	dir := dataDir(t)
	up := []string{"up", "--data-dir", dir, "--port-base", "0", "--no-ui"}
	first := start(t, up...)
	first.installation(dir)
	first.requireRelance(dir, "creditor", "apply", "examples/demo.creditor.yaml")
	first.requireRelance(dir, "policy", "publish", file(t, "patient.yaml", patient))
	first.requireRelance(dir, "policy", "publish", file(t, "soon.yaml", `name: soon
steps:
  - {id: first_reminder, kind: email_reminder, after: 15s, tone: friendly}
`))
	first.requireRelance(dir, "import", file(t, "patient.csv", invoices("KEPT", "PAID")), "--policy", "patient")
	require.Eventually(t, func() bool { return started(t, first.installation(dir), "PAID", "KEPT") }, time.Minute, 50*time.Millisecond)
	before := openCases(t, first, dir)
	require.Len(t, before, 2)
	first.requireRelance(dir, "import", file(t, "soon.csv", invoices("DUE")), "--policy", "soon")
	first.kill()

	told := first.requireRelance(dir, "case", "pay", "PAID")
	require.Contains(t, told.stdout.text(), "Recorded")
	require.Contains(t, told.stderr.String(), "nothing is being sent", "it says that nobody works")

	second := start(t, up...)
	at := second.installation(dir)
	after := openCases(t, second, dir)
	require.Equal(t, before["KEPT"], after["KEPT"])
	require.NotContains(t, after, "PAID")
	requireClosed(t, at, "PAID")
	require.Eventually(t, func() bool { return countMessages(dir) > 0 }, time.Minute, 50*time.Millisecond)
	require.Equal(t, exitOK, second.stop(), &second.stderr)
	requireNoneLeft(t, dir)

	ledger := readLedger(t, dir)
	require.Len(t, ledger, 1, "what fell due while nothing ran is sent once")
	require.Contains(t, ledger[0].Subject, "DUE")
	require.Contains(t, run(t, "demo", "--exit", "--day", "0", "--data-dir", dir).requireSentence(exitFailed), "clock")
}

// requireRelance runs another command against the same directory.
func (p *process) requireRelance(dir string, args ...string) *process {
	p.t.Helper()
	other := run(p.t, append(args, "--data-dir", dir)...)
	other.requireCode(exitOK)
	return other
}

// openCases are the open cases by invoice, as `relance case list` tells them.
func openCases(t *testing.T, p *process, dir string) map[string]string {
	t.Helper()
	var list struct {
		Cases []json.RawMessage `json:"cases"`
	}
	require.NoError(t, json.Unmarshal([]byte(p.requireRelance(dir, "case", "list", "--json").stdout.text()), &list))
	found := map[string]string{}
	for _, raw := range list.Cases {
		var line struct {
			Invoice string `json:"invoice"`
		}
		require.NoError(t, json.Unmarshal(raw, &line))
		found[line.Invoice] = string(raw)
	}
	return found
}

func started(t *testing.T, at where, numbers ...string) bool {
	t.Helper()
	c := dial(t, at)
	defer c.Close()
	for _, number := range numbers {
		if _, err := c.DescribeWorkflowExecution(t.Context(), workflows.CaseID("comptoir", number), ""); err != nil {
			return false
		}
	}
	return true
}

// requireClosed is that the workflow of an invoice has ended as paid.
func requireClosed(t *testing.T, at where, number string) {
	t.Helper()
	c := dial(t, at)
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var result workflows.CaseResult
	require.NoError(t, c.GetWorkflow(ctx, workflows.CaseID("comptoir", number), "").Get(ctx, &result))
	require.Equal(t, collection.EndPaid, result.Ending)
}

func dial(t *testing.T, at where) client.Client {
	t.Helper()
	c, err := client.DialContext(t.Context(), client.Options{HostPort: at.Temporal, Logger: quiet()})
	require.NoError(t, err)
	return c
}

// file writes a file for a command to read.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// invoices is a ledger of overdue invoices, one for each number, of debtors who may be contacted at any hour.
func invoices(numbers ...string) string {
	var b strings.Builder
	b.WriteString("invoice_number,issued_on,due_on,amount,currency,debtor_id,debtor_name,debtor_kind,country,address,postal_code,city,email,contact_hours\n")
	for _, n := range numbers {
		b.WriteString(n + ",2026-01-05,2026-02-04,120.00,EUR,D-" + n + ",Atelier Fictif SARL,company,FR,12 rue des Exemples,69000,Lyon,d-" +
			strings.ToLower(n) + "@example.com,always\n")
	}
	return b.String()
}
