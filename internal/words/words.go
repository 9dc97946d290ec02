// Package words says in plain English what codes stand for: the kinds of steps and tasks, the results of a step, the rules
// behind a plan, and the lines of a timeline.
//
// It exists so that the demo, the command line and whatever comes after them speak of the same thing in the same words. It
// is pure: it never reads a clock, a file or a database, and of Relance it imports the domain only.
package words

import (
	"strings"

	"relance/internal/collection"
)

// Plain makes words of a code that has none of its own: "no_email_address" becomes "no email address".
func Plain(code string) string { return strings.ReplaceAll(code, "_", " ") }

// Step names what a step does, as the beginning of a line: "Email reminder".
func Step(kind collection.StepKind) string {
	switch kind {
	case collection.EmailReminder:
		return "Email reminder"
	case collection.SMSReminder:
		return "SMS reminder"
	case collection.PhoneCall:
		return "Phone call"
	case collection.EscalationNotice:
		return "Escalation notice"
	case collection.CertifiedLetter:
		return "Certified letter"
	case collection.Referral:
		return "Referral"
	}
	return Plain(string(kind))
}

// Task says what a task asks a person to do: "print and post the letter". The kinds are those of the task table.
func Task(kind string) string {
	switch kind {
	case "call":
		return "call the debtor"
	case "print_and_post":
		return "print and post the letter"
	case "file_claim":
		return "file the claim"
	case "choose_route":
		return "choose where the debt goes"
	case "find_debtor":
		return "find the debtor"
	case "unknown_outcome":
		return "find out whether it arrived"
	case "given_up":
		return "look at a step that was given up"
	case "unreadable_signal":
		return "read a signal that makes no sense"
	case "confirm_signal":
		return "confirm what an operator said"
	case "review":
		return "look at the case"
	}
	return Plain(kind)
}

// Result says how a step ended: "sent".
func Result(r collection.Result) string {
	switch r {
	case collection.Sent:
		return "sent"
	case collection.Tasked:
		return "a person's task"
	case collection.Skipped:
		return "skipped"
	case collection.Covered:
		return "covered by another message"
	case collection.Refused:
		return "refused by the provider"
	case collection.GaveUp:
		return "given up"
	case collection.Unknown:
		return "outcome unknown"
	}
	return Plain(string(r))
}

// Pause says why a case stands still: "on hold".
func Pause(r collection.PauseReason) string {
	switch r {
	case collection.OnHold:
		return "on hold"
	case collection.InDispute:
		return "in dispute"
	case collection.Agreed:
		return "instalments agreed"
	case collection.Unread:
		return "held for a signal that could not be read"
	case collection.Unverified:
		return "held for a signal to be confirmed"
	}
	return Plain(string(r))
}

// Route says where a debt goes: "small-claims court".
func Route(kind collection.RouteKind) string {
	switch kind {
	case collection.SmallClaims:
		return "small-claims court"
	case collection.Agency:
		return "the agency"
	}
	return Plain(string(kind))
}

// Reason says why something was done otherwise than usual: a step skipped, a task raised. The codes are those of outcomes
// and tasks; one without words of its own, such as a provider's, is shown as it is.
func Reason(code string) string {
	switch code {
	case "no_email_address":
		return "no email address works"
	case "no_mobile_number":
		return "no mobile number works"
	case "no_phone_number":
		return "no phone number is known"
	case "no_channel_left":
		return "nothing reaches this debtor any more"
	case "no_postal_address":
		return "no postal address is known"
	case "no_letter_provider_here":
		return "no letter service in this country"
	case "entered_by_age":
		return "left out, the invoice came in late"
	case "step_time_used_up":
		return "the provider took nothing for three days"
	case "no_proof_either_way":
		return "the provider cannot say whether it went out"
	}
	return referral(code)
}

// referral are the reasons that have to do with where a debt goes; most of them are those of package law.
func referral(code string) string {
	switch code {
	case "no_agency":
		return "the creditor has no agency"
	case "no_route":
		return "no route of the policy takes this debt"
	case "unknown_jurisdiction":
		return "the debtor's jurisdiction is not known"
	case "open":
		return "a court is open to it"
	case "limit":
		return "it exceeds what the courts take"
	case "currency":
		return "it is not in the currency of the court's limit"
	case "claimant":
		return "no court admits this kind of claimant"
	case "excluded":
		return "the procedure there takes no debts"
	case "unconfirmed", "conflict":
		return "the law's tables are not certain here"
	case "depends":
		return "it depends on what only a person can tell"
	}
	return Why(collection.Why(code))
}

// Why says which rule shaped a plan, in the words of a reason: "the policy's delay".
func Why(w collection.Why) string {
	switch w {
	case collection.WhyDelay:
		return "the policy's delay"
	case collection.WhyMinGap:
		return "the least gap after the step before"
	case collection.WhyPaused:
		return "moved by the time the case stood still"
	case collection.WhyHours:
		return "moved to the debtor's next contact day"
	case collection.WhyMissedWindow:
		return "its own day passed without it"
	case collection.WhyNoticePeriod:
		return "the law's period after the final notice"
	case collection.WhyProviderLater:
		return "the provider asked to come back later"
	case collection.WhyPreferred:
		return "the channel that the debtor prefers"
	case collection.WhyNoPreference:
		return "no preferred channel is known"
	case collection.WhyNoEmail:
		return "no email address works"
	case collection.WhyNoPhone:
		return "no mobile number works"
	case collection.WhyNoChannel:
		return "nothing reaches this debtor"
	default:
		return standing(w)
	}
}

// standing are the rules that keep a case from climbing.
func standing(w collection.Why) string {
	switch w {
	case collection.WhyHold:
		return "on hold"
	case collection.WhyDispute:
		return "in dispute"
	case collection.WhyAgreement:
		return "instalments are agreed"
	case collection.WhySignal:
		return "a signal is to be checked"
	case collection.WhyUnknown:
		return "a message of unknown outcome"
	case collection.WhyNotPosted:
		return "the final notice is not posted yet"
	case collection.WhyNotReceived:
		return "the receipt of the final notice is not known yet"
	case collection.WhyNeverOpen:
		return "the debtor's contact hours never open"
	case collection.WhyOnPerson:
		return "a person has something to do first"
	case collection.WhyLadderDone:
		return "the ladder has ended"
	case collection.WhyPaid:
		return "nothing is owed"
	case collection.WhyReferred:
		return "the debt was referred"
	default:
		return Plain(string(w))
	}
}
