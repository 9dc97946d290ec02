// Package twilio sends text messages through Twilio's Messages resource (API 2010-04-01), looks them up and takes them back.
//
// It exists to keep the traps of that API and its Go client in one place: the resource has no idempotency key, and twilio-go
// knows no context and has its base URL built in. So the SDK stands at the call site, over a client.BaseClient of ours that
// writes to package wire. It never imports another adapter, the store or Temporal, nor any Twilio API newer than this one:
// for those the SDK repeats a POST by itself.
package twilio

import (
	"context"
	"net/url"
	"regexp"
	"time"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"relance/internal/delivery"
	"relance/internal/delivery/wire"
)

// Provider is the name in Frozen.Provider.
const Provider = "twilio"

// DefaultBaseURL is the host of the API.
const DefaultBaseURL = "https://api.twilio.com"

// DefaultValidity is how long a message may wait in Twilio's queue when it does not say so itself: short, so that a jam of
// the queue does not deliver after a payment.
const DefaultValidity = 15 * time.Minute

// Config of one Twilio account.
type Config struct {
	BaseURL    string // DefaultBaseURL or a stand-in; may have a path prefix
	AccountSID string // AC and 32 hexadecimal digits
	// KeySID is the SID of an API key whose secret Secret is. Empty: Secret is the account's auth token.
	KeySID string
	Secret string
	// MessagingServiceSID sends for a message without a sender of its own: MG and 32 hexadecimal digits, or empty.
	MessagingServiceSID string
	// CallbackURL receives the delivery reports of a message that does not name one; empty: none. A fragment such as
	// "#rc=5&rp=all" is kept: it asks Twilio to repeat a report that we could not take (webhooks connection overrides).
	CallbackURL string
	Account     string        // our name for the account, whose rate limit its messages share
	Timeout     time.Duration // of a whole call; 0: wire.DefaultTimeout
	DialContext wire.DialFunc // nil: the system's
}

// Client is one Twilio account. It is safe for concurrent use.
type Client struct {
	cfg  Config
	base *url.URL
	wire *wire.Client
}

var (
	_ delivery.Texter   = (*Client)(nil)
	_ delivery.Finder   = (*Client)(nil)
	_ delivery.Recaller = (*Client)(nil)
)

var (
	accountSID   = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)
	keySID       = regexp.MustCompile(`^SK[0-9a-fA-F]{32}$`)
	serviceSID   = regexp.MustCompile(`^MG[0-9a-fA-F]{32}$`)
	messageSID   = regexp.MustCompile(`^(SM|MM)[0-9a-fA-F]{32}$`)
	alphanumeric = regexp.MustCompile(`^[0-9a-zA-Z]+$`)
)

// New builds a Client; the error is a *delivery.ConfigError that names every problem.
func New(cfg Config) (*Client, error) {
	base, problems := wire.Problems(cfg.BaseURL, cfg.Account, cfg.Timeout)
	check := func(ok bool, problem string) {
		if !ok {
			problems = append(problems, problem)
		}
	}
	check(accountSID.MatchString(cfg.AccountSID), "account SID: want AC and 32 hexadecimal digits")
	check(cfg.KeySID == "" || keySID.MatchString(cfg.KeySID), "API key SID: want SK and 32 hexadecimal digits")
	check(alphanumeric.MatchString(cfg.Secret), "secret: want letters and digits")
	check(cfg.MessagingServiceSID == "" || serviceSID.MatchString(cfg.MessagingServiceSID),
		"messaging service SID: want MG and 32 hexadecimal digits")
	check(cfg.CallbackURL == "" || callbackOK(cfg.CallbackURL), "callback URL: want http or https, and a host")
	if problems != nil {
		return nil, &delivery.ConfigError{Provider: Provider, Problems: problems}
	}
	parsed, err := url.Parse(base)
	if err != nil {
		return nil, &delivery.ConfigError{Provider: Provider, Problems: []string{"base URL cannot be read"}}
	}
	return &Client{
		cfg:  cfg,
		base: parsed,
		wire: wire.New(wire.Settings{Timeout: cfg.Timeout, DialContext: cfg.DialContext}),
	}, nil
}

func callbackOK(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != ""
}

// api is the SDK over one base client, for one call.
func api(base *baseClient) *openapi.ApiService {
	return openapi.NewApiServiceWithClient(base)
}

// Recall cancels a message that is still in Twilio's queue. Error 30409 means that it is final.
func (c *Client) Recall(ctx context.Context, providerID string) (delivery.Recall, error) {
	if !messageSID.MatchString(providerID) {
		return "", lookupError(delivery.CodeBadQuery)
	}
	answer := c.once(ctx, nil, func(api *openapi.ApiService) error {
		_, err := api.UpdateMessage(providerID, (&openapi.UpdateMessageParams{}).SetStatus("canceled"))
		return err
	})
	if e, ok := readError(answer); ok && e.Code == codeFinal {
		return delivery.TooLate, nil
	}
	if err := answer.LookupError(Provider, 200); err != nil {
		return "", err
	}
	m, ok := readMessage(answer)
	switch {
	case !ok || m.SID != providerID:
		return "", answer.Unreadable(Provider)
	case m.Status == "canceled":
		return delivery.Recalled, nil
	}
	return delivery.TooLate, nil
}

func lookupError(code string) error {
	return &delivery.LookupError{Provider: Provider, Code: code}
}
