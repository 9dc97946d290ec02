package lob

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"relance/internal/delivery"
)

const (
	tagDispatch = "dispatch"
	country     = "US"

	// Limits of the published contract, in characters.
	nameLimit        = 40
	lineLimit        = 64
	linesLimit       = 50 // both lines of the recipient together (address_length_exceeds_limit)
	cityLimit        = 200
	descriptionLimit = 255
)

var (
	stateCode = regexp.MustCompile(`^[A-Za-z]{2}$`)
	zipCode   = regexp.MustCompile(`^\d{5}(-\d{4})?$`)
)

// PrepareLetter freezes the multipart form of a letter: the same letter gives the same bytes. The letter goes certified, black
// on white, with a sheet of its own for the address, and waits at Lob until SendOn, so that a payment can still recall it.
// Sender and recipient must be in the United States, else the error is a *delivery.PrepareError of kind ErrUnserved.
func (c *Client) PrepareLetter(l delivery.Letter) (delivery.Frozen, error) {
	if abroad := foreign(l); abroad != nil {
		return delivery.Frozen{}, &delivery.PrepareError{Provider: Provider, Kind: delivery.ErrUnserved, Problems: abroad}
	}
	if err := delivery.Invalid(Provider, problems(l)); err != nil {
		return delivery.Frozen{}, err
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	if err := writeForm(w, l); err != nil {
		return delivery.Frozen{}, fmt.Errorf("encode letter for %s: %w", Provider, err)
	}
	return delivery.Frozen{
		Provider:       Provider,
		Account:        c.account,
		Recipient:      postalLine(l.To),
		ContentType:    w.FormDataContentType(),
		IdempotencyKey: l.Tags.Dispatch,
		Body:           body.Bytes(),
	}, nil
}

func writeForm(w *multipart.Writer, l delivery.Letter) error {
	if err := w.SetBoundary(boundary(l)); err != nil {
		return err
	}
	for _, f := range fields(l) {
		if f.value == "" {
			continue
		}
		if err := w.WriteField(f.name, f.value); err != nil {
			return err
		}
	}
	file, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="letter.pdf"`},
		"Content-Type":        {"application/pdf"},
	})
	if err != nil {
		return err
	}
	if _, err := file.Write(l.PDF); err != nil {
		return err
	}
	return w.Close()
}

// boundary derives from the letter, so that the same letter gives the same bytes; 128 bits of SHA-256 over the file do not
// occur in it by chance.
func boundary(l delivery.Letter) string {
	sum := sha256.New()
	sum.Write([]byte(l.Tags.Dispatch))
	sum.Write([]byte(l.Tags.Attempt))
	sum.Write(l.PDF)
	return "relance-" + hex.EncodeToString(sum.Sum(nil)[:16])
}

type field struct{ name, value string }

func fields(l delivery.Letter) []field {
	service := "certified"
	if l.ReturnReceipt {
		service = "certified_return_receipt"
	}
	sendDate := ""
	if !l.SendOn.IsZero() {
		sendDate = l.SendOn.UTC().Format(time.RFC3339)
	}
	all := []field{{"description", l.Description}}
	all = append(all, address("to", l.To)...)
	all = append(all, address("from", l.From)...)
	return append(all,
		field{"color", "false"},
		field{"use_type", "operational"},
		field{"mail_type", "usps_first_class"},
		field{"extra_service", service},
		field{"address_placement", "insert_blank_page"},
		field{"send_date", sendDate},
		field{"metadata[" + tagDispatch + "]", l.Tags.Dispatch},
		field{"metadata[attempt]", l.Tags.Attempt},
		field{"metadata[kind]", l.Tags.Kind},
	)
}

func address(of string, a delivery.PostalAddress) []field {
	name, company, _ := nameLines(a.Name)
	return []field{
		{of + "[name]", name},
		{of + "[company]", company},
		{of + "[address_line1]", a.Line1},
		{of + "[address_line2]", a.Line2},
		{of + "[address_city]", a.City},
		{of + "[address_state]", strings.ToUpper(a.Region)},
		{of + "[address_zip]", a.PostalCode},
		{of + "[address_country]", country},
	}
}

// nameLines puts a name on one line or, if it is longer than Lob prints, on two: name and company are printed one above the
// other. It reports false for a name that does not fit on two.
func nameLines(name string) (first, second string, ok bool) {
	if utf8.RuneCountInString(name) <= nameLimit {
		return name, "", true
	}
	words := strings.Fields(name)
	for i, word := range words {
		line := strings.TrimSpace(first + " " + word)
		if utf8.RuneCountInString(line) > nameLimit {
			second = strings.Join(words[i:], " ")
			break
		}
		first = line
	}
	return first, second, first != "" && utf8.RuneCountInString(second) <= nameLimit
}

func postalLine(a delivery.PostalAddress) string {
	var parts []string
	for _, part := range []string{a.Name, a.Line1, a.Line2, a.City, strings.ToUpper(a.Region) + " " + a.PostalCode, country} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

// foreign names the addresses outside the United States: Lob prints domestic certified mail, from a domestic sender, only.
func foreign(l delivery.Letter) []string {
	var p []string
	if l.To.Country != country {
		p = append(p, "to: not in the United States")
	}
	if l.From.Country != country {
		p = append(p, "from: not in the United States")
	}
	return p
}

func problems(l delivery.Letter) []string {
	p := l.Tags.Problems()
	p = append(p, addressProblems("to", l.To)...)
	p = append(p, addressProblems("from", l.From)...)
	if utf8.RuneCountInString(l.To.Line1)+utf8.RuneCountInString(l.To.Line2) > linesLimit {
		p = append(p, fmt.Sprintf("to: both address lines together are longer than %d characters", linesLimit))
	}
	if !line(l.Description, descriptionLimit, true) {
		p = append(p, fmt.Sprintf("description: want one line of at most %d characters", descriptionLimit))
	}
	if !bytes.HasPrefix(l.PDF, []byte("%PDF-")) {
		p = append(p, "file: not a PDF")
	}
	return p
}

func addressProblems(of string, a delivery.PostalAddress) []string {
	var p []string
	check := func(ok bool, problem string) {
		if !ok {
			p = append(p, of+": "+problem)
		}
	}
	_, _, fits := nameLines(a.Name)
	check(fits && line(a.Name, 2*nameLimit+1, false), fmt.Sprintf("want a name that fits on two lines of %d characters", nameLimit))
	check(line(a.Line1, lineLimit, false), fmt.Sprintf("want a first address line of at most %d characters", lineLimit))
	check(line(a.Line2, lineLimit, true), fmt.Sprintf("the second address line is longer than %d characters", lineLimit))
	check(line(a.City, cityLimit, false), "want a city")
	check(stateCode.MatchString(a.Region), "want the two-letter code of a state")
	check(zipCode.MatchString(a.PostalCode), "want a ZIP code, 12345 or 12345-6789")
	return p
}

// line reports whether s is one line of at most limit characters.
func line(s string, limit int, mayBeEmpty bool) bool {
	return (s != "" || mayBeEmpty) && utf8.ValidString(s) && utf8.RuneCountInString(s) <= limit &&
		!strings.ContainsFunc(s, unicode.IsControl)
}
