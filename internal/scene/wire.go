package scene

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
)

// Request is a request as it came over the wire.
type Request struct {
	Method, Path, ContentType, IdempotencyKey string
	Body                                      []byte
}

// SHA256 is the hex digest of the body.
func (r Request) SHA256() string {
	sum := sha256.Sum256(r.Body)
	return hex.EncodeToString(sum[:])
}

type recorder struct {
	mu   sync.Mutex
	list []Request
}

// Wire is every request that was made to a provider, in order, in a scene that records.
func (s *Scene) Wire() []Request {
	s.wire.mu.Lock()
	defer s.wire.mu.Unlock()
	return slices.Clone(s.wire.list)
}

// record stands between the clients and the sandbox, writes every request down, and changes nothing.
func (s *Scene) record(to string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		s.wire.mu.Lock()
		s.wire.list = append(s.wire.list, Request{
			r.Method, r.URL.Path, r.Header.Get("Content-Type"), r.Header.Get("Idempotency-Key"), body,
		})
		s.wire.mu.Unlock()
		on, err := http.NewRequestWithContext(r.Context(), r.Method, to+r.URL.RequestURI(), bytes.NewReader(body))
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		on.Header = r.Header.Clone()
		answer, err := http.DefaultTransport.RoundTrip(on)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer func() { _ = answer.Body.Close() }()
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.StatusCode)
		_, _ = io.Copy(w, answer.Body)
	}))
	s.Cleanup(server.Close)
	return strings.TrimSuffix(server.URL, "/")
}
