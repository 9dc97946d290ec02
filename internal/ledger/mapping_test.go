package ledger

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

const sketch = `
format:
  encoding: windows-1252
  delimiter: ;
  dates: [DD.MM.YYYY, D/M/YY]
  decimal: ","
  thousands: space
columns:
  invoice_number: Beleg-Nr.
  issued_on: Datum
  due_on: Fällig
  amount: Betrag
  debtor_id: Kunde
  debtor_kind: Art
  disputed: Strittig
defaults:
  currency: EUR
  email: billing@example.com
constants:
  country: DE
  language: en
templates:
  debtor_name: "{@Vorname} {@Nachname}"
  address: "{debtor_id|digits:2} Beispielstraße"
values:
  debtor_kind: {Firma: company, "Privat": consumer}
  disputed: {ja: true, nein: no}
`

func TestMappingReadsAStrangeFile(t *testing.T) {
	t.Parallel()
	m := mapping(t, sketch)
	require.Equal(t, Format{
		Encoding: Windows1252, Delimiter: ';', Dates: []string{"DD.MM.YYYY", "D/M/YY"}, Decimal: ",", Thousands: " ",
	}, m.Format)
	file := "Beleg-Nr.;Datum;F\xE4llig;Betrag;Kunde;Art;Strittig;Vorname;Nachname;country\n" +
		"R 1;05.01.2026;4/2/26;1\xA0250,50;K-1;FIRMA;ja;Muster;M\xFCller;FR\n" +
		"R 2;05.01.2026;4/2/26;1250,5;K-2;Privat;nein;Muster;;FR\n"
	book := read(t, file, m, Options{})
	require.Equal(t, []Code{MissingValue}, codes(book.Problems), "half a name is none: %v", book.Problems)
	require.Equal(t, "debtor_name", book.Problems[0].Column)
	row := book.Rows[0]
	require.Equal(t, "1250.50 EUR", row.Amount.String())
	require.Equal(t, "2026-02-04", row.DueOn.String())
	require.Equal(t, "Muster Müller", row.Debtor.Name)
	require.Equal(t, "DE", row.Debtor.Country, "a constant stands against the file")
	require.Equal(t, "billing@example.com", row.Debtor.Email)
	require.True(t, row.Settlement.Disputed)
	require.Regexp(t, `^\d\d Beispielstraße$`, row.Debtor.Address[0])
}

func TestMappingWithoutColumnsReadsTheCanonicalOnes(t *testing.T) {
	t.Parallel()
	m := mapping(t, "defaults:\n  currency: USD\n  country: US\n  region: NY\n  debtor_kind: company\nformat:\n  decimal: ','\n")
	file := "invoice_number;issued_on;due_on;amount;debtor_id;debtor_name\nF-1;2026-01-05;2026-02-04;12,50;C-1;Fictif\n"
	book := read(t, file, m, Options{})
	require.Empty(t, book.Problems)
	require.Equal(t, "12.50 USD", book.Rows[0].Amount.String())
	require.Equal(t, "America/New_York", book.Rows[0].Debtor.TimeZone)
}

func TestMappingNamesMissingHeaders(t *testing.T) {
	t.Parallel()
	m := mapping(t, sketch)
	file := "Beleg-Nr.;Datum;Faellig;Betrag;Kunde;Art;Vorname\nR 1;05.01.2026;04.02.2026;1,00;K-1;Firma;Muster\n"
	book := read(t, file, m, Options{})
	require.Equal(t, []Code{MissingColumn, MissingColumn, MissingColumn}, codes(book.Problems), book.Problems)
	require.Empty(t, book.Rows)
}

func TestMappingProblems(t *testing.T) {
	t.Parallel()
	const base = "columns: {invoice_number: a, issued_on: b, due_on: c, amount: d, currency: e, debtor_id: f, debtor_name: g, " +
		"debtor_kind: h, country: i}\n"
	tests := map[string]struct {
		file string
		want Code
		line int
	}{
		"empty":                    {"", EmptyFile, 0},
		"only a comment":           {"# nothing\n", EmptyFile, 0},
		"a list":                   {"- a\n- b\n", WrongType, 1},
		"a word":                   {"hello\n", WrongType, 1},
		"two documents":            {base + "---\nformat: {}\n", WrongType, 3},
		"broken":                   {base + "format: [\n", Syntax, 2},
		"an anchor":                {base + "defaults: &x {language: fr}\n", WrongType, 2},
		"a scalar for a block":     {base + "defaults: fr\n", WrongType, 2},
		"values without a block":   {base + "values: {disputed: true}\n", WrongType, 2},
		"a template of a template": {base + "templates: {email: \"{phone}\", phone: \"{debtor_id}\"}\n", BadTemplate, 2},
		"a template of nothing":    {base + "templates: {email: \"{tax_id}@example.com\"}\n", BadTemplate, 2},
		"template and default":     {base + "templates: {city: \"{country}\"}\ndefaults: {city: Lyon}\n", TwiceAnswered, 3},
		"too large":                {strings.Repeat("#", maxYAML+1), TooLarge, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problems, err := ReadMapping(strings.NewReader(test.file))
			require.NoError(t, err)
			require.NotEmpty(t, problems)
			require.Equal(t, test.want, problems[0].Code, problems)
			require.Equal(t, test.line, problems[0].Line, problems)
			require.ErrorIs(t, problems.Err(), ErrInvalid)
		})
	}
	_, _, err := ReadMapping(iotest.ErrReader(io.ErrClosedPipe))
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

func TestFieldsAreComplete(t *testing.T) {
	t.Parallel()
	seen := map[Field]bool{}
	for _, f := range Fields() {
		require.NotEmpty(t, f.Meaning, f.Field)
		require.False(t, seen[f.Field], f.Field)
		require.Less(t, len(f.Meaning), 100, "one line of help")
		seen[f.Field] = true
		if f.Required {
			require.NotEmpty(t, alsoCalled[f.Field], f.Field)
		}
	}
	m := DefaultMapping()
	_, found := compile(m)
	require.Empty(t, found)
	require.Len(t, m.Columns, len(seen))
}
