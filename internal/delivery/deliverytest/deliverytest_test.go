package deliverytest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/delivery"
	"relance/internal/delivery/deliverytest"
)

// careless is an adapter as it is easily written: http.Client's own redirects, any 4xx a refusal, any other failure "not
// sent", the body of one message in a field that all calls share.
type careless struct {
	target deliverytest.Target
	body   []byte
}

func (c *careless) Send(ctx context.Context, f delivery.Frozen) delivery.Outcome {
	c.body = f.Body
	transport := &http.Transport{DialContext: c.target.DialContext, DisableKeepAlives: true}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.target.BaseURL+"/send", bytes.NewReader(c.body))
	if err != nil {
		return delivery.NotWritten(delivery.CodeIO, err.Error())
	}
	request.Header.Set("Content-Type", f.ContentType)
	request.Header.Set("Authorization", "Bearer key")
	response, err := (&http.Client{Transport: transport, Timeout: c.target.Timeout}).Do(request)
	if err != nil {
		return delivery.NotWritten(delivery.CodeIO, err.Error())
	}
	defer response.Body.Close() //nolint:errcheck // careless
	body, _ := io.ReadAll(response.Body)
	out := delivery.Outcome{State: delivery.Refused, HTTPStatus: response.StatusCode, Written: true, Code: string(body), Detail: string(body)}
	if response.StatusCode < 300 {
		out.State, out.ProviderID, out.Code = delivery.Accepted, response.Header.Get("X-Id"), ""
	}
	return out
}

func harness() deliverytest.Harness {
	return deliverytest.Harness{
		New: func(target deliverytest.Target) (delivery.Sender, error) { return &careless{target: target}, nil },
		Prepare: func(_ delivery.Sender, tags delivery.Tags) (delivery.Frozen, error) {
			body, err := json.Marshal(tags)
			return delivery.Frozen{
				Provider: "careless", Account: deliverytest.Account, Recipient: "r", ContentType: "application/json", Body: body,
			}, err
		},
		ReadTags: func(r deliverytest.Request) (delivery.Tags, error) {
			var tags delivery.Tags
			err := json.Unmarshal(r.Body, &tags)
			return tags, err
		},
		Accepted:     deliverytest.Reply{Status: 202, Header: map[string]string{"X-Id": "id-1"}},
		ProviderID:   "id-1",
		Refused:      deliverytest.Reply{Status: 400, Body: "no"},
		Unauthorized: deliverytest.Reply{Status: 401, Body: "no"},
		Limited:      deliverytest.Reply{Status: 429, Body: "no"},
	}
}

var errFailed = errors.New("the case failed")

// recorder is a T that ends a case at its first failure.
type recorder struct {
	ctx      context.Context //nolint:containedctx // it stands for a testing.T
	cleanups []func()
	message  string
}

