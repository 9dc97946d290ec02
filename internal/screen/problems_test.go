package screen_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/importer"
	"relance/internal/inquiry"
	"relance/internal/ledger"
	"relance/internal/money"
	"relance/internal/policy"
	"relance/internal/screen"
)

func readBad(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "ledger", "testdata", name))
	require.NoError(t, err)
	return raw
}

func TestEveryProblemOfAFileOnOneScreen(t *testing.T) {
	t.Parallel()
	book, err := ledger.Read(t.Context(), bytes.NewReader(readBad(t, "bad.csv")), ledger.DefaultMapping(), ledger.Options{Languages: []string{"en", "fr", "pl"}})
	require.NoError(t, err)
	golden(t, "problems_ledger", screen.Problems(book.Problems))
	_, problems, err := ledger.ReadCreditor(bytes.NewReader(readBad(t, "bad.creditor.yaml")))
	require.NoError(t, err)
	golden(t, "problems_creditor", screen.Problems(problems))
	_, err = policy.Parse("everything.yaml", bytes.NewReader(func() []byte {
		raw, err := os.ReadFile(filepath.Join("..", "policy", "testdata", "bad", "everything.yaml"))
		require.NoError(t, err)
		return raw
	}()))
	var bad *policy.Problems
	require.ErrorAs(t, err, &bad)
	golden(t, "problems_policy", screen.PolicyProblems(bad))
}

func problem(severity ledger.Severity, code ledger.Code, row int, column, value, message string) ledger.Problem {
	return ledger.Problem{Severity: severity, Code: code, Row: row, Line: row, Column: column, Value: value, Message: message}
}

func TestWhatAnImportDid(t *testing.T) {
	t.Parallel()
	eur := func(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "EUR"} }
	fiction := func(rows ...int) (ps ledger.Problems) {
		for _, r := range rows {
			ps = append(ps, problem(ledger.Warning, ledger.PhoneFiction, r, "phone", "+1 202 555 0143", "This number is reserved for films and examples."))
		}
		return ps
	}
	for name, r := range map[string]importer.Report{
		"import_again": {Imported: true, Rows: 20, Known: 20, Sums: []importer.Sum{{NewAmount: eur(0), Known: 20, KnownAmount: eur(123456)}}},
		"import_warnings": {
			Imported: true, Rows: 9, New: 9, Sums: []importer.Sum{{New: 9, NewAmount: eur(90000), KnownAmount: eur(0)}},
			Problems: append(fiction(2, 3, 4, 7), fiction(9)...),
		},
		"import_errors": {
			Rows: 3, New: 2, LeftOut: 1, Sums: []importer.Sum{{New: 2, NewAmount: eur(2000), KnownAmount: eur(0)}},
			Problems: ledger.Problems{problem(ledger.Error, ledger.NegativeAmount, 3, "amount", "-1.00", "An invoice cannot have a negative amount.")},
		},
		"import_conflict": {
			Rows: 2, Known: 1, LeftOut: 1, Conflicts: 1, Sums: []importer.Sum{{NewAmount: eur(0), Known: 1, KnownAmount: eur(1000)}},
			Problems: ledger.Problems{problem(ledger.Error, importer.Conflict, 3, "amount", "25.00 EUR", "The invoice is recorded with 20.00 EUR, not 25.00 EUR; a correction is a credit, not a second registration.")},
		},
		"import_skipped": {
			Imported: true, Rows: 4, New: 2, Known: 1, LeftOut: 1,
			Sums:     []importer.Sum{{New: 2, NewAmount: eur(2000), Known: 1, KnownAmount: eur(1000)}},
			Problems: ledger.Problems{problem(ledger.Error, ledger.BadDate, 12345, "Fälligkeitsdatum der Rechnung", "2026-02-30 00:00:00 Uhr MEZ", "There is no such day.")},
		},
		"import_dry_run": {DryRun: true, Rows: 1, New: 1, Sums: []importer.Sum{{New: 1, NewAmount: eur(1000), KnownAmount: eur(0)}}},
	} {
		golden(t, name, screen.Import("invoices.csv", r))
	}
}

func TestNoValueRepaintsTheTerminal(t *testing.T) {
	t.Parallel()
	out := screen.Problems(ledger.Problems{problem(ledger.Error, ledger.BadText, 2, "debtor_name", "\x1b[2Jboo\u202eevil\r\n", "There is an invisible character in it.")})
	require.NotContains(t, out, "\x1b")
	require.NotContains(t, out, "\u202e")
	require.NotContains(t, out, "\r")
	require.Contains(t, out, "·[2Jboo·evil·")
}

func TestWideCharactersKeepTheirColumns(t *testing.T) {
	t.Parallel()
	out := screen.Problems(ledger.Problems{
		problem(ledger.Error, ledger.BadText, 2, "名前", "値", "one"), problem(ledger.Error, ledger.BadText, 3, "name", "e\u0301", "two"),
	})
	golden(t, "problems_wide", out)
	require.Len(t, strings.Split(strings.TrimSpace(out), "\n"), 3)
}

func TestStopsAndClocks(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	golden(t, "stops_none", screen.Stops(nil))
	golden(t, "stops", screen.Stops([]inquiry.Stop{{Since: since, Reason: "the mail server was misconfigured"}, {Creditor: "comptoir", Since: since}}))
	golden(t, "clock_wall", screen.Clock(inquiry.Clock{Kind: "wall", Now: since}, time.UTC))
	golden(t, "clock_test", screen.Clock(inquiry.Clock{Kind: "test", Now: since, Target: since}, time.UTC))
	golden(t, "clock_behind", screen.Clock(inquiry.Clock{Kind: "test", Now: since, Target: since.AddDate(0, 0, 7)}, time.UTC))
}

func TestCreditorsAndPolicies(t *testing.T) {
	t.Parallel()
	tr := newTour(t)
	golden(t, "creditors_none", screen.Creditors(nil))
	tr.Creditor(t, "other")
	lines, err := tr.reader.Creditors(t.Context())
	require.NoError(t, err)
	golden(t, "creditors", screen.Creditors(lines))
	c, err := tr.reader.Creditor(t.Context(), "comptoir")
	require.NoError(t, err)
	golden(t, "creditor", screen.Creditor(c))
	policies, err := tr.reader.Policies(t.Context())
	require.NoError(t, err)
	golden(t, "policies", screen.Policies(policies))
}
