package ledger

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"relance/internal/calendar"
	"relance/internal/money"
)

// rowReader turns one record into one Row and reports what is wrong with it.
type rowReader struct {
	*sheet
	rec record
	row Row
	bad bool
}

func (r *rowReader) report(severity Severity, f Field, code Code, value, message string) {
	if severity == Error {
		r.bad = true
	}
	r.problems = append(r.problems, Problem{
		Severity: severity, Code: code, Row: r.rec.row, Line: r.rec.line, Column: r.columnName(f), Value: shown(value), Message: message,
	})
}

func (r *rowReader) fail(f Field, code Code, value, message string) {
	r.report(Error, f, code, value, message)
}

func (r *rowReader) warn(f Field, code Code, value, message string) {
	r.report(Warning, f, code, value, message)
}

// value returns what the mapping and the row say about a field. ok is false when the reason for having none has been
// reported already, so that nobody complains about it again.
func (r *rowReader) value(f Field) (text string, ok bool) {
	s := r.mapping.sources[f]
	if s.constant != "" {
		return s.constant, true
	}
	text, ok = r.cell(f)
	if !ok {
		return "", false
	}
	if text == "" && s.template != nil {
		text, ok = r.fill(s.template)
	}
	if text == "" {
		text = s.fallback
	}
	return text, ok
}

// cell returns the cell of a field's column, translated by its value map.
func (r *rowReader) cell(f Field) (text string, ok bool) {
	at, known := r.columns[f]
	if !known {
		return "", !r.missing[f]
	}
	text = tidy(r.rec.cells[at])
	if strings.ContainsRune(text, '\uFFFD') {
		r.fail(f, Undecodable, text, "Some bytes here stand for no letter, shown as �: the file is not in the encoding "+
			string(r.encoding)+". Export it again as “CSV UTF-8”, or name its encoding under “format” of the mapping.")
		return "", false
	}
	if values := r.mapping.sources[f].values; values != nil {
		if translated, found := values[strings.ToLower(text)]; found {
			text = translated
		}
	}
	return text, true
}

// fill makes a value from a template.
func (r *rowReader) fill(t *template) (text string, ok bool) {
	ok = true
	text = t.fill(func(p templatePart) string {
		if p.header != "" {
			if at, known := r.headers[folded(p.header)]; known {
				return tidy(r.rec.cells[at])
			}
			return ""
		}
		s := r.mapping.sources[p.field]
		if s.constant != "" {
			return s.constant
		}
		v, fine := r.cell(p.field)
		ok = ok && fine
		if v == "" {
			v = s.fallback
		}
		return v
	})
	return text, ok
}

// required returns the value of a field that a row cannot do without.
func (r *rowReader) required(f Field, what string) (string, bool) {
	text, ok := r.value(f)
	if ok && text == "" {
		r.fail(f, MissingValue, "", what)
		return "", false
	}
	return text, ok
}

// read fills the row. It reads every field even when one fails: all problems of a row are told in one pass.
func (r *rowReader) read() {
	r.number()
	r.dates()
	r.amount()
	r.debtor()
	r.documents()
	if text, ok := r.text(FieldPolicy, maxID); ok && text != "" {
		r.row.Policy = text
	}
	r.settlement()
}

// The longest texts in characters. Ids go into Temporal's workflow ids and search attributes, names and addresses on a letter.
const (
	maxID   = 100
	maxText = 200
)

var scientific = regexp.MustCompile(`^\d([.,]\d+)?[eE][+-]?\d+$`)

func (r *rowReader) id(f Field, missing string) string {
	text, ok := r.required(f, missing)
	if !ok || !r.printable(f, text, maxID) {
		return ""
	}
	switch {
	case scientific.MatchString(text):
		r.fail(f, SpreadsheetDamage, text, "A spreadsheet has rounded this number: export the file again with the column formatted "+
			"as text.")
		return ""
	case strings.Contains(text, "@"):
		r.fail(f, PersonalDataInID, text, "This looks like an e-mail address. Ids are shown where personal data must not be: use a "+
			"number, or make one with a template such as C-{@"+r.columnName(f)+"|digits:12}.")
		return ""
	}
	return text
}

func (r *rowReader) number() {
	r.row.Number = r.id(FieldNumber, "The invoice has no number.")
}

// text returns an optional text of at most limit characters.
func (r *rowReader) text(f Field, limit int) (string, bool) {
	text, ok := r.value(f)
	if !ok || !r.printable(f, text, limit) {
		return "", false
	}
	return text, true
}

