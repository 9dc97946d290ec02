package message

import (
	"relance/internal/calendar"
	"relance/internal/money"
)

// EntryKind says what a line of a statement of account records. The words come from the templates.
type EntryKind string

// The kinds of entry.
const (
	InvoiceEntry         EntryKind = "invoice"
	PaymentEntry         EntryKind = "payment"
	PaymentReversedEntry EntryKind = "payment_reversed"
	CreditEntry          EntryKind = "credit"
	AdjustmentEntry      EntryKind = "adjustment"
	SettlementEntry      EntryKind = "settlement" // what a settlement forgave
	WriteOffEntry        EntryKind = "write_off"
)

// EntryKinds lists the kinds.
func EntryKinds() []EntryKind {
	return []EntryKind{
		InvoiceEntry, PaymentEntry, PaymentReversedEntry, CreditEntry, AdjustmentEntry, SettlementEntry, WriteOffEntry,
	}
}

// Valid reports whether k is one of the kinds.
func (k EntryKind) Valid() bool {
	switch k {
	case InvoiceEntry, PaymentEntry, PaymentReversedEntry, CreditEntry, AdjustmentEntry, SettlementEntry, WriteOffEntry:
		return true
	}
	return false
}

// Entry is one line of a statement. Debit raises what is owed, Credit lowers it; neither is negative and one of them is
// zero. Balance is what is owed after the line.
type Entry struct {
	On      calendar.Date
	Kind    EntryKind
	Number  string        // of an invoice or credit note
	DueOn   calendar.Date // of an invoice; zero: not said
	Note    string        // a reference or a reason, printed as it is; empty: none
	Debit   money.Amount
	Credit  money.Amount
	Balance money.Amount
}

// Statement is the account of a debtor with a creditor over a period, in one currency. Opening plus debits less credits is
// Closing and every running balance is right, or it does not render.
type Statement struct {
	Language  Language
	Creditor  Creditor
	Debtor    Debtor
	Reference string // short case reference; empty: none
	Today     calendar.Date
	From, To  calendar.Date // the period, both days included
	Opening   money.Amount
	Entries   []Entry
	Closing   money.Amount
}

// Validate reports every reason why the statement cannot be rendered, as an *InvalidError.
func (s Statement) Validate() error {
	var p problems
	p.when(!s.Language.Valid(), "language: has no templates")
	p.when(blank(s.Creditor.Name), "creditor name: missing")
	p.when(blank(s.Debtor.Name), "debtor name: missing")
	p.when(s.Today.IsZero(), "today: missing")
	p.when(s.From.IsZero() || s.To.IsZero() || s.To.Before(s.From), "period: missing or backwards")
	p.when(s.Closing.Currency == "", "closing balance: no currency")
	balance, before := s.Opening, s.From
	for _, e := range s.Entries {
		p.when(!e.Kind.Valid(), "entry: unknown kind")
		p.when(e.On.Before(before) || e.On.After(s.To), "entry: outside the period or out of order")
		p.when(e.Debit.IsNegative() || e.Credit.IsNegative() || e.Debit.IsZero() == e.Credit.IsZero(),
			"entry: needs a debit or a credit above nothing")
		p.when(!addsUp(e.Balance, balance, e.Debit, e.Credit.Neg()), "entry: the balance is not what the line makes of it")
		balance, before = e.Balance, e.On
	}
	p.when(!addsUp(s.Closing, balance), "closing balance: is not the last balance")
	return p.err()
}
