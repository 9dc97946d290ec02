package message_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/message"
)

// What would be incomplete or untrue does not render, and the error says which field, never which value.
func TestValidate(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*message.Notice){
		"language":                   func(n *message.Notice) { n.Language = "de" },
		"kind":                       func(n *message.Notice) { n.Kind = "fax" },
		"tone":                       func(n *message.Notice) { n.Tone = "angry" },
		"rung":                       func(n *message.Notice) { n.Rung = 0 },
		"creditor":                   func(n *message.Notice) { n.Creditor.Name = " \u200b " },
		"debtor":                     func(n *message.Notice) { n.Debtor.Name = "" },
		"debtor kind":                func(n *message.Notice) { n.Debtor.Kind = "person" },
		"today":                      func(n *message.Notice) { n.Today = calendar.Date{} },
		"payment address":            func(n *message.Notice) { n.Creditor.PaymentURL = "javascript:alert(1)" },
		"invoice address":            func(n *message.Notice) { n.InvoiceURL = "docs.example.com" },
		"opt-out address":            func(n *message.Notice) { n.OptOutURL = "https://example.com/a b" },
		"bank":                       func(n *message.Notice) { n.Creditor.Bank = []message.BankLine{{Kind: "swift", Value: "1"}} },
		"number":                     func(n *message.Notice) { n.Invoice.Number = "\n" },
		"due date":                   func(n *message.Notice) { n.Invoice.DueOn = calendar.Date{} },
		"currency":                   func(n *message.Notice) { n.Invoice.Owed.Currency = "" },
		"nothing owed":               func(n *message.Notice) { n.Invoice.Amount.Minor, n.Invoice.Paid.Minor, n.Invoice.Owed.Minor = 5, 5, 0 },
		"sum":                        func(n *message.Notice) { n.Invoice.Owed.Minor++ },
		"credited forgotten":         func(n *message.Notice) { n.Invoice.Credited = amount("1", "GBP") },
		"mixed currencies":           func(n *message.Notice) { n.Invoice.Paid.Currency = "USD" },
		"negative payment":           func(n *message.Notice) { n.Invoice.Paid.Minor = -1; n.Invoice.Owed.Minor = n.Invoice.Amount.Minor + 1 },
		"deadline past":              func(n *message.Notice) { n.PayBy = n.Today.AddDays(-1) },
		"next past":                  func(n *message.Notice) { n.Next.On, n.PayBy = n.Today.AddDays(-1), calendar.Date{} },
		"next before deadline":       func(n *message.Notice) { n.Next.On = n.PayBy.AddDays(-1) },
		"next kind":                  func(n *message.Notice) { n.Next.Kind = "lawsuit" },
		"next route":                 func(n *message.Notice) { n.Next.Route = "bailiff" },
		"earlier in the future":      func(n *message.Notice) { n.Earlier[0].On = n.Today.AddDays(1) },
		"earlier referral":           func(n *message.Notice) { n.Earlier[0].Kind = collection.Referral },
		"notice before the due date": func(n *message.Notice) { n.Today, n.Earlier = n.Invoice.DueOn, nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := full(message.English, collection.EscalationNotice, collection.Firm)
			spoil(&n)
			require.ErrorIs(t, n.Validate(), message.ErrInvalid)
			_, err := message.RenderEmail(n)
			require.ErrorIs(t, err, message.ErrInvalid)
			_, err = message.RenderLetter(n)
			require.ErrorIs(t, err, message.ErrInvalid)
			require.NotContains(t, err.Error(), full(message.English, n.Kind, n.Tone).Debtor.Name)
		})
	}
}

// Every problem is reported at once.
func TestValidateReportsAll(t *testing.T) {
	t.Parallel()
	var invalid *message.InvalidError
	require.ErrorAs(t, message.Notice{}.Validate(), &invalid)
	require.Greater(t, len(invalid.Problems), 8)
}

// A step on the very day, as policies in seconds have it, is allowed.
func TestSameDay(t *testing.T) {
	t.Parallel()
	n := full(message.English, collection.EscalationNotice, collection.Firm)
	n.PayBy, n.Next.On = n.Today, n.Today
	require.NoError(t, n.Validate())
}

func TestCertifiedLetterNeedsAddresses(t *testing.T) {
	t.Parallel()
	n := full(message.French, collection.CertifiedLetter, collection.Final)
	n.Debtor.Lines = []string{" "}
	_, err := message.RenderLetter(n)
	require.ErrorIs(t, err, message.ErrInvalid)
	n.Kind = collection.EscalationNotice
	_, err = message.RenderLetter(n)
	require.NoError(t, err, "what goes by email needs no postal address")
}

func TestSMSNeedsSomewhereToAnswer(t *testing.T) {
	t.Parallel()
	n := full(message.French, collection.SMSReminder, collection.Final)
	n.Creditor.Phone, n.Creditor.Email, n.Creditor.PaymentURL = "", "", ""
	_, err := message.RenderSMS(n)
	require.ErrorIs(t, err, message.ErrInvalid)
}

// Values from outside cannot break out of their place: no markup, no second header line, no turned-around amounts.
func TestHostileValues(t *testing.T) {
	t.Parallel()
	n := full(message.English, collection.EmailReminder, collection.Neutral)
	n.Creditor.Name = "Evil\r\nBcc: a@example.com <script>alert(1)</script> & {{.Debtor}} \u202egnp.exe"
	n.Invoice.Number = "F\u2028-1\x00<b>"
	n.Creditor.PaymentURL = `https://pay.example.com/?a="><script>&b=1`
	e, err := message.RenderEmail(n)
	require.NoError(t, err)
	require.NotContains(t, e.Subject, "\n")
	require.NotContains(t, e.HTML, "<script>")
	require.NotContains(t, e.HTML, "<b>")
	require.NotContains(t, e.Text, "\r")
	require.NotContains(t, e.Text, "\u202e")
	require.Contains(t, e.Text, "Evil Bcc: a@example.com <script>")
	require.Contains(t, e.Text, "{{.Debtor}}", "a value is never a template")
	require.Contains(t, e.Subject, "F -1<b>")
	require.Equal(t, 1, strings.Count(e.HTML, "<a class=\"button\""))
}
