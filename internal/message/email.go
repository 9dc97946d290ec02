package message

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
	text "text/template"

	"relance/internal/collection"
)

// Email is a rendered email. Text and HTML say the same in the same order.
type Email struct {
	Subject string // one line
	Text    string // lines end with \n and are not folded
	HTML    string // a whole document, UTF-8, styles inline, without images or scripts
}

var (
	emailText = text.Must(text.New("email.txt").Option("missingkey=error").ParseFS(templates, "templates/email.txt"))
	emailHTML = template.Must(template.New("email.html").Option("missingkey=error").ParseFS(templates, "templates/email.html"))
)

// emailPage is what the two layouts arrange.
type emailPage struct {
	Lang, Subject, Creditor, Salutation string
	Lead                                []string
	Owed                                fact
	Details                             []fact // beneath the amount, in HTML
	Facts                               []fact // amount and details, in plain text
	PayTitle                            string
	Pay                                 []fact
	Button, View, OptOut                *link
	Links                               []link
	Follows                             string
	Notes                               []string
	Ways                                []way
	Reach, Closing                      string
	Signature, Foot                     []string
	Colon                               string
}

// fact is a label with its value; without a label, a sentence.
type fact struct{ Label, Value string }

type link struct{ Label, URL string }

// way is one of the honest ways out: paid already, more time, a dispute.
type way struct{ Title, Text string }

// RenderEmail renders the two kinds of step that are emails: email_reminder and escalation_notice. Errors: *InvalidError,
// ErrKind.
func RenderEmail(n Notice) (Email, error) {
	if err := n.Validate(); err != nil {
		return Email{}, err
	}
	if n.Kind != collection.EmailReminder && n.Kind != collection.EscalationNotice {
		return Email{}, fmt.Errorf("render %s as email: %w", n.Kind, ErrKind)
	}
	n = n.tidied()
	plainPage, err := newEmailPage(n, false)
	if err != nil {
		return Email{}, err
	}
	finePage, err := newEmailPage(n, true)
	if err != nil {
		return Email{}, err
	}
	var body strings.Builder
	if err := emailText.Execute(&body, plainPage); err != nil {
		return Email{}, fmt.Errorf("render %s text: %w", n.Kind, err)
	}
	var html bytes.Buffer
	if err := emailHTML.Execute(&html, finePage); err != nil {
		return Email{}, fmt.Errorf("render %s html: %w", n.Kind, err)
	}
	return Email{Subject: plainPage.Subject, Text: body.String(), HTML: html.String()}, nil
}

func newEmailPage(n Notice, fine bool) (emailPage, error) {
	t := newTeller(n, n.style(), fine)
	v := t.view
	name := string(n.Kind) + "." + string(n.Tone)
	salutation, closing := "salutation.warm", "closing."+string(n.Tone)
	switch {
	case v.Upcoming:
		name, closing = string(n.Kind)+".upcoming", "closing.friendly"
	case collection.Neutral.Below(n.Tone):
		salutation = "salutation.formal"
	}
	page := emailPage{
		Lang: string(n.Language), Subject: t.line(name + ".subject"), Creditor: v.Creditor,
		Salutation: t.line(salutation), Lead: t.paras(name + ".lead"),
		Owed: t.owed(), Details: t.details(n),
		PayTitle: t.line("pay.title"), Pay: t.howToPay("pay.ask.email"),
		Follows: v.Follows, Reach: t.line("reach.email"), Closing: t.line(closing),
		Signature: signature(n.Creditor), Foot: t.foot(n), Colon: t.colon(),
	}
	if v.PayBy != "" {
		page.Details = append(page.Details, fact{t.line("label.pay_by"), v.PayBy})
	}
	page.Facts = append([]fact{page.Owed}, page.Details...)
	if n.Kind == collection.EscalationNotice {
		page.Notes = append(t.paras("earlier"), t.paras("attached.notice")...)
	} else {
		page.Notes = t.paras("attached.email")
	}
	for _, w := range []string{"way.paid", "way.time", "way.dispute"} {
		page.Ways = append(page.Ways, way{Title: t.line(w + ".title"), Text: t.line(w)})
	}
	page.addLinks(t, n)
	return page, t.err
}

func (p *emailPage) addLinks(t *teller, n Notice) {
	if n.Creditor.PaymentURL != "" {
		p.Button = &link{Label: t.line("pay.button"), URL: n.Creditor.PaymentURL}
		p.Links = append(p.Links, *p.Button)
	}
	if n.InvoiceURL != "" {
		p.View = &link{Label: t.line("label.view_invoice"), URL: n.InvoiceURL}
		p.Links = append(p.Links, *p.View)
	}
	if n.OptOutURL != "" {
		p.OptOut = &link{Label: t.line("label.opt_out"), URL: n.OptOutURL}
	}
}

// foot names the creditor in full: many countries ask for name, address and register in business email.
func (t *teller) foot(n Notice) []string {
	c := n.Creditor
	foot := []string{strings.Join(append([]string{c.Name}, c.Lines...), ", ")}
	var more []string
	for _, s := range []string{c.Registration, c.Website} {
		if s != "" {
			more = append(more, s)
		}
	}
	if len(more) > 0 {
		foot = append(foot, strings.Join(more, " · "))
	}
	if n.Reference != "" {
		foot = append(foot, t.line("label.reference")+t.colon()+n.Reference)
	}
	return foot
}

func signature(c Creditor) []string {
	if c.Signatory == "" || c.Signatory == c.Name {
		return []string{c.Name}
	}
	return []string{c.Signatory, c.Name}
}
