package dossier

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"
	"unicode/utf8"
)

// reading is what a request to a provider says, taken out of the form in which the provider asks for it.
type reading struct {
	headers []fact // From, To, Subject ...
	text    string // what the debtor reads as plain text; empty: none
	html    string
	letter  []byte // the PDF that is printed
	files   []attached
}

// attached is a file that travelled in an email, or a part of it that is neither plain text nor HTML.
type attached struct {
	name      string // as it was sent
	mediaType string
	content   []byte
}

// read takes a request apart. Its errors say what could not be read; what could be is returned beside them. It knows the
// forms of the providers that are wired; for any other the raw bytes speak for themselves.
func read(m Message) (reading, error) {
	switch m.Provider {
	case "sendgrid":
		return readEmail(m.Body)
	case "twilio":
		return readSMS(m.Body)
	case "lob":
		return readLetter(m.ContentType, m.Body)
	case "":
		return readPrint(m.Body)
	}
	return reading{}, errors.New("the form of this provider is not known here")
}

// mailbox and mailRequest are the parts of SendGrid's mail/send request (v3) that the recipient gets to see.
type mailbox struct {
	Email string `json:"email"`
	Name  string `json:"name"`
}

type mailRequest struct {
	Personalizations []struct {
		To []mailbox `json:"to"`
	} `json:"personalizations"`
	From    mailbox           `json:"from"`
	ReplyTo mailbox           `json:"reply_to"`
	Subject string            `json:"subject"`
	Headers map[string]string `json:"headers"`
	Content []struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	} `json:"content"`
	Attachments []struct {
		Content  string `json:"content"`
		Type     string `json:"type"`
		Filename string `json:"filename"`
	} `json:"attachments"`
}

func readEmail(body []byte) (reading, error) {
	var m mailRequest
	if err := json.Unmarshal(body, &m); err != nil {
		return reading{}, errors.New("the request is not the JSON of an email")
	}
	var to []string
	for _, p := range m.Personalizations {
		for _, box := range p.To {
			to = append(to, box.String())
		}
	}
	r := reading{headers: present(
		fact{"From", m.From.String()}, fact{"Reply-To", m.ReplyTo.String()}, fact{"To", strings.Join(to, ", ")},
		fact{"Subject", oneLine(m.Subject)}, fact{"Message-ID", oneLine(m.Headers["Message-ID"])},
	)}
	for _, c := range m.Content {
		switch {
		case c.Type == "text/plain" && r.text == "":
			r.text = c.Value
		case c.Type == "text/html" && r.html == "":
			r.html = c.Value
		default:
			r.files = append(r.files, attached{mediaType: c.Type, content: []byte(c.Value)})
		}
	}
	var faults []error
	if r.text == "" && r.html == "" {
		faults = append(faults, errors.New("the email has no text"))
	}
	for i, a := range m.Attachments {
		content, err := base64.StdEncoding.DecodeString(a.Content)
		if err != nil {
			faults = append(faults, fmt.Errorf("attachment %d is not base64", i+1))
			continue
		}
		r.files = append(r.files, attached{name: a.Filename, mediaType: a.Type, content: content})
	}
	return r, errors.Join(faults...)
}

// String writes a mailbox for people: "Name <address>".
func (m mailbox) String() string {
	name, address := oneLine(m.Name), oneLine(m.Email)
	if name == "" || address == "" {
		return name + address
	}
	return name + " <" + address + ">"
}

// readSMS reads the form of Twilio's Messages resource.
func readSMS(body []byte) (reading, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil || form.Get("Body") == "" {
		return reading{}, errors.New("the request is not the form of a text message")
	}
	if text := form.Get("Body"); !utf8.ValidString(text) {
		return reading{}, errors.New("the text message is not valid UTF-8")
	}
	return reading{
		headers: present(fact{"From", oneLine(form.Get("From"))}, fact{"To", oneLine(form.Get("To"))}),
		text:    form.Get("Body"),
	}, nil
}

// partLimit bounds the parts of a form: a letter has some thirty.
const partLimit = 200

// readLetter reads the multipart form of Lob's letters.
func readLetter(contentType string, body []byte) (reading, error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" {
		return reading{}, errors.New("the request is not the form of a letter")
	}
	fields := map[string]string{}
	var letter []byte
	var fault error
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for n := 0; ; n++ {
		part, err := parts.NextRawPart() // raw: the bytes as they are, whatever transfer encoding the part claims
		if errors.Is(err, io.EOF) {
			break
		}
		var content []byte
		if err == nil {
			content, err = io.ReadAll(part)
		}
		if err != nil || n == partLimit {
			fault = errors.New("the form of the letter is damaged")
			break
		}
		if part.FormName() == "file" && letter == nil {
			letter = content
		} else {
			fields[part.FormName()] = oneLine(string(content))
		}
	}
	r := reading{headers: present(
		fact{"From", postal(fields, "from")}, fact{"To", postal(fields, "to")}, fact{"Service", plain(fields["extra_service"])},
		fact{"Printed not before", fields["send_date"]},
	)}
	if !isPDF(letter) {
		return r, errors.Join(fault, errors.New("the request holds no letter as PDF"))
	}
	r.letter = letter
	return r, fault
}

// postal is one of the two addresses of a letter, on one line.
func postal(fields map[string]string, of string) string {
	var lines []string
	for _, name := range []string{"name", "company", "address_line1", "address_line2", "address_city", "address_state", "address_zip", "address_country"} {
		if value := fields[of+"["+name+"]"]; value != "" {
			lines = append(lines, value)
		}
	}
	return strings.Join(lines, ", ")
}

// readPrint reads a letter that a person printed: it is the PDF.
func readPrint(body []byte) (reading, error) {
	if !isPDF(body) {
		return reading{}, errors.New("the letter is not a PDF")
	}
	return reading{letter: body}, nil
}

func isPDF(b []byte) bool { return bytes.HasPrefix(b, []byte("%PDF-")) }

// present drops the facts without a value.
func present(facts ...fact) []fact {
	var kept []fact
	for _, f := range facts {
		if f.value != "" {
			kept = append(kept, f)
		}
	}
	return kept
}
