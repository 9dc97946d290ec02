package dossier_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/delivery"
	"relance/internal/delivery/lob"
	"relance/internal/delivery/sendgrid"
	"relance/internal/delivery/twilio"
	"relance/internal/dossier"
	"relance/internal/law"
	"relance/internal/message"
	"relance/internal/money"
)

// The samples. Everybody in them is fictional. The requests are frozen by the real adapters, so that their form is the one
// that goes out.

func day(text string) calendar.Date {
	d, err := calendar.ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		panic(err)
	}
	return t
}

func cash(text string, c money.Currency) money.Amount {
	a, err := money.Parse(text, c)
	if err != nil {
		panic(err)
	}
	return a
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

// The files of the samples; small, and of a fixed content, so that the golden index does not follow another package's layout.
var (
	invoicePDF = []byte("%PDF-1.7\n1 0 obj\n<< /Type /Pages /Kids [2 0 R] /Count 1 >>\nendobj\n2 0 obj\n<< /Type /Page >>\nendobj\nstartxref\n9\n%%EOF\n")
	letterPDF  = []byte("%PDF-1.7\n(the final notice)\n%%EOF\n")
	noticePDF  = []byte("%PDF-1.7\n(the escalation notice)\n%%EOF\n")
)

func tags(kind collection.StepKind) delivery.Tags {
	return delivery.Tags{Dispatch: "6b1f8c52-0d3e-4f6a-9c51-2f4f1d0a0001", Attempt: "0f1e2d3c-4b5a-4978-8695-a4b3c2d1e001", Kind: string(kind)}
}

func email(t *testing.T, kind collection.StepKind, e delivery.Email) delivery.Frozen {
	t.Helper()
	c, err := sendgrid.New(sendgrid.Config{BaseURL: sendgrid.GlobalBaseURL, APIKey: "SG.sample", Account: "main"})
	require.NoError(t, err)
	e.Tags, e.MessageID = tags(kind), tags(kind).Dispatch+"@northlight.example.com"
	f, err := c.PrepareEmail(e)
	require.NoError(t, err)
	return f
}

func sms(t *testing.T, m delivery.SMS) delivery.Frozen {
	t.Helper()
	c, err := twilio.New(twilio.Config{BaseURL: twilio.DefaultBaseURL, AccountSID: "AC0123456789abcdef0123456789abcdef", Secret: "secret", Account: "main"})
	require.NoError(t, err)
	m.Tags = tags(collection.SMSReminder)
	f, err := c.PrepareSMS(m)
	require.NoError(t, err)
	return f
}

func letter(t *testing.T, l delivery.Letter) delivery.Frozen {
	t.Helper()
	c, err := lob.New(lob.Config{BaseURL: lob.DefaultBaseURL, APIKey: "test_sample", Account: "main"})
	require.NoError(t, err)
	l.Tags = tags(collection.CertifiedLetter)
	f, err := c.PrepareLetter(l)
	require.NoError(t, err)
	return f
}

// accepted is a message that its provider took.
func accepted(f delivery.Frozen, step collection.StepID, kind collection.StepKind, when time.Time) dossier.Message {
	channel := map[string]string{"sendgrid": "email", "twilio": "sms", "lob": "post"}[f.Provider]
	return dossier.Message{
		At: when, Step: step, Kind: kind, Channel: channel, Provider: f.Provider, ProviderID: "id-" + string(step), Recipient: f.Recipient,
		Result: "accepted", ContentType: f.ContentType, Body: f.Body, SHA256: f.SHA256(),
	}
}

func reminder() delivery.Email {
	return delivery.Email{
		From:    delivery.Mailbox{Name: "Northlight Joinery", Address: "accounts@northlight.example.com"},
		ReplyTo: delivery.Mailbox{Address: "help@northlight.example.com"},
		To:      delivery.Mailbox{Name: "Harbour Bakery Example Ltd", Address: "office@harbour.example.com"},
		Subject: "Invoice F-2026-0417: £11,842.50 is overdue",
		Text:    "Dear Sir or Madam,\n\n£11,842.50 is overdue — zażółć gęślą jaźń, déjà vu.\n",
		HTML:    "<p>£11,842.50 is <b>overdue</b> &amp; owed.</p>",
		Attachments: []delivery.Attachment{
			{Name: "F-2026-0417.pdf", MediaType: "application/pdf", Content: invoicePDF},
		},
	}
}

// british is a claim with all that usually belongs to it, on its way to a court.
func british(t *testing.T) dossier.Input {
	t.Helper()
	creditor := message.Creditor{
		Party: message.Party{Name: "Northlight Joinery Ltd", Lines: []string{"12 Example Street", "LEEDS LS1 0ZZ"}, Country: "GB"},
		Email: "accounts@northlight.example.com", Registration: "Company no. 00000000",
	}
	debtor := message.Debtor{
		Party: message.Party{Name: "Harbour Bakery Example Ltd", Lines: []string{"7 Sample Quay", "BRISTOL BS1 0ZZ"}, Country: "GB"}, Kind: law.Company,
	}
	first, notice := reminder(), reminder()
	notice.Attachments = append(notice.Attachments, delivery.Attachment{Name: "letter-F-2026-0417.pdf", MediaType: "application/pdf", Content: noticePDF})
	verdict := law.SmallClaims("GB-EAW", law.CompanyClaimant, cash("9442.50", "GBP"))
	require.True(t, verdict.Open)
	return dossier.Input{
		At: at("2027-01-18 09:30"), Zone: zone(t, "Europe/London"), Reference: "RL-7K2QA5B", Route: collection.SmallClaims, Court: &verdict.Court,
		Notice: message.Notice{
			Language: message.English, Kind: collection.Referral, Creditor: creditor, Debtor: debtor,
			Invoice: message.Invoice{
				Number: "F-2026-0417", IssuedOn: day("2026-09-13"), DueOn: day("2026-10-13"), Amount: cash("10000.00", "GBP"),
				Paid: cash("557.50", "GBP"), Credited: cash("0", "GBP"), Owed: cash("9442.50", "GBP"),
			},
		},
		Statement: message.Statement{
			Language: message.English, Creditor: creditor, Debtor: debtor, Reference: "RL-7K2QA5B", Today: day("2027-01-18"),
			From: day("2026-09-13"), To: day("2027-01-18"), Opening: cash("0", "GBP"), Closing: cash("9442.50", "GBP"),
			Entries: []message.Entry{
				{On: day("2026-09-13"), Kind: message.InvoiceEntry, Number: "F-2026-0417", DueOn: day("2026-10-13"), Debit: cash("10000.00", "GBP"),
					Credit: cash("0", "GBP"), Balance: cash("10000.00", "GBP")},
				{On: day("2026-11-20"), Kind: message.PaymentEntry, Note: "+REF 0391", Debit: cash("0", "GBP"), Credit: cash("557.50", "GBP"),
					Balance: cash("9442.50", "GBP")},
			},
		},
		Documents: []dossier.Document{
			document("invoice", "F-2026-0417.pdf", "application/pdf", invoicePDF),
			document("contract", "Terms & conditions (signed).pdf", "application/pdf", []byte("%PDF-1.4 (terms) %%EOF")),
		},
		Messages: []dossier.Message{
			accepted(email(t, collection.EmailReminder, first), "first_reminder", collection.EmailReminder, at("2026-11-12 10:14")),
			accepted(sms(t, delivery.SMS{From: "Northlight", To: "+447700900123", ValidFor: time.Hour,
				Text: "Northlight Joinery: invoice F-2026-0417, 9442.50 GBP + costs? No: 9442.50 GBP & nothing else. 100%"}),
				"sms_reminder", collection.SMSReminder, at("2026-11-19 11:02")),
			accepted(email(t, collection.EscalationNotice, notice), "notice", collection.EscalationNotice, at("2026-11-30 15:40")),
			{
				At: at("2026-12-14 09:05"), Step: "final_letter", Kind: collection.CertifiedLetter, Channel: "print", Recipient: "Harbour Bakery Example Ltd",
				Result: "done", Tracking: "AB123456789GB", ContentType: "application/pdf", Body: letterPDF, SHA256: sum(letterPDF),
			},
		},
		Timeline: []dossier.Event{
			{At: at("2026-09-13 08:00"), Kind: "registered", Data: `{"amount": {"minor": 1000000, "currency": "GBP"}, "due_on": "2026-10-13"}`},
			{At: at("2026-10-14 00:00"), Kind: "case_opened", Data: `{"owed": {"minor": 1000000, "currency": "GBP"}, "policy": "standard"}`},
			{At: at("2026-11-12 10:14"), Kind: "step_sent", Data: `{"kind": "email_reminder", "owed": {"minor": 1000000, "currency": "GBP"}, "step": "first_reminder"}`},
			{At: at("2026-11-20 00:00"), Kind: "payment", Data: `{"on": "2026-11-20", "amount": {"minor": 55750, "currency": "GBP"}, "left": {"minor": 944250, "currency": "GBP"}}`},
			{At: at("2026-12-02 14:00"), Kind: "pause_begun", Data: `{"reason": "dispute", "until": ""}`},
			{At: at("2026-12-08 09:00"), Kind: "pause_ended", Data: `{"reason": "dispute"}`},
			{At: at("2026-12-14 09:05"), Kind: "task_raised", Data: `{"kind": "print_and_post", "why": "no_letter_provider_here"}`},
			{At: at("2026-12-15 16:20"), Kind: "letter_posted", Data: `{"on": "2026-12-15", "tracking": "AB123456789GB"}`},
			{At: at("2026-12-15 16:20"), Kind: "task_done", Data: `{"kind": "print_and_post", "outcome": "done"}`},
			{At: at("2027-01-05 10:00"), Kind: "task_done", Data: `{"kind": "call", "outcome": "=promised to pay"}`},
			{At: at("2027-01-06 10:00"), Kind: "something_new", Data: `{"x": 1}`},
		},
	}
}

// american is a claim for an agency, with a letter that the provider printed.
func american(t *testing.T) dossier.Input {
	t.Helper()
	in := british(t)
	in.Zone, in.Route, in.Court = zone(t, "America/New_York"), collection.Agency, nil
	in.Notice.Debtor = message.Debtor{
		Party: message.Party{Name: "Customer 07", Lines: []string{"1 Sample Road", "Buffalo, NY 14200"}, Country: "US"}, Kind: law.Consumer,
	}
	in.Statement.Debtor = in.Notice.Debtor
	in.Messages = in.Messages[:2]
	in.Messages = append(in.Messages, accepted(letter(t, delivery.Letter{
		From: delivery.PostalAddress{Name: "Exampleville Lumber Inc.", Line1: "100 Example Avenue", City: "Albany", Region: "NY", PostalCode: "12200", Country: "US"},
		To:   delivery.PostalAddress{Name: "Customer 07", Line1: "1 Sample Road", City: "Buffalo", Region: "NY", PostalCode: "14200", Country: "US"},
		PDF:  letterPDF, ReturnReceipt: true, Description: "RL-7K2QA5B", SendOn: at("2026-12-16 17:00"),
	}), "final_letter", collection.CertifiedLetter, at("2026-12-15 15:00")))
	in.Documents = nil
	in.Timeline = []dossier.Event{
		{At: at("2026-12-01 15:00"), Kind: "agreement", Data: `{"instalments": [{}, {}, {}], "source": "staff"}`},
		{At: at("2026-12-10 15:00"), Kind: "agreement_broken", Data: `{"missed_on": "2026-12-09"}`},
	}
	return in
}

// bare is the least a dossier can hold.
func bare(t *testing.T) dossier.Input {
	t.Helper()
	full := british(t)
	in := dossier.Input{At: full.At, Statement: full.Statement, Notice: message.Notice{Invoice: full.Notice.Invoice}}
	in.Notice.Creditor.Name, in.Notice.Debtor.Name, in.Notice.Debtor.Kind = "Exemplar", "Customer 07", law.Consumer
	in.Notice.Invoice.IssuedOn = calendar.Date{}
	return in
}

// troubled is a claim whose parts are not what they should be.
func troubled(t *testing.T) dossier.Input {
	t.Helper()
	in := british(t)
	in.Court = nil
	in.Notice.Debtor.Name = "Piekarnia „Łódź” 東京 🍞\u202e ltd\nsecond line"
	in.Statement.Debtor.Name = in.Notice.Debtor.Name
	in.Documents[0].SHA256 = sum([]byte("another"))
	in.Documents[1].Content = nil
	for i := range in.Messages {
		in.Messages[i].Body = []byte("neither JSON nor a form nor PDF %zz")
	}
	in.Messages[0].Result, in.Messages[1].Result, in.Messages[3].Result, in.Messages[3].Tracking = "refused", "unproved", "withdrawn", ""
	in.Messages = append(in.Messages,
		dossier.Message{At: at("2027-01-02 10:00"), Kind: collection.Referral, Channel: "email", Provider: "sendgrid", Recipient: "intake@agency.example.com",
			Result: "accepted", ContentType: "application/json", Body: []byte("{}")},
		dossier.Message{At: at("2027-01-03 10:00"), Kind: "fax_reminder", Channel: "fax", Provider: "faxer", Recipient: "+44", Result: "odd",
			ContentType: "image/tiff; x", Body: []byte("II*")},
	)
	in.Timeline = []dossier.Event{{At: at("2026-12-15 16:20"), Kind: "payment", Data: "not JSON"}}
	return in
}

func document(kind, name, mediaType string, content []byte) dossier.Document {
	return dossier.Document{Kind: kind, Name: name, MediaType: mediaType, SHA256: sum(content), Content: content}
}
