package screen

import (
	"fmt"
	"slices"
	"strings"

	"relance/internal/collection"
	"relance/internal/inquiry"
	"relance/internal/words"
)

// Cases lists invoices, a line each, and adds the book up.
func Cases(l inquiry.CaseList) string {
	var b strings.Builder
	if len(l.Cases) > 0 {
		cols := []column{
			{head: "INVOICE", most: 20}, {head: "DEBTOR", most: 24}, {head: "DUE"}, {head: "OWED", right: true}, {head: "NEXT", most: 22},
		}
		manyCreditors := slices.ContainsFunc(l.Cases, func(c inquiry.CaseLine) bool { return c.Creditor != l.Cases[0].Creditor })
		if manyCreditors {
			cols = append([]column{{head: "CREDITOR", most: 14}}, cols...)
		}
		var rows [][]string
		for _, c := range l.Cases {
			row := []string{c.Invoice, c.Debtor, c.DueOn.String(), c.Owed.String(), nextShort(c)}
			if manyCreditors {
				row = append([]string{c.Creditor}, row...)
			}
			rows = append(rows, row)
		}
		b.WriteString(table(cols, rows))
		if more := l.Matching - int64(len(l.Cases)); more > 0 {
			fmt.Fprintf(&b, "... and %d more: use --limit\n", more)
		}
		b.WriteByte('\n')
	}
	b.WriteString(book(l))
	return b.String()
}

func book(l inquiry.CaseList) string {
	if len(l.Book) == 0 {
		return Paragraph("No invoice is registered yet. Begin with: relance import FILE")
	}
	var rows [][]string
	last := inquiry.Status("")
	for _, s := range l.Book {
		switch {
		case s.Owed.Minor != 0 && s.Status != last:
			rows = append(rows, []string{string(s.Status), itoa(s.Invoices), s.Owed.String() + " owed"})
		case s.Owed.Minor != 0:
			rows = append(rows, []string{"", itoa(s.Invoices), s.Owed.String() + " owed"})
		case s.Status != last:
			rows = append(rows, []string{string(s.Status), itoa(paidUp(l, s.Status)), ""})
		default: // counted with the first line of its status
			continue
		}
		last = s.Status
	}
	text := ""
	if len(l.Cases) == 0 {
		text = "No case matches. The whole book:\n\n"
	}
	return text + table([]column{{}, {right: true}, {right: true}}, rows)
}

// paidUp counts the invoices of a status on which nothing is owed, in all currencies.
func paidUp(l inquiry.CaseList, status inquiry.Status) int64 {
	var n int64
	for _, s := range l.Book {
		if s.Status == status && s.Owed.Minor == 0 {
			n += s.Invoices
		}
	}
	return n
}

// nextShort says in a few characters what a case does next, or how it stands.
func nextShort(c inquiry.CaseLine) string {
	n := c.Next
	switch {
	case c.Status == inquiry.Waiting:
		return "opens " + c.OpensOn.String()
	case c.Status == inquiry.Closed:
		return "paid"
	case n == nil:
		return string(c.Status)
	}
	switch n.Form {
	case collection.Perform:
		return kindShort(n.Kind) + " " + n.On.String()
	case collection.Person:
		return whyShort(n.Why, "a person")
	case collection.Review:
		return whyShort(n.Why, "review") + " " + n.On.String()
	case collection.Close:
	}
	return string(n.Form)
}

func kindShort(k collection.StepKind) string {
	switch k {
	case collection.EmailReminder:
		return "email"
	case collection.SMSReminder:
		return "SMS"
	case collection.PhoneCall:
		return "call"
	case collection.EscalationNotice:
		return "notice"
	case collection.CertifiedLetter:
		return "letter"
	case collection.Referral:
		return "referral"
	}
	return words.Plain(string(k))
}

func whyShort(why []collection.Why, fallback string) string {
	for _, w := range why {
		switch w {
		case collection.WhyHold:
			return "hold"
		case collection.WhyDispute:
			return "dispute"
		case collection.WhyAgreement:
			return "agreed"
		case collection.WhySignal:
			return "signal"
		case collection.WhyUnknown:
			return "look-up"
		case collection.WhyNotPosted:
			return "not posted"
		case collection.WhyOnPerson:
			return "task"
		case collection.WhyLadderDone:
			return "ladder done"
		default:
		}
	}
	return fallback
}
