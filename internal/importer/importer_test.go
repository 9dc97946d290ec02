package importer_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/importer"
	"relance/internal/inquiry"
	"relance/internal/intake"
	"relance/internal/intake/intaketest"
	"relance/internal/ledger"
	"relance/internal/money"
)

func TestMain(m *testing.M) { intaketest.Main(m) }

const header = "invoice_number,issued_on,due_on,amount,currency,debtor_id,debtor_name,debtor_kind,country,email,phone,policy,invoice_file\n"

func row(number, amount, rest string) string {
	return number + ",2026-01-05,2026-01-20," + amount + ",EUR,C-1,Atelier Fictif SARL,company,FR,a@example.com,+33 6 39 98 10 01," + rest + "\n"
}

func office(t *testing.T) (*intaketest.Office, importer.Importer) {
	t.Helper()
	o := intaketest.New(t, "2026-01-04")
	o.Creditor(t)
	return o, importer.Importer{Desk: o.Desk}
}

func options() importer.Options {
	return importer.Options{Creditor: "comptoir", Enter: intake.EnterFirst}
}

// codes are the errors of a report, warnings left out.
func codes(r importer.Report) []ledger.Code {
	var list []ledger.Code
	for _, p := range r.Problems {
		if p.Severity == ledger.Error {
			list = append(list, p.Code)
		}
	}
	return list
}

func eur(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "EUR"} }

func TestTheSameFileTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	o, im := office(t)
	raw, err := os.ReadFile(intaketest.Example("demo.csv"))
	require.NoError(t, err)
	opts := options()
	opts.Folder = filepath.Dir(intaketest.Example("demo.csv"))

	first, err := im.Import(t.Context(), intaketest.Book(t, string(raw)), opts)
	require.NoError(t, err)
	require.True(t, first.Imported)
	require.Equal(t, []int{20, 20, 0, 0}, []int{first.Rows, first.New, first.Known, first.LeftOut})
	require.Len(t, first.Sums, 4)

	before, err := inquiry.Reader{Store: o.Store}.Cases(t.Context(), inquiry.CaseFilter{})
	require.NoError(t, err)
	second, err := im.Import(t.Context(), intaketest.Book(t, string(raw)), opts)
	require.NoError(t, err)
	require.Equal(t, []int{20, 0, 20, 0}, []int{second.Rows, second.New, second.Known, second.LeftOut})
	require.Equal(t, first.Sums[0].NewAmount, second.Sums[0].KnownAmount)
	after, err := inquiry.Reader{Store: o.Store}.Cases(t.Context(), inquiry.CaseFilter{})
	require.NoError(t, err)
	require.Equal(t, before, after)
}

