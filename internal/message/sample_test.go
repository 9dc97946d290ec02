package message_test

import (
	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/law"
	"relance/internal/message"
	"relance/internal/money"
)

// The samples of the goldens and of docs/messages.md. Everybody in them is fictional.

func day(text string) calendar.Date {
	d, err := calendar.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func amount(text string, c money.Currency) money.Amount {
	a, err := money.Parse(text, c)
	if err != nil {
		panic(err)
	}
	return a
}

func british() (message.Creditor, message.Debtor, money.Currency) {
	return message.Creditor{
			Party: message.Party{
				Name: "Northlight Joinery Ltd", Lines: []string{"12 Example Street", "LEEDS", "LS1 0ZZ"}, Country: "GB",
			},
			ShortName: "Northlight Joinery", Phone: "+44 20 7946 0123", Email: "accounts@northlight.example.com",
			Website: "northlight.example.com", Registration: "Company no. 00000000", Signatory: "Credit control",
			Bank: []message.BankLine{
				{Kind: message.BankHolder, Value: "Northlight Joinery Ltd"},
				{Kind: message.BankSortCode, Value: "00-00-00"},
				{Kind: message.BankAccount, Value: "00001234"},
			},
			PaymentURL: "https://pay.example.com/RL-7K2Q",
		}, message.Debtor{
			Party: message.Party{
				Name: "Harbour Bakery Example Ltd", Lines: []string{"7 Sample Quay", "BRISTOL", "BS1 0ZZ"}, Country: "GB",
			},
			Kind: law.Company,
		}, "GBP"
}

func american() (message.Creditor, message.Debtor, money.Currency) {
	c, d, _ := british()
	c.Party = message.Party{
		Name: "Exampleville Lumber Inc.", Lines: []string{"100 Example Avenue", "Albany, NY 12200"}, Country: "US",
	}
	c.ShortName, c.Phone, c.Email = "Exampleville Lumber", "(518) 555-0123", "billing@lumber.example.com"
	c.Website, c.Registration = "lumber.example.com", ""
	c.Bank = []message.BankLine{
		{Kind: message.BankRouting, Value: "000000000"},
		{Kind: message.BankAccount, Value: "000123456"},
	}
	d.Party = message.Party{Name: "Customer 07", Lines: []string{"1 Sample Road", "Buffalo, NY 14200"}, Country: "US"}
	d.Kind = law.Consumer
	return c, d, "USD"
}

func french() (message.Creditor, message.Debtor, money.Currency) {
	return message.Creditor{
			Party: message.Party{
				Name: "Menuiserie Modèle SARL", Lines: []string{"3 rue du Modèle", "69000 LYON"}, Country: "FR",
			},
			ShortName: "Menuiserie Modèle", Phone: "01 99 00 12 34", Email: "compta@menuiserie.example.com",
			Website: "menuiserie.example.com", Registration: "SIREN 000 000 000", Signatory: "Le service comptabilité",
			Bank: []message.BankLine{
				{Kind: message.BankBIC, Value: "EXMPFRPPXXX"},
				{Kind: message.BankIBAN, Value: "FR7600000000000000000000000"},
			},
			PaymentURL: "https://pay.example.com/RL-7K2Q",
		}, message.Debtor{
			Party: message.Party{
				Name: "Atelier Fictif SARL", Lines: []string{"25 avenue du Spécimen", "75000 PARIS"}, Country: "FR",
			},
			Kind: law.Company, Registration: "SIREN 000 000 001",
		}, "EUR"
}

func polish() (message.Creditor, message.Debtor, money.Currency) {
	return message.Creditor{
			Party: message.Party{
				Name: "Pracownia Przykład sp. z o.o.", Lines: []string{"ul. Przykładowa 5", "00-000 Warszawa"}, Country: "PL",
			},
			ShortName: "Pracownia Przykład", Phone: "+48 22 000 00 12", Email: "biuro@pracownia.example.com",
			Website: "pracownia.example.com", Registration: "NIP 000-000-00-00", Signatory: "Dział księgowości",
			Bank: []message.BankLine{
				{Kind: message.BankHolder, Value: "Pracownia Przykład sp. z o.o."},
				{Kind: message.BankAccount, Value: "00 0000 0000 0000 0000 0000 0000"},
			},
			PaymentURL: "https://pay.example.com/RL-7K2Q",
		}, message.Debtor{
			Party: message.Party{
				Name: "Zakład Wzorcowy s.c.", Lines: []string{"ul. Łączności 17", "30-000 Kraków"}, Country: "PL",
			},
			Kind: law.Company, Registration: "NIP 000-000-00-01",
		}, "PLN"
}

// parties are the people of a language's samples.
func parties(l message.Language) (message.Creditor, message.Debtor, money.Currency) {
	switch l {
	case message.French:
		return french()
	case message.Polish:
		return polish()
	case message.English:
	}
	return british()
}

// full is a notice with everything in it, at the place in a ladder where its kind and tone usually stand.
func full(l message.Language, kind collection.StepKind, tone collection.Tone) message.Notice {
	c, d, currency := parties(l)
	n := message.Notice{
		Language: l, Kind: kind, Tone: tone, Creditor: c, Debtor: d,
		Invoice: message.Invoice{
			Number: "F-2026-0417", IssuedOn: day("2026-09-13"), DueOn: day("2026-10-13"),
			Amount: amount("2400.00", currency), Paid: amount("557.50", currency), Owed: amount("1842.50", currency),
		},
		Reference: "RL-7K2Q", InvoiceAttached: true,
	}
	if kind == collection.EmailReminder {
		n.InvoiceURL = "https://docs.example.com/F-2026-0417.pdf"
	}
	switch tone {
	case collection.Friendly:
		n.Rung, n.Today, n.PayBy = 1, day("2026-11-12"), day("2026-11-19")
	case collection.Neutral:
		n.Rung, n.Today, n.PayBy = 2, day("2026-11-19"), day("2026-11-27")
	case collection.Firm:
		n.Rung, n.Today, n.PayBy = 3, day("2026-11-30"), day("2026-12-11")
	case collection.Final:
		n.Rung, n.Today, n.PayBy = 4, day("2026-12-14"), day("2027-01-13")
	}
	for i, e := range []message.Earlier{
		{Kind: collection.EmailReminder, On: day("2026-11-12")},
		{Kind: collection.SMSReminder, On: day("2026-11-19")},
		{Kind: collection.EscalationNotice, On: day("2026-11-30")},
	} {
		if i < n.Rung-1 {
			n.Earlier = append(n.Earlier, e)
		}
	}
	n.Next = following(kind, n.PayBy)
	n.LetterAttached = kind == collection.EscalationNotice
	n.StatementAttached = kind.Legal()
	n.ReturnReceipt = true
	return n
}

// following is what comes after a kind of step in the standard policy.
func following(kind collection.StepKind, payBy calendar.Date) *message.Following {
	on := payBy.AddDays(3)
	switch kind {
	case collection.EmailReminder:
		return &message.Following{Kind: collection.SMSReminder, On: on}
	case collection.SMSReminder, collection.PhoneCall:
		return &message.Following{Kind: collection.EscalationNotice, On: on}
	case collection.EscalationNotice:
		return &message.Following{Kind: collection.CertifiedLetter, On: on}
	case collection.CertifiedLetter, collection.Referral:
	}
	return &message.Following{Kind: collection.Referral, Route: collection.SmallClaims, On: on}
}

// bare is the least a notice can say: whatever may be empty is.
func bare(l message.Language, kind collection.StepKind, tone collection.Tone) message.Notice {
	return message.Notice{
		Language: l, Kind: kind, Tone: tone, Rung: 1,
		Creditor: message.Creditor{Party: message.Party{Name: "Exemplar"}},
		Debtor:   message.Debtor{Party: message.Party{Name: "Customer 07"}, Kind: law.Consumer},
		Invoice: message.Invoice{
			Number: "7", DueOn: day("2026-10-13"), Amount: amount("80", "EUR"), Owed: amount("80", "EUR"),
		},
		Today: day("2026-10-20"),
	}
}

// early is a notice sent before the invoice is due.
func early(n message.Notice) message.Notice {
	n.Rung, n.Today, n.PayBy, n.Earlier = 1, n.Invoice.DueOn.AddDays(-3), calendar.Date{}, nil
	return n
}

// toAmerica is the same notice between parties in the United States.
func toAmerica(n message.Notice) message.Notice {
	var currency money.Currency
	n.Creditor, n.Debtor, currency = american()
	n.Invoice.Amount.Currency, n.Invoice.Paid.Currency, n.Invoice.Owed.Currency = currency, currency, currency
	return n
}

// nextSteps are all the steps that can be announced.
func nextSteps() []message.Following {
	on := day("2027-02-01")
	return []message.Following{
		{Kind: collection.EmailReminder, On: on},
		{Kind: collection.SMSReminder, On: on},
		{Kind: collection.PhoneCall, On: on},
		{Kind: collection.EscalationNotice, On: on},
		{Kind: collection.CertifiedLetter, On: on},
		{Kind: collection.Referral, Route: collection.Agency, On: on},
		{Kind: collection.Referral, Route: collection.SmallClaims, On: on},
		{Kind: collection.Referral, On: on},
	}
}

// statement is an account with every kind of entry.
func statement(l message.Language) message.Statement {
	c, d, currency := parties(l)
	s := message.Statement{
		Language: l, Creditor: c, Debtor: d, Reference: "RL-7K2Q", Today: day("2026-12-14"),
		From: day("2026-09-01"), To: day("2026-12-14"), Opening: amount("250.00", currency),
	}
	enter(&s, message.Entry{On: day("2026-09-13"), Kind: message.InvoiceEntry, Number: "F-2026-0417", DueOn: day("2026-10-13"),
		Debit: amount("2400.00", currency)})
	enter(&s, message.Entry{On: day("2026-09-20"), Kind: message.PaymentEntry, Note: "REF 0391", Credit: amount("807.50", currency)})
	enter(&s, message.Entry{On: day("2026-09-24"), Kind: message.PaymentReversedEntry, Note: "REF 0391", Debit: amount("250.00", currency)})
	enter(&s, message.Entry{On: day("2026-10-02"), Kind: message.CreditEntry, Number: "C-2026-0031", Credit: amount("120.00", currency)})
	enter(&s, message.Entry{On: day("2026-10-05"), Kind: message.AdjustmentEntry, Debit: amount("20.00", currency)})
	enter(&s, message.Entry{On: day("2026-11-05"), Kind: message.SettlementEntry, Note: "RL-7K2Q", Credit: amount("100.00", currency)})
	enter(&s, message.Entry{On: day("2026-12-01"), Kind: message.WriteOffEntry, Credit: amount("50.00", currency)})
	return s
}

// enter adds an entry with the balance it leads to.
func enter(s *message.Statement, e message.Entry) {
	balance := s.Opening
	if n := len(s.Entries); n > 0 {
		balance = s.Entries[n-1].Balance
	}
	balance, _ = balance.Add(e.Debit)
	balance, _ = balance.Sub(e.Credit)
	e.Balance = balance
	s.Entries = append(s.Entries, e)
	s.Closing = balance
}