func (r *recorder) Helper()                  {}
func (r *recorder) Context() context.Context { return r.ctx }
func (r *recorder) Cleanup(f func())         { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(format string, args ...any) {
	if r.message == "" {
		r.message = fmt.Sprintf(format, args...)
	}
}
func (r *recorder) FailNow() { panic(errFailed) }

// verdict runs a case and gives its first failure, "" if it passes.
func verdict(t *testing.T, c deliverytest.Case, h deliverytest.Harness) string {
	t.Helper()
	r := &recorder{ctx: t.Context()}
	func() {
		defer func() {
			if failure := recover(); failure != nil && failure != errFailed { //nolint:errorlint // the very value of FailNow
				panic(failure)
			}
		}()
		c.Run(r, h)
	}()
	for _, f := range slices.Backward(r.cleanups) {
		f()
	}
	return r.message
}

// timid calls every failure unknown, also one before the first byte.
type timid struct{ careless }

func (c *timid) Send(ctx context.Context, f delivery.Frozen) delivery.Outcome {
	out := c.careless.Send(ctx, f)
	if out.HTTPStatus == 0 {
		out = delivery.Outcome{State: delivery.Unknown, Code: delivery.CodeIO, Written: true}
	}
	return out
}

// optimist sends nothing and calls it accepted; no two of its bodies are the same.
type optimist struct{}

func (optimist) Send(context.Context, delivery.Frozen) delivery.Outcome {
	return delivery.Outcome{State: delivery.Accepted, ProviderID: "id-1", HTTPStatus: 202, Written: true}
}

// The suite is worth what it catches: every case fails for at least one of three adapters that break promises, and the
// careless one, which gets the fair weather right, passes that.
func TestBadAdaptersAreCaught(t *testing.T) {
	t.Parallel()
	bad := map[string]deliverytest.Harness{"careless": harness(), "timid": harness(), "optimist": harness()}
	h := bad["timid"]
	h.New = func(target deliverytest.Target) (delivery.Sender, error) {
		return &timid{careless{target: target}}, nil
	}
	bad["timid"] = h
	h = bad["optimist"]
	var serial atomic.Int64
	h.New = func(deliverytest.Target) (delivery.Sender, error) { return optimist{}, nil }
	h.Prepare = func(delivery.Sender, delivery.Tags) (delivery.Frozen, error) {
		body := fmt.Appendf(nil, "%d", serial.Add(1))
		return delivery.Frozen{
			Provider: "optimist", Account: deliverytest.Account, Recipient: "r", ContentType: "text/plain", Body: body,
		}, nil
	}
	bad["optimist"] = h

	for _, c := range deliverytest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			caught := map[string]string{}
			for name, h := range bad {
				if c.Name == lastCase && name != "optimist" {
					continue // their shared field is a data race, which would fail this test rather than the case
				}
				if message := verdict(t, c, h); message != "" {
					caught[name] = message
				}
			}
			require.NotEmpty(t, caught, "no bad adapter fails this case")
			switch c.Name {
			case "accepted", "tags arrive", "refused":
				require.NotContains(t, caught, "careless")
			}
		})
	}
}

const lastCase = "many calls at once do not mix"

// Mixed bodies are what a client shared between goroutines sends; the suite sees them on the wire.
func TestMixedBodiesAreCaught(t *testing.T) {
	t.Parallel()
	h := harness()
	var first []byte
	h.New = func(target deliverytest.Target) (delivery.Sender, error) {
		return senderFunc(func(ctx context.Context, f delivery.Frozen) delivery.Outcome {
			f.Body = first
			return (&careless{target: target}).Send(ctx, f)
		}), nil
	}
	prepare := h.Prepare
	h.Prepare = func(s delivery.Sender, tags delivery.Tags) (delivery.Frozen, error) {
		f, err := prepare(s, tags)
		if first == nil {
			first = f.Body
		}
		return f, err
	}
	cases := deliverytest.Cases()
	last := cases[len(cases)-1]
	require.Equal(t, lastCase, last.Name)
	require.Contains(t, verdict(t, last, h), "every body arrives once")
}

type senderFunc func(context.Context, delivery.Frozen) delivery.Outcome

func (f senderFunc) Send(ctx context.Context, frozen delivery.Frozen) delivery.Outcome {
	return f(ctx, frozen)
}

func TestServerCountsWhatArrives(t *testing.T) {
	t.Parallel()
	s := deliverytest.NewServer(t, deliverytest.Answer(deliverytest.Reply{Status: 200, Body: "ok"}))
	client := &http.Client{Timeout: 10 * time.Second}
	for range 2 {
		response, err := client.Post(s.URL()+"/x", "text/plain", strings.NewReader("hello"))
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
	}
	require.Len(t, s.Requests(), 2, "two requests on one connection are two requests")
	require.Equal(t, 1, s.Connections())
	client.CloseIdleConnections()
	require.ErrorIs(t, s.End(t), io.EOF)
}
