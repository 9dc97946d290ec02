package message_test

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/collection"
	"relance/internal/law"
	"relance/internal/message"
)

// blemishes are the marks of a template gone wrong: a hole, a doubled stop or space, a dangling mark, an unescaped entity.
var blemishes = regexp.MustCompile(`<no value>|%!|\{\{|\}\}|[^.]\.\.([^.]|$)|[^ |] {2,}[^ |]| [,.]|,,|ZgotmplZ|&amp;amp;|\(\)|: *\n\n`)

// TestEverythingRenders renders every kind, tone and language with the most and the least a notice can hold, for every kind
// of debtor and the countries that make a difference, and looks for blemishes.
func TestEverythingRenders(t *testing.T) {
	t.Parallel()
	for _, l := range message.Languages() {
		for _, kind := range collection.StepKinds() {
			t.Run(string(l)+"/"+string(kind), func(t *testing.T) {
				t.Parallel()
				for _, tone := range tones() {
					for _, n := range variants(l, kind, tone) {
						text := everything(t, n)
						require.Equal(t, kind != collection.Referral, text != "", "only a referral says nothing to a debtor")
						require.Empty(t, blemishes.FindString(text), text)
					}
				}
			})
		}
	}
}

// variants are the shapes a notice can take.
func variants(l message.Language, kind collection.StepKind, tone collection.Tone) []message.Notice {
	poor := bare(l, kind, tone)
	if kind == collection.CertifiedLetter { // the one that needs addresses
		poor.Creditor.Lines, poor.Debtor.Lines = []string{"1 Example Street"}, []string{"2 Sample Road"}
	}
	if kind == collection.SMSReminder { // the one that needs somewhere to answer to
		poor.Creditor.Email = "a@example.com"
	}
	rich := full(l, kind, tone)
	rich.OptOutURL = "https://example.com/stop?case=RL-7K2Q&why=1"
	if kind.Legal() && tone != collection.Final {
		return []message.Notice{poor} // letters take their time, and what varies below does not depend on the tone
	}
	all := []message.Notice{poor, rich, toAmerica(rich)}
	for _, change := range []func(*message.Notice){
		func(n *message.Notice) { n.Debtor.Kind = law.Consumer },
		func(n *message.Notice) { n.Debtor.Kind = law.SoleTrader },
		func(n *message.Notice) { n.Debtor.Contact = "A. Person" },
		func(n *message.Notice) { n.Debtor.Salutation = "Hello there" },
		func(n *message.Notice) { n.Creditor.Signatory = "" },
		func(n *message.Notice) { n.Creditor.Name, n.Creditor.Country = "Exemplar Inc.", "DE" },
		func(n *message.Notice) { n.Creditor.Phone = "" },
		func(n *message.Notice) { n.Creditor.Bank = nil },
		func(n *message.Notice) { n.Creditor.PaymentURL = "" },
		func(n *message.Notice) { n.Next.On, n.PayBy = bare(l, kind, tone).PayBy, bare(l, kind, tone).PayBy },
		func(n *message.Notice) { n.InvoiceAttached = false },
		func(n *message.Notice) { n.StatementAttached = false },
		func(n *message.Notice) { n.LetterAttached, n.ReturnReceipt = false, false },
		func(n *message.Notice) {
			n.Invoice.Credited, n.Invoice.Paid.Minor = n.Invoice.Paid, 0
		},
	} {
		n := full(l, kind, tone)
		change(&n)
		all = append(all, n)
	}
	return all
}

// Text and HTML of an email say the same words in the same order.
func TestTextAndHTMLAgree(t *testing.T) {
	t.Parallel()
	words := func(s string) string {
		s = strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(html.UnescapeString(s))
		return strings.Join(strings.Fields(regexp.MustCompile(`https?://\S+|[:|]|^--$`).ReplaceAllString(s, " ")), " ")
	}
	for _, l := range message.Languages() {
		for _, kind := range []collection.StepKind{collection.EmailReminder, collection.EscalationNotice} {
			for _, tone := range tones() {
				n := full(l, kind, tone)
				n.OptOutURL = "https://example.com/stop"
				e, err := message.RenderEmail(n)
				require.NoError(t, err)
				_, body, _ := strings.Cut(e.HTML, "<body")
				_, body, _ = strings.Cut(body, ">")
				shown := words(tags.ReplaceAllString(body, " "))
				require.Equal(t, words(n.Creditor.Name+" "+strings.Replace(e.Text, "\n--\n", "\n", 1)), shown)
			}
		}
	}
}

// The message is short enough for a phone and says what it must.
func TestSMS(t *testing.T) {
	t.Parallel()
	for _, l := range message.Languages() {
		for _, tone := range tones() {
			n := full(l, collection.SMSReminder, tone)
			for _, country := range []string{n.Debtor.Country, "US"} {
				n.Debtor.Country = country
				s, err := message.RenderSMS(n)
				require.NoError(t, err)
				require.Equal(t, message.GSM7, s.Encoding, s.Text)
				require.LessOrEqual(t, s.Segments, 2, s.Text)
				for _, must := range []string{
					n.Invoice.Number, message.FormatAmountSMS(n.Invoice.Owed, l), n.Creditor.Phone, n.Reference,
				} {
					require.Contains(t, s.Text, must)
				}
				require.Equal(t, country == "US", strings.Contains(s.Text, "STOP"))
			}
		}
	}
}

// A creditor whose name no Latin alphabet holds is still named; the message is then UCS-2 and says so.
func TestSMSInAnotherAlphabet(t *testing.T) {
	t.Parallel()
	n := full(message.English, collection.SMSReminder, collection.Neutral)
	n.Creditor.ShortName = "Майстерня"
	s, err := message.RenderSMS(n)
	require.NoError(t, err)
	require.Equal(t, message.UCS2, s.Encoding)
	require.Contains(t, s.Text, "Майстерня")
}
