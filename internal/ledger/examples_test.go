package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
	"relance/internal/law"
	"relance/internal/money"
)

var update = flag.Bool("update", false, "write golden files and the sample documents of examples/")

const examples = "../../examples"

func example(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(examples, name))
	require.NoError(t, err)
	return data
}

func inExamples(path string) bool {
	_, err := os.Stat(filepath.Join(examples, path))
	return err == nil
}

func demoBook(t *testing.T) *Book {
	t.Helper()
	options := Options{Fiction: true, Languages: []string{"en", "fr", "pl"}, DocumentExists: inExamples}
	book, err := Read(t.Context(), bytes.NewReader(example(t, "demo.csv")), DefaultMapping(), options)
	require.NoError(t, err)
	return book
}

func receivables(t *testing.T) *Book {
	t.Helper()
	m, problems, err := ReadMapping(bytes.NewReader(example(t, "receivables.yaml")))
	require.NoError(t, err)
	require.Empty(t, problems)
	book, err := Read(t.Context(), bytes.NewReader(example(t, "receivables.csv")), m, Options{Fiction: true})
	require.NoError(t, err)
	return book
}

func TestDemoLedger(t *testing.T) {
	t.Parallel()
	book := demoBook(t)
	require.Empty(t, book.Problems)
	require.Len(t, book.Rows, 20)

	debtors, countries, currencies, kinds := map[string]Debtor{}, map[string]bool{}, map[money.Currency]bool{}, map[law.DebtorKind]bool{}
	documents := 0
	for _, row := range book.Rows {
		d := row.Debtor
		debtors[d.ExternalID] = d
		countries[d.Country], currencies[row.Amount.Currency], kinds[d.Kind] = true, true, true
		documents += len(row.Documents)
		if d.Kind != law.Company {
			require.Regexp(t, `^Customer \d\d$`, d.Name, "people have no names here")
		}
	}
	require.Len(t, debtors, 12)
	require.Equal(t, map[string]bool{"FR": true, "PL": true, "US": true, "GB": true, "DE": true}, countries)
	require.Equal(t, map[money.Currency]bool{"EUR": true, "PLN": true, "USD": true, "GBP": true}, currencies)
	require.Equal(t, map[law.DebtorKind]bool{law.Consumer: true, law.SoleTrader: true, law.Company: true}, kinds)
	require.Equal(t, 8, documents)

	without, dead := 0, 0
	for _, d := range debtors {
		if d.Phone == "" {
			without++
		}
		if strings.HasPrefix(d.Email, "sandbox-refuse") {
			dead++
		}
	}
	require.Equal(t, 1, without, "one has no phone")
	require.Equal(t, 1, dead, "one has a dead mailbox")
}

func TestDemoStory(t *testing.T) {
	t.Parallel()
	book := demoBook(t)
	story, err := ReadStory(t.Context(), bytes.NewReader(example(t, "demo.story.csv")), book)
	require.NoError(t, err)
	require.Empty(t, story.Problems)

	paid := map[string]int64{}
	whats := map[What]int{}
	for _, e := range story.Events {
		whats[e.What]++
		if e.What == Pay && e.Amount != nil {
			paid[e.Invoice] += e.Amount.Minor
		}
	}
	require.Equal(t, map[What]int{Pay: 15, Agree: 2, Hold: 1, Dispute: 1, Release: 1, Printed: 7}, whats)
	rows := castOf(book).invoices
	require.Equal(t, rows["RL-2026-005"].Amount.Minor, paid["RL-2026-005"], "the instalments that are kept pay the invoice")
	for _, e := range story.Events {
		if e.What == Agree {
			parts, err := e.Schedule.Instalments(rows[e.Invoice].Amount)
			require.NoError(t, err)
			require.NotEmpty(t, parts)
		}
	}
}

func TestReceivables(t *testing.T) {
	t.Parallel()
	sum256 := sha256.Sum256(example(t, "receivables.csv"))
	require.Equal(t, "f5d488eaa4c1cc843b478b6f1068c553c5394aab4b64d587e4b9ad811d845c19", hex.EncodeToString(sum256[:]),
		"the ledger is published data: it stays as it is")
	book := receivables(t)
	require.Empty(t, book.Problems)
	require.Equal(t, 2466, book.Total)
	require.Len(t, book.Rows, 2466)

	customers, phones := map[string]bool{}, map[string]bool{}
	sum := money.Amount{Currency: "USD"}
	late, disputed := 0, 0
	for _, row := range book.Rows {
		customers[row.Debtor.ExternalID] = true
		phones[row.Debtor.Phone] = true
		var err error
		sum, err = sum.Add(row.Amount)
		require.NoError(t, err)
		if row.Settlement.SettledOn.After(row.DueOn) {
			late++
		}
		if row.Settlement.Disputed {
			disputed++
		}
		require.Equal(t, "America/New_York", row.Debtor.TimeZone)
		require.Equal(t, law.Company, row.Debtor.Kind)
	}
	require.Len(t, customers, 100)
	require.Len(t, phones, 100, "no two customers share a number")
	require.Equal(t, "147703.18 USD", sum.String())
	require.Equal(t, 877, late)
	require.Equal(t, 561, disputed)
	first := book.Rows[0]
	require.Equal(t, "0000611365", first.Number)
	require.Equal(t, "2013-01-02", first.IssuedOn.String())
	require.Equal(t, "Customer 0379-NEVHP", first.Debtor.Name)
	require.Equal(t, "billing@0379-nevhp.example.com", first.Debtor.Email)
}

