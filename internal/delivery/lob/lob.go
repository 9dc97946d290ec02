// Package lob posts letters in the United States through Lob's Letters API (v1), looks them up and takes them back.
//
// It exists because Lob has no Go client: it makes the few calls that Relance needs itself. Lob is
// the one provider that honours an idempotency key, for 24 hours; the dispatch id is that key. It never imports another
// adapter, the store or Temporal.
package lob

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"relance/internal/delivery"
	"relance/internal/delivery/wire"
)

// Provider is the name in Frozen.Provider.
const Provider = "lob"

// DefaultBaseURL is the host of the API, without the version.
const DefaultBaseURL = "https://api.lob.com"

const (
	lettersPath = "/v1/letters"
	listLimit   = 100 // the API's own limit
	keyLimit    = 256 // characters of an idempotency key
)

// Config of one Lob account.
type Config struct {
	BaseURL     string        // DefaultBaseURL or a stand-in; may have a path prefix
	APIKey      string        // a secret key; test_ keys print nothing
	Account     string        // our name for the account, whose rate limit its letters share
	Timeout     time.Duration // of a whole call; 0: wire.DefaultTimeout
	DialContext wire.DialFunc // nil: the system's
}

// Client is one Lob account. It is safe for concurrent use.
type Client struct {
	base    string
	key     string
	account string
	wire    *wire.Client
}

var (
	_ delivery.Poster   = (*Client)(nil)
	_ delivery.Finder   = (*Client)(nil)
	_ delivery.Recaller = (*Client)(nil)
)

var letterID = regexp.MustCompile(`^ltr_[a-zA-Z0-9]+$`)

// New builds a Client; the error is a *delivery.ConfigError that names every problem.
func New(cfg Config) (*Client, error) {
	base, problems := wire.Problems(cfg.BaseURL, cfg.Account, cfg.Timeout)
	switch {
	case cfg.APIKey == "":
		problems = append(problems, "API key is empty")
	case strings.ContainsFunc(cfg.APIKey, func(r rune) bool { return r <= ' ' || r > '~' || r == ':' }):
		problems = append(problems, "API key has a space, a colon or a character that a header cannot hold")
	}
	if problems != nil {
		return nil, &delivery.ConfigError{Provider: Provider, Problems: problems}
	}
	return &Client{
		base:    base,
		key:     cfg.APIKey,
		account: cfg.Account,
		wire:    wire.New(wire.Settings{Timeout: cfg.Timeout, DialContext: cfg.DialContext}),
	}, nil
}

// Find asks for the letter that carries the dispatch in its metadata: one query, whenever it was made. It is needed only once
// the idempotency key has expired; before that, sending again with the same key gives the same letter. The positive control
// is any newer letter that carries another dispatch.
func (c *Client) Find(ctx context.Context, q delivery.Query) (delivery.Finding, error) {
	if q.Dispatch == "" || q.Since.IsZero() {
		return delivery.Finding{}, &delivery.LookupError{Provider: Provider, Code: delivery.CodeBadQuery}
	}
	letters, err := c.list(ctx, url.Values{"metadata[" + tagDispatch + "]": {q.Dispatch}})
	if err != nil {
		return delivery.Finding{}, err
	}
	for _, l := range letters {
		if l.Metadata[tagDispatch] == q.Dispatch {
			return delivery.Finding{Found: true, ProviderID: l.ID}, nil
		}
	}
	if len(letters) > 0 { // the filter was not applied, so that the empty rest means nothing
		return delivery.Finding{}, &delivery.LookupError{Provider: Provider, Code: delivery.CodeInconclusive, HTTPStatus: http.StatusOK}
	}
	newer := url.Values{"date_created[gt]": {stamp(q.ControlsAfter())}}
	if !q.Until.IsZero() {
		newer.Set("date_created[lte]", stamp(q.Until))
	}
	letters, err = c.list(ctx, newer)
	if err != nil {
		return delivery.Finding{}, err
	}
	for _, l := range letters {
		if other := l.Metadata[tagDispatch]; other != "" && other != q.Dispatch && q.Controls(instant(l.Created)) {
			return delivery.Finding{Control: true}, nil
		}
	}
	return delivery.Finding{}, nil
}

func (c *Client) list(ctx context.Context, query url.Values) ([]letter, error) {
	query.Set("limit", strconv.Itoa(listLimit))
	answer := c.do(ctx, http.MethodGet, lettersPath+"?"+query.Encode(), nil)
	if err := answer.LookupError(Provider, http.StatusOK); err != nil {
		return nil, err
	}
	var page struct {
		Data *[]letter `json:"data"`
	}
	if !answer.Object(&page) || page.Data == nil {
		return nil, answer.Unreadable(Provider)
	}
	return *page.Data, nil
}

// Recall deletes a letter, which Lob allows until its send date has passed. When Lob will not, the letter itself says whether
// an earlier recall, whose answer was lost, has deleted it.
func (c *Client) Recall(ctx context.Context, providerID string) (delivery.Recall, error) {
	if !letterID.MatchString(providerID) {
		return "", &delivery.LookupError{Provider: Provider, Code: delivery.CodeBadQuery}
	}
	target := lettersPath + "/" + providerID
	answer := c.do(ctx, http.MethodDelete, target, nil)
	if e, ok := readError(answer); ok && (e.Code == "not_deletable" || answer.Status == http.StatusNotFound) {
		now := c.do(ctx, http.MethodGet, target, nil)
		if err := now.LookupError(Provider, http.StatusOK); err != nil {
			return "", err
		}
		var l letter
		switch {
		case !now.Object(&l) || l.ID != providerID:
			return "", now.Unreadable(Provider)
		case l.Deleted:
			return delivery.Recalled, nil
		case e.Code == "not_deletable":
			return delivery.TooLate, nil
		}
	}
	if err := answer.LookupError(Provider, http.StatusOK); err != nil {
		return "", err
	}
	var l letter
	if !answer.Object(&l) || l.ID != providerID || !l.Deleted {
		return "", answer.Unreadable(Provider)
	}
	return delivery.Recalled, nil
}

// do makes one request; f, if given, is its body with content type and idempotency key.
func (c *Client) do(ctx context.Context, method, target string, f *delivery.Frozen) wire.Answer {
	return c.wire.Do(ctx, func(ctx context.Context) (*http.Request, error) {
		var body io.Reader = http.NoBody
		if f != nil {
			body = bytes.NewReader(f.Body)
		}
		request, err := http.NewRequestWithContext(ctx, method, c.base+target, body)
		if err != nil {
			return nil, fmt.Errorf("build request to %s: %w", Provider, err)
		}
		request.SetBasicAuth(c.key, "")
		request.Header.Set("Accept", "application/json")
		request.Header.Set("User-Agent", "relance")
		if f != nil {
			request.Header.Set("Content-Type", f.ContentType)
			request.Header.Set("Idempotency-Key", f.IdempotencyKey)
		}
		return request, nil
	})
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
