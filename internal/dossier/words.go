package dossier

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"relance/internal/collection"
	"relance/internal/law"
	"relance/internal/message"
	"relance/internal/money"
)

// The dossier is written in English, for an agency or whoever files a claim. What the debtor was sent keeps its language.

// plain makes words of a code.
func plain(code string) string { return strings.ReplaceAll(clean(code), "_", " ") }

func upper(s string) string { return first(s, unicode.ToUpper) }

// lower puts a title into a sentence; an abbreviation such as SMS stays.
func lower(s string) string {
	if len(s) > 1 && unicode.IsUpper(rune(s[1])) {
		return s
	}
	return first(s, unicode.ToLower)
}

func first(s string, change func(rune) rune) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(change(r)) + s[n:]
}

func amount(a money.Amount) string { return message.FormatAmount(a, message.English) }

func kindWords(k collection.StepKind) string {
	switch k {
	case collection.EmailReminder:
		return "Email reminder"
	case collection.SMSReminder:
		return "SMS reminder"
	case collection.PhoneCall:
		return "Telephone call"
	case collection.EscalationNotice:
		return "Escalation notice"
	case collection.CertifiedLetter:
		return "Certified letter"
	case collection.Referral:
		return "Hand-over"
	}
	return upper(plain(string(k)))
}

// titleOf names a message with its recipient.
func titleOf(m Message) string {
	title := kindWords(m.Kind)
	if title == "" {
		title = "Message"
	}
	if to := clean(m.Recipient); to != "" {
		title += " to " + to
	}
	return title
}

// resultWords says what became of a message, and no more than is known: a provider that accepts has not delivered, and a
// letter that was printed has not been posted.
func resultWords(m Message) string {
	provider := providerWords(m.Provider)
	tracked := ""
	if m.Tracking != "" {
		tracked = ", tracking number " + clean(m.Tracking)
	}
	switch m.Result {
	case "accepted":
		return "accepted by " + provider + tracked
	case "refused":
		return "refused by " + provider + ", not sent"
	case "unproved":
		return "whether it was sent could not be established"
	case "open", "tasked":
		return "printed for posting, posting not recorded"
	case "done":
		if tracked != "" {
			return "printed, its posting is recorded" + tracked
		}
		return "printed and recorded as done by a person, without proof of posting"
	case "withdrawn":
		return "printed, withdrawn before it was posted"
	}
	return plain(m.Result)
}

func providerWords(provider string) string {
	switch provider {
	case "sendgrid":
		return "SendGrid"
	case "twilio":
		return "Twilio"
	case "lob":
		return "Lob"
	case "":
		return "none, a person posts the letter"
	}
	return clean(provider)
}

func channelWords(channel string) string {
	switch channel {
	case "sms":
		return "SMS"
	case "print":
		return "post, printed by a person"
	}
	return plain(channel)
}

func documentWords(kind string) string {
	switch kind {
	case "invoice":
		return "Invoice"
	case "contract":
		return "Contract"
	case "delivery_proof":
		return "Proof of delivery"
	case "other", "":
		return "Other document"
	}
	return upper(plain(kind))
}

func routeWords(r collection.RouteKind) string {
	switch r {
	case collection.SmallClaims:
		return "small-claims court"
	case collection.Agency:
		return "collection agency"
	}
	return plain(string(r))
}

func debtorWords(k law.DebtorKind) string { return plain(string(k)) }

// statusWords says how far a row of the tables of law may be trusted.
func statusWords(s law.Status) string {
	switch s {
	case law.Confirmed:
		return "confirmed: an official text was read"
	case law.Secondary:
		return "secondary: other sources than the official text were read; check before filing"
	case law.Unconfirmed:
		return "unconfirmed: must be checked before filing"
	}
	return plain(string(s))
}

func entryWords(k message.EntryKind) string {
	switch k {
	case message.InvoiceEntry:
		return "Invoice"
	case message.PaymentEntry:
		return "Payment received"
	case message.PaymentReversedEntry:
		return "Payment reversed"
	case message.CreditEntry:
		return "Credit note"
	case message.AdjustmentEntry:
		return "Adjustment"
	case message.SettlementEntry:
		return "Remainder forgiven in a settlement"
	case message.WriteOffEntry:
		return "Written off"
	}
	return upper(plain(string(k)))
}

// particulars are the data of a line of the timeline. Each value is read by itself: one that has another form than expected
// is left out of the words and stays in the data column.
type particulars map[string]json.RawMessage

