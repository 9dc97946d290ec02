package deliverytest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/delivery"
)

func freezingCases() []Case {
	return []Case{
		{"the same message freezes to the same bytes", func(t T, h Harness) {
			target := Target{BaseURL: "http://127.0.0.1:1" + Prefix}
			_, first := prepared(t, h, target)
			sender, second := prepared(t, h, target)
			require.Equal(t, first, second)
			require.Equal(t, Account, first.Account)
			require.NotEmpty(t, first.Provider)
			require.NotEmpty(t, first.Recipient)
			require.NotEmpty(t, first.ContentType)
			other, err := h.Prepare(sender, tagsOf(2))
			require.NoError(t, err)
			require.NotEqual(t, first.SHA256(), other.SHA256())
		}},
		{"a message without tags is not frozen", func(t T, h Harness) {
			sender, err := h.New(Target{BaseURL: "http://127.0.0.1:1" + Prefix})
			require.NoError(t, err)
			_, err = h.Prepare(sender, delivery.Tags{})
			require.ErrorIs(t, err, delivery.ErrInvalid)
		}},
		{"an invalid configuration is refused", func(t T, h Harness) {
			for _, base := range []string{"", "api.example.com", "ftp://api.example.com", "https://", "https://u:p@api.example.com", "https://api.example.com/?a=b"} {
				_, err := h.New(Target{BaseURL: base, Timeout: -1})
				var config *delivery.ConfigError
				require.ErrorAs(t, err, &config, "base URL %q", base)
				require.GreaterOrEqual(t, len(config.Problems), 2, "every problem is named")
			}
		}},
	}
}

// unwrittenCases: until the first byte is on the wire the process knows that nothing was sent, and says so.
func unwrittenCases() []Case {
	return []Case{
		{"connection refused", func(t T, h Harness) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			require.NoError(t, listener.Close())
			out, _ := sendWith(t, t.Context(), h, Target{BaseURL: "http://" + listener.Addr().String() + Prefix, Timeout: patience})
			requireNotWritten(t, out)
			require.Equal(t, delivery.CodeConnect, out.Code)
		}},
		{"name not found", func(t T, h Harness) {
			out, _ := sendWith(t, t.Context(), h, Target{
				BaseURL: "http://api.example.com" + Prefix, Timeout: patience,
				DialContext: func(context.Context, string, string) (net.Conn, error) {
					return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "api.example.com", IsNotFound: true}}
				},
			})
			requireNotWritten(t, out)
			require.Equal(t, delivery.CodeDNS, out.Code)
		}},
		{"no secure connection", func(t T, h Harness) {
			s := NewServer(t, Silence)
			out, _ := sendWith(t, t.Context(), h, Target{BaseURL: strings.Replace(s.URL(), "http:", "https:", 1), Timeout: haste})
			requireNotWritten(t, out)
			require.Empty(t, s.Requests())
		}},
		{"no connection within the deadline", func(t T, h Harness) {
			out, _ := sendWith(t, t.Context(), h, Target{
				BaseURL: "http://127.0.0.1:1" + Prefix, Timeout: haste,
				DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
					<-ctx.Done()
					return nil, ctx.Err()
				},
			})
			requireNotWritten(t, out)
			require.Equal(t, delivery.CodeTimeout, out.Code)
		}},
	}
}

// givenUpCases: the caller gave up before the first byte, or should not have called.
func givenUpCases() []Case {
	return []Case{
		{"context cancelled before the call", func(t T, h Harness) {
			s := NewServer(t, Answer(h.Accepted))
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			out, _ := sendWith(t, ctx, h, Target{BaseURL: s.URL(), Timeout: patience})
			requireNotWritten(t, out)
			require.Zero(t, s.Connections())
		}},
		{"deadline of the context passed before the call", func(t T, h Harness) {
			s := NewServer(t, Answer(h.Accepted))
			ctx, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
			defer cancel()
			out, _ := sendWith(t, ctx, h, Target{BaseURL: s.URL(), Timeout: patience})
			requireNotWritten(t, out)
			require.Zero(t, s.Connections())
		}},
		{"context cancelled between connection and write", func(t T, h Harness) {
			s := NewServer(t, Answer(h.Accepted))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			out, _ := sendWith(t, ctx, h, Target{
				BaseURL: s.URL(), Timeout: patience,
				DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
					conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
					cancel()
					return conn, err
				},
			})
			requireNotWritten(t, out)
			require.Error(t, s.End(t))
			require.Zero(t, s.Bytes())
		}},
		{"context cancelled with the connection in hand", func(t T, h Harness) {
			s := NewServer(t, Answer(h.Accepted))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { cancel() }})
			out, _ := sendWith(t, ctx, h, Target{BaseURL: s.URL(), Timeout: patience})
			requireNotWritten(t, out)
			require.Error(t, s.End(t))
			require.Zero(t, s.Bytes())
		}},
		{"request frozen for another account or provider", func(t T, h Harness) {
			s := NewServer(t, Answer(h.Accepted))
			sender, frozen := prepared(t, h, Target{BaseURL: s.URL(), Timeout: patience})
			for _, alter := range []func(*delivery.Frozen){
				func(f *delivery.Frozen) { f.Account = "another" },
				func(f *delivery.Frozen) { f.Provider = "another" },
				func(f *delivery.Frozen) { f.Body = nil },
			} {
				f := frozen
				alter(&f)
				requireNotWritten(t, checked(t, sender.Send(t.Context(), f)))
			}
			require.Zero(t, s.Connections())
		}},
	}
}