func TestReceivablesAsEvents(t *testing.T) {
	t.Parallel()
	book := receivables(t)
	zone, err := calendar.ZoneOf("US", "NY")
	require.NoError(t, err)
	creditor := calendar.Calendar{Zone: zone, Hours: calendar.DefaultHours(), Country: "US", Region: "NY"}
	events := book.Events(creditor)
	whats, ids := map[What]int{}, map[string]bool{}
	for _, e := range events {
		whats[e.What]++
		ids[e.ID] = true
	}
	disputedLate := 0
	for _, row := range book.Rows {
		if row.Settlement.Disputed && row.Settlement.SettledOn.After(row.DueOn) {
			disputedLate++
		}
	}
	require.Equal(t, map[What]int{Register: 2466, Pay: 2466, Dispute: disputedLate, Release: disputedLate}, whats)
	require.Len(t, ids, len(events))
	require.Equal(t, events, book.Events(creditor), "two replays are the same")
}

func TestExampleCreditors(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"demo.creditor.yaml", "receivables.creditor.yaml"} {
		c, problems, err := ReadCreditor(bytes.NewReader(example(t, name)))
		require.NoError(t, err)
		require.Empty(t, problems, name)
		require.NotEmpty(t, c.Bank)
		require.NotNil(t, c.Agency)
	}
}

var (
	emailLike = regexp.MustCompile(`[A-Za-z0-9._%+\-|{}]+@([A-Za-z0-9.\-|{}_]+)`)
	urlLike   = regexp.MustCompile(`https?://([A-Za-z0-9.\-]+)`)
	reserved  = regexp.MustCompile(`(^|\.)(example\.(com|org|net)|test)$`)
)

// TestOnlyReservedContactPoints keeps real people out of the examples: RFC 2606 domains, numbers reserved for fiction.
func TestOnlyReservedContactPoints(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"demo.csv", "demo.story.csv", "demo.creditor.yaml", "receivables.yaml", "receivables.creditor.yaml", "receivables.README.md",
	} {
		for _, pattern := range []*regexp.Regexp{emailLike, urlLike} {
			for _, m := range pattern.FindAllStringSubmatch(string(example(t, name)), -1) {
				require.Regexp(t, reserved, m[1], "%s: %s", name, m[0])
			}
		}
	}
	for _, book := range []*Book{demoBook(t), receivables(t)} {
		for _, row := range book.Rows {
			if row.Debtor.Phone != "" {
				require.True(t, FictionalPhone(row.Debtor.Phone), row.Debtor.Phone)
			}
			_, domain, _ := strings.Cut(row.Debtor.Email, "@")
			require.Regexp(t, reserved, domain)
		}
	}
	for _, name := range []string{"demo.creditor.yaml", "receivables.creditor.yaml"} {
		c, _, err := ReadCreditor(bytes.NewReader(example(t, name)))
		require.NoError(t, err)
		for _, number := range []string{c.Phone, c.Senders.SMS.Number} {
			require.True(t, FictionalPhone(number), number)
		}
	}
}

// TestSampleDocuments holds the PDFs in examples/documents to what the demo's ledger says. They name no customer.
func TestSampleDocuments(t *testing.T) {
	t.Parallel()
	wanted := map[string][]byte{}
	for _, row := range demoBook(t).Rows {
		for _, d := range row.Documents {
			wanted[d.Location] = onePagePDF(sampleText(row, d.Kind))
		}
	}
	for location, want := range wanted {
		path := filepath.Join(examples, location)
		if *update {
			require.NoError(t, os.WriteFile(path, want, 0o644))
		}
		have, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, want, have, "%s: run the tests of this package with -update", location)
	}
	files, err := os.ReadDir(filepath.Join(examples, "documents"))
	require.NoError(t, err)
	require.Len(t, files, len(wanted), "no file that nothing refers to")
}

func sampleText(row Row, kind DocumentKind) []string {
	switch kind {
	case InvoiceDocument:
		return []string{
			"INVOICE " + row.Number, "", "Comptoir Fictif SAS, 8 quai des Exemples, 69000 Lyon", "Customer account " + row.Debtor.ExternalID, "",
			"Issued on " + row.IssuedOn.String(), "Due on " + row.DueOn.String(), "Amount due " + row.Amount.String(), "",
			"Specimen. The seller, the customer and the goods are fictional.",
		}
	case DeliveryProofDocument:
		return []string{
			"PROOF OF DELIVERY", "", "Goods of invoice " + row.Number, "Customer account " + row.Debtor.ExternalID,
			"Delivered on " + row.IssuedOn.String() + ", signed for at the door", "", "Specimen. Nothing was delivered to anybody.",
		}
	case ContractDocument, OtherDocument:
	}
	return []string{
		"TERMS OF SALE", "", "Comptoir Fictif SAS, 8 quai des Exemples, 69000 Lyon", "",
		"1. Invoices are payable by the due date printed on them.", "2. Overdue invoices are collected as the law provides.", "",
		"Specimen. The seller is fictional.",
	}
}

// onePagePDF writes lines of ASCII text on one A4 page. The same lines give the same bytes.
func onePagePDF(lines []string) []byte {
	var content strings.Builder
	content.WriteString("BT /F1 12 Tf 18 TL 60 770 Td\n")
	escape := strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`)
	for _, line := range lines {
		fmt.Fprintf(&content, "(%s) Tj T*\n", escape.Replace(line))
	}
	content.WriteString("ET")
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", content.Len(), content.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
	}
	var out bytes.Buffer
	out.WriteString("%PDF-1.4\n")
	var offsets []int
	for i, o := range objects {
		offsets = append(offsets, out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range offsets {
		fmt.Fprintf(&out, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, xref)
	return out.Bytes()
}
