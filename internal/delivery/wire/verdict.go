package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"syscall"
	"time"

	"relance/internal/delivery"
)

// Reader reads what only one provider's adapter can read in an answer. Each function reports false when the answer is not in
// the provider's form: something else answered, and the outcome is unknown.
type Reader struct {
	Accepted func(Answer) (delivery.Outcome, bool) // 2xx; the answer may be cut short (Err)
	Rejected func(Answer) (delivery.Outcome, bool) // 4xx other than 408, 409 and 429, complete
}

// Outcome sorts an answer into the four states. Later is sure: no byte was written, or the provider documents that it did
// nothing (429). So is Refused: the provider's own error under a 4xx. A 408 or 409 is neither (a conflict can be with the
// first copy of the same request), nor is a redirect, a 5xx, an answer cut short, or another server's error page.
func (a Answer) Outcome(read Reader) delivery.Outcome {
	if a.Status == 0 {
		return a.unanswered()
	}
	out, ok := delivery.Outcome{}, false
	switch {
	case a.Status >= 200 && a.Status < 300:
		out, ok = read.Accepted(a)
	case a.Status == http.StatusTooManyRequests:
		out, ok = delivery.Outcome{
			State: delivery.Later, Code: delivery.CodeRateLimited, Detail: string(a.Body), RetryAfter: a.RetryAfter(),
		}, true
	case a.Status == http.StatusRequestTimeout || a.Status == http.StatusConflict:
	case a.Status >= 400 && a.Status < 500 && a.Err == nil:
		out, ok = read.Rejected(a)
	}
	if !ok {
		out = delivery.Outcome{State: delivery.Unknown, Code: a.StatusCode(), Detail: string(a.Body)}
		if a.Status < 300 || (a.Status >= 400 && a.Status < 500 && a.Err != nil) {
			out.Code = delivery.CodeUnreadable
		}
	}
	out.HTTPStatus, out.Written = a.Status, true
	out.Detail = delivery.Bounded(out.Detail)
	return out
}

func (a Answer) unanswered() delivery.Outcome {
	detail := ""
	if a.Err != nil {
		detail = delivery.Bounded(a.Err.Error())
	}
	if !a.Written {
		return delivery.NotWritten(a.Code(), detail)
	}
	return delivery.Outcome{State: delivery.Unknown, Code: a.Code(), Detail: detail, Written: true}
}

// StatusCode is the short code of an HTTP status, "http_503".
func (a Answer) StatusCode() string { return "http_" + strconv.Itoa(a.Status) }

// Code is the short code of a call that ended without an answer.
func (a Answer) Code() string {
	switch {
	case errors.Is(a.Err, context.Canceled):
		return delivery.CodeCanceled
	case errors.Is(a.Err, context.DeadlineExceeded), errors.Is(a.Err, os.ErrDeadlineExceeded):
		return delivery.CodeTimeout
	case !a.Written && a.stage != "":
		return a.stage
	case errors.Is(a.Err, syscall.ECONNRESET), errors.Is(a.Err, syscall.EPIPE):
		return delivery.CodeReset
	case errors.Is(a.Err, io.EOF), errors.Is(a.Err, io.ErrUnexpectedEOF):
		return delivery.CodeClosed
	}
	return delivery.CodeIO
}

// LookupError is nil when the answer to a look-up is complete and of the wanted status, else a *delivery.LookupError.
func (a Answer) LookupError(provider string, want int) error {
	if a.Status == want && a.Err == nil {
		return nil
	}
	e := &delivery.LookupError{Provider: provider, HTTPStatus: a.Status}
	switch {
	case a.Status == 0:
		e.Code = a.Code()
	case a.Status == want:
		e.Code = delivery.CodeUnreadable
	case a.Status == http.StatusTooManyRequests:
		e.Code, e.RetryAfter = delivery.CodeRateLimited, a.RetryAfter()
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		e.Code = delivery.CodeAuth
	default:
		e.Code = a.StatusCode()
	}
	return e
}

// Unreadable is the error of a look-up whose answer is complete but not in the provider's form.
func (a Answer) Unreadable(provider string) error {
	return &delivery.LookupError{Provider: provider, Code: delivery.CodeUnreadable, HTTPStatus: a.Status}
}

// longestWait bounds what a provider can make us wait: after it we ask again ourselves.
const longestWait = time.Hour

// RetryAfter is how long the answer asks to wait, rounded up to whole seconds, at most an hour; 0: it does not say. Providers
// write it as seconds or as an HTTP date (Retry-After) or as the epoch second at which their window resets; that second is
// compared with the provider's own clock where the answer carries it.
func (a Answer) RetryAfter() time.Duration {
	now := a.Received
	if date, err := http.ParseTime(a.Header.Get("Date")); err == nil {
		now = date
	}
	for _, name := range []string{"Retry-After", "X-RateLimit-Reset", "X-Rate-Limit-Reset", "RateLimit-Reset"} {
		text := a.Header.Get(name)
		if text == "" {
			continue
		}
		if wait, err := waitUntil(text, now); err == nil {
			return min(max(wait, 0), longestWait)
		}
	}
	return 0
}

// epochBegins tells an epoch second from a number of seconds to wait.
const epochBegins = 1_000_000_000

func waitUntil(text string, now time.Time) (time.Duration, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err == nil && n >= epochBegins:
		return roundUp(time.Unix(n, 0).Sub(now)), nil
	case err == nil:
		return time.Duration(min(n, int64(longestWait/time.Second))) * time.Second, nil
	}
	date, err := http.ParseTime(text)
	if err != nil {
		return 0, fmt.Errorf("read the time to wait: %w", err)
	}
	return roundUp(date.Sub(now)), nil
}

func roundUp(d time.Duration) time.Duration {
	return (d + time.Second - 1).Truncate(time.Second)
}

// Object reads the answer's body, a complete JSON object, into v. A field of an unexpected type is left out and does no harm:
// a provider that changes a field which we hardly need must not turn an accepted message into an unknown one.
func (a Answer) Object(v any) bool {
	if a.Err != nil || !bytes.HasPrefix(bytes.TrimSpace(a.Body), []byte("{")) {
		return false
	}
	err := json.Unmarshal(a.Body, v)
	var wrongType *json.UnmarshalTypeError
	return err == nil || errors.As(err, &wrongType)
}