func acceptingCases() []Case {
	return []Case{
		{"accepted", func(t T, h Harness) {
			s := NewServer(t, Answer(h.Accepted))
			out, frozen := sendTo(t, h, s, patience)
			require.Equal(t, delivery.Accepted, out.State)
			require.Equal(t, h.ProviderID, out.ProviderID)
			require.Equal(t, h.Accepted.Status, out.HTTPStatus)
			r := onlyRequest(t, s)
			require.Equal(t, http.MethodPost, r.Method)
			require.True(t, strings.HasPrefix(r.URI, Prefix+"/"), "the prefix of the base URL is kept")
			require.Equal(t, string(frozen.Body), string(r.Body), "the frozen bytes are the bytes sent")
			require.Equal(t, frozen.ContentType, r.Header.Get("Content-Type"))
			require.Equal(t, frozen.IdempotencyKey, r.Header.Get("Idempotency-Key"))
			require.Empty(t, r.Header.Get("X-Idempotency-Key"), "net/http repeats a request with this header by itself")
			require.NotEmpty(t, r.Header.Get("Authorization"))
		}},
		{"tags arrive", func(t T, h Harness) {
			s := NewServer(t, Answer(h.Accepted))
			sendTo(t, h, s, patience)
			tags, err := h.ReadTags(onlyRequest(t, s))
			require.NoError(t, err)
			require.Equal(t, tagsOf(1), tags)
		}},
		{"accepting answer of somebody else", func(t T, h Harness) {
			s := NewServer(t, Answer(reply(http.StatusOK, page)))
			out, _ := sendTo(t, h, s, patience)
			requireUnknown(t, out)
			onlyRequest(t, s)
		}},
		{"500 after accepting", func(t T, h Harness) {
			accepted := 0
			s := NewServer(t, func(conn net.Conn, r Request) {
				accepted++ // the provider has it, and fails while it answers
				Answer(withStatus(h.Refused, http.StatusInternalServerError))(conn, r)
			})
			out, _ := sendTo(t, h, s, patience)
			requireUnknown(t, out)
			onlyRequest(t, s)
			require.Equal(t, 1, accepted)
		}},
	}
}

func rejectingCases() []Case {
	return []Case{
		{"refused", func(t T, h Harness) {
			s := NewServer(t, Answer(h.Refused))
			out, _ := sendTo(t, h, s, patience)
			require.Equal(t, delivery.Refused, out.State)
			require.Equal(t, h.Refused.Status, out.HTTPStatus)
			onlyRequest(t, s)
		}},
		{"credentials refused", func(t T, h Harness) {
			s := NewServer(t, Answer(h.Unauthorized))
			out, _ := sendTo(t, h, s, patience)
			require.Equal(t, delivery.Later, out.State, "nothing was sent, and the message is not to blame")
			require.Equal(t, delivery.CodeAuth, out.Code)
			require.GreaterOrEqual(t, out.RetryAfter, time.Minute)
			onlyRequest(t, s)
		}},
		{"rate limited", func(t T, h Harness) {
			limited := h.Limited
			limited.Header = map[string]string{"Content-Type": "application/json", "Retry-After": "17"}
			s := NewServer(t, Answer(limited))
			out, _ := sendTo(t, h, s, patience)
			require.Equal(t, delivery.Later, out.State)
			require.Equal(t, 17*time.Second, out.RetryAfter)
			onlyRequest(t, s)
		}},
	}
}

func statusCases() []Case {
	var all []Case
	for _, status := range []int{301, 302, 303, 307, 308} {
		all = append(all, Case{fmt.Sprintf("redirect %d is not followed", status), func(t T, h Harness) {
			elsewhere := NewServer(t, Answer(h.Accepted))
			redirect := withStatus(h.Accepted, status)
			redirect.Header = map[string]string{"Location": elsewhere.URL() + "/again"}
			s := NewServer(t, Answer(redirect))
			out, _ := sendTo(t, h, s, patience)
			requireUnknown(t, out)
			onlyRequest(t, s)
			require.Zero(t, elsewhere.Connections(), "the message is not posted a second time")
		}})
	}
	// A status that promises nothing stays unknown, even under the provider's own error text.
	for _, status := range []int{408, 409, 500, 502, 503, 504} {
		all = append(all, Case{fmt.Sprintf("%d is unknown", status), func(t T, h Harness) {
			s := NewServer(t, Answer(withStatus(h.Refused, status)))
			out, _ := sendTo(t, h, s, patience)
			requireUnknown(t, out)
			require.Equal(t, status, out.HTTPStatus)
			onlyRequest(t, s)
		}})
	}
	for _, status := range []int{400, 401, 403, 404, 413, 422} {
		all = append(all, Case{fmt.Sprintf("%d of somebody else is unknown", status), func(t T, h Harness) {
			s := NewServer(t, Answer(reply(status, strings.Repeat(page, 2000))))
			out, _ := sendTo(t, h, s, patience)
			requireUnknown(t, out)
			onlyRequest(t, s)
		}})
	}
	return all
}

