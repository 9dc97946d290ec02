package message_test

import (
	"fmt"
	"html"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/collection"
	"relance/internal/law"
	"relance/internal/message"
)

const docsIntro = `# Messages

Every message a debtor can get, in every tone, side by side in English, French and Polish. This page is generated from the
templates in ` + "`internal/message/templates`" + ` by ` + "`go test ./internal/message -update`" + `; a test fails when it is stale.
Read it as the debtor would.

What holds for all of them:

- The tone rises from friendly to final and stays courteous. It changes the greeting, the opening and the request; the facts,
  the ways to pay and the ways out stay the same.
- From the second contact on, and in every notice and letter, one plain sentence says what follows and when. It comes from the
  plan: nothing else is announced, and "final" is said only where no other request for payment follows.
- Every message says how to pay, how to reach the creditor, how to object, how to ask for a plan (a text message: whom to call),
  and that whoever has paid can ignore it.
- No interest, fees or compensation are claimed, no credit report and no court papers are hinted at: the message has no words
  for them.
- Amounts and dates are written as the language writes them; the figures add up or the message does not render.
- Text messages use the GSM-7 alphabet (Polish letters without their marks, most French accents kept) and fit two segments.
- Everybody below is fictional.

`

// TestDocs holds docs/messages.md, the page on which people review the words.
func TestDocs(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(docsIntro)
	section(&b, t, "Reminder by email", collection.EmailReminder, showEmail)
	section(&b, t, "Reminder by text message", collection.SMSReminder, showSMS)
	section(&b, t, "Telephone call (notes for the caller)", collection.PhoneCall, showCall)
	section(&b, t, "Escalation notice (email)", collection.EscalationNotice, showEmail)
	section(&b, t, "Escalation notice (the attached letter)", collection.EscalationNotice, showLetter)
	section(&b, t, "Certified letter", collection.CertifiedLetter, showLetter)
	specials(&b, t)
	b.WriteString("## Statement of account\n\n")
	columns(&b, func(l message.Language) string { return showPDF(t, mustStatement(t, statement(l))) })
	b.WriteString("## What follows\n\nThe sentence that announces the next step, in emails and letters and, below it, in text messages.\n\n")
	for _, next := range nextSteps() {
		fmt.Fprintf(&b, "### %s\n\n", strings.TrimSuffix(string(next.Kind)+", "+string(next.Route), ", "))
		columns(&b, func(l message.Language) string { return escape(announcement(t, l, next)) })
	}
	golden(t, filepath.Join("..", "..", "docs", "messages.md"), b.String())
}

func section(b *strings.Builder, t *testing.T, title string, kind collection.StepKind, show func(*testing.T, message.Notice) string) {
	t.Helper()
	fmt.Fprintf(b, "## %s\n\n", title)
	for _, tone := range tones() {
		name := string(tone)
		fmt.Fprintf(b, "### %s: %s\n\n", title, strings.ToUpper(name[:1])+name[1:])
		columns(b, func(l message.Language) string { return show(t, full(l, kind, tone)) })
	}
}

// specials are the messages that differ by occasion or country rather than by tone.
func specials(b *strings.Builder, t *testing.T) {
	t.Helper()
	b.WriteString("## Before the invoice is due\n\n")
	columns(b, func(l message.Language) string {
		return showEmail(t, early(full(l, collection.EmailReminder, collection.Friendly)))
	})
	columns(b, func(l message.Language) string {
		return showSMS(t, early(full(l, collection.SMSReminder, collection.Friendly)))
	})
	b.WriteString("## With the least that must be known\n\n")
	columns(b, func(l message.Language) string {
		return showEmail(t, bare(l, collection.EmailReminder, collection.Neutral))
	})
	b.WriteString("## English, where the country makes a difference\n\nA consumer in the United Kingdom and one in the United States.\n\n")
	gb := full(message.English, collection.CertifiedLetter, collection.Final)
	gb.Debtor.Name, gb.Debtor.Kind = "Customer 07", law.Consumer
	fmt.Fprintf(b, "<table>\n<tr><th>United Kingdom</th><th>United States</th></tr>\n")
	fmt.Fprintf(b, "<tr valign=\"top\">\n<td>\n%s\n</td>\n<td>\n%s\n</td>\n</tr>\n</table>\n\n", showLetter(t, gb), showLetter(t, toAmerica(gb)))
	us := toAmerica(full(message.English, collection.SMSReminder, collection.Neutral))
	fmt.Fprintf(b, "By text message to the United States:\n\n<blockquote>\n%s\n</blockquote>\n\n", showSMS(t, us))
}

// columns writes one table row with a column for each language.
func columns(b *strings.Builder, show func(message.Language) string) {
	b.WriteString("<table>\n<tr><th>English</th><th>Français</th><th>Polski</th></tr>\n<tr valign=\"top\">\n")
	for _, l := range message.Languages() {
		fmt.Fprintf(b, "<td width=\"33%%\">\n%s\n</td>\n", show(l))
	}
	b.WriteString("</tr>\n</table>\n\n")
}

// escape turns plain text into paragraphs that a Markdown reader shows as they are.
func escape(text string) string {
	var all []string
	for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		all = append(all, "<p>"+strings.ReplaceAll(html.EscapeString(strings.TrimSpace(block)), "\n", "<br>\n")+"</p>")
	}
	return strings.Join(all, "\n")
}

func showEmail(t *testing.T, n message.Notice) string {
	t.Helper()
	e, err := message.RenderEmail(n)
	require.NoError(t, err)
	return "<p><b>" + html.EscapeString(e.Subject) + "</b></p>\n" + escape(e.Text)
}

func showSMS(t *testing.T, n message.Notice) string {
	t.Helper()
	s, err := message.RenderSMS(n)
	require.NoError(t, err)
	return escape(smsGolden(s))
}

func showCall(t *testing.T, n message.Notice) string {
	t.Helper()
	script, err := message.CallScript(n)
	require.NoError(t, err)
	return escape(script)
}

func showLetter(t *testing.T, n message.Notice) string {
	t.Helper()
	content, err := message.RenderLetter(n)
	require.NoError(t, err)
	return showPDF(t, content)
}

func showPDF(t *testing.T, content []byte) string {
	t.Helper()
	return escape(pdfText(t, content))
}
