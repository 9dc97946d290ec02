package lob

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"relance/internal/delivery"
	"relance/internal/delivery/wire"
)

// Send makes the one call that creates a letter, with the idempotency key of the frozen request: within 24 hours a second
// call gives the first one's letter.
func (c *Client) Send(ctx context.Context, f delivery.Frozen) delivery.Outcome {
	if !f.MadeFor(Provider, c.account) {
		return delivery.NotWritten(delivery.CodeWrongAccount, "not frozen for this Lob account")
	}
	if f.IdempotencyKey == "" || len(f.IdempotencyKey) > keyLimit {
		return delivery.NotWritten(delivery.CodeConfiguration, "no usable idempotency key")
	}
	return c.do(ctx, http.MethodPost, lettersPath, &f).Outcome(wire.Reader{Accepted: accepted, Rejected: rejected})
}

// letter is what we read of a Letter resource.
type letter struct {
	ID       string            `json:"id"`
	Metadata map[string]string `json:"metadata"`
	Tracking string            `json:"tracking_number"`
	SendDate string            `json:"send_date"`
	Created  string            `json:"date_created"`
	Deleted  bool              `json:"deleted"`
}

// instant reads a time of Lob, zero if it cannot be read. A date alone means midnight UTC.
func instant(text string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t
		}
	}
	return time.Time{}
}

// accepted reads a 2xx. A letter without an id is still accepted; an error under a 2xx is nothing that Lob documents. An
// answer that replays a letter which has been deleted meanwhile accepts nothing: that letter will
// never be printed, and the key makes no other.
func accepted(a wire.Answer) (delivery.Outcome, bool) {
	var l struct {
		letter
		Error any `json:"error"`
	}
	if !a.Object(&l) || (l.ID == "" && l.Error != nil) {
		return delivery.Outcome{}, false
	}
	if l.Deleted {
		return delivery.Outcome{State: delivery.Refused, Code: delivery.CodeAlreadyGone, ProviderID: l.ID}, true
	}
	return delivery.Outcome{State: delivery.Accepted, ProviderID: l.ID, SendsAt: instant(l.SendDate), Tracking: l.Tracking}, true
}

// apiError is Lob's error answer.
type apiError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

var shortCode = regexp.MustCompile(`^[a-z0-9_]{1,64}$`)

func readError(a wire.Answer) (apiError, bool) {
	var answer struct {
		Error apiError `json:"error"`
	}
	if a.Status < 400 || !a.Object(&answer) || answer.Error.Message == "" {
		return apiError{}, false
	}
	if !shortCode.MatchString(answer.Error.Code) {
		answer.Error.Code = a.StatusCode()
	}
	return answer.Error, true
}

// permanent: the recipient's address cannot be used.
var permanent = map[string]bool{
	"address_length_exceeds_limit":     true,
	"failed_deliverability_strictness": true,
}

// ours: the account or the sender is wrong, so no letter can pass until somebody mends it.
var ours = map[string]bool{
	"custom_envelope_inventory_depleted": true,
	"foreign_return_address":             true,
	"mail_use_type_can_not_be_null":      true,
	"unrecognized_endpoint":              true,
	"unsupported_lob_version":            true,
}

// rejected reads a 4xx: only one with Lob's own error is definite.
func rejected(a wire.Answer) (delivery.Outcome, bool) {
	e, ok := readError(a)
	switch {
	case !ok, e.Code == "conflict", e.Code == "request_timeout":
		// The other side of a conflict may be the first copy of this very letter.
		return delivery.Outcome{}, false
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		return delivery.Misconfigured(delivery.CodeAuth, e.Code+": "+e.Message), true
	case ours[e.Code]:
		return delivery.Misconfigured(delivery.CodeConfiguration, e.Code+": "+e.Message), true
	}
	return delivery.Outcome{State: delivery.Refused, Code: e.Code, Detail: e.Message, Permanent: permanent[e.Code]}, true
}
