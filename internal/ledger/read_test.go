package ledger

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/law"
	"relance/internal/money"
)

const header = "invoice_number,issued_on,due_on,amount,currency,debtor_id,debtor_name,debtor_kind,country\n"

func read(t *testing.T, file string, m Mapping, options Options) *Book {
	t.Helper()
	book, err := Read(t.Context(), strings.NewReader(file), m, options)
	require.NoError(t, err)
	return book
}

func mapping(t *testing.T, file string) Mapping {
	t.Helper()
	m, problems, err := ReadMapping(strings.NewReader(file))
	require.NoError(t, err)
	require.Empty(t, problems)
	return m
}

func codes(problems Problems) []Code {
	var all []Code
	for _, p := range problems {
		all = append(all, p.Code)
	}
	return all
}

func date(text string) calendar.Date {
	d, err := calendar.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func TestReadGivesTypedRows(t *testing.T) {
	t.Parallel()
	file := "invoice_number,issued_on,due_on,amount,currency,debtor_id,debtor_name,debtor_kind,country,language,region,address,address_2," +
		"postal_code,city,time_zone,email,phone,preferred_channel,contact_hours,tax_id,policy,invoice_file,contract_file,settled_on,disputed\n" +
		`007,2026-01-05,2026-02-04,1250.5,eur,C-1,"Fictif, SARL",Company,fr,,,"12 rue des Exemples` + "\n" + `Escalier 2",Bâtiment B,` +
		"69000,Lyon,,Billing@EXAMPLE.com,06 39 98 12 34,SMS,10:00-16:00  Mon-Thu,FR00,gentle,a.pdf|https://example.com/b.pdf,c.pdf," +
		"2026-02-20,yes\n"
	book := read(t, file, DefaultMapping(), Options{Fiction: true})
	require.Empty(t, book.Problems)
	require.Equal(t, []Row{{
		Row: 2, Line: 2, Number: "007", IssuedOn: date("2026-01-05"), DueOn: date("2026-02-04"),
		Amount: money.Amount{Minor: 125050, Currency: "EUR"}, Policy: "gentle",
		Debtor: Debtor{
			ExternalID: "C-1", Name: "Fictif, SARL", Kind: law.Company, Language: "fr", Country: "FR",
			Address: []string{"12 rue des Exemples", "Escalier 2", "Bâtiment B"}, PostalCode: "69000", City: "Lyon", TimeZone: "Europe/Paris",
			Email: "Billing@example.com", Phone: "+33639981234", PreferredChannel: collection.BySMS,
			ContactHours: calendar.Hours{Open: 600, Close: 960, Days: 1<<1 | 1<<2 | 1<<3 | 1<<4}, TaxID: "FR00",
		},
		Documents: []Document{
			{InvoiceDocument, "a.pdf", false}, {InvoiceDocument, "https://example.com/b.pdf", true}, {ContractDocument, "c.pdf", false},
		},
		Settlement: Settlement{SettledOn: date("2026-02-20"), Disputed: true},
	}}, book.Rows)
}

func TestReadTakesEncodingsAndDelimitersAsTheyCome(t *testing.T) {
	t.Parallel()
	plain := header + "F-1,2026-01-05,2026-02-04,100.00,EUR,C-1,Société Fictive à Évry,company,FR\n"
	encode := func(text string, err error) string {
		require.NoError(t, err)
		return text
	}
	wide := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder()
	big := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder()
	tests := map[string]struct {
		file      string
		encoding  Encoding
		delimiter byte
	}{
		"UTF-8":                 {plain, UTF8, ','},
		"UTF-8 with a mark":     {"\uFEFF" + plain, UTF8, ','},
		"UTF-16, little-endian": {encode(wide.String(plain)), UTF16LE, ','},
		"UTF-16, big-endian":    {encode(big.String(plain)), UTF16BE, ','},
		"Windows-1252":          {encode(charmap.Windows1252.NewEncoder().String(plain)), Windows1252, ','},
		"semicolons":            {strings.ReplaceAll(plain, ",", ";"), UTF8, ';'},
		"tabs":                  {strings.ReplaceAll(plain, ",", "\t"), UTF8, '\t'},
		"bars":                  {strings.ReplaceAll(plain, ",", "|"), UTF8, '|'},
		"a line for Excel":      {"sep=;\r\n" + strings.ReplaceAll(plain, ",", ";"), UTF8, ';'},
		"line breaks of DOS":    {strings.ReplaceAll(plain, "\n", "\r\n"), UTF8, ','},
		"line breaks of old":    {strings.ReplaceAll(plain, "\n", "\r"), UTF8, ','},
		"no last line break":    {strings.TrimSuffix(plain, "\n"), UTF8, ','},
		"blank lines":           {"\n\n" + strings.ReplaceAll(plain, "\n", "\n,,,\n\n"), UTF8, ','},
		"decomposed accents":    {strings.ReplaceAll(plain, "é", "e\u0301"), UTF8, ','},
		"quotes everywhere":     {`"` + strings.ReplaceAll(strings.ReplaceAll(plain[:len(plain)-1], ",", `","`), "\n", "\"\n\"") + `"`, UTF8, ','},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			book := read(t, test.file, DefaultMapping(), Options{})
			require.Len(t, book.Rows, 1, book.Problems)
			require.Equal(t, "Société Fictive à Évry", book.Rows[0].Debtor.Name)
			require.Equal(t, test.encoding, book.Encoding)
			require.Equal(t, test.delimiter, book.Delimiter)
			require.Equal(t, test.encoding == Windows1252, len(book.Problems) == 1, "only a guess is mentioned: %v", book.Problems)
		})
	}
}

