package message

import (
	"fmt"
	"strings"

	"relance/internal/collection"
)

// SMS is a rendered text message. Text is exactly what the debtor reads; providers must not re-encode it.
type SMS struct {
	Text     string
	Encoding Encoding
	Segments int // what the carrier counts and charges
}

// maxSegments is how long a text message may become before its optional parts are left out. Two segments are 306
// characters; carriers advise to stay below 320.
const maxSegments = 2

// RenderSMS renders an sms_reminder with the characters of GSM-7. Creditor, invoice number, amount, due date, what follows
// and a way to reach the creditor are always in it; where names are so long that two segments do not hold everything, the
// payment address goes first, if there is a telephone number, and the line for those who have paid goes second. Errors:
// *InvalidError, also when there is no telephone number, email address or payment address to answer to; ErrKind.
func RenderSMS(n Notice) (SMS, error) {
	if err := n.Validate(); err != nil {
		return SMS{}, err
	}
	if n.Kind != collection.SMSReminder {
		return SMS{}, fmt.Errorf("render %s as text message: %w", n.Kind, ErrKind)
	}
	n = n.tidied()
	var p problems
	p.when(n.Creditor.Phone == "" && n.Creditor.Email == "" && n.Creditor.PaymentURL == "", "creditor: no way to be reached")
	if err := p.err(); err != nil {
		return SMS{}, err
	}
	s := n.style()
	s.sms = true
	t := newTeller(n, s, false)
	message, err := t.sms(n, smsParts{pay: true, paid: true})
	if err == nil && message.Segments > maxSegments && n.Creditor.Phone != "" {
		message, err = t.sms(n, smsParts{paid: true})
	}
	if err == nil && message.Segments > maxSegments {
		message, err = t.sms(n, smsParts{pay: n.Creditor.Phone == ""})
	}
	return message, err
}

// smsParts are the parts that may be left out for length.
type smsParts struct{ pay, paid bool }

func (t *teller) sms(n Notice, with smsParts) (SMS, error) {
	v := t.view
	name := string(n.Tone)
	if v.Upcoming {
		name = "upcoming"
	}
	parts := []string{t.line("sms_reminder." + name), v.Follows}
	if with.paid && !v.Upcoming {
		parts = append(parts, t.line("sms.paid"))
	}
	if with.pay && v.PayURL != "" {
		parts = append(parts, t.line("sms.pay"))
	}
	if v.Phone != "" || v.Email != "" {
		parts = append(parts, t.line("sms.reach"))
	}
	if v.Reference != "" {
		parts = append(parts, t.line("sms.reference"))
	}
	if v.Stop {
		parts = append(parts, t.line("sms.stop"))
	}
	text := squeeze(plain(strings.Join(parts, " ")))
	encoding, segments := Segments(text)
	return SMS{Text: text, Encoding: encoding, Segments: segments}, t.err
}
