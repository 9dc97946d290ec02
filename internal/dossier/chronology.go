package dossier

import (
	"slices"
	"strconv"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/message"
)

// date writes a date in words, in English.
func date(d calendar.Date) string { return message.FormatDate(d, message.English) }

// happening is a line of the chronology.
type happening struct {
	on      calendar.Date
	what    string
	exhibit int // 0: none
}

// chronology is the story of the claim: money from the statement, messages as they went out, and of the timeline what a
// court or an agency asks about. How the work was done stays in the timeline.
func (b *builder) chronology() section {
	lines := b.invoiceStory()
	for _, e := range b.in.Statement.Entries {
		lines = append(lines, happening{on: e.On, what: entryStory(e)})
	}
	for _, m := range b.sent {
		lines = append(lines, happening{on: b.date(m.At), what: titleOf(m.Message) + ": " + resultWords(m.Message), exhibit: m.exhibit})
	}
	for _, e := range b.in.Timeline {
		if on, tell := b.tells(e); tell {
			lines = append(lines, happening{on: on, what: eventWords(e)})
		}
	}
	slices.SortStableFunc(lines, func(a, b happening) int { return a.on.Compare(b.on) })

	t := &grid{columns: []column{{"Date", 10, 13}, {"What happened", 70, 75}, {"Exhibit", 7, 12}}}
	for _, l := range lines {
		number := ""
		if l.exhibit > 0 {
			number = strconv.Itoa(l.exhibit)
		}
		t.rows = append(t.rows, []string{l.on.String(), l.what, number})
	}
	return section{title: "Chronology", table: t}
}

// invoiceStory is when the invoice was issued, unless the statement says it, and when it fell due.
func (b *builder) invoiceStory() []happening {
	v := b.in.Notice.Invoice
	var lines []happening
	stated := slices.ContainsFunc(b.in.Statement.Entries, func(e message.Entry) bool {
		return e.Kind == message.InvoiceEntry && e.Number == v.Number
	})
	if !stated && !v.IssuedOn.IsZero() {
		lines = append(lines, happening{on: v.IssuedOn, what: "Invoice " + clean(v.Number) + " issued: " + amount(v.Amount)})
	}
	if !v.DueOn.IsZero() {
		lines = append(lines, happening{on: v.DueOn, what: "Invoice " + clean(v.Number) + " due"})
	}
	return lines
}

// entryStory says a line of the statement.
func entryStory(e message.Entry) string {
	what := entryWords(e.Kind)
	if e.Kind == message.InvoiceEntry {
		what = "Invoice " + clean(e.Number) + " issued"
	} else {
		what = with(what, " ", clean(e.Number))
	}
	change := e.Debit
	if change.IsZero() {
		change = e.Credit
	}
	return with(what+": "+amount(change), ", ", clean(e.Note)) + ", balance " + amount(e.Balance)
}

// tells picks the lines of the timeline that belong into the chronology, with the day they are about.
func (b *builder) tells(e Event) (calendar.Date, bool) {
	p, on := particularsOf(e.Data), b.date(e.At)
	switch e.Kind {
	case "agreement", "agreement_broken", "pause_begun", "pause_ended", "case_referred":
		return on, true
	case "letter_posted":
		if posted, err := calendar.ParseDate(p.text("on")); err == nil {
			on = posted
		}
		return on, true
	case "task_done":
		return on, p.text("kind") == "call"
	}
	return on, false
}

// posting is what is known about the final notice.
type posting struct {
	sent     bool // handed to the letter provider or to a person, or recorded as posted
	recorded bool // the day of posting is on record; else on is the day the letter was handed over
	on       calendar.Date
	tracking string
}

// finalNotice looks for the last certified letter that went out: in the record of its posting, else in the messages.
func (b *builder) finalNotice() posting {
	var p posting
	for _, m := range b.in.Messages {
		if m.Kind == collection.CertifiedLetter && (m.Result == "accepted" || m.Result == "done") {
			p = posting{sent: true, on: b.date(m.At), tracking: clean(m.Tracking)}
		}
	}
	for _, e := range b.in.Timeline {
		if e.Kind != "letter_posted" {
			continue
		}
		p.sent, p.recorded = true, true
		p.on, _ = b.tells(e)
		if tracking := particularsOf(e.Data).text("tracking"); tracking != "" {
			p.tracking = tracking
		}
	}
	return p
}

func (p posting) words() string {
	if !p.sent {
		return "none on record"
	}
	if !p.recorded {
		return with("handed over for posting on "+date(p.on), ", tracking number ", p.tracking)
	}
	return with("posted on "+date(p.on), ", tracking number ", p.tracking)
}
