package casework

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/delivery"
	"relance/internal/law"
	"relance/internal/ledger"
	"relance/internal/message"
	"relance/internal/money"
	"relance/internal/store"
	"relance/internal/store/db"
)

// noRecipient means that nothing can carry the message: the reason becomes the reason of the skipped step.
type noRecipient struct{ reason string }

func (e *noRecipient) Error() string { return "no recipient: " + e.reason }

// smsLife is how long a provider may keep an SMS before it must drop it: a jam must not deliver after a payment.
const smsLife = 15 * time.Minute

// draft is a message ready to be frozen into a dispatch.
type draft struct {
	frozen  delivery.Frozen
	sender  delivery.Sender
	channel string
	contact *uuid.UUID
	subject string
	digest  string
}

// compose renders the message of a step as it would go out now.
func (w *Work) compose(ctx context.Context, tx *store.Tx, f *File, plan collection.Plan, tags delivery.Tags) (*draft, error) {
	digest, err := w.digest(f, plan)
	if err != nil {
		return nil, err
	}
	var d *draft
	switch plan.Kind {
	case collection.EmailReminder, collection.EscalationNotice:
		d, err = w.composeEmail(ctx, tx, f, plan, tags)
	case collection.SMSReminder:
		d, err = w.composeSMS(f, plan, tags)
	case collection.CertifiedLetter:
		d, err = w.composeLetter(f, plan, tags)
	case collection.Referral:
		d, err = w.composePlacement(ctx, tx, f, plan, tags)
	case collection.PhoneCall:
		err = &noRecipient{"no_phone_number"}
	default:
		err = fmt.Errorf("step %s has the unknown kind %q", plan.Step, plan.Kind)
	}
	if err != nil {
		return nil, err
	}
	d.digest = digest
	return d, nil
}

// sameMessage reports whether the message would say the same, to the same recipient, if it were composed again now.
func (w *Work) sameMessage(f *File, plan collection.Plan, c *claim) (bool, error) {
	now, err := w.digest(f, plan)
	return now == c.digest, err
}

