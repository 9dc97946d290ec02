package message

import (
	"fmt"
	"strings"

	"relance/internal/collection"
)

// CallScript renders the notes for a phone_call task as plain text, in the debtor's language: whom to call about what, the
// words to open with in the notice's tone, what to ask, how to pay, and what to do with the usual answers. Errors:
// *InvalidError, ErrKind.
func CallScript(n Notice) (string, error) {
	if err := n.Validate(); err != nil {
		return "", err
	}
	if n.Kind != collection.PhoneCall {
		return "", fmt.Errorf("render %s as call: %w", n.Kind, ErrKind)
	}
	n = n.tidied()
	t := newTeller(n, n.style(), false)
	var b strings.Builder
	section := func(title string, lines ...string) {
		if title != "" {
			b.WriteString("\n" + t.line(title) + "\n")
		}
		for _, line := range lines {
			if line == "" {
				continue
			}
			if title != "" {
				b.WriteString("- ")
			}
			b.WriteString(line + "\n")
		}
	}
	section("", t.line("call.who"), t.line("call.what"))
	section("call.say.title", t.line("call.say."+string(n.Tone)))
	section("call.ask.title", t.paras("call.ask")...)
	section("call.pay.title", t.payLines()...)
	section("call.if.title", append(t.paras("call.if"), t.line("call.follows"))...)
	return b.String(), t.err
}

// payLines are the ways to pay as lines of text.
func (t *teller) payLines() []string {
	var lines []string
	for _, f := range t.howToPay("pay.ask.letter") {
		if f.Label == "" {
			continue // who calls is asked for the details directly
		}
		lines = append(lines, f.Label+t.colon()+f.Value)
	}
	if t.view.PayURL != "" {
		lines = append(lines, t.line("label.online")+t.colon()+t.view.PayURL)
	}
	return lines
}