func TestReadNamesUndecodableBytes(t *testing.T) {
	t.Parallel()
	file := header + "F-1,2026-01-05,2026-02-04,100.00,EUR,C-1,Société à Évry,company,FR\n" +
		"F-2,2026-01-05,2026-02-04,100.00,EUR,C-2,Fictif \xE9,company,FR\n"
	book := read(t, file, DefaultMapping(), Options{})
	require.Equal(t, []Code{Undecodable}, codes(book.Problems))
	require.Equal(t, 3, book.Problems[0].Row)
	require.Equal(t, "debtor_name", book.Problems[0].Column)
	require.Equal(t, []string{"F-1"}, numbers(book))

	explicit := DefaultMapping()
	explicit.Format.Encoding = Windows1250
	polish, err := charmap.Windows1250.NewEncoder().String(header + "F-1,2026-01-05,2026-02-04,1.00,PLN,C-1,Zakład Łódź,company,PL\n")
	require.NoError(t, err)
	book = read(t, polish, explicit, Options{})
	require.Empty(t, book.Problems)
	require.Equal(t, "Zakład Łódź", book.Rows[0].Debtor.Name)
	require.Equal(t, "pl", book.Rows[0].Debtor.Language)
}

func TestReadRefusesWhatIsNoLedger(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		file string
		want Code
	}{
		"nothing":       {"", EmptyFile},
		"blank lines":   {"\n\n \r\n", EmptyFile},
		"only a header": {header, EmptyFile},
		"a workbook":    {"PK\x03\x04rest", NotText},
		"a PDF":         {"%PDF-1.7", NotText},
		"gzip":          {"\x1F\x8B\x08", NotText},
		"UTF-16 bare":   {"i\x00n\x00v\x00", NotText},
		"a large file":  {header + strings.Repeat("x", 2000), TooLarge},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			book := read(t, test.file, DefaultMapping(), Options{MaxBytes: 1000})
			require.Equal(t, []Code{test.want}, codes(book.Problems))
			require.Empty(t, book.Rows)
		})
	}
}

func TestReadNamesMissingColumns(t *testing.T) {
	t.Parallel()
	file := "Invoice Number,issued_on,duedate,amount,amount,currency,debtor_id,debtor_name,debtor_kind,country,emial\n" +
		"F-1,never,2026-02-04,1.00,1.00,EUR,C-1,Fictif,company,FR,a@example.com\n"
	book := read(t, file, DefaultMapping(), Options{})
	require.Equal(t, []Code{MissingColumn, DuplicateColumn, UnknownColumn, BadDate}, codes(book.Problems), book.Problems)
	require.Contains(t, book.Problems[0].Message, "“duedate”", "the closest header is suggested")
	require.Empty(t, book.Rows, "nothing is usable without a due date")
}

