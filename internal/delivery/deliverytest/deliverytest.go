// Package deliverytest is the conformance suite of package delivery: what every adapter must do on the wire before it is
// wired in. It exists because the send protocol believes an outcome; an adapter that repeats a request, follows a redirect or
// calls an accepted message refused would break a promise that no other test sees.
//
// The suite owns the server, so that it knows what arrived and how a connection ended; a Harness says how the provider under
// test answers and how it reads our tags. It is for tests only and never imports an adapter.
package deliverytest

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/delivery"
)

// Account is the account name that New must configure.
const Account = "conformance"

// Target is what an adapter under test is pointed at.
type Target struct {
	BaseURL     string // with a path prefix
	Timeout     time.Duration
	DialContext func(ctx context.Context, network, address string) (net.Conn, error) // nil: the system's
}

// Reply is an answer of a provider.
type Reply struct {
	Status int
	Header map[string]string
	Body   string
}

// Harness is one adapter and the dialect of its provider.
type Harness struct {
	// New builds the adapter for a target, with the account name Account.
	New func(Target) (delivery.Sender, error)
	// Prepare freezes a message with these tags, whose text depends on them.
	Prepare func(delivery.Sender, delivery.Tags) (delivery.Frozen, error)
	// ReadTags reads our tags where the provider reads them.
	ReadTags func(Request) (delivery.Tags, error)

	Accepted     Reply  // the provider takes a message
	ProviderID   string // the id that Accepted gives it
	Refused      Reply  // the provider refuses this one message
	Unauthorized Reply  // the provider does not know our credentials
	Limited      Reply  // 429
}

// T is the part of *testing.T that a case needs; the suite's own tests replace it.
type T interface {
	require.TestingT
	Helper()
	Cleanup(func())
	Context() context.Context
}

// Case is one rule of conformance.
type Case struct {
	Name string
	Run  func(T, Harness)
}

// Run runs every case as a parallel subtest.
func Run(t *testing.T, h Harness) {
	t.Helper()
	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			c.Run(t, h)
		})
	}
}

// Cases are all rules, in the order of a call: before the first byte, the answers, the failures, many calls at once.
func Cases() []Case {
	var all []Case
	for _, group := range []func() []Case{
		freezingCases, unwrittenCases, givenUpCases, acceptingCases, rejectingCases, statusCases, deadlineCases, brokenCases,
		concurrencyCases,
	} {
		all = append(all, group()...)
	}
	return all
}

const (
	patience = 20 * time.Second // the deadline of calls that are answered; long, because machines are busy
	haste    = time.Second      // the deadline of calls that are not
)

// tagsOf are the tags of the n-th message.
func tagsOf(n int) delivery.Tags {
	const digits = "0123456789abcdef"
	tail := string([]byte{digits[n>>8&15], digits[n>>4&15], digits[n&15]})
	return delivery.Tags{
		Dispatch: "6b1f8c52-0d3e-4f6a-9c51-2f4f1d0a0" + tail,
		Attempt:  "0f1e2d3c-4b5a-4978-8695-a4b3c2d1e" + tail,
		Kind:     "email_reminder",
	}
}

// sendTo freezes the first message for the server and sends it.
func sendTo(t T, h Harness, s *Server, timeout time.Duration) (delivery.Outcome, delivery.Frozen) {
	t.Helper()
	return sendWith(t, t.Context(), h, Target{BaseURL: s.URL(), Timeout: timeout})
}

func sendWith(t T, ctx context.Context, h Harness, target Target) (delivery.Outcome, delivery.Frozen) { //nolint:revive // T comes first in a test
	t.Helper()
	sender, frozen := prepared(t, h, target)
	return checked(t, sender.Send(ctx, frozen)), frozen
}

func prepared(t T, h Harness, target Target) (delivery.Sender, delivery.Frozen) {
	t.Helper()
	sender, err := h.New(target)
	require.NoError(t, err)
	frozen, err := h.Prepare(sender, tagsOf(1))
	require.NoError(t, err)
	return sender, frozen
}

// checked holds what is true of every outcome: a known state, a short code that is nobody's sentence, a bounded detail.
func checked(t T, out delivery.Outcome) delivery.Outcome {
	t.Helper()
	require.True(t, out.State.Valid(), "state %q", out.State)
	require.Regexp(t, `^[a-z0-9_]{0,64}$`, out.Code)
	require.LessOrEqual(t, len(out.Detail), 512)
	if out.State != delivery.Accepted {
		require.NotEmpty(t, out.Code, "an outcome other than accepted says why")
	}
	if out.HTTPStatus != 0 {
		require.True(t, out.Written, "an answer without a request")
	}
	return out
}

func requireNotWritten(t T, out delivery.Outcome) {
	t.Helper()
	require.Equal(t, delivery.Later, out.State)
	require.False(t, out.Written, "nothing was written")
	require.Zero(t, out.HTTPStatus)
}

func requireUnknown(t T, out delivery.Outcome) {
	t.Helper()
	require.Equal(t, delivery.Unknown, out.State)
	require.True(t, out.Written, "the request was written")
}

func reply(status int, body string) Reply {
	return Reply{Status: status, Header: map[string]string{"Content-Type": "text/html"}, Body: body}
}

const page = "<html><body>Something else answered.</body></html>"

func withStatus(r Reply, status int) Reply {
	r.Status = status
	return r
}
