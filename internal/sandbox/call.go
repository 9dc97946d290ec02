package sandbox

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
)

// answer is what a provider says.
type answer struct {
	status int
	header http.Header
	body   any // JSON; nil: empty
}

func (a answer) write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if a.body == nil {
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(a.status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(a.body) // the client may be gone; what counts is in the ledger
}

// dialect is how one provider says no.
type dialect interface {
	broken(problems []problem) answer   // the request breaks the contract
	refused(f Fault, call Call) answer  // ModeRefuse
	limited(f Fault) answer             // ModeRateLimit
	failed() answer                     // 500
	unauthorized() answer               // 401
	tooLarge() answer                   // 413
	unknown(method, path string) answer // no such call
}

// readBody reads the whole request. It answers by itself, and returns false, when that is not possible.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request, d dialect) ([]byte, bool) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readBodyTimeout)) // unsupported only by test recorders
	limited := http.MaxBytesReader(w, r.Body, maxBody)
	body, err := io.ReadAll(limited)
	if err == nil && r.Header.Get("Content-Encoding") == "gzip" {
		body, err = gunzip(body)
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
	var large *http.MaxBytesError
	switch {
	case err == nil:
		return body, true
	case errors.As(err, &large), errors.Is(err, errTooLarge):
		d.tooLarge().write(w)
	default:
		d.broken([]problem{{"", "the body cannot be read"}}).write(w)
	}
	return nil, false
}

var errTooLarge = errors.New("body too large")

func gunzip(packed []byte) ([]byte, error) {
	reader, err := gzip.NewReader(strings.NewReader(string(packed)))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(reader, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = errTooLarge
	}
	return body, err
}

// perform runs one valid call, or lets it fail as the faults ask. The effect is what the provider does: it changes the ledger
// and says what it would answer.
func (s *Server) perform(w http.ResponseWriter, r *http.Request, p provider, call Call, recipients []string, effect func(Fault) answer) {
	f, struck := s.faults.take(p.name, call, recipients)
	if !struck {
		effect(Fault{}).write(w)
		return
	}
	s.log.Debug("fault strikes", "provider", p.name, "call", string(call), "mode", string(f.Mode))
	switch f.Mode {
	case ModeRefuse:
		s.answerLater(w, r, f, p.refused(f, call))
	case ModeRateLimit:
		s.answerLater(w, r, f, p.limited(f))
	case ModeErrorBefore:
		s.answerLater(w, r, f, p.failed())
	case ModeErrorAfter:
		effect(f)
		s.answerLater(w, r, f, p.failed())
	case ModeHang:
		s.hang(r, f)
	case ModeHangAfter:
		effect(f)
		s.hang(r, f)
	case ModeDrop:
		effect(f)
		s.hangUp(r, f)
	case ModeDropBefore:
		s.hangUp(r, f)
	case ModeSlow, ModeHold, ModeBlind:
		s.answerLater(w, r, f, effect(f))
	}
}

// provider is a dialect with its name.
type provider struct {
	name string
	dialect
}

func (s *Server) answerLater(w http.ResponseWriter, r *http.Request, f Fault, a answer) {
	if f.Delay > 0 && !s.pause(r, f.Delay) {
		panic(http.ErrAbortHandler)
	}
	a.write(w)
}

// hang keeps the connection open without a word until the client gives up.
func (s *Server) hang(r *http.Request, f Fault) {
	if f.Delay > 0 {
		s.pause(r, f.Delay)
	} else {
		select {
		case <-r.Context().Done():
		case <-s.stopping:
		}
	}
	panic(http.ErrAbortHandler) // closes the connection without an answer
}

func (s *Server) hangUp(r *http.Request, f Fault) {
	if f.Delay > 0 {
		s.pause(r, f.Delay)
	}
	panic(http.ErrAbortHandler)
}

// pause waits; false means that the client has gone or the sandbox stops.
func (s *Server) pause(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-s.stopping:
	}
	return false
}

// lost is the answer when the ledger cannot be written: nothing was accepted.
func (s *Server) lost(p provider, err error) answer {
	s.log.Error("sandbox ledger", "error", err)
	return p.failed()
}
