package twilio

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"time"
	"unicode/utf8"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"relance/internal/delivery"
)

const (
	contentType = "application/x-www-form-urlencoded"
	textLimit   = 1600 // characters; Twilio refuses more (21617)
	// Twilio accepts a validity period of 1 to 36,000 s and advises more than 5.
	shortestValidity = 6 * time.Second
	longestValidity  = 36000 * time.Second
)

var (
	e164   = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	sender = regexp.MustCompile(`^[0-9A-Za-z &+_-]{1,11}$`)
	letter = regexp.MustCompile(`[A-Za-z]`)
)

// PrepareSMS freezes the form that the SDK posts for a message: the same message gives the same bytes. Our tags travel in the
// URL for delivery reports, which so names the dispatch even when the answer to the call was lost. The sender is the
// message's own or, without one, the messaging service of the config. Smart encoding is off: it would change the text, by
// which a lost message is found again. The error is a *delivery.PrepareError.
func (c *Client) PrepareSMS(m delivery.SMS) (delivery.Frozen, error) {
	if m.ValidFor == 0 {
		m.ValidFor = DefaultValidity
	}
	if m.CallbackURL == "" {
		m.CallbackURL = c.cfg.CallbackURL
	}
	if err := delivery.Invalid(Provider, c.problems(m)); err != nil {
		return delivery.Frozen{}, err
	}
	params := (&openapi.CreateMessageParams{}).
		SetTo(m.To).
		SetBody(m.Text).
		SetValidityPeriod(int(m.ValidFor / time.Second)).
		SetSmartEncoded(false)
	if m.From != "" {
		params.SetFrom(m.From)
	} else {
		params.SetMessagingServiceSid(c.cfg.MessagingServiceSID)
	}
	if m.CallbackURL != "" {
		params.SetStatusCallback(callback(m.CallbackURL, m.Tags))
	}
	r := &recorder{baseClient: baseClient{config: &c.cfg}}
	if _, err := openapi.NewApiServiceWithClient(r).CreateMessage(params); !errors.Is(err, errRecorded) {
		return delivery.Frozen{}, fmt.Errorf("encode message for %s: %w", Provider, err)
	}
	return delivery.Frozen{
		Provider:    Provider,
		Account:     c.cfg.Account,
		Recipient:   m.To,
		ContentType: contentType,
		Body:        []byte(r.form),
	}, nil
}

// callback adds our tags to the URL; its own query and fragment stay.
func callback(base string, tags delivery.Tags) string {
	u, err := url.Parse(base)
	if err != nil {
		return base // problems has refused it
	}
	q := u.Query()
	q.Set("dispatch", tags.Dispatch)
	q.Set("attempt", tags.Attempt)
	q.Set("kind", tags.Kind)
	u.RawQuery = q.Encode()
	return u.String()
}

func (c *Client) problems(m delivery.SMS) []string {
	p := m.Tags.Problems()
	if !e164.MatchString(m.To) {
		p = append(p, "to: not a number in E.164 form")
	}
	switch {
	case m.From == "" && c.cfg.MessagingServiceSID == "":
		p = append(p, "from: no sender, and the account has no messaging service")
	case m.From != "" && !e164.MatchString(m.From) && (!sender.MatchString(m.From) || !letter.MatchString(m.From)):
		p = append(p, "from: neither a number in E.164 form nor an alphanumeric sender of at most 11 characters")
	}
	if n := utf8.RuneCountInString(m.Text); n == 0 || n > textLimit || !utf8.ValidString(m.Text) {
		p = append(p, fmt.Sprintf("text: want 1 to %d characters of valid UTF-8", textLimit))
	}
	if m.ValidFor < shortestValidity || m.ValidFor > longestValidity {
		p = append(p, fmt.Sprintf("valid for: want %s to %s", shortestValidity, longestValidity))
	}
	if m.CallbackURL != "" && !callbackOK(m.CallbackURL) {
		p = append(p, "callback URL: want http or https, and a host")
	}
	return p
}
