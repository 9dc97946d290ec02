package sandbox

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// lobDialect is Lob's {"error": {"message", "status_code", "code"}}.
type lobDialect struct{ wall func() time.Time }

type lobError struct {
	Error lobErrorBody `json:"error"`
}

type lobErrorBody struct {
	Message    string `json:"message"`
	StatusCode int    `json:"status_code"`
	Code       string `json:"code"`
}

func lobSays(status int, code, message string) answer {
	return answer{status: status, body: lobError{lobErrorBody{message, status, code}}}
}

func (lobDialect) broken(problems []problem) answer {
	messages := make([]string, len(problems))
	for i, p := range problems {
		messages[i] = p.String()
	}
	return lobSays(http.StatusUnprocessableEntity, "invalid", strings.Join(messages, "; "))
}

func (lobDialect) refused(f Fault, call Call) answer {
	switch {
	case f.Code != "":
		return lobSays(http.StatusUnprocessableEntity, f.Code, "Refused")
	case call == CallCancel:
		return lobSays(http.StatusUnprocessableEntity, "not_deletable", "This letter cannot be cancelled")
	case call == CallLookup:
		return lobSays(http.StatusForbidden, "unauthorized", "Refused")
	}
	return lobSays(http.StatusUnprocessableEntity, "failed_deliverability_strictness", "The recipient's address is not deliverable")
}

// limited carries both spellings of the headers: the prose of Lob's documentation has one, its schema the other.
func (d lobDialect) limited(f Fault) answer {
	a := lobSays(http.StatusTooManyRequests, "rate_limit_exceeded",
		"Rate limit exceeded. Please wait 5 seconds and try your request again.")
	reset := strconv.FormatInt(d.wall().Add(f.retryAfter()).Add(time.Second-1).Unix(), 10)
	a.header = http.Header{
		"Ratelimit-Limit": {"150"}, "Ratelimit-Remaining": {"0"}, "Ratelimit-Reset": {reset},
		"X-Rate-Limit-Limit": {"150"}, "X-Rate-Limit-Remaining": {"0"}, "X-Rate-Limit-Reset": {reset},
	}
	return a
}

func (lobDialect) failed() answer {
	return lobSays(http.StatusInternalServerError, "internal_server_error", "An error has occurred on our servers")
}

func (lobDialect) unauthorized() answer {
	return lobSays(http.StatusUnauthorized, "invalid_api_key", "Your API key is not valid")
}

func (lobDialect) tooLarge() answer {
	return lobSays(http.StatusRequestEntityTooLarge, "file_size_exceeds_limit", "The file is too large")
}

func (lobDialect) unknown(string, string) answer {
	return lobSays(http.StatusNotFound, "not_found", "The resource requested was not found")
}
