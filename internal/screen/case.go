package screen

import (
	"fmt"
	"strings"
	"time"

	"relance/internal/collection"
	"relance/internal/inquiry"
	"relance/internal/words"
)

// label is how far the values of a file stand from the left.
const label = 12

// file sets lines of label and value.
type file struct{ strings.Builder }

func (f *file) line(name, value string) {
	if value != "" {
		f.WriteString(Labelled(name, label, value))
	}
}

func (f *file) head(name string) { f.WriteString("\n" + name + "\n") }

// Case shows one invoice: what happens next and why, what is owed by whom, the ladder, and all that happened.
func Case(c inquiry.Case) string {
	f := &file{}
	f.WriteString(Paragraph(c.Next.Sentence))
	for _, s := range c.Stops {
		f.WriteString(Paragraph(stopped(s)))
	}
	f.WriteByte('\n')
	f.invoice(c)
	f.debtor(c.Debtor)
	f.line("Creditor", fmt.Sprintf("%s (%s)", c.CreditorName, c.Creditor))
	f.line("Policy", fmt.Sprintf("%s, version %d", c.Policy, c.Version))
	if c.TestClock {
		f.line("Today", minute(c.Now, c.Debtor.Zone())+" on the test clock")
	}
	f.openTasks(c)
	f.agreement(c)
	f.ladder(c)
	f.payments(c)
	f.timeline(c)
	return f.String()
}

func stopped(s inquiry.Stop) string {
	who, command := "the whole installation", "relance start"
	if s.Creditor != "" {
		who, command = "creditor "+s.Creditor, "relance start --creditor "+s.Creditor
	}
	reason := ""
	if s.Reason != "" {
		reason = " (" + s.Reason + ")"
	}
	return fmt.Sprintf("Sending is stopped for %s since %s UTC%s: nothing goes out until `%s`.", who, s.Since.UTC().Format("2006-01-02 15:04"), reason, command)
}

func (f *file) invoice(c inquiry.Case) {
	due := fmt.Sprintf("due %s", c.DueOn)
	switch {
	case c.Owed.Minor <= 0 || c.DaysLate == 0:
	case c.DaysLate > 0:
		due += fmt.Sprintf(", %s late", count(c.DaysLate, "day", "days"))
	default:
		due += fmt.Sprintf(", in %s", count(-c.DaysLate, "day", "days"))
	}
	f.line("Invoice", fmt.Sprintf("%s of %s, %s, %s", c.Invoice, c.IssuedOn, due, c.Status))
	owed := c.Owed.String()
	if c.Paid.Minor != 0 {
		owed += fmt.Sprintf(" of %s; %s paid", c.Amount, c.Paid)
	}
	f.line("Owed", owed)
	if len(c.Documents) > 0 {
		names := make([]string, len(c.Documents))
		for i, d := range c.Documents {
			names[i] = fmt.Sprintf("%s (%s)", d.Name, words.Plain(d.Kind))
		}
		f.line("Documents", strings.Join(names, ", "))
	}
}

func (f *file) debtor(d inquiry.Debtor) {
	f.line("Debtor", fmt.Sprintf("%s (%s), %s", d.Name, d.ID, words.Plain(string(d.Kind))))
	place := strings.TrimSpace(d.PostalCode + " " + d.City)
	if d.Region != "" {
		place = strings.TrimSpace(place + " " + d.Region)
	}
	address := append(append([]string{}, d.Address...), place, d.Country)
	f.line("", strings.Join(notEmpty(address), ", "))
	for _, contact := range d.Contacts {
		note := ""
		switch {
		case !contact.InvalidAt.IsZero():
			note = fmt.Sprintf(" (does not work, since %s)", contact.InvalidAt.In(d.Zone()).Format(time.DateOnly))
		case !contact.OptedOutAt.IsZero():
			note = fmt.Sprintf(" (opted out, since %s)", contact.OptedOutAt.In(d.Zone()).Format(time.DateOnly))
		}
		f.line("", contact.Value+note)
	}
	how := fmt.Sprintf("contact %s, %s; writes %s", d.Hours, d.TimeZone, d.Language)
	if d.Preferred != "" {
		how += "; prefers " + d.Preferred
	}
	f.line("", how)
}

