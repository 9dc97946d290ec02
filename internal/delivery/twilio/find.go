package twilio

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"relance/internal/delivery"
)

const (
	pageSize = 100
	pages    = 20 // pages that one look-up walks back
)

// Find looks for a message by recipient and text, which is all that Twilio gives back of it: it returns neither our tags nor
// the callback URL. The list is asked for without a date, because its date filter works on date_sent, which is null until a
// message is sent; the walk back ends at messages created before q.Since. The positive control is any other outbound message
// of the account.
func (c *Client) Find(ctx context.Context, q delivery.Query) (delivery.Finding, error) {
	if q.Recipient == "" || q.Since.IsZero() || normal(q.Text) == "" {
		return delivery.Finding{}, lookupError(delivery.CodeBadQuery)
	}
	var found delivery.Finding
	blank := false
	toRecipient := (&openapi.ListMessageParams{}).SetTo(q.Recipient).SetPageSize(pageSize)
	whole, err := c.walk(ctx, toRecipient, q.Since, func(m message) bool {
		switch {
		case sameText(m.Body, q.Text):
			found = delivery.Finding{Found: true, ProviderID: m.SID}
		case normal(m.Body) == "":
			blank = true
		}
		return !found.Found
	})
	switch {
	case err != nil || found.Found:
		return found, err
	case blank: // a redacted text may have been ours
		return delivery.Finding{}, lookupError(delivery.CodeInconclusive)
	case !whole:
		return delivery.Finding{}, lookupError(delivery.CodeTooMany)
	}
	control := false
	_, err = c.walk(ctx, (&openapi.ListMessageParams{}).SetPageSize(pageSize), q.ControlsAfter(), func(m message) bool {
		if created, ok := m.created(); ok && q.Controls(created) {
			control = true
		}
		return !control
	})
	return delivery.Finding{Control: control}, err
}

// walk visits outbound messages, newest first, until visit returns false or a whole page is older than since. A message
// whose time cannot be read counts as new. It reports whether it came to the end rather than to the limit of pages.
func (c *Client) walk(ctx context.Context, params *openapi.ListMessageParams, since time.Time, visit func(message) bool) (bool, error) {
	token, number := "", ""
	for range pages {
		page, next, err := c.page(ctx, params, token, number)
		if err != nil {
			return false, err
		}
		older := 0
		for _, m := range page {
			if created, ok := m.created(); ok && created.Before(since.Truncate(time.Second)) {
				older++
				continue
			}
			if strings.HasPrefix(m.Direction, "outbound") && !visit(m) {
				return true, nil
			}
		}
		if next == "" || older == len(page) {
			return true, nil
		}
		if token, number, err = pageOf(next); err != nil {
			return false, err
		}
	}
	return false, nil
}

func (c *Client) page(ctx context.Context, params *openapi.ListMessageParams, token, number string) ([]message, string, error) {
	answer := c.once(ctx, nil, func(api *openapi.ApiService) error {
		_, err := api.PageMessage(params, token, number)
		return err
	})
	if err := answer.LookupError(Provider, http.StatusOK); err != nil {
		return nil, "", err
	}
	var page struct {
		Messages *[]message `json:"messages"`
		Next     string     `json:"next_page_uri"`
	}
	if !answer.Object(&page) || page.Messages == nil {
		return nil, "", answer.Unreadable(Provider)
	}
	return *page.Messages, page.Next, nil
}

// pageOf reads the place of the next page from its URI; the rest of that URI is not followed.
func pageOf(uri string) (token, number string, err error) {
	u, err := url.Parse(uri)
	if err != nil {
		return "", "", lookupError(delivery.CodeUnreadable)
	}
	token, number = u.Query().Get("PageToken"), u.Query().Get("Page")
	if token == "" && number == "" {
		return "", "", lookupError(delivery.CodeUnreadable)
	}
	return token, number, nil
}

// created reads the time of a message, which has whole seconds.
func (m message) created() (time.Time, bool) {
	t, err := time.Parse(time.RFC1123Z, m.Created)
	return t, err == nil
}

// sameText compares a text as stored by Twilio with the one we sent. Line ends and outer spaces may differ, and a trial
// account puts a sentence before every text.
func sameText(stored, sent string) bool {
	stored, sent = normal(stored), normal(sent)
	return sent != "" && (stored == sent || strings.HasSuffix(stored, " - "+sent))
}

func normal(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
}