// deadlineCases: the request was written, and the caller gave up waiting.
func deadlineCases() []Case {
	return []Case{
		{"hang past the deadline", func(t T, h Harness) {
			s := NewServer(t, Silence)
			began := time.Now()
			out, _ := sendTo(t, h, s, haste)
			require.Less(t, time.Since(began), patience/2, "the deadline binds")
			requireUnknown(t, out)
			require.Equal(t, delivery.CodeTimeout, out.Code)
			require.ErrorIs(t, s.End(t), syscall.ECONNRESET, "a call given up is reset, so that nothing arrives late")
			onlyRequest(t, s)
		}},
		{"context cancelled during the wait", func(t T, h Harness) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s := NewServer(t, func(net.Conn, Request) { cancel() })
			out, _ := sendWith(t, ctx, h, Target{BaseURL: s.URL(), Timeout: patience})
			requireUnknown(t, out)
			require.Equal(t, delivery.CodeCanceled, out.Code)
			require.ErrorIs(t, s.End(t), syscall.ECONNRESET)
			onlyRequest(t, s)
		}},
	}
}

// brokenCases: the answer is missing or cut short.
func brokenCases() []Case {
	return []Case{
		{"answer dropped", func(t T, h Harness) {
			s := NewServer(t, Drop)
			out, _ := sendTo(t, h, s, patience)
			requireUnknown(t, out)
			require.Zero(t, out.HTTPStatus)
			onlyRequest(t, s)
		}},
		{"connection reset", func(t T, h Harness) {
			s := NewServer(t, Reset)
			out, _ := sendTo(t, h, s, patience)
			requireUnknown(t, out)
			onlyRequest(t, s)
		}},
		{"answer cut in its header", func(t T, h Harness) {
			s := NewServer(t, CutHeader(h.Accepted))
			out, _ := sendTo(t, h, s, patience)
			requireUnknown(t, out)
			onlyRequest(t, s)
		}},
		{"accepting answer cut in its body", func(t T, h Harness) {
			s := NewServer(t, CutBody(h.Accepted, Drop))
			out, _ := sendTo(t, h, s, patience)
			if out.State == delivery.Accepted { // SendGrid's id is in the header
				require.Equal(t, h.ProviderID, out.ProviderID)
			} else {
				requireUnknown(t, out)
			}
			onlyRequest(t, s)
		}},
		{"refusing answer cut in its body", func(t T, h Harness) {
			s := NewServer(t, CutBody(h.Refused, Drop))
			out, _ := sendTo(t, h, s, patience)
			requireUnknown(t, out)
			onlyRequest(t, s)
		}},
		{"answer that never ends", func(t T, h Harness) {
			s := NewServer(t, CutBody(h.Refused, Silence))
			out, _ := sendTo(t, h, s, haste)
			requireUnknown(t, out)
			onlyRequest(t, s)
		}},
	}
}

func concurrencyCases() []Case {
	return []Case{{"many calls at once do not mix", func(t T, h Harness) {
		const calls = 64
		s := NewServer(t, Answer(h.Accepted))
		sender, err := h.New(Target{BaseURL: s.URL(), Timeout: patience})
		require.NoError(t, err)
		want := map[string]int{}
		frozen := make([]delivery.Frozen, calls)
		for n := range frozen {
			frozen[n], err = h.Prepare(sender, tagsOf(n))
			require.NoError(t, err)
			want[string(frozen[n].Body)]++
		}
		require.Len(t, want, calls)
		outcomes := make([]delivery.Outcome, calls)
		var done sync.WaitGroup
		for n := range frozen {
			done.Go(func() { outcomes[n] = sender.Send(t.Context(), frozen[n]) })
		}
		done.Wait()
		for _, out := range outcomes {
			require.Equal(t, delivery.Accepted, checked(t, out).State)
		}
		got := map[string]int{}
		for _, r := range s.Requests() {
			got[string(r.Body)]++
		}
		require.Equal(t, want, got, "every body arrives once, none is mixed")
	}}}
}

// onlyRequest is the one request of a call: what a server got more often would have reached a debtor more often.
func onlyRequest(t T, s *Server) Request {
	t.Helper()
	requests := s.Requests()
	require.Len(t, requests, 1, "exactly one request")
	require.Equal(t, 1, s.Connections(), "one connection")
	return requests[0]
}
