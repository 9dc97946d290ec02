package dossier_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/collection"
	"relance/internal/delivery"
	"relance/internal/dossier"
	"relance/internal/message"
)

// only packs one message and returns the files of its folder, and the words of the index.
func only(t *testing.T, m dossier.Message) (files map[string][]byte, index string) {
	t.Helper()
	in := bare(t)
	in.Messages = []dossier.Message{m}
	all, _ := unpack(t, in)
	files = map[string][]byte{}
	for p, content := range all {
		if name, ok := strings.CutPrefix(p, "03-messages/02-2026-11-12-"); ok {
			_, name, _ = strings.Cut(name, "/")
			files[name] = content
		}
	}
	return files, strings.Join(strings.Fields(string(all["00-index.txt"])), " ")
}

var noon = at("2026-11-12 12:00")

func TestEmail(t *testing.T) {
	t.Parallel()
	e := reminder()
	e.Attachments = append(e.Attachments, delivery.Attachment{Name: "../../Łódź 1.pdf", MediaType: "application/pdf", Content: letterPDF},
		delivery.Attachment{Name: "again.pdf", MediaType: "application/pdf", Content: letterPDF})
	frozen := email(t, collection.EmailReminder, e)
	files, index := only(t, accepted(frozen, "first", collection.EmailReminder, noon))
	require.Len(t, files, 6)
	require.Equal(t, frozen.Body, files["request.json"], "the bytes that were handed over")
	require.Equal(t, e.HTML, string(files["message.html"]))
	require.Equal(t, invoicePDF, files["attachment-1-F-2026-0417.pdf"])
	require.Equal(t, letterPDF, files["attachment-2-Lodz-1.pdf"], "an attachment that occurs twice is kept once")
	head, text, found := strings.Cut(string(files["message.txt"]), "\n\n")
	require.True(t, found)
	require.Equal(t, e.Text, text)
	require.Equal(t, []string{
		"From: Northlight Joinery <accounts@northlight.example.com>", "Reply-To: help@northlight.example.com",
		"To: Harbour Bakery Example Ltd <office@harbour.example.com>", "Subject: Invoice F-2026-0417: £11,842.50 is overdue",
		"Message-ID: <6b1f8c52-0d3e-4f6a-9c51-2f4f1d0a0001@northlight.example.com>",
	}, strings.Split(head, "\n"))
	require.NotContains(t, index, "could not be read")
	golden(t, "email.about.txt", string(files["about.txt"]))
}

func TestEmailWithLetterOfThisProduct(t *testing.T) {
	t.Parallel()
	in := british(t)
	n := in.Notice
	n.Kind, n.Tone, n.Rung, n.Today, n.LetterAttached = collection.EscalationNotice, collection.Firm, 3, day("2026-11-30"), true
	body, err := message.RenderEmail(n)
	require.NoError(t, err)
	pdf, err := message.RenderLetter(n)
	require.NoError(t, err)
	e := reminder()
	e.Subject, e.Text, e.HTML = body.Subject, body.Text, body.HTML
	e.Attachments = []delivery.Attachment{{Name: "letter.pdf", MediaType: "application/pdf", Content: pdf}}
	files, _ := only(t, accepted(email(t, collection.EscalationNotice, e), "notice", collection.EscalationNotice, noon))
	require.Equal(t, body.HTML, string(files["message.html"]))
	require.Contains(t, string(files["message.txt"]), strings.TrimSpace(body.Text))
	require.Equal(t, pdf, files["attachment-1-letter.pdf"])
}

func TestSMS(t *testing.T) {
	t.Parallel()
	text := "Facture F-2026-0417 : 11842,50 € + 0 % & rien d'autre = tout.\nRépondez STOP"
	frozen := sms(t, delivery.SMS{From: "Northlight", To: "+33199001234", Text: text, ValidFor: time.Hour})
	files, index := only(t, accepted(frozen, "sms", collection.SMSReminder, noon))
	require.Len(t, files, 3)
	require.Equal(t, frozen.Body, files["request.txt"])
	require.Equal(t, "From: Northlight\nTo: +33199001234\n\n"+text+"\n", string(files["message.txt"]))
	require.NotContains(t, index, "could not be read")
	golden(t, "sms.about.txt", string(files["about.txt"]))
}

func TestLetterOfAProvider(t *testing.T) {
	t.Parallel()
	pdf := append([]byte("%PDF-1.7\n\x00\xff binary\r\n--relance\r\n"), bytes.Repeat([]byte{0, 13, 10, '-', '-'}, 1000)...)
	frozen := letter(t, delivery.Letter{
		From: delivery.PostalAddress{Name: "Dupont Inc", Line1: "1 Main St", City: "Albany", Region: "NY", PostalCode: "12207", Country: "US"},
		To:   delivery.PostalAddress{Name: "Zoë Harper", Line1: "210 King St", Line2: "# 6100", City: "San Francisco", Region: "ca", PostalCode: "94107-1234", Country: "US"},
		PDF:  pdf, ReturnReceipt: true, SendOn: at("2026-11-13 17:00"),
	})
	m := accepted(frozen, "final", collection.CertifiedLetter, noon)
	m.Tracking = "9407300000000000000001"
	files, index := only(t, m)
	require.Len(t, files, 3)
	require.Equal(t, frozen.Body, files["request.bin"])
	require.Equal(t, pdf, files["letter.pdf"])
	require.NotContains(t, index, "could not be read")
	require.Contains(t, index, "only its tracking number is known, 9407300000000000000001")
	golden(t, "letter.about.txt", string(files["about.txt"]))
}

