package message

import "strings"

// newTeller prepares a teller for a tidied notice, with the sentences that are built from other templates.
func newTeller(n Notice, s style, fine bool) *teller {
	v := newView(n, s)
	if fine {
		v.Phone = strings.ReplaceAll(v.Phone, " ", noBreak)
	}
	t := &teller{language: n.Language, data: v, view: v, bank: n.Creditor.Bank, fine: fine}
	prefix := "follow."
	if s.sms {
		prefix = "sms.follow."
	}
	v.Follows = t.follows(n, prefix)
	v.Earlier = t.earlier(n.Earlier, s)
	return t
}

// colon is what stands between a label and its value, with the spaces of the language.
func (t *teller) colon() string { return t.polish(t.say("label.colon")) }

// owed is the one figure of a message: what is left to pay.
func (t *teller) owed() fact {
	label := "label.owed"
	if t.view.Upcoming {
		label = "label.to_pay"
	}
	return fact{Label: t.line(label), Value: t.view.Owed}
}

// details are the facts that lead to the amount owed, so that the reader can check it.
func (t *teller) details(n Notice) []fact {
	v := t.view
	facts := []fact{{t.line("label.invoice"), v.Number}}
	if v.Issued != "" {
		facts = append(facts, fact{t.line("label.issued"), v.Issued})
	}
	facts = append(facts, fact{t.line("label.due"), v.Due})
	if v.Changed {
		facts = append(facts, fact{t.line("label.amount"), v.Amount})
	}
	if v.Paid != "" {
		facts = append(facts, fact{t.line("label.paid"), v.Paid})
	}
	if v.Credited != "" {
		facts = append(facts, fact{t.line("label.credited"), v.Credited})
	}
	return facts
}

// howToPay are the bank lines with the payment reference, or the sentence that offers them when there are none.
func (t *teller) howToPay(ask string) []fact {
	var facts []fact
	for _, line := range t.bank {
		facts = append(facts, fact{t.line("bank." + string(line.Kind)), line.Value})
	}
	if len(facts) == 0 && t.view.PayURL == "" {
		return []fact{{Value: t.line(ask)}}
	}
	return append(facts, fact{t.line("label.pay_reference"), t.view.Number})
}
