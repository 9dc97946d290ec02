package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/casework"
	"relance/internal/importer"
	"relance/internal/inquiry"
	"relance/internal/intake/intaketest"
	"relance/internal/store"
)

func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

const invoices = "invoice_number,issued_on,due_on,amount,currency,debtor_id,debtor_name,debtor_kind,country,language,address,postal_code,city,email,phone\n" +
	"A-1,2026-01-05,2026-01-20,100.00,EUR,C-1,Atelier Fictif SARL,company,FR,en,12 rue des Exemples,69000,Lyon,a@example.com,+33 6 39 98 10 01\n" +
	"A-2,2026-01-05,2026-01-21,250.00,EUR,C-2,Customer 02,consumer,FR,en,3 place du Modèle,44000,Nantes,b@example.com,+33 6 39 98 10 02\n"

// TestADayAtTheDesk goes through what a collector types, from the settings of a creditor to a filed claim.
func TestADayAtTheDesk(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "2026-01-06")
	ledger := file(t, "invoices.csv", invoices)

	require.Contains(t, d.fail(t, exitMissing, "import", ledger).stderr, "creditor apply")
	require.Contains(t, flat(d.do(t, "creditor", "apply", intaketest.Example("demo.creditor.yaml"))), "Comptoir Fictif SAS")
	require.Contains(t, flat(d.do(t, "creditor", "list")), "comptoir")
	require.Contains(t, flat(d.do(t, "creditor", "show")), "FR1420041010050500013M02606")

	require.Contains(t, flat(d.do(t, "import", ledger, "--dry-run")), "2 new, 0 known")
	require.Contains(t, flat(d.do(t, "import", ledger)), "2 new, 0 known")
	again := ask[importer.Report](t, d, "import", ledger)
	require.Equal(t, []int{0, 2}, []int{again.New, again.Known})
	changed := file(t, "changed.csv", strings.Replace(invoices, "250.00", "260.00", 1))
	r := d.fail(t, exitRefused, "import", changed)
	require.Contains(t, r.stdout, "is recorded with 250.00 EUR")
	bad := file(t, "bad.csv", strings.Replace(invoices, "A-2,2026-01-05", "A-3,2026-02-30", 1))
	require.Contains(t, d.fail(t, exitUsage, "import", bad).stdout, "There is no such day.")
	require.Contains(t, flat(d.do(t, "import", bad, "--skip-bad")), "1 known, 1 left out")

	d.Advance(t, "2026-02-01")
	l := ask[inquiry.CaseList](t, d, "case", "list")
	require.Len(t, l.Cases, 2)
	require.Contains(t, flat(d.do(t, "case", "show", "A-1")), "A reminder by email goes out on Thu 19 Feb 2026")
	paid := ask[recorded](t, d, "case", "pay", "A-2", "--amount", "50.00", "--ref", "BANK-1")
	require.True(t, paid.Changed)
	require.EqualValues(t, 20000, paid.Owed.Minor)
	require.False(t, ask[recorded](t, d, "case", "pay", "A-2", "--amount", "50.00", "--ref", "BANK-1").Changed)
	d.fail(t, exitRefused, "case", "pay", "A-2", "--amount", "60.00", "--ref", "BANK-1")
	d.Advance(t, "2026-02-02")
	require.Contains(t, flat(d.do(t, "case", "agree", "A-2", "--parts", "2", "--first", "2026-02-10")), "100.00 EUR is due on 2026-02-10")
	require.Contains(t, flat(d.do(t, "case", "pay", "A-2")), "Nothing is owed any more.")
	require.Contains(t, flat(d.do(t, "case", "list", "--status", "closed")), "A-2")

	require.Contains(t, flat(d.do(t, "case", "hold", "A-1", "--reason", "goods damaged", "--dispute")), "in dispute (goods damaged)")
	require.Contains(t, flat(d.do(t, "case", "resume", "A-1", "--note", "settled")), "goes on")
	require.Contains(t, flat(d.do(t, "case", "resume", "A-1")), "nothing was changed")

	d.Advance(t, "2026-03-26")
	d.fileClaim(t)
	require.Contains(t, flat(d.do(t, "case", "list", "--status", "referred")), "A-1")
	require.Contains(t, flat(d.do(t, "task", "list")), "Nothing to do (2 done")
}

