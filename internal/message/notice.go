package message

import (
	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/law"
	"relance/internal/money"
)

// Party is somebody a message is from or to: the legal name and the postal address, line by line as it is written on an
// envelope, without name and country.
type Party struct {
	Name    string
	Lines   []string
	Country string // ISO 3166-1 alpha-2
}

// Creditor is who is owed and who signs. Everything but the name may be empty; what is empty is not mentioned.
type Creditor struct {
	Party
	ShortName    string // what a text message calls the creditor; empty: Name
	Phone        string
	Email        string
	Website      string
	Registration string // number in the company register and the like, written out: "SIREN 123 456 789"
	Bank         []BankLine
	PaymentURL   string // where this invoice can be paid online, http or https
	Signatory    string // the person who signs, with or without a function
}

// BankKind says what a bank line is. The label that a debtor reads comes from the templates.
type BankKind string

// The kinds of bank line, in the order in which they are printed.
const (
	BankHolder   BankKind = "holder"
	BankName     BankKind = "bank"
	BankIBAN     BankKind = "iban"
	BankBIC      BankKind = "bic"
	BankSortCode BankKind = "sort_code"
	BankRouting  BankKind = "routing"
	BankAccount  BankKind = "account"
)

// BankKinds lists the kinds in the order in which they are printed.
func BankKinds() []BankKind {
	return []BankKind{BankHolder, BankName, BankIBAN, BankBIC, BankSortCode, BankRouting, BankAccount}
}

// Valid reports whether k is one of the kinds.
func (k BankKind) Valid() bool {
	switch k {
	case BankHolder, BankName, BankIBAN, BankBIC, BankAccount, BankSortCode, BankRouting:
		return true
	}
	return false
}

// BankLine is one piece of bank details. An IBAN is printed in groups of four, however it is written here.
type BankLine struct {
	Kind  BankKind
	Value string
}

// Debtor is who owes.
type Debtor struct {
	Party
	Kind         law.DebtorKind
	Contact      string // the person to address at a company; empty: none
	Salutation   string // replaces the standard salutation, without the comma, in the language of the message
	Registration string // as in Creditor; printed in letters
}

// Invoice is what is owed. Amount - Paid - Credited = Owed, or the notice does not render: the figures of a message add up.
// Paid and Credited may be zero amounts; Owed must be more than nothing.
type Invoice struct {
	Number   string
	IssuedOn calendar.Date // zero: not known, not mentioned
	DueOn    calendar.Date
	Amount   money.Amount
	Paid     money.Amount // payments, less reversals
	Credited money.Amount // credit notes, adjustments and what was forgiven; negative where adjustments raised the debt
	Owed     money.Amount
}

// Following is the step that comes next if nothing is paid.
type Following struct {
	Kind  collection.StepKind
	On    calendar.Date        // in the debtor's zone; zero: no date is stated
	Route collection.RouteKind // of a referral; empty: not decided, the message then names both ways
}

// Earlier is a contact that has already happened. Only what did reach, or was sent to, the debtor belongs here.
type Earlier struct {
	Kind collection.StepKind
	On   calendar.Date
}

// Notice is everything one message says. What is not in it is not said: there is no field for interest, fees or credit
// reports.
type Notice struct {
	Language Language
	Kind     collection.StepKind // as performed: an SMS rung that goes out by email is an email_reminder
	Tone     collection.Tone
	Rung     int // position in the ladder, from 1; from the second on, and in legal steps always, Next is announced
	Creditor Creditor
	Debtor   Debtor
	Invoice  Invoice

	Today   calendar.Date // the day of sending, in the debtor's zone
	PayBy   calendar.Date // zero: none stated; not before Today and not after Next.On
	Next    *Following    // nil: nothing is announced
	Earlier []Earlier     // named in the escalation notice and the letters

	Reference string // short case reference such as "RL-7K2Q"; empty: none

	InvoiceAttached   bool   // a copy of the invoice travels with the message
	InvoiceURL        string // where the invoice can be read, http or https
	LetterAttached    bool   // the letter of RenderLetter travels with the escalation notice
	StatementAttached bool   // the statement of account travels with the message
	ReturnReceipt     bool   // the certified letter is posted with a return receipt
	OptOutURL         string // where emails can be declined; empty: not offered
	// StopWord says that the SMS sender takes STOP for an answer. To debtors in the United States and Canada it is always
	// offered, because numbers there always do and carriers ask for it.
	StopWord bool
}

// upcoming reports whether the invoice is not overdue yet. A reminder then says when it falls due, whatever its tone.
func (n Notice) upcoming() bool { return !n.Today.After(n.Invoice.DueOn) }

// last reports whether no other request for payment follows this one, so that "final" is true.
func (n Notice) last() bool { return n.Next == nil || n.Next.Kind == collection.Referral }

// announces reports whether the message says what follows: a first reminder does not.
func (n Notice) announces() bool {
	return n.Next != nil && !n.upcoming() && (n.Rung > 1 || n.Kind.Legal())
}
