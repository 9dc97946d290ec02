package message

import (
	"strings"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/law"
	"relance/internal/money"
)

// view is what the templates see of a notice: texts that are ready to be read, empty where there is nothing to say, and the
// few conditions on which words depend.
type view struct {
	Creditor, Short, Phone, Email, Website, Registration, Signatory, PayURL string

	Debtor, Contact, Salutation string
	Named                       string // who can be greeted by name; empty at a company without a contact

	Number, Issued, Due, Amount, Owed string
	Paid, Credited                    string // empty: nothing was
	Changed                           bool   // the amount owed differs from the amount invoiced
	Today, PayBy, Reference           string

	Follows, NextOn string
	LetterNext      bool // a certified letter comes next
	CourtNext       bool // a court comes next
	Last            bool // no other request for payment follows
	Earlier         string

	Upcoming, Individual, Company                      bool
	ToUS, ToGB, ToPL                                   bool
	FrenchLaw                                          bool // both sides are in France
	InvoiceAttached, LetterAttached, StatementAttached bool
	Certified, ReturnReceipt, Stop                     bool
}

// style is how amounts and dates are written in one channel.
type style struct {
	language Language
	american bool
	sms      bool
}

func (n Notice) style() style {
	return style{language: n.Language, american: n.Language == English && n.Debtor.Country == "US"}
}

func (s style) amount(a money.Amount) string {
	if s.sms {
		return FormatAmountSMS(a, s.language)
	}
	return FormatAmount(a, s.language)
}

func (s style) date(d calendar.Date) string {
	if s.sms {
		return shortDate(d, s.language, s.american)
	}
	return longDate(d, s.language, s.american)
}

// newView prepares the words' ingredients; sentences that are built from other templates (Follows, Earlier) are added by
// the teller.
func newView(n Notice, s style) *view {
	v := &view{
		Creditor: n.Creditor.Name, Short: n.Creditor.ShortName, Phone: n.Creditor.Phone, Email: n.Creditor.Email,
		Website: n.Creditor.Website, Registration: n.Creditor.Registration, Signatory: n.Creditor.Signatory,
		PayURL: n.Creditor.PaymentURL,
		Debtor: n.Debtor.Name, Contact: n.Debtor.Contact, Salutation: n.Debtor.Salutation,
		Number: n.Invoice.Number, Issued: s.date(n.Invoice.IssuedOn), Due: s.date(n.Invoice.DueOn),
		Amount: s.amount(n.Invoice.Amount), Owed: s.amount(n.Invoice.Owed),
		Changed: n.Invoice.Amount != n.Invoice.Owed,
		Today:   s.date(n.Today), PayBy: s.date(n.PayBy), Reference: n.Reference,
		Last: n.last(), Upcoming: n.upcoming(),
		Individual: n.Debtor.Kind != law.Company, Company: n.Debtor.Kind == law.Company,
		ToUS: n.Debtor.Country == "US", ToGB: n.Debtor.Country == "GB",
		ToPL: n.Debtor.Country == "PL", FrenchLaw: n.Debtor.Country == "FR" && n.Creditor.Country == "FR",
		InvoiceAttached:   n.InvoiceAttached,
		LetterAttached:    n.LetterAttached && n.Kind == collection.EscalationNotice,
		StatementAttached: n.StatementAttached,
		Certified:         n.Kind == collection.CertifiedLetter, ReturnReceipt: n.ReturnReceipt,
		Stop: n.StopWord || n.Debtor.Country == "US" || n.Debtor.Country == "CA",
	}
	if v.Short == "" {
		v.Short = v.Creditor
	}
	if v.Named = v.Contact; v.Named == "" && v.Individual {
		v.Named = v.Debtor
	}
	if !n.Invoice.Paid.IsZero() {
		v.Paid = s.amount(n.Invoice.Paid)
	}
	if !n.Invoice.Credited.IsZero() {
		v.Credited = s.amount(n.Invoice.Credited)
	}
	if n.announces() {
		v.NextOn = s.date(n.Next.On)
		v.LetterNext = n.Next.Kind == collection.CertifiedLetter
		v.CourtNext = n.Next.Kind == collection.Referral && n.Next.Route == collection.SmallClaims
	}
	return v
}

// earlier lists the contacts so far, as "12 November 2026 (email), 19 November 2026 (text message)".
func (t *teller) earlier(contacts []Earlier, s style) string {
	var all []string
	for _, c := range contacts {
		all = append(all, s.date(c.On)+" ("+t.line("contact."+string(c.Kind))+")")
	}
	return strings.Join(all, ", ")
}

// follows is the sentence that announces the next step, or nothing.
func (t *teller) follows(n Notice, prefix string) string {
	if !n.announces() {
		return ""
	}
	name := prefix + string(n.Next.Kind)
	if n.Next.Kind == collection.Referral {
		route := n.Next.Route
		if route == "" {
			route = "undecided"
		}
		name += "." + string(route)
	}
	return t.line(name)
}