func TestTwoImportsAtOnceRegisterEachInvoiceOnce(t *testing.T) {
	t.Parallel()
	o, im := office(t)
	var csv strings.Builder
	csv.WriteString(header)
	for n := range 130 {
		csv.WriteString(row(fmt.Sprintf("A-%03d", n), "10.00", ","))
	}
	book := intaketest.Book(t, csv.String())
	require.NoError(t, book.Problems.Err())
	rows := len(book.Rows)
	reports, errs := make([]importer.Report, 4), make([]error, 4)
	var wg sync.WaitGroup
	for i := range reports {
		wg.Go(func() { reports[i], errs[i] = im.Import(t.Context(), book, options()) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	fresh := 0
	for _, r := range reports {
		fresh += r.New
		require.Equal(t, rows, r.New+r.Known)
	}
	require.Equal(t, rows, fresh)
	l, err := inquiry.Reader{Store: o.Store}.Cases(t.Context(), inquiry.CaseFilter{})
	require.NoError(t, err)
	require.EqualValues(t, rows, l.Matching)
}

func TestErrorsKeepTheWholeFileOut(t *testing.T) {
	t.Parallel()
	o, im := office(t)
	book := intaketest.Book(t, header+row("A-1", "10.00", ",")+row("A-2", "-1.00", ",")+row("A-3", "30.00", ","))

	r, err := im.Import(t.Context(), book, options())
	require.NoError(t, err)
	require.False(t, r.Imported)
	require.Equal(t, []int{3, 2, 0, 1}, []int{r.Rows, r.New, r.Known, r.LeftOut})
	require.Equal(t, []ledger.Code{ledger.NegativeAmount}, codes(r))
	l, err := inquiry.Reader{Store: o.Store}.Cases(t.Context(), inquiry.CaseFilter{})
	require.NoError(t, err)
	require.Zero(t, l.Matching)

	opts := options()
	opts.SkipBad = true
	r, err = im.Import(t.Context(), book, opts)
	require.NoError(t, err)
	require.True(t, r.Imported)
	require.Equal(t, []int{3, 2, 0, 1}, []int{r.Rows, r.New, r.Known, r.LeftOut})
	require.Equal(t, []importer.Sum{{New: 2, NewAmount: eur(4000), KnownAmount: eur(0)}}, r.Sums)
}

func TestConflictsAreNamedPerRow(t *testing.T) {
	t.Parallel()
	_, im := office(t)
	_, err := im.Import(t.Context(), intaketest.Book(t, header+row("A-1", "10.00", ",")+row("A-2", "20.00", ",")), options())
	require.NoError(t, err)

	changed := strings.Replace(row("A-2", "25.00", ","), "2026-01-20", "2026-01-21", 1)
	opts := options()
	opts.Headers = map[ledger.Field]string{ledger.FieldAmount: "Betrag"}
	r, err := im.Import(t.Context(), intaketest.Book(t, header+row("A-1", "10.00", ",")+changed+row("A-3", "30.00", ",")), opts)
	require.NoError(t, err)
	require.False(t, r.Imported)
	require.Equal(t, []int{3, 1, 1, 1, 1}, []int{r.Rows, r.New, r.Known, r.LeftOut, r.Conflicts})
	require.Equal(t, []ledger.Code{importer.Conflict, importer.Conflict}, codes(r))
	for _, p := range r.Problems {
		if p.Severity == ledger.Error {
			require.Equal(t, 3, p.Row)
			require.Contains(t, []string{"Betrag", "due_on"}, p.Column)
		}
	}

	opts.SkipBad = true
	r, err = im.Import(t.Context(), intaketest.Book(t, header+row("A-1", "10.00", ",")+changed+row("A-3", "30.00", ",")), opts)
	require.NoError(t, err)
	require.Equal(t, []int{3, 1, 1, 1, 1}, []int{r.Rows, r.New, r.Known, r.LeftOut, r.Conflicts})
	c, err := inquiry.Reader{Store: im.Desk.Store}.Case(t.Context(), "", "A-2")
	require.NoError(t, err)
	require.Equal(t, eur(2000), c.Amount, "a second import never overwrites")
}

func TestADryRunChangesNothing(t *testing.T) {
	t.Parallel()
	o, im := office(t)
	opts := options()
	opts.DryRun = true
	r, err := im.Import(t.Context(), intaketest.Book(t, header+row("A-1", "10.00", ",")), opts)
	require.NoError(t, err)
	require.False(t, r.Imported)
	require.Equal(t, 1, r.New)
	l, err := inquiry.Reader{Store: o.Store}.Cases(t.Context(), inquiry.CaseFilter{})
	require.NoError(t, err)
	require.Empty(t, l.Cases)
}

func TestDocumentsAreKeptBeforeTheirInvoices(t *testing.T) {
	t.Parallel()
	_, im := office(t)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/there.pdf" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte("%PDF-1.7 fictional"))
	}))
	t.Cleanup(web.Close)
	book := intaketest.Book(t, header+row("A-1", "10.00", ","+web.URL+"/there.pdf")+row("A-2", "10.00", ","+web.URL+"/gone.pdf"))
	require.NoError(t, book.Problems.Err())

	r, err := im.Import(t.Context(), book, options())
	require.NoError(t, err)
	require.False(t, r.Imported)
	require.Equal(t, []ledger.Code{importer.UnreadableDocument}, codes(r))

	opts := options()
	opts.SkipBad = true
	r, err = im.Import(t.Context(), book, opts)
	require.NoError(t, err)
	require.Equal(t, []int{1, 1}, []int{r.New, r.LeftOut})
	c, err := inquiry.Reader{Store: im.Desk.Store}.Case(t.Context(), "comptoir", "A-1")
	require.NoError(t, err)
	require.Len(t, c.Documents, 1)
	require.Equal(t, "there.pdf", c.Documents[0].Name)
}

func TestAPolicyMustBePublished(t *testing.T) {
	t.Parallel()
	_, im := office(t)
	r, err := im.Import(t.Context(), intaketest.Book(t, header+row("A-1", "10.00", "gentle,")+row("A-2", "10.00", "tough,")), options())
	require.NoError(t, err)
	require.Equal(t, []ledger.Code{importer.UnknownPolicy}, codes(r))

	opts := options()
	opts.Policy = "brisk" // overrides the rows'
	r, err = im.Import(t.Context(), intaketest.Book(t, header+row("A-1", "10.00", "gentle,")+row("A-2", "10.00", "tough,")), opts)
	require.NoError(t, err)
	require.True(t, r.Imported)
	c, err := inquiry.Reader{Store: im.Desk.Store}.Case(t.Context(), "", "A-2")
	require.NoError(t, err)
	require.Equal(t, "brisk", c.Policy)
}

func TestACreditorMustExist(t *testing.T) {
	t.Parallel()
	_, im := office(t)
	opts := options()
	opts.Creditor = "nobody"
	_, err := im.Import(t.Context(), intaketest.Book(t, header+row("A-1", "10.00", ",")), opts)
	require.Equal(t, intake.NotFound, intake.KindOf(err))
}

func TestMoreMoneyThanThereIs(t *testing.T) {
	t.Parallel()
	_, im := office(t)
	huge := row("A-1", "92233720368547758.07", ",")
	_, err := im.Import(t.Context(), intaketest.Book(t, header+huge+strings.Replace(huge, "A-1", "A-2", 1)), options())
	require.Equal(t, intake.Invalid, intake.KindOf(err))
}