// digest hashes all that a message is made of: what it says, to whom and from whom. Tags are not in it.
func (w *Work) digest(f *File, plan collection.Plan) (string, error) {
	basis := struct {
		Notice  message.Notice
		Profile Profile
		Contact *db.ContactPoint
		Debtor  db.Debtor
	}{f.notice(plan), f.Profile, f.contact(plan.Kind), f.Debtor}
	raw, err := json.Marshal(basis)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

// contact is the address or number a kind of step goes to; nil when there is none.
func (f *File) contact(kind collection.StepKind) *db.ContactPoint {
	channel := ""
	switch kind {
	case collection.EmailReminder, collection.EscalationNotice:
		channel = "email"
	case collection.SMSReminder:
		channel = "phone"
	case collection.PhoneCall, collection.CertifiedLetter, collection.Referral:
		return nil
	}
	for _, c := range f.Contacts {
		if c.Channel == channel && c.InvalidAt == nil && c.OptedOutAt == nil {
			return &c
		}
	}
	return nil
}

// byLob reports whether a letter can go by the letter provider: its certified mail knows US senders and recipients only.
func (f *File) byLob() bool {
	return f.Debtor.Country == "US" && f.Facts.Reach.Post && f.Profile.ReturnAddress("US").Country == "US"
}

// notice is everything a message of this step says.
func (f *File) notice(plan collection.Plan) message.Notice {
	step, _ := f.Policy.Step(plan.Step)
	language := message.Fallback(f.Debtor.Language)
	n := message.Notice{
		Language: language, Kind: plan.Kind, Tone: step.Tone, Rung: f.Policy.Rung(plan.Step),
		Creditor: f.creditor(), Debtor: f.debtor(),
		Invoice: message.Invoice{
			Number: f.Invoice.Number, IssuedOn: store.Date(f.Invoice.IssuedOn), DueOn: store.Date(f.Invoice.DueOn),
			Amount: f.Facts.Invoiced, Paid: f.Money(f.Facts.Invoiced.Minor - f.Facts.Owed.Minor), Credited: f.Money(0), Owed: f.Facts.Owed,
		},
		Today: calendar.DateOf(f.Now, f.Facts.Calendar.Zone), Earlier: f.earlier(), Reference: reference(f.Case.ID),
		LetterAttached: plan.Kind == collection.EscalationNotice, ReturnReceipt: plan.Kind == collection.CertifiedLetter,
		StopWord: strings.HasPrefix(f.smsSender(), "+"),
	}
	if n.Tone == "" { // a call or a hand-over has none in the policy
		n.Tone = collection.Neutral
	}
	if n.Next = f.following(plan); n.Next != nil {
		n.PayBy = n.Next.On.AddDays(-1)
		if n.PayBy.Before(n.Today) {
			n.PayBy = calendar.Date{}
		}
	}
	return n
}

// following is what happens next if nothing is paid: the next rung of this very ladder, on the day it would come.
func (f *File) following(plan collection.Plan) *message.Following {
	for _, p := range collection.After(f.Facts, f.Policy, plan, f.Now) {
		if slices.Contains(p.Why, collection.WhyNoChannel) {
			continue // it will be skipped: announcing it would be untrue
		}
		next := &message.Following{Kind: p.Kind, On: calendar.DateOf(p.At, f.Facts.Calendar.Zone)}
		if p.Kind == collection.Referral {
			if choice := f.chooseRoute(); choice.sure {
				next.Route = choice.kind
			}
		}
		return next
	}
	return nil
}

func (f *File) earlier() []message.Earlier {
	var list []message.Earlier
	for _, o := range f.Facts.Outcomes {
		if o.Result == collection.Sent {
			list = append(list, message.Earlier{Kind: o.Kind, On: calendar.DateOf(o.At, f.Facts.Calendar.Zone)})
		}
	}
	return list
}

func (f *File) creditor() message.Creditor {
	p := f.Profile
	c := message.Creditor{
		Party: message.Party{Name: p.LegalName, Lines: postalLines(p.Address), Country: p.Address.Country}, Phone: p.Phone,
		Email: p.Email, Website: p.Website, Registration: p.Registration, PaymentURL: p.PaymentURL,
	}
	if account, ok := p.Account(money.Currency(f.Invoice.Currency)); ok {
		c.Bank = bankLines(account)
	}
	return c
}

func bankLines(a ledger.BankAccount) []message.BankLine {
	var lines []message.BankLine
	for _, l := range []message.BankLine{
		{Kind: message.BankHolder, Value: a.Holder}, {Kind: message.BankName, Value: a.Bank}, {Kind: message.BankIBAN, Value: a.IBAN},
		{Kind: message.BankBIC, Value: a.BIC}, {Kind: message.BankAccount, Value: a.Account},
		{Kind: message.BankSortCode, Value: a.SortCode}, {Kind: message.BankRouting, Value: a.Routing},
	} {
		if l.Value != "" {
			lines = append(lines, l)
		}
	}
	return lines
}

func (f *File) debtor() message.Debtor {
	d := f.Debtor
	lines := append([]string(nil), d.Address...)
	if city := cityLine(d.Country, d.PostalCode, d.City, d.Region); city != "" {
		lines = append(lines, city)
	}
	return message.Debtor{Party: message.Party{Name: d.Name, Lines: lines, Country: d.Country}, Kind: law.DebtorKind(d.Kind)}
}

func postalLines(a ledger.Address) []string {
	lines := append([]string(nil), a.Lines...)
	if city := cityLine(a.Country, a.PostalCode, a.City, a.Region); city != "" {
		lines = append(lines, city)
	}
	return lines
}

// cityLine is written as the country's post asks for it.
func cityLine(country, code, city, region string) string {
	switch country {
	case "US":
		return strings.TrimSpace(city + ", " + region + " " + code)
	case "GB":
		return strings.TrimSpace(city + " " + code)
	}
	return strings.TrimSpace(code + " " + city)
}

// reference is the short mark by which people name a case on the telephone: seven letters and digits without look-alikes.
func reference(id uuid.UUID) string {
	const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	return "RL-" + base32.NewEncoding(alphabet).WithPadding(base32.NoPadding).EncodeToString(id[:5])[:7]
}

func (w *Work) composeEmail(ctx context.Context, tx *store.Tx, f *File, plan collection.Plan, tags delivery.Tags) (*draft, error) {
	to := f.contact(plan.Kind)
	if to == nil {
		return nil, &noRecipient{"no_email_address"}
	}
	n := f.notice(plan)
	attachments, err := w.attachments(ctx, tx, f, &n)
	if err != nil {
		return nil, err
	}
	body, err := message.RenderEmail(n)
	if err != nil {
		return nil, err
	}
	email := f.envelope(tags)
	email.To = delivery.Mailbox{Name: f.Debtor.Name, Address: to.Value}
	email.Subject, email.Text, email.HTML, email.Attachments = body.Subject, body.Text, body.HTML, attachments
	frozen, err := w.Mail.PrepareEmail(email)
	return &draft{frozen: frozen, sender: w.Mail, channel: "email", contact: &to.ID, subject: body.Subject}, err
}

// envelope is what every email of this creditor has in common.
func (f *File) envelope(tags delivery.Tags) delivery.Email {
	sender := f.Profile.Senders.Email
	_, domain, _ := strings.Cut(sender.Address, "@")
	return delivery.Email{
		Tags: tags, From: delivery.Mailbox{Name: sender.Name, Address: sender.Address}, ReplyTo: delivery.Mailbox{Address: sender.ReplyTo},
		MessageID: tags.Dispatch + "@" + domain,
	}
}

// attachments are the letter itself, for a notice, and the invoice.
func (w *Work) attachments(ctx context.Context, tx *store.Tx, f *File, n *message.Notice) ([]delivery.Attachment, error) {
	var list []delivery.Attachment
	if n.LetterAttached {
		pdf, err := message.RenderLetter(*n)
		if err != nil {
			return nil, err
		}
		list = append(list, delivery.Attachment{Name: "letter-" + slug(f.Invoice.Number) + ".pdf", MediaType: "application/pdf", Content: pdf})
	}
	docs, err := tx.Documents(ctx, f.Invoice.ID)
	if err != nil {
		return nil, fmt.Errorf("read the documents of invoice %s: %w", f.Invoice.ID, err)
	}
	for _, doc := range docs {
		if doc.Kind != "invoice" {
			continue
		}
		content, err := w.Blobs.Get(ctx, doc.SHA256)
		if err != nil {
			return nil, fmt.Errorf("read document %s: %w", doc.ID, err)
		}
		list = append(list, delivery.Attachment{Name: doc.Name, MediaType: doc.MediaType, Content: content})
		n.InvoiceAttached = true
	}
	return list, nil
}

// smsSender is the name a text comes from where names are taken, else the number. The United States and Canada take numbers
// only.
func (f *File) smsSender() string {
	s := f.Profile.Senders.SMS
	if s.Alphanumeric == "" || f.Debtor.Country == "US" || f.Debtor.Country == "CA" {
		return s.Number
	}
	return s.Alphanumeric
}

func (w *Work) composeSMS(f *File, plan collection.Plan, tags delivery.Tags) (*draft, error) {
	to := f.contact(plan.Kind)
	if to == nil {
		return nil, &noRecipient{"no_mobile_number"}
	}
	body, err := message.RenderSMS(f.notice(plan))
	if err != nil {
		return nil, err
	}
	frozen, err := w.Texts.PrepareSMS(delivery.SMS{Tags: tags, From: f.smsSender(), To: to.Value, Text: body.Text, ValidFor: smsLife})
	return &draft{frozen: frozen, sender: w.Texts, channel: "sms", contact: &to.ID, subject: ""}, err
}

func (w *Work) composeLetter(f *File, plan collection.Plan, tags delivery.Tags) (*draft, error) {
	if !f.Facts.Reach.Post {
		return nil, &noRecipient{"no_postal_address"}
	}
	pdf, err := message.RenderLetter(f.notice(plan))
	if err != nil {
		return nil, err
	}
	frozen, err := w.Post.PrepareLetter(delivery.Letter{
		Tags: tags, From: postalAddress(f.Profile.ReturnAddress(f.Debtor.Country)), To: postal(f.Debtor), Description: reference(f.Case.ID), PDF: pdf, ReturnReceipt: true,
	})
	return &draft{frozen: frozen, sender: w.Post, channel: "post", subject: ""}, err
}

func postalAddress(a ledger.Address) delivery.PostalAddress {
	to := delivery.PostalAddress{Name: a.Name, City: a.City, Region: a.Region, PostalCode: a.PostalCode, Country: a.Country}
	to.Line1, to.Line2 = twoLines(a.Lines)
	return to
}

func postal(d db.Debtor) delivery.PostalAddress {
	a := delivery.PostalAddress{Name: d.Name, City: d.City, Region: d.Region, PostalCode: d.PostalCode, Country: d.Country}
	a.Line1, a.Line2 = twoLines(d.Address)
	return a
}

func twoLines(lines []string) (first, second string) {
	if len(lines) == 0 {
		return "", ""
	}
	return lines[0], strings.Join(lines[1:], ", ")
}

// slug makes a file name of an invoice number.
func slug(number string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-':
			return r
		}
		return '-'
	}, number)
}

// printTask asks a person to print the letter and take it to the post.
func (f *File) printTask(plan collection.Plan, why string) (*task, error) {
	if !f.Facts.Reach.Post {
		return nil, nil // composing says that there is no address
	}
	pdf, err := message.RenderLetter(f.notice(plan))
	if err != nil {
		return nil, fmt.Errorf("print the letter of step %s: %w", plan.Step, err)
	}
	return &task{kind: TaskPrintAndPost, why: why, body: pdf}, nil
}