func particularsOf(data string) particulars {
	var p particulars
	if err := json.Unmarshal([]byte(data), &p); err != nil {
		return nil
	}
	return p
}

func (p particulars) text(name string) string {
	var s string
	if err := json.Unmarshal(p[name], &s); err != nil {
		return ""
	}
	return clean(s)
}

func (p particulars) plain(name string) string { return plain(p.text(name)) }

func (p particulars) amount(name string) string {
	var a money.Amount
	if err := json.Unmarshal(p[name], &a); err != nil || a.Currency == "" {
		return ""
	}
	return amount(a)
}

func (p particulars) count(name string) int {
	var list []json.RawMessage
	if err := json.Unmarshal(p[name], &list); err != nil {
		return 0
	}
	return len(list)
}

// eventWords says a line of the timeline in plain words; empty where none are known.
func eventWords(e Event) string {
	p := particularsOf(e.Data)
	if outcome, step := strings.CutPrefix(e.Kind, "step_"); step {
		return stepWords(outcome, p)
	}
	switch e.Kind {
	case "registered":
		return with("Invoice registered", ", ", p.amount("amount"))
	case "case_opened":
		return with("Collection begun", ", owed: ", p.amount("owed"))
	case "case_closed":
		return with("Collection ended", ": ", p.plain("ending"))
	case "case_referred":
		return with("Referred", " to: ", routeWords(collection.RouteKind(p.text("route"))))
	case "payment":
		return with(with("Payment received", " on ", p.text("on")), ": ", p.amount("amount")) + with("", ", left to pay: ", p.amount("left"))
	case "agreement":
		return fmt.Sprintf("Instalments agreed: %d", p.count("instalments"))
	case "agreement_broken":
		return with("Agreement not kept", ", instalment missed on ", p.text("missed_on"))
	case "pause_begun":
		return with(pauseWords(p)+", collection stands still", " until ", p.text("until"))
	case "pause_ended":
		return pauseWords(p) + " ended, collection goes on"
	case "letter_posted":
		return with(with("Final notice posted", " on ", p.text("on")), ", tracking number ", p.text("tracking"))
	}
	return workWords(e.Kind, p)
}

// stepWords says how a step ended.
func stepWords(outcome string, p particulars) string {
	step := kindWords(collection.StepKind(p.text("kind")))
	switch collection.Result(outcome) {
	case collection.Sent:
		return with(step+" sent", ", owed: ", p.amount("owed"))
	case collection.Tasked:
		return step + " given to a person"
	case collection.Covered:
		return step + " covered by another message"
	case collection.Unknown:
		return step + ": whether it was sent could not be established"
	case collection.Skipped:
		return with(step+" skipped", ": ", p.plain("reason"))
	case collection.Refused:
		return with(step+" refused by the provider", ": ", p.plain("reason"))
	case collection.GaveUp:
		return with(step+" given up", ": ", p.plain("reason"))
	}
	return ""
}

// workWords are the lines about how the work was done.
func workWords(kind string, p particulars) string {
	step := kindWords(collection.StepKind(p.text("kind")))
	task := p.plain("kind")
	switch kind {
	case "task_raised":
		return with("Task for a person: "+task, ", reason: ", p.plain("why"))
	case "task_done":
		if task == "call" {
			return with("Telephone call", ": ", p.text("outcome"))
		}
		return with("Task done: "+task, ", outcome: ", p.text("outcome"))
	case "task_withdrawn":
		return "Task withdrawn: " + task
	case "message_suppressed":
		return step + " withdrawn before it was sent"
	case "outcome_unknown":
		return step + ": the provider's answer was lost, it is looked up"
	case "proved_absent":
		return "The provider has no such message, it may be sent again"
	case "contact_invalid":
		return "An address or number of the debtor does not work"
	case "contact_opted_out":
		return "The debtor opted out of an address or number"
	case "raw_signal":
		return with("Message from an operator", ": ", p.plain("verdict"))
	}
	return ""
}

func pauseWords(p particulars) string {
	switch collection.PauseReason(p.text("reason")) {
	case collection.InDispute:
		return "Dispute"
	case collection.OnHold:
		return "Hold"
	case collection.Agreed:
		return "Agreement"
	case collection.Unread, collection.Unverified:
		return "Hold because of an operator's message"
	}
	return with("Hold", ": ", p.plain("reason"))
}

// with adds a value behind its joint, if there is one.
func with(s, joint, value string) string {
	if value == "" {
		return s
	}
	return s + joint + value
}
