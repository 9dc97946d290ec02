// Package wire makes one HTTP call to a provider of messages and knows how far it came.
//
// It exists because the send protocol must know, when a call ends badly, whether a byte of the request can have reached the
// provider. A call has a connection of its own (no reuse, hence none of the re-sends that net/http does by itself), follows
// no redirect, is never repeated, not even by an SDK that tries, and is reset hard when it is given up, so that the kernel
// delivers nothing afterwards. Proxies from the environment are not used: a middleman may hold a request and deliver it late.
//
// It knows no provider, and never imports an adapter, the store or Temporal.
package wire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultTimeout is the deadline of a whole call: dialling, writing and reading. It must stay below the
// idle-in-transaction timeout of the connection whose locks are held meanwhile.
const DefaultTimeout = 5 * time.Second

// answerBytes bounds an answer; a page of a hundred messages is far smaller.
const answerBytes = 4 << 20

// DialFunc opens a connection, as net.Dialer.DialContext does.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Settings of the calls to one provider. The zero value works.
type Settings struct {
	Timeout     time.Duration    // of the whole call; 0: DefaultTimeout
	DialContext DialFunc         // nil: net.Dialer
	RootCAs     *x509.CertPool   // nil: the system's
	Now         func() time.Time // the technical clock; nil: the wall clock
}

// Client makes calls. It is safe for concurrent use.
type Client struct {
	timeout time.Duration
	dial    DialFunc
	tls     *tls.Config
	now     func() time.Time
}

// New builds a Client.
func New(s Settings) *Client {
	c := &Client{timeout: s.Timeout, dial: s.DialContext, now: s.Now}
	if c.timeout <= 0 {
		c.timeout = DefaultTimeout
	}
	if c.dial == nil {
		c.dial = (&net.Dialer{}).DialContext
	}
	if c.now == nil {
		c.now = time.Now
	}
	c.tls = &tls.Config{
		RootCAs:    s.RootCAs,
		MinVersion: tls.VersionTLS12,
		// HTTP/2 is left out: its connections are shared, and its client repeats requests by itself.
		NextProtos:         []string{"http/1.1"},
		ClientSessionCache: tls.NewLRUClientSessionCache(8),
	}
	return c
}

// ErrSecondCall refuses whatever would be sent after the one request of a call: a redirect, or an SDK's repetition.
var ErrSecondCall = errors.New("a second request within one call is not sent")

// Answer is what is known when a call has ended.
type Answer struct {
	Status   int // 0: no answer
	Header   http.Header
	Body     []byte
	Err      error     // nil: the answer was read to its end
	Written  bool      // whether a byte of the request may have reached the wire
	Received time.Time // technical time of the end of the call
	stage    string    // how far a call came that wrote nothing
}

// Once makes one call. It gives fn a context that ends at the deadline and an HTTP client that sends exactly one request,
// and returns when fn has returned. fn's own error matters only when it made no request: what happened on the wire is in
// the Answer, whatever an SDK makes of it.
func (c *Client) Once(ctx context.Context, fn func(ctx context.Context, h *http.Client) error) Answer {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return Answer{Err: err, Received: c.now()}
	}
	x := &exchange{client: c, ctx: ctx}
	err := fn(ctx, &http.Client{
		Transport:     x,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	})
	return x.end(err)
}

// Do makes one call with a plain request; build gets the context to make it with.
func (c *Client) Do(ctx context.Context, build func(ctx context.Context) (*http.Request, error)) Answer {
	return c.Once(ctx, func(ctx context.Context, h *http.Client) error {
		request, err := build(ctx)
		if err != nil {
			return err
		}
		response, err := h.Do(request)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, response.Body)
		return errors.Join(err, response.Body.Close())
	})
}

// BaseURL reads a provider's base URL: http or https, a host, perhaps a path prefix, nothing else. The result has no
// trailing slash. The error says what is wrong without repeating the value, which may hold a password.
func BaseURL(text string) (string, error) {
	if text == "" {
		return "", errors.New("base URL is empty")
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", errors.New("base URL cannot be read")
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return "", errors.New("base URL must begin with http:// or https://")
	case u.Hostname() == "":
		return "", errors.New("base URL has no host")
	case u.User != nil:
		return "", errors.New("base URL must not hold credentials")
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return "", errors.New("base URL must not have a query or a fragment")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// Problems names what is wrong with the settings that every adapter has: base URL, account name and timeout. It returns the
// base URL as BaseURL gives it.
func Problems(baseURL, account string, timeout time.Duration) (string, []string) {
	var problems []string
	base, err := BaseURL(baseURL)
	if err != nil {
		problems = append(problems, err.Error())
	}
	if account == "" {
		problems = append(problems, "account name is empty")
	}
	if timeout < 0 {
		problems = append(problems, fmt.Sprintf("timeout is negative (%s)", timeout))
	}
	return base, problems
}