func (r *rowReader) printable(f Field, text string, limit int) bool {
	if i := strings.IndexFunc(text, func(c rune) bool { return !unicode.IsPrint(c) && c != ' ' && c != '\u00A0' && c != '\u202F' }); i >= 0 {
		r.fail(f, BadText, text, "There is a line break or an invisible character in it: type the value again.")
		return false
	}
	if n := len([]rune(text)); n > limit {
		r.fail(f, BadText, text, fmt.Sprintf("This has %d characters, at most %d fit: check that the columns are not shifted.", n, limit))
		return false
	}
	return true
}

func (r *rowReader) dates() {
	r.row.IssuedOn = r.requiredDate(FieldIssuedOn, "The invoice has no issue date.")
	r.row.DueOn = r.requiredDate(FieldDueOn, "The invoice has no due date.")
	if r.row.IssuedOn.IsZero() || r.row.DueOn.IsZero() {
		return
	}
	if r.row.DueOn.Before(r.row.IssuedOn) {
		r.fail(FieldDueOn, DueBeforeIssue, r.row.DueOn.String(), "The invoice is due before it was issued on "+
			r.row.IssuedOn.String()+": check both dates, and the order of day and month.")
	}
}

func (r *rowReader) requiredDate(f Field, missing string) calendar.Date {
	text, ok := r.required(f, missing)
	if !ok {
		return calendar.Date{}
	}
	return r.date(f, text)
}

func (r *rowReader) date(f Field, text string) calendar.Date {
	d, code, why := parseDate(text, r.mapping.layouts)
	if code != "" {
		r.fail(f, code, text, why)
		return calendar.Date{}
	}
	return d
}

func (r *rowReader) amount() {
	symbol, known := r.required(FieldCurrency, "The amount has no currency: fill the column, or set “currency” under “defaults” of "+
		"the mapping.")
	text, ok := r.required(FieldAmount, "The invoice has no amount.")
	currency, err := money.ParseCurrency(strings.ToUpper(symbol))
	if known && err != nil {
		r.fail(FieldCurrency, UnknownCurrency, symbol, "This is not a currency of ISO 4217: write three letters such as EUR, PLN, USD "+
			"or GBP.")
	}
	if !ok {
		return
	}
	if err != nil {
		// Without a currency the digits can still be checked; three decimals are the most that any has.
		currency = "KWD"
	}
	a, code, why := parseAmount(text, r.mapping.numbers, currency)
	if code != "" {
		r.fail(FieldAmount, code, text, why)
		return
	}
	r.row.Amount = a
}

func (r *rowReader) settlement() {
	if text, ok := r.value(FieldSettledOn); ok && text != "" {
		d := r.date(FieldSettledOn, text)
		if !d.IsZero() && !r.row.IssuedOn.IsZero() && d.Before(r.row.IssuedOn) {
			r.fail(FieldSettledOn, SettledBeforeIssue, text, "The invoice was settled before it was issued on "+
				r.row.IssuedOn.String()+": check both dates.")
		}
		r.row.Settlement.SettledOn = d
	}
	text, ok := r.value(FieldDisputed)
	if !ok {
		return
	}
	switch strings.ToLower(text) {
	case "true", "yes", "1":
		r.row.Settlement.Disputed = true
	case "", "false", "no", "0":
	default:
		r.fail(FieldDisputed, BadFlag, text, "Write true or false, or translate this value under “values” of the mapping.")
	}
}

var documentFields = []struct {
	field Field
	kind  DocumentKind
}{
	{FieldInvoiceFile, InvoiceDocument},
	{FieldContractFile, ContractDocument},
	{FieldDeliveryFile, DeliveryProofDocument},
	{FieldOtherFile, OtherDocument},
}

var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.\-]+:`)

func (r *rowReader) documents() {
	for _, d := range documentFields {
		text, ok := r.value(d.field)
		if !ok {
			continue
		}
		for location := range strings.SplitSeq(text, "|") {
			if location = strings.TrimSpace(location); location != "" {
				r.document(d.field, d.kind, location)
			}
		}
	}
}

func (r *rowReader) document(f Field, kind DocumentKind, location string) {
	lower := strings.ToLower(location)
	remote := strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://")
	switch {
	case remote && !validURL(location, "https", "http"):
		r.fail(f, BadDocument, location, "This address cannot be read: write it in full, as in https://example.com/invoice.pdf.")
	case !remote && scheme.MatchString(location):
		r.fail(f, BadDocument, location, "A document is a path beside the CSV file or an https address.")
	case !r.printable(f, location, maxPath):
	case !remote && r.options.DocumentExists != nil && !r.options.DocumentExists(location):
		r.fail(f, MissingDocument, location, "There is no such file. Paths start at the folder of the CSV file.")
	default:
		r.row.Documents = append(r.row.Documents, Document{Kind: kind, Location: location, Remote: remote})
	}
}

// maxPath is the longest path or address of a document in characters.
const maxPath = 2000