func notEmpty(list []string) []string {
	var kept []string
	for _, s := range list {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

func (f *file) openTasks(c inquiry.Case) {
	name := "To do"
	for _, t := range c.Tasks {
		if t.Status != "open" {
			continue
		}
		f.line(name, fmt.Sprintf("%s, by %s (task %s)", t.What, t.DueOn, t.ID.String()[:8]))
		name = ""
	}
}

func (f *file) agreement(c inquiry.Case) {
	if c.Agreement == nil {
		return
	}
	f.head("Instalments")
	var rows [][]string
	for _, i := range c.Agreement.Instalments {
		state := "open"
		switch {
		case i.Paid:
			state = "paid"
		case i.Left != i.Amount:
			state = i.Left.String() + " left"
		}
		rows = append(rows, []string{"", i.DueOn.String(), i.Amount.String(), state})
	}
	f.WriteString(table([]column{{}, {}, {right: true}, {}}, rows))
}

func (f *file) ladder(c inquiry.Case) {
	f.head("Ladder")
	var rows [][]string
	for _, r := range c.Ladder {
		rows = append(rows, []string{"", rungState(r), words.Step(r.Kind), rungDay(c, r), rungNote(c, r)})
	}
	f.WriteString(table([]column{{}, {}, {}, {}, {flow: true}}, rows))
}

func rungState(r inquiry.Rung) string {
	switch r.State {
	case inquiry.RungDone:
		return "done"
	case inquiry.RungNext:
		return "next"
	case inquiry.RungPlanned:
		return "then"
	case inquiry.RungWaiting, inquiry.RungDropped:
	}
	return "-"
}

func rungDay(c inquiry.Case, r inquiry.Rung) string {
	if r.At.IsZero() {
		return ""
	}
	return r.At.In(c.Debtor.Zone()).Format(time.DateOnly)
}

// rungNote says how a rung ended, or what is remarkable about one to come.
func rungNote(c inquiry.Case, r inquiry.Rung) string {
	switch r.State {
	case inquiry.RungDone:
		return doneNote(c, r)
	case inquiry.RungNext, inquiry.RungPlanned:
		var notes []string
		for _, w := range r.Why {
			switch w {
			case collection.WhyNoEmail, collection.WhyNoPhone, collection.WhyPreferred, collection.WhyNoChannel, collection.WhyNoticePeriod:
				notes = append(notes, words.Why(w))
			default: // said in the sentence above
			}
		}
		return strings.Join(notes, ", ")
	case inquiry.RungWaiting:
		return "waits"
	case inquiry.RungDropped:
		return "not needed"
	}
	return ""
}

func doneNote(c inquiry.Case, r inquiry.Rung) string {
	switch r.Result {
	case collection.Sent:
		for _, m := range c.Messages {
			if m.ID.String() == r.Message {
				note := "sent to " + m.To
				if m.Tracking != "" {
					note += ", tracking " + m.Tracking
				}
				return note
			}
		}
	case collection.Tasked:
		for _, t := range c.Tasks {
			if t.ID.String() == r.Task {
				return taskNote(t)
			}
		}
	case collection.Skipped, collection.Refused, collection.GaveUp, collection.Unknown:
		if r.Reason != "" {
			return words.Result(r.Result) + ": " + words.Reason(r.Reason)
		}
	case collection.Covered:
	}
	return words.Result(r.Result)
}

func taskNote(t inquiry.TaskLine) string {
	note := fmt.Sprintf("task %s: %s", t.ID.String()[:8], t.What)
	if t.Status != "open" {
		note += ", " + t.Status
	}
	if t.Tracking != "" {
		note += ", tracking " + t.Tracking
	} else if t.Outcome != "" && t.Outcome != t.Status {
		note += " (" + words.Plain(t.Outcome) + ")"
	}
	return note
}

func (f *file) payments(c inquiry.Case) {
	if len(c.Payments) == 0 {
		return
	}
	f.head("Payments")
	var rows [][]string
	for _, p := range c.Payments {
		rows = append(rows, []string{"", p.On.String(), p.Amount.String(), "from " + p.Source, p.Reference})
	}
	f.WriteString(table([]column{{}, {}, {right: true}, {}, {most: 30}}, rows))
}

func (f *file) timeline(c inquiry.Case) {
	f.head("Timeline")
	var rows [][]string
	for _, e := range c.Timeline {
		if e.Text != "" {
			rows = append(rows, []string{"", e.At.In(c.Debtor.Zone()).Format("2006-01-02 15:04"), e.Text})
		}
	}
	f.WriteString(table([]column{{}, {}, {flow: true}}, rows))
}

func minute(at time.Time, zone *time.Location) string {
	return at.In(zone).Format("Mon 2 Jan 2006 15:04") + " " + zone.String()
}
