package wire_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/delivery"
	"relance/internal/delivery/deliverytest"
	"relance/internal/delivery/wire"
)

const haste = time.Second

// post makes one call with a body.
func post(ctx context.Context, c *wire.Client, target string, body []byte) wire.Answer {
	return c.Do(ctx, func(ctx context.Context) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	})
}

func ok(body string) deliverytest.Script {
	return deliverytest.Answer(deliverytest.Reply{Status: 200, Body: body})
}

func TestSecondRequestOfACallIsNotSent(t *testing.T) {
	t.Parallel()
	s := deliverytest.NewServer(t, ok("fine"))
	var second error
	answer := wire.New(wire.Settings{}).Once(t.Context(), func(ctx context.Context, h *http.Client) error {
		for range 2 { // as an SDK does that repeats by itself
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL(), strings.NewReader("hello"))
			if err != nil {
				return err
			}
			var response *http.Response
			if response, second = h.Do(request); second == nil {
				_ = response.Body.Close()
			}
		}
		return second
	})
	require.ErrorIs(t, second, wire.ErrSecondCall)
	require.Equal(t, 200, answer.Status, "the answer is that of the first request")
	require.Equal(t, "fine", string(answer.Body))
	require.NoError(t, answer.Err)
	require.Len(t, s.Requests(), 1)
}

func TestClientIsDeadAfterItsCall(t *testing.T) {
	t.Parallel()
	s := deliverytest.NewServer(t, ok(""))
	var kept *http.Client
	answer := wire.New(wire.Settings{}).Once(t.Context(), func(_ context.Context, h *http.Client) error {
		kept = h
		return errors.New("no request could be built")
	})
	require.False(t, answer.Written)
	require.Error(t, answer.Err)
	response, err := kept.Post(s.URL(), "text/plain", strings.NewReader("late"))
	if err == nil {
		require.NoError(t, response.Body.Close())
	}
	require.ErrorIs(t, err, wire.ErrSecondCall)
	require.Zero(t, s.Connections())
}

func TestCallWithoutRequestWroteNothing(t *testing.T) {
	t.Parallel()
	answer := wire.New(wire.Settings{}).Once(t.Context(), func(context.Context, *http.Client) error { return nil })
	require.Error(t, answer.Err)
	require.False(t, answer.Written)
}

// The provider reads nothing and the kernel's buffers are full: part of the request is written, and what is left must not
// arrive after the deadline.
func TestBlockedWriteIsResetAtTheDeadline(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close() //nolint:errcheck // the test ends
	const size = 64 << 20
	given := make(chan struct{})
	type result struct {
		n   int64
		err error
	}
	read := make(chan result, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			read <- result{0, err}
			return
		}
		<-given // the client has given up; now read all there is
		n, err := io.Copy(io.Discard, conn)
		read <- result{n, err}
	}()
	answer := post(t.Context(), wire.New(wire.Settings{Timeout: haste}), "http://"+listener.Addr().String(), make([]byte, size))
	close(given)
	require.Equal(t, delivery.CodeTimeout, answer.Code())
	require.True(t, answer.Written)
	r := <-read
	require.Error(t, r.err, "the connection was reset, not closed in good order")
	require.Less(t, r.n, int64(size))
}

func TestSecureCall(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Proto)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	answer := post(t.Context(), wire.New(wire.Settings{RootCAs: roots}), server.URL, []byte("hello"))
	require.NoError(t, answer.Err)
	require.True(t, answer.Written)
	require.Equal(t, "HTTP/1.1", string(answer.Body), "HTTP/2 repeats requests by itself")
}

// The bytes of a handshake are not bytes of the request.
func TestUntrustedServerGetsNothing(t *testing.T) {
	t.Parallel()
	var requests atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	answer := post(t.Context(), wire.New(wire.Settings{RootCAs: x509.NewCertPool()}), server.URL, []byte("hello"))
	require.False(t, answer.Written)
	require.Equal(t, delivery.CodeTLS, answer.Code())
	require.Zero(t, requests.Load())
}

// A machine that was suspended between dialling and writing wakes up with its timers behind: the wall clock decides.
func TestNothingIsWrittenAfterTheDeadlineOnTheWallClock(t *testing.T) {
	t.Parallel()
	s := deliverytest.NewServer(t, ok(""))
	var asleep atomic.Int64
	c := wire.New(wire.Settings{
		Timeout: time.Minute,
		Now:     func() time.Time { return time.Now().Add(time.Duration(asleep.Load())) },
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			asleep.Store(int64(time.Hour))
			return (&net.Dialer{}).DialContext(ctx, network, address)
		},
	})
	answer := post(t.Context(), c, s.URL(), []byte("hello"))
	require.False(t, answer.Written)
	require.Equal(t, delivery.CodeTimeout, answer.Code())
	require.Error(t, s.End(t))
	require.Zero(t, s.Bytes())
}

func TestAnswerIsBounded(t *testing.T) {
	t.Parallel()
	s := deliverytest.NewServer(t, ok(strings.Repeat("x", 5<<20)))
	answer := post(t.Context(), wire.New(wire.Settings{}), s.URL(), []byte("hello"))
	require.Error(t, answer.Err)
	require.Equal(t, 200, answer.Status)
	require.Len(t, answer.Body, 4<<20)
}

func TestConnectionIsClosedInGoodOrderAfterAnAnswer(t *testing.T) {
	t.Parallel()
	s := deliverytest.NewServer(t, ok("fine"))
	answer := post(t.Context(), wire.New(wire.Settings{}), s.URL(), []byte("hello"))
	require.NoError(t, answer.Err)
	require.ErrorIs(t, s.End(t), io.EOF)
}

// failing is a connection whose writes fail before the kernel takes a byte.
type failing struct{ net.Conn }

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteThatTakesNoByteWroteNothing(t *testing.T) {
	t.Parallel()
	s := deliverytest.NewServer(t, ok(""))
	c := wire.New(wire.Settings{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		return failing{conn}, err
	}})
	answer := post(t.Context(), c, s.URL(), []byte("hello"))
	require.Error(t, answer.Err)
	require.False(t, answer.Written)
	require.Zero(t, s.Bytes())
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://api.example.com":                "https://api.example.com",
		"https://api.example.com/":               "https://api.example.com",
		"http://127.0.0.1:8080/sendgrid":         "http://127.0.0.1:8080/sendgrid",
		"http://[::1]:8080/a/b/":                 "http://[::1]:8080/a/b",
		"":                                       "",
		"api.example.com":                        "",
		"//api.example.com":                      "",
		"https://":                               "",
		"https://:443":                           "",
		"https://user:secret@api.example.com":    "",
		"https://api.example.com?region=eu":      "",
		"https://api.example.com#x":              "",
		"unix:///run/sock":                       "",
		"https://api.example.com:notaport/":      "",
		"https://user:secret@api.example.com:x/": "",
	} {
		got, err := wire.BaseURL(text)
		require.Equal(t, want, got, text)
		require.Equal(t, want == "", err != nil, text)
		if err != nil {
			require.NotContains(t, err.Error(), "secret")
		}
	}
}
