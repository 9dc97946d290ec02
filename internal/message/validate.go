package message

import (
	"errors"
	"net/url"
	"strings"

	"relance/internal/collection"
	"relance/internal/money"
)

// The kinds of error of rendering. Their texts name fields and never values, so they may be logged.
var (
	// ErrInvalid is a notice or statement that is incomplete, contradicts itself, or would say something untrue.
	ErrInvalid = errors.New("message cannot be said")
	// ErrKind is a step kind that the channel has no message for.
	ErrKind = errors.New("no message of this kind")
	// ErrGlyph is a text with characters that the letters' typeface cannot print.
	ErrGlyph = errors.New("characters that cannot be printed")
)

// InvalidError lists every problem of a notice or statement at once. It is of the kind ErrInvalid.
type InvalidError struct {
	Problems []string // for people, each names a field
}

// Error joins the problems.
func (e *InvalidError) Error() string {
	return ErrInvalid.Error() + ": " + strings.Join(e.Problems, "; ")
}

// Is makes errors.Is(err, ErrInvalid) hold.
func (e *InvalidError) Is(target error) bool { return target == ErrInvalid }

// problems collects what is wrong.
type problems []string

func (p *problems) when(wrong bool, problem string) {
	if wrong {
		*p = append(*p, problem)
	}
}

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return &InvalidError{Problems: p}
}

// Validate reports every reason why the notice cannot be rendered in any channel, as an *InvalidError.
func (n Notice) Validate() error {
	var p problems
	p.when(!n.Language.Valid(), "language: has no templates")
	p.when(!n.Kind.Valid(), "kind: not a step kind")
	p.when(!n.Tone.Valid(), "tone: not a tone")
	p.when(n.Rung < 1, "rung: counts from 1")
	p.when(blank(n.Creditor.Name), "creditor name: missing")
	p.when(blank(n.Debtor.Name), "debtor name: missing")
	p.when(!n.Debtor.Kind.Valid(), "debtor kind: not a kind of debtor")
	p.when(n.Today.IsZero(), "today: missing")
	p.when(!webAddress(n.Creditor.PaymentURL), "payment address: not an http or https URL")
	p.when(!webAddress(n.InvoiceURL), "invoice address: not an http or https URL")
	p.when(!webAddress(n.OptOutURL), "opt-out address: not an http or https URL")
	for _, line := range n.Creditor.Bank {
		p.when(!line.Kind.Valid() || blank(line.Value), "bank line: unknown kind or empty")
	}
	n.checkInvoice(&p)
	n.checkTime(&p)
	return p.err()
}

func (n Notice) checkInvoice(p *problems) {
	v := n.Invoice
	p.when(blank(v.Number), "invoice number: missing")
	p.when(v.DueOn.IsZero(), "due date: missing")
	p.when(v.Owed.Currency == "", "amount owed: no currency")
	p.when(!v.Owed.IsPositive(), "amount owed: nothing is owed, so nothing can be asked")
	p.when(v.Paid.IsNegative(), "amount paid: negative")
	p.when(!addsUp(v.Owed, v.Amount, v.Paid.Neg(), v.Credited.Neg()), "amounts: invoiced less paid less credited is not what is owed")
}

// checkTime refuses what the calendar would make untrue: a deadline in the past, a consequence before the deadline, a demand
// for an invoice that is not due.
func (n Notice) checkTime(p *problems) {
	p.when(n.upcoming() && n.Kind != collection.EmailReminder && n.Kind != collection.SMSReminder,
		"due date: only a reminder can go out before the invoice is overdue")
	p.when(!n.PayBy.IsZero() && n.PayBy.Before(n.Today), "pay-by date: in the past")
	for _, e := range n.Earlier {
		p.when(!e.Kind.Valid() || e.Kind == collection.Referral || e.On.IsZero() || e.On.After(n.Today), "earlier contact: not a kind of contact, no date, or in the future")
	}
	if n.Next == nil {
		return
	}
	p.when(!n.Next.Kind.Valid(), "next step: not a step kind")
	p.when(n.Next.Route != "" && !n.Next.Route.Valid(), "next step: not a route")
	if !n.Next.On.IsZero() {
		p.when(n.Next.On.Before(n.Today), "next step: in the past")
		p.when(n.Next.On.Before(n.PayBy), "next step: before the pay-by date")
	}
}

// addsUp reports whether the parts sum to the total, in one currency and without overflow.
func addsUp(total money.Amount, parts ...money.Amount) bool {
	sum, err := money.Sum(parts)
	if err != nil {
		return false
	}
	order, err := sum.Cmp(total)
	return err == nil && order == 0
}

func blank(s string) bool { return tidy(s) == "" }

// webAddress accepts the empty text: the address is then simply not offered.
func webAddress(s string) bool {
	if s == "" {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && tidy(s) == s && !strings.Contains(s, " ")
}
