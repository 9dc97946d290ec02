package ledger

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"relance/internal/calendar"
	"relance/internal/money"
)

// Story is what debtors and staff do to the invoices of a book.
type Story struct {
	// Events of the usable lines, in the order of [MergeEvents].
	Events   []Event
	Problems Problems
}

// StoryHelp explains a story file to the person who writes one.
const StoryHelp = `A story is a CSV file of what debtors and staff do; each row is one event:

  date    the day, YYYY-MM-DD
  time    optional, HH:MM on the creditor's clock; empty is 00:00
  who     an invoice number, or a debtor id for all invoices of that debtor
  what    pay, pay_part, agree, dispute, release (or resolve), hold, resume, printed, call
  amount  of pay and pay_part, in the invoice's currency; pay without one is all that is owed
  detail  agree: "3 from 2026-03-16 monthly" (weekly, every 14 days), or one by one
          "2026-03-16:100.00; 2026-04-16:50.00"; printed: the tracking number;
          call: the outcome; hold: "until 2026-03-01" if it ends by itself
  note    free text
`

// The columns of a story file.
const (
	storyDate   = "date"
	storyTime   = "time"
	storyWho    = "who"
	storyWhat   = "what"
	storyAmount = "amount"
	storyDetail = "detail"
	storyNote   = "note"
)

var storyColumns = []struct {
	name     string
	required bool
}{
	{storyDate, true}, {storyTime, false}, {storyWho, true}, {storyWhat, true}, {storyAmount, false}, {storyDetail, false},
	{storyNote, false},
}

// ReadStory reads a story file about the invoices of book. Every problem of every line stands in the story's Problems; the
// error is that of r or of the context.
func ReadStory(ctx context.Context, r io.Reader, book *Book) (*Story, error) {
	names := make([]string, 0, len(storyColumns))
	for _, c := range storyColumns {
		names = append(names, c.name)
	}
	s, err := openSheet(r, defaultFormat(), names, Options{})
	if err != nil {
		return nil, fmt.Errorf("read story: %w", err)
	}
	if s.table == nil {
		return &Story{Problems: s.problems}, nil
	}
	t := &storyReader{sheet: s, at: map[string]int{}, names: naming{}, cast: castOf(book)}
	t.findColumns(names)
	for rec, more := s.next(); more; rec, more = s.next() {
		if rec.row%progressEvery == 0 {
			if err := ctx.Err(); err != nil {
				return nil, fmt.Errorf("read story: %w", err)
			}
		}
		line := &storyLine{rowReader: rowReader{sheet: s, rec: rec}, story: t}
		if (rec.fault == "" && rec.blank()) || !line.shaped() {
			continue
		}
		if !t.blind {
			line.read()
		}
	}
	return &Story{Events: MergeEvents(t.events), Problems: s.problems.sorted()}, nil
}

type storyReader struct {
	*sheet
	at     map[string]int
	blind  bool // a required column is missing
	cast   cast
	names  naming
	events []Event
}

// cast is who can appear in a story.
type cast struct {
	invoices map[string]Row
	debtors  map[string][]Row
	all      []string
}

func castOf(book *Book) cast {
	c := cast{invoices: map[string]Row{}, debtors: map[string][]Row{}}
	for _, row := range book.Rows {
		c.invoices[row.Number] = row
		id := row.Debtor.ExternalID
		if len(c.debtors[id]) == 0 {
			c.all = append(c.all, id)
		}
		c.debtors[id] = append(c.debtors[id], row)
		c.all = append(c.all, row.Number)
	}
	return c
}

func (t *storyReader) findColumns(names []string) {
	for i, h := range t.header {
		if _, seen := t.at[folded(h)]; !seen {
			t.at[folded(h)] = i
		}
	}
	for _, c := range storyColumns {
		if _, found := t.at[c.name]; c.required && !found {
			t.column(Error, MissingColumn, c.name, "A story needs this column."+didYouMean(c.name, t.header))
			t.blind = true
		}
	}
	for _, h := range t.header {
		if near := closest(h, names); near != "" && folded(near) != folded(h) {
			t.column(Warning, UnknownColumn, h, "This column is not read. Did you mean “"+near+"”?")
		}
	}
}

// storyLine reads one line.
type storyLine struct {
	rowReader
	story *storyReader
}

func (l *storyLine) value(column string) string {
	at, ok := l.story.at[column]
	if !ok {
		return ""
	}
	return tidy(l.rec.cells[at])
}

// readable reports cells whose bytes stand for no letter.
func (l *storyLine) readable() {
	for _, c := range storyColumns {
		if text := l.value(c.name); strings.ContainsRune(text, '\uFFFD') {
			l.wrong(c.name, Undecodable, text, "Some bytes here stand for no letter, shown as �: save the file as “CSV UTF-8”.")
		}
	}
}

func (l *storyLine) wrong(column string, code Code, value, message string) {
	l.fail(Field(column), code, value, message)
}

func (l *storyLine) read() {
	e := Event{Row: l.rec.row, Note: l.value(storyNote)}
	l.readable()
	l.when(&e)
	l.what(&e)
	rows := l.who()
	l.unused(&e)
	for _, row := range rows {
		one := e
		one.Invoice, one.Debtor = row.Number, row.Debtor.ExternalID
		l.details(&one, row)
		if !e.Date.IsZero() && e.Date.Before(row.IssuedOn) {
			l.wrong(storyDate, BeforeIssue, e.Date.String(), "Invoice "+row.Number+" is issued on "+row.IssuedOn.String()+
				": nothing can happen to it before.")
		}
		if l.bad {
			return
		}
		l.story.names.name(&one)
		l.story.events = append(l.story.events, one)
	}
}

