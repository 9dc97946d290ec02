package wire_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/delivery"
	"relance/internal/delivery/wire"
)

// reader accepts and refuses whatever says "ours".
var reader = wire.Reader{
	Accepted: func(a wire.Answer) (delivery.Outcome, bool) {
		return delivery.Outcome{State: delivery.Accepted, ProviderID: "id"}, string(a.Body) == "ours"
	},
	Rejected: func(a wire.Answer) (delivery.Outcome, bool) {
		return delivery.Outcome{State: delivery.Refused, Code: "no"}, string(a.Body) == "ours"
	},
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	cut := io.ErrUnexpectedEOF
	for name, c := range map[string]struct {
		answer wire.Answer
		want   delivery.State
		code   string
	}{
		"accepted":                   {wire.Answer{Status: 202, Body: []byte("ours")}, delivery.Accepted, ""},
		"2xx of somebody else":       {wire.Answer{Status: 200, Body: []byte("page")}, delivery.Unknown, "unreadable"},
		"refused":                    {wire.Answer{Status: 422, Body: []byte("ours")}, delivery.Refused, "no"},
		"4xx of somebody else":       {wire.Answer{Status: 404, Body: []byte("page")}, delivery.Unknown, "http_404"},
		"4xx cut short":              {wire.Answer{Status: 400, Body: []byte("ours"), Err: cut}, delivery.Unknown, "unreadable"},
		"429":                        {wire.Answer{Status: 429, Body: []byte("page")}, delivery.Later, "rate_limited"},
		"429 cut short":              {wire.Answer{Status: 429, Err: cut}, delivery.Later, "rate_limited"},
		"408":                        {wire.Answer{Status: 408, Body: []byte("ours")}, delivery.Unknown, "http_408"},
		"409":                        {wire.Answer{Status: 409, Body: []byte("ours")}, delivery.Unknown, "http_409"},
		"302":                        {wire.Answer{Status: 302, Body: []byte("ours")}, delivery.Unknown, "http_302"},
		"503":                        {wire.Answer{Status: 503, Body: []byte("ours")}, delivery.Unknown, "http_503"},
		"nothing written":            {wire.Answer{Err: errors.New("x")}, delivery.Later, "io"},
		"nothing written, cancelled": {wire.Answer{Err: fmt.Errorf("x: %w", context.Canceled)}, delivery.Later, "canceled"},
		"written, cancelled":         {wire.Answer{Err: context.Canceled, Written: true}, delivery.Unknown, "canceled"},
		"written, late":              {wire.Answer{Err: context.DeadlineExceeded, Written: true}, delivery.Unknown, "timeout"},
		"written, late socket":       {wire.Answer{Err: os.ErrDeadlineExceeded, Written: true}, delivery.Unknown, "timeout"},
		"written, reset":             {wire.Answer{Err: syscall.ECONNRESET, Written: true}, delivery.Unknown, "reset"},
		"written, broken pipe":       {wire.Answer{Err: syscall.EPIPE, Written: true}, delivery.Unknown, "reset"},
		"written, closed":            {wire.Answer{Err: io.EOF, Written: true}, delivery.Unknown, "closed"},
		"written, malformed":         {wire.Answer{Err: errors.New("malformed"), Written: true}, delivery.Unknown, "io"},
	} {
		out := c.answer.Outcome(reader)
		require.Equal(t, c.want, out.State, name)
		require.Equal(t, c.code, out.Code, name)
		require.Equal(t, c.answer.Status, out.HTTPStatus, name)
		require.Equal(t, c.answer.Written || c.answer.Status != 0, out.Written, name)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	epoch := func(d time.Duration) string { return fmt.Sprint(now.Add(d).Unix()) }
	for name, c := range map[string]struct {
		header map[string]string
		want   time.Duration
	}{
		"not said":               {nil, 0},
		"seconds":                {map[string]string{"Retry-After": "30"}, 30 * time.Second},
		"date":                   {map[string]string{"Retry-After": now.Add(time.Minute).Format(http.TimeFormat)}, time.Minute},
		"SendGrid":               {map[string]string{"X-RateLimit-Reset": epoch(42 * time.Second)}, 42 * time.Second},
		"Lob, as in prose":       {map[string]string{"X-Rate-Limit-Reset": epoch(5 * time.Second)}, 5 * time.Second},
		"Lob, as in the schema":  {map[string]string{"ratelimit-reset": epoch(5 * time.Second)}, 5 * time.Second},
		"window has passed":      {map[string]string{"X-RateLimit-Reset": epoch(-time.Minute)}, 0},
		"too long":               {map[string]string{"Retry-After": "999999999"}, time.Hour},
		"negative":               {map[string]string{"Retry-After": "-5"}, 0},
		"unreadable":             {map[string]string{"Retry-After": "soon"}, 0},
		"unreadable, then good":  {map[string]string{"Retry-After": "soon", "X-RateLimit-Reset": epoch(9 * time.Second)}, 9 * time.Second},
		"the provider's own now": {map[string]string{"Date": now.Add(10 * time.Second).Format(http.TimeFormat), "X-RateLimit-Reset": epoch(15 * time.Second)}, 5 * time.Second},
	} {
		header := http.Header{}
		for k, v := range c.header {
			header.Set(k, v)
		}
		require.Equal(t, c.want, wire.Answer{Header: header, Received: now}.RetryAfter(), name)
	}
	part := wire.Answer{Header: http.Header{"X-Ratelimit-Reset": {epoch(2 * time.Second)}}, Received: now.Add(500 * time.Millisecond)}
	require.Equal(t, 2*time.Second, part.RetryAfter(), "rounded up: never before the window resets")
}

func TestLookupErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer wire.Answer
		code   string
	}{
		"no answer":    {wire.Answer{Err: context.DeadlineExceeded}, "timeout"},
		"cut short":    {wire.Answer{Status: 200, Err: io.EOF}, "unreadable"},
		"rate limited": {wire.Answer{Status: 429}, "rate_limited"},
		"unauthorized": {wire.Answer{Status: 401}, "auth"},
		"forbidden":    {wire.Answer{Status: 403}, "auth"},
		"not found":    {wire.Answer{Status: 404}, "http_404"},
		"redirect":     {wire.Answer{Status: 302}, "http_302"},
		"failure":      {wire.Answer{Status: 500, Body: []byte("zoe@kunde.example")}, "http_500"},
	} {
		err := c.answer.LookupError("lob", 200)
		var lookup *delivery.LookupError
		require.ErrorAs(t, err, &lookup, name)
		require.Equal(t, c.code, lookup.Code, name)
		require.NotContains(t, err.Error(), "kunde", "a provider's text may hold an address")
	}
	require.NoError(t, wire.Answer{Status: 200}.LookupError("lob", 200))
}

func TestObjectIsLenientAboutFieldsOnly(t *testing.T) {
	t.Parallel()
	var v struct {
		ID   string `json:"id"`
		Date string `json:"date"`
	}
	require.True(t, wire.Answer{Body: []byte(`{"date":17,"id":"a"}`)}.Object(&v), "an odd field does no harm")
	require.Equal(t, "a", v.ID)
	for _, body := range []string{"", "null", `"a"`, "[]", "<html>", `{"id":`, `{"id":"a"} trailing`} {
		require.False(t, wire.Answer{Body: []byte(body)}.Object(&v), body)
	}
	require.False(t, wire.Answer{Body: []byte(`{}`), Err: io.EOF}.Object(&v), "cut short")
}
