package sandbox

import (
	"net/http"
	"strconv"
	"time"
)

// sendGridDialect is SendGrid's {"errors": [{"message", "field"}]}.
type sendGridDialect struct{ wall func() time.Time }

type sendGridErrors struct {
	Errors []sendGridError `json:"errors"`
}

type sendGridError struct {
	Message string  `json:"message"`
	Field   *string `json:"field,omitempty"`
}

func sendGridSays(status int, messages ...string) answer {
	body := sendGridErrors{Errors: []sendGridError{}}
	for _, m := range messages {
		body.Errors = append(body.Errors, sendGridError{Message: m})
	}
	return answer{status: status, body: body}
}

func (sendGridDialect) broken(problems []problem) answer {
	body := sendGridErrors{Errors: []sendGridError{}}
	for _, p := range problems {
		e := sendGridError{Message: p.Message}
		if p.Field != "" {
			e.Field = &p.Field
		}
		body.Errors = append(body.Errors, e)
	}
	return answer{status: http.StatusBadRequest, body: body}
}

func (d sendGridDialect) refused(f Fault, call Call) answer {
	if status, err := strconv.Atoi(f.Code); err == nil && status >= 400 && status < 500 {
		return sendGridSays(status, http.StatusText(status))
	}
	if call != CallSend {
		return sendGridSays(http.StatusForbidden, "access forbidden")
	}
	return d.broken([]problem{{"personalizations.0.to.0.email", "Does not contain a valid address."}})
}

// limited: the headers are documented, the numbers are not.
func (d sendGridDialect) limited(f Fault) answer {
	a := sendGridSays(http.StatusTooManyRequests, "too many requests")
	reset := d.wall().Add(f.retryAfter()).Add(time.Second - 1).Unix() // whole seconds, not earlier than asked
	a.header = http.Header{
		"X-Ratelimit-Limit":     {"600"},
		"X-Ratelimit-Remaining": {"0"},
		"X-Ratelimit-Reset":     {strconv.FormatInt(reset, 10)},
	}
	return a
}

func (sendGridDialect) failed() answer {
	return sendGridSays(http.StatusInternalServerError, "internal server error")
}

func (sendGridDialect) unauthorized() answer {
	return sendGridSays(http.StatusUnauthorized, "The provided authorization grant is invalid, expired, or revoked")
}

func (sendGridDialect) tooLarge() answer {
	return sendGridSays(http.StatusRequestEntityTooLarge, "The size of the JSON payload exceeds the limit of 30MB")
}

func (sendGridDialect) unknown(string, string) answer {
	return sendGridSays(http.StatusNotFound, "not found")
}
