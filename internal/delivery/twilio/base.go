package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/twilio/twilio-go/client"
	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"relance/internal/delivery/wire"
)

// baseClient carries the SDK's requests of one call: under the call's context, to our base URL, as the bytes that were
// frozen. The SDK gives it the path and reads its answer.
type baseClient struct {
	ctx    context.Context //nolint:containedctx // the SDK's interface has no context; a base client lives for one call
	http   *http.Client
	config *Config
	base   *url.URL
	frozen []byte // the form to write instead of the SDK's own; nil: the SDK's
}

var _ client.BaseClient = (*baseClient)(nil)

// AccountSid is the account that the SDK puts into paths.
func (b *baseClient) AccountSid() string { return b.config.AccountSID }

// SetTimeout does nothing: the deadline is the call's.
func (b *baseClient) SetTimeout(time.Duration) {}

// SetOauth does nothing: calls are made with an API key.
func (b *baseClient) SetOauth(client.OAuth) {}

// OAuth is nil: calls are made with an API key.
func (b *baseClient) OAuth() client.OAuth { return nil }

// SendRequest sends one request to our base URL and gives an error for every answer that is not 2xx, as the SDK expects.
func (b *baseClient) SendRequest(method, rawURL string, data url.Values, headers map[string]any, _ ...byte) (*http.Response, error) {
	target, err := b.target(rawURL)
	if err != nil {
		return nil, err
	}
	form := data.Encode()
	if b.frozen != nil {
		form = string(b.frozen)
	}
	if method == http.MethodGet {
		if form != "" {
			target.RawQuery = form
		}
		form = ""
	}
	request, err := http.NewRequestWithContext(b.ctx, method, target.String(), strings.NewReader(form))
	if err != nil {
		return nil, fmt.Errorf("build request to %s: %w", Provider, err)
	}
	for name, value := range headers {
		request.Header.Set(name, fmt.Sprint(value))
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "relance twilio-go/"+client.LibraryVersion)
	user := b.config.KeySID
	if user == "" {
		user = b.config.AccountSID
	}
	request.SetBasicAuth(user, b.config.Secret)
	response, err := b.http.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return nil, restError(response)
	}
	return response, nil
}

// apiRoot begins every path of the API.
const apiRoot = "/2010-04-01/"

// target puts the path of the SDK's URL behind our base URL. Whatever host a URL names, credentials go to ours alone.
func (b *baseClient) target(rawURL string) (*url.URL, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return nil, fmt.Errorf("read URL of the %s SDK: %w", Provider, err)
	}
	begin := strings.Index(u.Path, apiRoot)
	if begin < 0 {
		return nil, fmt.Errorf("URL of the %s SDK is not of API 2010-04-01", Provider)
	}
	target := b.base.JoinPath(u.Path[begin:])
	target.RawQuery = u.RawQuery
	return target, nil
}

func restError(response *http.Response) error {
	defer response.Body.Close() //nolint:errcheck // the body is in memory
	e := &client.TwilioRestError{}
	if err := json.NewDecoder(response.Body).Decode(e); err != nil {
		return fmt.Errorf("%s answered %d without an error of its own: %w", Provider, response.StatusCode, err)
	}
	return e
}

// once lets the SDK make one call; frozen, if given, is written in place of the SDK's form.
func (c *Client) once(ctx context.Context, frozen []byte, fn func(*openapi.ApiService) error) wire.Answer {
	return c.wire.Once(ctx, func(ctx context.Context, h *http.Client) error {
		return fn(api(&baseClient{ctx: ctx, http: h, config: &c.cfg, base: c.base, frozen: frozen}))
	})
}

var errRecorded = errors.New("recorded, not sent")

// recorder is a base client that keeps the form the SDK would post and sends nothing.
type recorder struct {
	baseClient
	form string
}

// SendRequest records.
func (r *recorder) SendRequest(_, _ string, data url.Values, _ map[string]any, _ ...byte) (*http.Response, error) {
	r.form = data.Encode()
	return nil, errRecorded
}
