package ledger

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// gathering keeps what must be compared across rows: numbers, and what rows of one debtor say about it.
type gathering struct {
	total   int
	rows    []Row
	kept    []bool // by index in rows; false once a row has an error
	numbers map[string]*numberUse
	debtors map[string]*debtorUse
}

// numberUse is the first row with a number and what stood in it.
type numberUse struct {
	row      int // as a spreadsheet shows it
	line     int
	index    int // in rows
	content  [sha256.Size]byte
	reported bool
}

func newGathering() *gathering {
	return &gathering{numbers: map[string]*numberUse{}, debtors: map[string]*debtorUse{}}
}

func (g *gathering) add(r *rowReader) {
	if g.duplicate(r) {
		return
	}
	g.agree(r)
	g.rows = append(g.rows, r.row)
	g.kept = append(g.kept, !r.bad)
}

// duplicate deals with a number that an earlier row has. It reports whether the row is to be left out.
func (g *gathering) duplicate(r *rowReader) bool {
	number := r.row.Number
	if number == "" {
		return false
	}
	content := sha256.Sum256([]byte(strings.Join(r.rec.cells, "\x00")))
	first, seen := g.numbers[number]
	if !seen {
		g.numbers[number] = &numberUse{row: r.rec.row, line: r.rec.line, index: len(g.rows), content: content}
		return false
	}
	if content == first.content {
		r.warn(FieldNumber, IdenticalDuplicate, number, fmt.Sprintf("Row %d is the same, word for word: this one is left out.", first.row))
		return true
	}
	const keep = "Neither is imported: keep the one that is right."
	r.fail(FieldNumber, DuplicateNumber, number, fmt.Sprintf("Row %d has the same number with other content. %s", first.row, keep))
	if !first.reported {
		first.reported = true
		g.kept[first.index] = false
		r.problems = append(r.problems, Problem{
			Severity: Error, Code: DuplicateNumber, Row: first.row, Line: first.line, Column: r.columnName(FieldNumber), Value: shown(number),
			Message: fmt.Sprintf("Row %d has the same number with other content. %s", r.rec.row, keep),
		})
	}
	return false
}

// debtorUse is what the rows of a debtor have said so far, with the row that said it first.
type debtorUse struct {
	said map[Field]said
	// merged holds the first value of each field from usable rows.
	merged Debtor
	usable bool
}

type said struct {
	value string
	row   int
}

// debtorFacts are the fields that two rows of one debtor should agree on. Names are not among them: branches and spellings
// differ and do no harm. Kind and country decide which law applies, so there a difference is an error.
var debtorFacts = []struct {
	field    Field
	severity Severity
	of       func(*Debtor) string
	take     func(into, from *Debtor)
}{
	{FieldKind, Error, func(d *Debtor) string { return string(d.Kind) }, func(i, f *Debtor) { i.Kind = f.Kind }},
	{FieldCountry, Error, func(d *Debtor) string { return d.Country }, func(i, f *Debtor) { i.Country = f.Country }},
	{FieldRegion, Warning, func(d *Debtor) string { return d.Region }, func(i, f *Debtor) { i.Region = f.Region }},
	{FieldLanguage, Warning, func(d *Debtor) string { return d.Language }, func(i, f *Debtor) { i.Language = f.Language }},
	{FieldTimeZone, Warning, func(d *Debtor) string { return d.TimeZone }, func(i, f *Debtor) { i.TimeZone = f.TimeZone }},
	{FieldAddress, Warning, address, takeAddress},
	{FieldEmail, Warning, func(d *Debtor) string { return d.Email }, func(i, f *Debtor) { i.Email = f.Email }},
	{FieldPhone, Warning, func(d *Debtor) string { return d.Phone }, func(i, f *Debtor) { i.Phone = f.Phone }},
	{FieldPreferredChannel, Warning, func(d *Debtor) string { return string(d.PreferredChannel) },
		func(i, f *Debtor) { i.PreferredChannel = f.PreferredChannel }},
	{FieldContactHours, Warning, func(d *Debtor) string { return d.ContactHours.String() },
		func(i, f *Debtor) { i.ContactHours = f.ContactHours }},
	{FieldTaxID, Warning, func(d *Debtor) string { return d.TaxID }, func(i, f *Debtor) { i.TaxID = f.TaxID }},
}

// address is street, code and city together: parts of two addresses must not be mixed.
func address(d *Debtor) string {
	return strings.TrimSpace(strings.Join(append(slices.Clone(d.Address), d.PostalCode, d.City), " "))
}

func takeAddress(into, from *Debtor) {
	into.Address, into.PostalCode, into.City = from.Address, from.PostalCode, from.City
}

// agree compares a row with the earlier rows of its debtor.
func (g *gathering) agree(r *rowReader) {
	d := &r.row.Debtor
	if d.ExternalID == "" {
		return
	}
	use, seen := g.debtors[d.ExternalID]
	if !seen {
		use = &debtorUse{said: map[Field]said{}}
		g.debtors[d.ExternalID] = use
	}
	for _, fact := range debtorFacts {
		value := fact.of(d)
		first, known := use.said[fact.field]
		switch {
		case value == "":
		case !known:
			use.said[fact.field] = said{value, r.rec.row}
		case first.value != value && fact.severity == Error:
			r.fail(fact.field, ConflictingDebtor, value, fmt.Sprintf("Row %d says “%s” of the same customer %s, and the law differs: "+
				"correct one of them.", first.row, first.value, d.ExternalID))
		case first.value != value:
			r.warn(fact.field, DebtorDiffers, value, fmt.Sprintf("Row %d says “%s” of the same customer %s: the first one is used.",
				first.row, shown(first.value), d.ExternalID))
		}
	}
	if !r.bad {
		use.merge(d)
	}
}

func (u *debtorUse) merge(d *Debtor) {
	if !u.usable {
		u.merged, u.usable = *d, true
		return
	}
	for _, fact := range debtorFacts {
		if fact.of(&u.merged) == "" {
			fact.take(&u.merged, d)
		}
	}
}

// finish returns the usable rows, each with what is known of its debtor.
func (g *gathering) finish() []Row {
	rows := make([]Row, 0, len(g.rows))
	for i, row := range g.rows {
		if !g.kept[i] {
			continue
		}
		row.Debtor = g.debtors[row.Debtor.ExternalID].merged
		row.Debtor.complete()
		rows = append(rows, row)
	}
	return rows
}