func (l *storyLine) when(e *Event) {
	text := l.value(storyDate)
	iso, _ := parseLayout(isoDate)
	d, code, why := parseDate(text, []layout{iso})
	if code != "" {
		l.wrong(storyDate, code, text, why)
	}
	e.Date = d
	if text = l.value(storyTime); text == "" {
		return
	}
	at, err := time.Parse("15:04", text)
	if err != nil {
		l.wrong(storyTime, BadDate, text, "Write the time as HH:MM, such as 09:30, or leave it empty.")
		return
	}
	e.Minutes = at.Hour()*60 + at.Minute()
}

func (l *storyLine) what(e *Event) {
	text := strings.ToLower(l.value(storyWhat))
	switch text {
	case "pay_part":
		e.What = Pay
		if l.value(storyAmount) == "" {
			l.wrong(storyAmount, MissingValue, "", "A part payment needs an amount.")
		}
	case "resolve":
		e.What = Release
	case "pay", "agree", "dispute", "release", "hold", "resume", "printed", "call":
		e.What = What(text)
	default:
		names := []string{"pay", "pay_part", "agree", "dispute", "release", "hold", "resume", "printed", "call"}
		l.wrong(storyWhat, BadEvent, text, "Write one of "+strings.Join(names, ", ")+"."+didYouMean(text, names))
	}
}

// who returns the rows of the invoices that a line is about.
func (l *storyLine) who() []Row {
	text := l.value(storyWho)
	invoice, isInvoice := l.story.cast.invoices[text]
	rows, isDebtor := l.story.cast.debtors[text]
	switch {
	case isInvoice && isDebtor && len(rows) > 1:
		l.wrong(storyWho, AmbiguousWho, text, "This is the number of an invoice and the id of a customer: rename one.")
		return nil
	case isInvoice:
		return []Row{invoice}
	case isDebtor:
		return rows
	}
	l.wrong(storyWho, UnknownWho, text, "Neither an invoice number nor a customer id of the ledger."+didYouMean(text, l.story.cast.all))
	return nil
}

// unused reports an amount or detail that would silently mean nothing.
func (l *storyLine) unused(e *Event) {
	if e.What != Pay && e.What != "" && l.value(storyAmount) != "" {
		l.wrong(storyAmount, BadEvent, l.value(storyAmount), "Only pay and pay_part have an amount.")
	}
	switch e.What {
	case Pay, Dispute, Release, Resume, Register:
		if detail := l.value(storyDetail); detail != "" {
			l.wrong(storyDetail, BadEvent, detail, "Nothing is expected here: free text belongs in the column note.")
		}
	case Agree, Hold, Printed, Call:
	}
}

var trackingNumber = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 \-]{3,39}$`)

func (l *storyLine) details(e *Event, row Row) {
	detail := l.value(storyDetail)
	switch e.What {
	case Pay:
		e.Amount = l.amount(row.Amount.Currency)
		if e.Amount != nil && len(l.story.cast.debtors[row.Debtor.ExternalID]) > 1 && l.value(storyWho) == row.Debtor.ExternalID {
			l.wrong(storyWho, BadEvent, row.Debtor.ExternalID, "This customer has several invoices: name the one that is paid.")
		}
	case Agree:
		e.Schedule = l.schedule(e.Date, detail, row)
	case Printed:
		if !trackingNumber.MatchString(detail) {
			l.wrong(storyDetail, BadEvent, detail, "Write the tracking number of the letter.")
		}
		e.Tracking = detail
	case Call:
		if detail == "" {
			l.wrong(storyDetail, MissingValue, "", "Write the outcome of the call, such as reached or no answer.")
		}
		e.Outcome = detail
	case Hold:
		l.until(e, detail)
	case Dispute, Release, Resume, Register:
	}
}

func (l *storyLine) amount(currency money.Currency) *money.Amount {
	text := l.value(storyAmount)
	if text == "" {
		return nil
	}
	a, code, why := parseAmount(text, numberFormat{decimal: "."}, currency)
	if code != "" {
		l.wrong(storyAmount, code, text, why)
		return nil
	}
	return &a
}

func (l *storyLine) schedule(agreed calendar.Date, detail string, row Row) *Schedule {
	s, why := parseSchedule(detail, row.Amount.Currency)
	if why == "" && !agreed.IsZero() && s.firstDue().Before(agreed) {
		why = "The first instalment is due before the agreement."
	}
	if why == "" && len(s.List) > 0 {
		if sum, err := s.sum(row.Amount.Currency); err != nil || sum.Minor > row.Amount.Minor {
			why = "The instalments add up to more than invoice " + row.Number + ", " + row.Amount.String() + "."
		}
	}
	if why != "" {
		l.wrong(storyDetail, BadSchedule, detail, why)
		return nil
	}
	return s
}

func (l *storyLine) until(e *Event, detail string) {
	if detail == "" {
		return
	}
	day, found := strings.CutPrefix(detail, "until ")
	d, err := calendar.ParseDate(strings.TrimSpace(day))
	if !found || err != nil || !d.After(e.Date) {
		l.wrong(storyDetail, BadDate, detail, "Write “until ” and a later date, such as until 2026-03-01, or leave it empty.")
		return
	}
	e.Until = d
}