func TestReadLosesOneRowToAnOpenQuote(t *testing.T) {
	t.Parallel()
	row := func(number, name string) string {
		return number + ",2026-01-05,2026-02-04,1.00,EUR," + number + "," + name + ",company,FR\n"
	}
	file := header + row("F-1", `"Fictif`) + row("F-2", `"Fictif, SARL"`) + row("F-3", `Fictif 5" SARL`) + row("F-4", `"Le ""Fictif"""`) +
		row("F-5", `"Fictif "SARL"`) + row("F-6", `"Fictif`)
	book := read(t, file, DefaultMapping(), Options{})
	require.Equal(t, []Code{UnbalancedQuote, UnbalancedQuote, UnbalancedQuote}, codes(book.Problems))
	require.Equal(t, []string{"F-2", "F-3", "F-4"}, numbers(book))
	require.Equal(t, `Le "Fictif"`, book.Rows[2].Debtor.Name)
}

func TestReadMergesWhatRowsSayOfADebtor(t *testing.T) {
	t.Parallel()
	file := strings.TrimSuffix(header, "\n") + ",language,email,phone\n" +
		"F-1,2026-01-05,2026-02-04,1.00,EUR,C-1,Fictif,company,FR,en,,06 39 98 12 34\n" +
		"F-2,2026-01-05,2026-02-04,1.00,USD,C-1,Fictif (branch),company,FR,,a@example.com,\n" +
		"F-3,2026-01-05,2026-02-04,1.00,EUR,C-1,Fictif,company,FR,,b@example.com,+33639981234\n" +
		"F-4,2026-01-05,2026-02-04,1.00,EUR,C-1,Fictif,company,DE,,,\n"
	book := read(t, file, DefaultMapping(), Options{Fiction: true})
	require.Equal(t, []Code{DebtorDiffers, ConflictingDebtor}, codes(book.Problems))
	require.Equal(t, []string{"F-1", "F-2", "F-3"}, numbers(book))
	for _, row := range book.Rows {
		require.Equal(t, Debtor{
			ExternalID: "C-1", Name: "Fictif", Kind: law.Company, Language: "en", Country: "FR", TimeZone: "Europe/Paris",
			Email: "a@example.com", Phone: "+33639981234",
		}, row.Debtor)
	}
}

func TestReadFailsOnlyOnWhatIsNotTheFile(t *testing.T) {
	t.Parallel()
	_, err := Read(t.Context(), iotest.ErrReader(io.ErrClosedPipe), DefaultMapping(), Options{})
	require.ErrorIs(t, err, io.ErrClosedPipe)

	_, err = Read(t.Context(), strings.NewReader(header), Mapping{}, Options{})
	require.ErrorIs(t, err, ErrInvalid)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Read(ctx, strings.NewReader(manyRows(2000)), DefaultMapping(), Options{})
	require.ErrorIs(t, err, context.Canceled)

	require.ErrorIs(t, Problems{{Severity: Error, Value: "secret"}}.Err(), ErrInvalid)
	require.NotContains(t, Problems{{Severity: Error, Value: "secret"}}.Err().Error(), "secret")
	require.NoError(t, Problems{{Severity: Warning}}.Err())
}

func TestReadReportsProgress(t *testing.T) {
	t.Parallel()
	var done, total []int64
	options := Options{Progress: func(d, all int64) { done, total = append(done, d), append(total, all) }}
	read(t, manyRows(3500), DefaultMapping(), options)
	require.Len(t, done, 4)
	require.IsIncreasing(t, done)
	require.Equal(t, total[3], done[3])
}

func numbers(book *Book) []string {
	var all []string
	for _, row := range book.Rows {
		all = append(all, row.Number)
	}
	return all
}

func manyRows(n int) string {
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(header, "\n") + ",email,phone\n")
	for i := range n {
		fmt.Fprintf(&b, "F-%d,2026-01-05,2026-02-04,%d.00,EUR,C-%d,Customer %d,company,FR,c%d@example.com,+336399%d\n", i, i+1, i, i, i, 80000+i%10000)
	}
	return b.String()
}

func BenchmarkRead100000(b *testing.B) {
	file := manyRows(100_000)
	b.SetBytes(int64(len(file)))
	for b.Loop() {
		book, err := Read(b.Context(), strings.NewReader(file), DefaultMapping(), Options{Fiction: true})
		require.NoError(b, err)
		require.Len(b, book.Rows, 100_000, "%v", book.Problems)
	}
}