// fileClaim does the tasks of a case as they come: the letter, then the claim.
func (d desk) fileClaim(t *testing.T) {
	t.Helper()
	letter := d.onlyTask(t, casework.TaskPrintAndPost)
	folder := t.TempDir()
	require.Contains(t, flat(d.do(t, "task", "show", letter, "--save", folder)), "letter-A-1.pdf")
	pdf, err := os.ReadFile(filepath.Join(folder, "letter-A-1.pdf"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(pdf), "%PDF-"))
	d.fail(t, exitUsage, "task", "show", letter, "--save", folder) // it is there already
	d.fail(t, exitUsage, "task", "done", letter)                   // a certified letter has a tracking number
	require.Contains(t, flat(d.do(t, "task", "done", letter, "--tracking", "RR 1")), "The debt is referred on")
	require.False(t, ask[recorded](t, d, "task", "done", letter, "--tracking", "RR 1").Changed)
	d.fail(t, exitRefused, "task", "done", letter, "--tracking", "RR 2")
	d.Advance(t, "2026-05-01")
	claim := d.onlyTask(t, casework.TaskFileClaim)
	d.fail(t, exitUsage, "task", "done", claim, "--outcome", "perhaps")
	require.Contains(t, flat(d.do(t, "task", "done", claim, "--outcome", "filed")), "the debt was referred")
}

func (d desk) onlyTask(t *testing.T, kind casework.TaskKind) string {
	t.Helper()
	l := ask[inquiry.TaskList](t, d, "task", "list")
	require.Len(t, l.Tasks, 1)
	require.Equal(t, kind, l.Tasks[0].Kind)
	return l.Tasks[0].ID.String()[:6]
}

func TestBadFilesChangeNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "2026-01-06")
	d.Creditor(t)
	r := d.fail(t, exitUsage, "creditor", "apply", file(t, "bad.yaml", "id: Not A Slug\nname: x\n"))
	require.Contains(t, flat(r.stdout), "nothing was changed")
	require.Contains(t, r.stdout, "LINE")
	ledger := file(t, "invoices.csv", invoices)
	r = d.fail(t, exitUsage, "import", ledger, "--mapping", file(t, "mapping.yaml", "columns: {speed: x}\n"))
	require.Contains(t, r.stdout, "There is no such field.")
	d.fail(t, exitUsage, "import", ledger, "--mapping", "nowhere.yaml")
	d.fail(t, exitUsage, "import", filepath.Dir(ledger))
	d.fail(t, exitUsage, "import", ledger, "--enter", "last")
	d.fail(t, exitMissing, "import", ledger, "--creditor", "nobody")
	require.Empty(t, ask[inquiry.CaseList](t, d, "case", "list", "--status", "all").Cases)
	for _, args := range [][]string{
		{"case", "pay", "A-1", "--amount", "1,5"},
		{"case", "pay", "A-1", "--currency", "USD"},
		{"case", "pay", "A-1", "--on", "soon"},
		{"case", "agree", "A-1"},
		{"case", "agree", "A-1", "--parts", "2"},
		{"case", "agree", "A-1", "--parts", "2", "--first", "2026-02-01", "--instalment", "2026-02-01:5.00"},
		{"case", "hold", "A-1"},
		{"case", "list", "--status", "late"},
		{"case", "list", "--limit", "0"},
		{"task", "list", "--status", "late"},
		{"task", "done", "123"},
	} {
		d.do(t, "import", ledger)
		d.fail(t, exitUsage, args...)
	}
	d.fail(t, exitMissing, "case", "show", "A-9")
	d.fail(t, exitMissing, "case", "list", "--creditor", "nobody")
	d.fail(t, exitMissing, "task", "show", "0123456789")
}

