package sandbox

import (
	"strings"
	"time"
)

// magicRecipient makes a provider fail for everybody who tries it, without setting a fault: for a demonstration by hand.
type magicRecipient struct {
	Name   string // an email's local part is "sandbox-" + Name; a letter's recipient is called that
	Digits string // the last four digits of a number that begins with +1500555, Twilio's own range for trials
	Fault  Fault
	Says   string // what happens, for the page
}

// magicRecipients stand in the order in which the page explains them.
var magicRecipients = []magicRecipient{
	{"refuse", "0001", Fault{Mode: ModeRefuse}, "The provider refuses: a bad address or number."},
	{"opted-out", "0004", Fault{Mode: ModeRefuse, Code: "21610"}, "SMS: the recipient has opted out (21610). Email and letters: refused."},
	{"429", "0429", Fault{Mode: ModeRateLimit}, "Too many requests, try again in a second."},
	{"500", "0500", Fault{Mode: ModeErrorBefore}, "An error 500; nothing was accepted."},
	{"500-after", "0501", Fault{Mode: ModeErrorAfter}, "Accepted, but the answer is an error 500."},
	{"hang", "0408", Fault{Mode: ModeHang}, "No answer ever comes; nothing was accepted."},
	{"hang-after", "0409", Fault{Mode: ModeHangAfter}, "Accepted, but no answer ever comes."},
	{"drop-before", "0441", Fault{Mode: ModeDropBefore}, "The connection breaks; nothing was accepted."},
	{"drop", "0440", Fault{Mode: ModeDrop}, "Accepted, but the connection breaks before the answer."},
	{"slow", "0202", Fault{Mode: ModeSlow, Delay: 2 * time.Second}, "Accepted, answered two seconds later."},
	{"hold", "0200", Fault{Mode: ModeHold}, "SMS: accepted, but stays in the provider's queue and can be recalled."},
}

// twilioTrialCodes are the refusals of Twilio's own test numbers that are not in the table above.
var twilioTrialCodes = map[string]string{"0002": "21612", "0003": "21408", "0009": "21614"}

const twilioTrialPrefix = "+1500555"

func magicFault(provider, recipient string) (Fault, bool) {
	if provider == Twilio {
		return magicNumber(recipient)
	}
	name, found := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(recipient), " ", "-"), "sandbox-")
	if !found {
		return Fault{}, false
	}
	name, _, _ = strings.Cut(name, "@")
	longest := magicRecipient{}
	for _, m := range magicRecipients {
		rest, found := strings.CutPrefix(name, m.Name)
		if found && len(m.Name) > len(longest.Name) && (rest == "" || strings.ContainsAny(rest[:1], "-+.,")) {
			longest = m
		}
	}
	f := longest.Fault
	f.Code = "" // the codes of the table are Twilio's
	return f, longest.Name != ""
}

func magicNumber(number string) (Fault, bool) {
	digits, found := strings.CutPrefix(number, twilioTrialPrefix)
	if !found {
		return Fault{}, false
	}
	if code, found := twilioTrialCodes[digits]; found {
		return Fault{Mode: ModeRefuse, Code: code}, true
	}
	for _, m := range magicRecipients {
		if m.Digits == digits {
			return m.Fault, true
		}
	}
	return Fault{}, false
}
