// Package sendgrid sends email through Twilio SendGrid's v3 API (POST /v3/mail/send) and looks messages up in its Email
// Logs.
//
// It exists to keep the traps of that API and its Go client in one place: mail/send has no idempotency key, a 202 means
// queued, and sendgrid.Client shares a body between goroutines, follows redirects and has no deadline. So the SDK's types
// build the body, and one rest.Client per call sends it over package wire. It never imports another adapter, the store or
// Temporal.
package sendgrid

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/sendgrid/rest"
	"github.com/sendgrid/sendgrid-go"

	"relance/internal/delivery"
	"relance/internal/delivery/wire"
)

// Provider is the name in Frozen.Provider.
const Provider = "sendgrid"

// The hosts of the API. Mail of EU regional subusers, and its logs, exist at EUBaseURL only.
const (
	GlobalBaseURL = "https://api.sendgrid.com"
	EUBaseURL     = "https://api.eu.sendgrid.com"
)

// Config of one SendGrid account.
type Config struct {
	BaseURL     string        // GlobalBaseURL, EUBaseURL or a stand-in; may have a path prefix
	APIKey      string        // needs the scopes mail.send and messages.read
	Account     string        // our name for the account, whose rate limit its messages share
	Timeout     time.Duration // of a whole call; 0: wire.DefaultTimeout
	DialContext wire.DialFunc // nil: the system's
}

// Client is one SendGrid account. It is safe for concurrent use.
type Client struct {
	base    string
	key     string
	account string
	wire    *wire.Client
}

var (
	_ delivery.Mailer = (*Client)(nil)
	_ delivery.Finder = (*Client)(nil)
)

// New builds a Client; the error is a *delivery.ConfigError that names every problem.
func New(cfg Config) (*Client, error) {
	base, problems := wire.Problems(cfg.BaseURL, cfg.Account, cfg.Timeout)
	switch {
	case cfg.APIKey == "":
		problems = append(problems, "API key is empty")
	case strings.ContainsFunc(cfg.APIKey, func(r rune) bool { return r <= ' ' || r > '~' }):
		problems = append(problems, "API key has a space or a character that a header cannot hold")
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

// call makes one request through a rest.Client of its own.
func (c *Client) call(ctx context.Context, method rest.Method, endpoint string, body []byte) wire.Answer {
	request := sendgrid.GetRequest(c.key, endpoint, c.base)
	request.Method = method
	request.Body = body
	return c.wire.Once(ctx, func(ctx context.Context, h *http.Client) error {
		_, err := (&rest.Client{HTTPClient: h}).SendWithContext(ctx, request)
		return err
	})
}