func TestPrintedLetter(t *testing.T) {
	t.Parallel()
	printed := dossier.Message{
		At: noon, Step: "final", Kind: collection.CertifiedLetter, Channel: "print", Recipient: "Customer 07", Result: "done", ContentType: "application/pdf",
		Body: letterPDF, SHA256: sum(letterPDF),
	}
	files, index := only(t, printed)
	require.Len(t, files, 2, "the letter is its own request")
	require.Equal(t, letterPDF, files["letter.pdf"])
	require.Contains(t, index, "Proof of posting of the final notice: no tracking number is on record.")
	golden(t, "printed.about.txt", string(files["about.txt"]))

	printed.Kind = collection.EscalationNotice
	_, index = only(t, printed)
	require.Contains(t, index, "Proof of posting of exhibit 2 (escalation notice).")
	require.Contains(t, index, "A final notice: none is on record.")
}

// TestDamagedBodies keeps what cannot be read, takes out what can, and says so.
func TestDamagedBodies(t *testing.T) {
	t.Parallel()
	var broken map[string]any
	require.NoError(t, json.Unmarshal(email(t, collection.EmailReminder, reminder()).Body, &broken))
	broken["attachments"].([]any)[0].(map[string]any)["content"] = "&&&"
	noBase64, err := json.Marshal(broken)
	require.NoError(t, err)
	posted := letter(t, delivery.Letter{
		From: delivery.PostalAddress{Name: "Dupont Inc", Line1: "1 Main St", City: "Albany", Region: "NY", PostalCode: "12207", Country: "US"},
		To:   delivery.PostalAddress{Name: "Zoë Harper", Line1: "210 King St", City: "San Francisco", Region: "CA", PostalCode: "94107", Country: "US"},
		PDF:  letterPDF,
	})
	form := posted.ContentType
	for name, c := range map[string]struct {
		provider, contentType string
		body                  []byte
		raw                   string
		also                  string // what could be read
	}{
		"email, not JSON":          {"sendgrid", "application/json", []byte("{"), "request.json", ""},
		"email, other JSON":        {"sendgrid", "application/json", []byte(`{"subject": 7}`), "request.json", ""},
		"email, no text":           {"sendgrid", "application/json", []byte(`{}`), "request.json", ""},
		"email, a bad attachment":  {"sendgrid", "application/json", noBase64, "request.json", "message.txt"},
		"sms, no body":             {"twilio", "application/x-www-form-urlencoded", []byte("To=%2B1"), "request.txt", ""},
		"sms, not a form":          {"twilio", "application/x-www-form-urlencoded", []byte("Body=%zz"), "request.txt", ""},
		"sms, not UTF-8":           {"twilio", "application/x-www-form-urlencoded", []byte("Body=%ff"), "request.txt", ""},
		"letter, no boundary":      {"lob", "multipart/form-data", posted.Body, "request.bin", ""},
		"letter, other boundary":   {"lob", "multipart/form-data; boundary=x", posted.Body, "request.bin", ""},
		"letter, cut off":          {"lob", form, posted.Body[:len(posted.Body)/2], "request.bin", ""},
		"letter, cut at the end":   {"lob", form, posted.Body[:len(posted.Body)-8], "request.bin", ""},
		"letter, nothing":          {"lob", form, nil, "request.bin", ""},
		"printed, not a PDF":       {"", "application/pdf", []byte("<html>"), "request.pdf", ""},
		"unknown provider":         {"pigeon", "text/plain; charset=utf-8", []byte("coo"), "request.txt", ""},
		"no content type":          {"pigeon", "", []byte("coo"), "request.bin", ""},
		"content type with breaks": {"pigeon", "a/b\r\nX: y", []byte("coo"), "request.bin", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files, index := only(t, dossier.Message{
				At: noon, Kind: collection.EmailReminder, Provider: c.provider, Result: "accepted", ContentType: c.contentType, Body: c.body,
			})
			require.Contains(t, files, c.raw)
			require.True(t, bytes.Equal(c.body, files[c.raw]))
			require.Contains(t, string(files["about.txt"]), "Could not be read: ")
			require.Contains(t, index, "could not be read in full")
			if c.also != "" {
				require.Contains(t, files, c.also)
			} else {
				require.Len(t, files, 2)
			}
		})
	}
}

func TestEarlierHandOverStaysOut(t *testing.T) {
	t.Parallel()
	m := accepted(email(t, collection.Referral, reminder()), "referral", collection.Referral, noon)
	m.Recipient = "intake@agency.example.com"
	files, index := only(t, m)
	require.Empty(t, files)
	require.Contains(t, index, m.SHA256)
	require.Contains(t, index, "no message to the debtor is on record")
}
