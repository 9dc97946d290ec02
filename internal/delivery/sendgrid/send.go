package sendgrid

import (
	"bytes"
	"context"
	"net/http"
	"strings"

	"github.com/sendgrid/rest"

	"relance/internal/delivery"
	"relance/internal/delivery/wire"
)

const sendPath = "/v3/mail/send"

// Send makes the one mail/send call. No idempotency header is sent: SendGrid honours none, and net/http would take it as
// leave to repeat the request.
func (c *Client) Send(ctx context.Context, f delivery.Frozen) delivery.Outcome {
	if !f.MadeFor(Provider, c.account) {
		return delivery.NotWritten(delivery.CodeWrongAccount, "not frozen for this SendGrid account")
	}
	return c.call(ctx, rest.Post, sendPath, f.Body).Outcome(wire.Reader{Accepted: accepted, Rejected: rejected})
}

// accepted reads a 2xx: 202 is queued, 200 is SendGrid's own sandbox mode. The id is in the header; without one an empty
// body is still SendGrid's answer, while a page is somebody else's.
func accepted(a wire.Answer) (delivery.Outcome, bool) {
	id := a.Header.Get("X-Message-Id")
	if id == "" && (a.Err != nil || len(bytes.TrimSpace(a.Body)) > 0) {
		return delivery.Outcome{}, false
	}
	return delivery.Outcome{State: delivery.Accepted, ProviderID: id}, true
}

// problem is one entry of SendGrid's error answer.
type problem struct {
	Message string `json:"message"`
	Field   string `json:"field"`
}

// rejected reads a 4xx. SendGrid has no error codes, so ours come from the status and from the name of the field at fault.
func rejected(a wire.Answer) (delivery.Outcome, bool) {
	var answer struct {
		Errors []problem `json:"errors"`
	}
	if !a.Object(&answer) || len(answer.Errors) == 0 || answer.Errors[0].Message == "" {
		return delivery.Outcome{}, false
	}
	detail := string(a.Body)
	switch a.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return delivery.Misconfigured(delivery.CodeAuth, detail), true
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return delivery.Misconfigured(delivery.CodeConfiguration, detail), true
	}
	for _, p := range answer.Errors {
		switch {
		case p.Field == "from" || strings.HasPrefix(p.Field, "from."):
			return delivery.Misconfigured(delivery.CodeConfiguration, detail), true
		case strings.HasPrefix(p.Field, "personalizations.0.to"):
			return delivery.Outcome{State: delivery.Refused, Code: delivery.CodeInvalidTo, Detail: detail, Permanent: true}, true
		}
	}
	return delivery.Outcome{State: delivery.Refused, Code: a.StatusCode(), Detail: detail}, true
}
