package sendgrid

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	netmail "net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sendgrid/sendgrid-go/helpers/mail"

	"relance/internal/delivery"
)

const contentType = "application/json"

// PrepareEmail freezes a mail/send request: the same email gives the same bytes. One recipient, so that X-Message-Id stands
// for one message; our tags as custom arguments of the personalization, which override those of the message and come back in
// every event and in the Email Logs; the kind as category; no tracking of clicks, opens or subscriptions, which would rewrite
// the text. The error is a *delivery.PrepareError.
func (c *Client) PrepareEmail(e delivery.Email) (delivery.Frozen, error) {
	if err := delivery.Invalid(Provider, problems(e)); err != nil {
		return delivery.Frozen{}, err
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false) // the stored proof shows the HTML as it is
	if err := encoder.Encode(message(e)); err != nil {
		return delivery.Frozen{}, fmt.Errorf("marshal email for %s: %w", Provider, err)
	}
	return delivery.Frozen{
		Provider:    Provider,
		Account:     c.account,
		Recipient:   e.To.Address,
		ContentType: contentType,
		Body:        bytes.TrimSuffix(body.Bytes(), []byte("\n")),
	}, nil
}

func message(e delivery.Email) *mail.SGMailV3 {
	to := mail.NewPersonalization()
	to.AddTos(mail.NewEmail(e.To.Name, e.To.Address))
	to.SetCustomArg(argDispatch, e.Tags.Dispatch)
	to.SetCustomArg("attempt", e.Tags.Attempt)
	to.SetCustomArg("kind", e.Tags.Kind)

	m := mail.NewV3Mail()
	m.SetFrom(mail.NewEmail(e.From.Name, e.From.Address))
	if e.ReplyTo.Address != "" {
		m.SetReplyTo(mail.NewEmail(e.ReplyTo.Name, e.ReplyTo.Address))
	}
	m.Subject = e.Subject
	m.AddPersonalizations(to)
	m.AddCategories(e.Tags.Kind)
	m.SetHeader("Message-ID", "<"+e.MessageID+">")
	if e.Text != "" { // plain text stands before HTML
		m.AddContent(mail.NewContent("text/plain", e.Text))
	}
	if e.HTML != "" {
		m.AddContent(mail.NewContent("text/html", e.HTML))
	}
	for _, a := range e.Attachments {
		m.AddAttachment(mail.NewAttachment().
			SetContent(base64.StdEncoding.EncodeToString(a.Content)).
			SetType(a.MediaType).
			SetFilename(a.Name).
			SetDisposition("attachment"))
	}
	m.SetTrackingSettings(mail.NewTrackingSettings().
		SetClickTracking(mail.NewClickTrackingSetting().SetEnable(false).SetEnableText(false)).
		SetOpenTracking(mail.NewOpenTrackingSetting().SetEnable(false)).
		SetSubscriptionTracking(mail.NewSubscriptionTrackingSetting().SetEnable(false)))
	return m
}

// problems checks what SendGrid would refuse and what JSON would change silently.
func problems(e delivery.Email) []string {
	p := e.Tags.Problems()
	p = append(p, mailboxProblems("from", e.From)...)
	p = append(p, mailboxProblems("to", e.To)...)
	if e.ReplyTo != (delivery.Mailbox{}) {
		p = append(p, mailboxProblems("reply-to", e.ReplyTo)...)
	}
	if e.Subject == "" || !oneLine(e.Subject) {
		p = append(p, "subject: want one line of text")
	}
	if e.Text == "" && e.HTML == "" {
		p = append(p, "text: empty, and no HTML either")
	}
	if !utf8.ValidString(e.Text) || !utf8.ValidString(e.HTML) {
		p = append(p, "text: not valid UTF-8")
	}
	if !plainMessageID(e.MessageID) {
		p = append(p, "message id: want local@domain without spaces or angle brackets")
	}
	for i, a := range e.Attachments {
		if a.Name == "" || !oneLine(a.Name) || a.MediaType == "" || !oneLine(a.MediaType) || len(a.Content) == 0 {
			p = append(p, fmt.Sprintf("attachment %d: want a name, a media type and content", i+1))
		}
	}
	return p
}

func mailboxProblems(field string, m delivery.Mailbox) []string {
	var p []string
	if parsed, err := netmail.ParseAddress(m.Address); err != nil || parsed.Address != m.Address || parsed.Name != "" {
		p = append(p, field+": not an email address")
	}
	if !oneLine(m.Name) {
		p = append(p, field+": the name is not one line of text")
	}
	return p
}

func oneLine(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

func plainMessageID(id string) bool {
	local, domain, ok := strings.Cut(id, "@")
	return ok && local != "" && domain != "" &&
		!strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' || r == '<' || r == '>' })
}