func TestTheColumnsOfTheFileBeside(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "2026-01-06")
	d.Creditor(t)
	ledger := file(t, "book.csv", "Nr;Datum;Fällig;Betrag;Kunde\nA-1;5.1.2026;20.1.2026;1.234,50;C-1\n")
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(ledger), "book.yaml"), []byte(`
format: {dates: D.M.YYYY, decimal: ",", thousands: "."}
columns: {invoice_number: Nr, issued_on: Datum, due_on: Fällig, amount: Betrag, debtor_id: Kunde}
constants: {currency: EUR, country: DE, debtor_kind: company, language: en}
templates: {debtor_name: "Customer {debtor_id}"}
`), 0o600))
	r := relance(t, "import", ledger, "--data-dir", d.dir)
	require.Zero(t, r.code, r.stdout+r.stderr)
	require.Contains(t, r.stderr, "book.yaml explains them")
	require.Contains(t, r.stdout, "1234.50")
	bad := file(t, "book.csv", "Nr;Datum;Fällig;Betrag;Kunde\nA-1;5.1.2026;20.1.2026;1.300,00;C-1\n")
	r = d.fail(t, exitRefused, "import", bad, "--mapping", strings.Replace(ledger, ".csv", ".yaml", 1))
	require.Contains(t, r.stdout, "Betrag", "problems speak of the columns of the file")
}

func TestPoliciesArePublishedOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "2026-01-06")
	mine := file(t, "mine.yaml", "steps:\n  - {id: one, kind: email_reminder, after: 1d, tone: friendly}\n")
	type answer struct {
		Version int
		Changed bool
	}
	require.Equal(t, answer{1, true}, ask[answer](t, d, "policy", "publish", mine))
	require.Equal(t, answer{1, false}, ask[answer](t, d, "policy", "publish", mine))
	require.Contains(t, flat(d.do(t, "policy", "list")), "mine")
	require.Contains(t, flat(d.do(t, "policy", "show", "mine", "--due", "2026-01-20")), "published, version 1")
	require.Contains(t, flat(d.do(t, "policy", "show", "standard", "--due", "2026-01-20", "--from", "built-in")), "built in")
	d.fail(t, exitUsage, "policy", "publish", file(t, "bad.yaml", "steps: 5\n"))
	d.fail(t, exitMissing, "policy", "show", "other", "--from", "published")
}

func TestStopSwitch(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "2026-01-06")
	d.Creditor(t)
	s := ask[stopped](t, d, "stop", "--creditor", "comptoir", "--reason", "wrong account")
	require.True(t, s.Complete)
	require.Contains(t, flat(d.do(t, "stop")), "It is complete after")
	require.Contains(t, flat(d.do(t, "creditor", "list")), "stopped")
	left := ask[stops](t, d, "start")
	require.Len(t, left.Stops, 1)
	require.Equal(t, "wrong account", left.Stops[0].Reason)
	require.Contains(t, flat(d.do(t, "start", "--creditor", "comptoir")), "Nothing is stopped.")
	d.fail(t, exitMissing, "stop", "--creditor", "nobody")
	d.fail(t, exitMissing, "start", "--creditor", "nobody")
}

func TestTheClockOfADeadInstallationStandsStill(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "2026-01-06")
	r := relance(t, "clock", "show", "--data-dir", d.dir)
	require.Zero(t, r.code)
	require.Contains(t, r.stdout, "The test clock stands at Mon 5 Jan 2026 23:00 UTC")
	require.Contains(t, r.stderr, "nothing is being sent", "whoever records something wants to know")
	require.Contains(t, d.fail(t, exitFailed, "clock", "advance", "--by", "1d").stderr, "relance up")
	d.fail(t, exitUsage, "clock", "advance")
	d.fail(t, exitUsage, "clock", "advance", "--by", "1d", "--to", "2026-02-01")
	d.fail(t, exitUsage, "clock", "advance", "--by", "soon")
	d.fail(t, exitUsage, "clock", "advance", "--to", "soon")
}

func TestADatabaseOfAnotherSchemaIsRefused(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "2026-01-06")
	require.NoError(t, store.MigrateDown(t.Context(), d.DatabaseURL))
	require.Contains(t, d.fail(t, exitFailed, "case", "list").stderr, "older relance")
}
