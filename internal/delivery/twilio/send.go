package twilio

import (
	"context"
	"net/http"
	"strconv"
	"time"

	openapi "github.com/twilio/twilio-go/rest/api/v2010"

	"relance/internal/delivery"
	"relance/internal/delivery/wire"
)

// Send makes the one call that creates a message, through the SDK, with exactly the frozen bytes as its form.
func (c *Client) Send(ctx context.Context, f delivery.Frozen) delivery.Outcome {
	if !f.MadeFor(Provider, c.cfg.Account) {
		return delivery.NotWritten(delivery.CodeWrongAccount, "not frozen for this Twilio account")
	}
	answer := c.once(ctx, f.Body, func(api *openapi.ApiService) error {
		_, err := api.CreateMessage(&openapi.CreateMessageParams{})
		return err
	})
	out := answer.Outcome(wire.Reader{Accepted: accepted, Rejected: rejected})
	if answer.Status == http.StatusTooManyRequests {
		// Twilio documents that such a request was never processed. The caps by hour and day name a longer wait than the
		// usual one for concurrency.
		if e, ok := readError(answer); ok && pauses[e.Code] > 0 {
			out.Code = e.short()
			out.RetryAfter = max(out.RetryAfter, pauses[e.Code])
		}
	}
	return out
}

// message is what we read of a Message resource.
type message struct {
	SID       string `json:"sid"`
	Body      string `json:"body"`
	Status    string `json:"status"`
	Direction string `json:"direction"`
	Created   string `json:"date_created"`
}

func readMessage(a wire.Answer) (message, bool) {
	var m message
	ok := a.Object(&m)
	return m, ok
}

// accepted reads a 2xx. A Message without an id is still accepted; an error under a 2xx is nothing that Twilio documents.
func accepted(a wire.Answer) (delivery.Outcome, bool) {
	m, ok := readMessage(a)
	var e apiError
	if m.SID == "" && a.Object(&e) && e.Code != 0 {
		return delivery.Outcome{}, false
	}
	return delivery.Outcome{State: delivery.Accepted, ProviderID: m.SID}, ok
}

// apiError is Twilio's error answer.
type apiError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func readError(a wire.Answer) (apiError, bool) {
	var e apiError
	if a.Status < 400 || !a.Object(&e) {
		return apiError{}, false
	}
	return e, e.Code > 0 && e.Message != ""
}

func (e apiError) short() string { return strconv.Itoa(e.Code) }

// Twilio's error codes that mean more than "this message was refused"; see twilio.com/docs/api/errors. Codes are split over
// time, so an unknown one is an ordinary refusal and nothing is built on its meaning.
const (
	codeOptedOut = 21610 // the recipient has replied STOP
	codeFinal    = 30409 // the message cannot be cancelled
)

// permanent: the number cannot be reached by this account, now or later.
var permanent = map[int]bool{
	21211: true, // not a valid number
	21214: true, // cannot be reached
	21217: true, // does not look like a number
	21408: true, // no permission for the region
	21421: true, // not a valid number
	21612: true, // no route
	21614: true, // not a mobile number
	21635: true, // a landline
}

// ours: the sender or the account is wrong, so no message can pass until somebody mends it.
var ours = map[int]bool{
	20005: true, // account not active
	20404: true, // account not found
	21212: true, // not a valid sender
	21603: true, // no sender
	21606: true, // the sender is not ours or cannot send text messages
	21701: true, // the messaging service does not exist
	21703: true, // the messaging service has no numbers
	30002: true, // account suspended
}

// pauses are the codes that say "later", with how long to wait at least.
var pauses = map[int]time.Duration{
	21611: 10 * time.Minute, // the sender's queue holds more than it can send in hours; not created
	60728: 15 * time.Minute, // hourly cap of the account
	63038: time.Hour,        // daily cap of the account
	20429: 0,                // too many requests
}

// codeCredentials is answered with 401 and, for a wrong account, with others.
const codeCredentials = 20003

// rejected reads a 4xx: only one with Twilio's own error is definite.
func rejected(a wire.Answer) (delivery.Outcome, bool) {
	e, ok := readError(a)
	if !ok {
		return delivery.Outcome{}, false
	}
	pause, later := pauses[e.Code]
	switch {
	case later:
		return delivery.Outcome{State: delivery.Later, Code: e.short(), Detail: e.Message, RetryAfter: max(pause, a.RetryAfter())}, true
	case ours[e.Code]:
		return delivery.Misconfigured(delivery.CodeConfiguration, e.short()+" "+e.Message), true
	case e.Code == codeOptedOut:
		return delivery.Outcome{State: delivery.Refused, Code: e.short(), Detail: e.Message, OptedOut: true}, true
	case permanent[e.Code]:
		return delivery.Outcome{State: delivery.Refused, Code: e.short(), Detail: e.Message, Permanent: true}, true
	case e.Code == codeCredentials, a.Status == http.StatusUnauthorized, a.Status == http.StatusForbidden:
		return delivery.Misconfigured(delivery.CodeAuth, e.short()+" "+e.Message), true
	}
	return delivery.Outcome{State: delivery.Refused, Code: e.short(), Detail: e.Message}, true
}
