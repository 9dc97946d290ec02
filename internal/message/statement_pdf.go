package message

import (
	"relance/internal/money"
)

// RenderStatement renders the statement of account as PDF: letterhead, period, one row for each entry with its running
// balance, and the closing balance. The heading of the table returns on every page. Errors: *InvalidError, ErrGlyph.
func RenderStatement(st Statement) ([]byte, error) {
	if err := st.Validate(); err != nil {
		return nil, err
	}
	st.Creditor, st.Debtor, st.Reference = st.Creditor.tidied(), st.Debtor.tidied(), tidy(st.Reference)
	write := style{language: st.Language, american: st.Language == English && st.Debtor.Country == "US"}
	t := &teller{language: st.Language, fine: true, data: map[string]any{
		"From": write.date(st.From), "To": write.date(st.To), "Favour": st.Closing.IsNegative(),
	}}
	facts := []fact{{t.line("label.date"), write.date(st.Today)}}
	if st.Reference != "" {
		facts = append(facts, fact{t.line("label.reference"), st.Reference})
	}

	title := t.line("statement.title")
	s := newSheet(title, st.Creditor.Name, string(st.Language), st.Debtor.Country, st.Today)
	s.letterhead(head{creditor: st.Creditor, debtor: st.Debtor, facts: facts})
	s.place(s.titled(title, t.line("statement.subject")))
	s.statementTable(t, st, write)
	return t.finish(s, foot(st.Creditor, st.Reference))
}

// columns are the right edges of the three columns of money and the space for the words between them and the date.
type columns struct{ date, what, whatWidth, debit, credit, balance float64 }

func (s *sheet) columns() columns {
	balance := s.right - 2
	c := columns{date: s.left + 2, what: s.left + 23, balance: balance, credit: balance - 27, debit: balance - 54}
	c.whatWidth = c.debit - 24 - c.what
	return c
}

// statementTable prints the entries. A row is never cut, and the closing balance keeps company with the last entry.
func (s *sheet) statementTable(t *teller, st Statement, write style) {
	c := s.columns()
	heading := s.tableHeading(t, c)
	s.place(heading)
	var rows []piece
	if !st.Opening.IsZero() {
		rows = append(rows, s.row(c, [5]string{shortDate(st.From, st.Language, write.american), t.line("statement.opening"),
			"", "", write.amount(st.Opening)}))
	}
	for _, e := range st.Entries {
		rows = append(rows, s.row(c, [5]string{
			shortDate(e.On, st.Language, write.american), t.entry(e, write),
			write.positive(e.Debit), write.positive(e.Credit), write.amount(e.Balance),
		}))
	}
	if len(st.Entries) == 0 {
		rows = append(rows, s.row(c, [5]string{1: t.line("statement.none")}))
	}
	closing := st.Closing
	if closing.IsNegative() {
		closing = closing.Neg() // "in your favour" says the sign
	}
	last := len(rows) - 1 // there is at least the row that says that there are none
	rows[last] = together(rows[last], s.closingRow(fact{t.line("statement.closing"), write.amount(closing)}))
	for _, row := range rows {
		if s.y+row.height > s.height-footRoom {
			s.pdf.AddPage()
			s.y = topEdge
			s.place(heading)
		}
		s.place(row)
	}
}

// entry puts one line of the account into words.
func (t *teller) entry(e Entry, write style) string {
	words := &teller{language: t.language, fine: t.fine, err: t.err, data: map[string]string{
		"Number": clip(tidy(e.Number)), "Note": clip(tidy(e.Note)), "Due": shortDate(e.DueOn, t.language, write.american),
	}}
	text := words.line("line." + string(e.Kind))
	t.err = words.err
	return text
}

// clip keeps a row shorter than a page, whatever somebody wrote into a note.
func clip(text string) string {
	const most = 200
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// positive writes an amount, and nothing for nothing.
func (s style) positive(a money.Amount) string {
	if a.IsZero() {
		return ""
	}
	return s.amount(a)
}

func (s *sheet) tableHeading(t *teller, c columns) piece {
	names := [5]string{
		t.line("statement.column.date"), t.line("statement.column.what"), t.line("statement.column.debit"),
		t.line("statement.column.credit"), t.line("statement.column.balance"),
	}
	return piece{height: 7, draw: func(y float64) {
		s.box(s.left, y, s.right-s.left, 6.4, tint)
		s.text(c.date, y+4.3, names[0], bold, smallSize, ink)
		s.text(c.what, y+4.3, names[1], bold, smallSize, ink)
		for i, x := range []float64{c.debit, c.credit, c.balance} {
			s.textRight(x, y+4.3, names[2+i], bold, smallSize, ink)
		}
	}}
}

// row is one line of the table: date, words, debit, credit, balance.
func (s *sheet) row(c columns, cells [5]string) piece {
	lines := s.wrap(cells[1], regular, smallSize, c.whatWidth)
	height := float64(max(1, len(lines)))*smallLine + 2
	return piece{height: height, draw: func(y float64) {
		s.text(c.date, y+4, cells[0], regular, smallSize, ink)
		for i, line := range lines {
			s.text(c.what, y+4+smallLine*float64(i), line, regular, smallSize, ink)
		}
		for i, x := range []float64{c.debit, c.credit, c.balance} {
			s.textRight(x, y+4, cells[2+i], regular, smallSize, ink)
		}
		s.line(s.left, s.right, y+height, 0.2, rule)
	}}
}

func (s *sheet) closingRow(f fact) piece {
	return piece{height: 10, draw: func(y float64) {
		s.box(s.left, y+1, s.right-s.left, 8, tint)
		s.text(s.left+2, y+6.4, f.Label, bold, bodySize, ink)
		s.textRight(s.right-2, y+6.4, f.Value, bold, bodySize, ink)
	}}
}
