package lob_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/delivery"
	"relance/internal/delivery/deliverytest"
)

func lobError(status int, code string) deliverytest.Reply {
	return deliverytest.Reply{
		Status: status,
		Body:   fmt.Sprintf(`{"error":{"message":"About Zoë Harper.","status_code":%d,"code":%q}}`, status, code),
	}
}

func TestSendReadsLobsAnswers(t *testing.T) {
	t.Parallel()
	refused := func(code string) delivery.Outcome { return delivery.Outcome{State: delivery.Refused, Code: code} }
	later := func(code string) delivery.Outcome {
		return delivery.Outcome{State: delivery.Later, Code: code, RetryAfter: delivery.MendAfter}
	}
	unknown := func(code string) delivery.Outcome { return delivery.Outcome{State: delivery.Unknown, Code: code} }
	sends := time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		reply deliverytest.Reply
		want  delivery.Outcome
	}{
		"created": {
			deliverytest.Reply{Status: 200, Body: `{"id":"ltr_1","send_date":"2026-11-23T17:00:00.000Z","tracking_number":"9207"}`},
			delivery.Outcome{State: delivery.Accepted, ProviderID: "ltr_1", SendsAt: sends, Tracking: "9207"},
		},
		"created, date alone":   {deliverytest.Reply{Status: 200, Body: `{"id":"ltr_1","send_date":"2026-11-23"}`}, delivery.Outcome{State: delivery.Accepted, ProviderID: "ltr_1", SendsAt: sends.Add(-17 * time.Hour)}},
		"created, odd fields":   {deliverytest.Reply{Status: 201, Body: `{"id":"ltr_1","send_date":7,"metadata":[]}`}, delivery.Outcome{State: delivery.Accepted, ProviderID: "ltr_1"}},
		"created without an id": {deliverytest.Reply{Status: 200, Body: `{}`}, delivery.Outcome{State: delivery.Accepted}},
		"replay of a deleted letter": {
			deliverytest.Reply{Status: 200, Body: `{"id":"ltr_1","deleted":true}`},
			delivery.Outcome{State: delivery.Refused, Code: delivery.CodeAlreadyGone, ProviderID: "ltr_1"},
		},
		"error under a 2xx":      {lobError(200, "invalid"), unknown("unreadable")},
		"2xx with a page":        {deliverytest.Reply{Status: 200, Body: "<html>"}, unknown("unreadable")},
		"bad file":               {lobError(422, "unembedded_fonts"), refused("unembedded_fonts")},
		"undeliverable":          {lobError(422, "failed_deliverability_strictness"), delivery.Outcome{State: delivery.Refused, Code: "failed_deliverability_strictness", Permanent: true}},
		"not found":              {lobError(404, "not_found"), refused("not_found")},
		"code that is a text":    {lobError(422, "Zoë Harper cannot be reached"), refused("http_422")},
		"wrong key":              {lobError(401, "invalid_api_key"), later("auth")},
		"no payment method":      {lobError(403, "billing_address_required"), later("auth")},
		"sender abroad":          {lobError(422, "foreign_return_address"), later("configuration")},
		"wrong address of API":   {lobError(404, "unrecognized_endpoint"), later("configuration")},
		"conflict":               {lobError(409, "conflict"), unknown("http_409")},
		"conflict as 422":        {lobError(422, "conflict"), unknown("http_422")},
		"timeout as 422":         {lobError(422, "request_timeout"), unknown("http_422")},
		"error of somebody else": {deliverytest.Reply{Status: 422, Body: `{"errors":["x"]}`}, unknown("http_422")},
		"failure":                {lobError(500, "internal_server_error"), unknown("http_500")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := deliverytest.NewServer(t, deliverytest.Answer(c.reply))
			poster := client(t, s.URL())
			f, err := poster.PrepareLetter(letter(tags))
			require.NoError(t, err)
			out := poster.Send(t.Context(), f)
			c.want.HTTPStatus, c.want.Written, c.want.Detail = c.reply.Status, true, out.Detail
			require.Equal(t, c.want, out)
			request := s.Requests()[0]
			require.Equal(t, deliverytest.Prefix+"/v1/letters", request.URI)
			require.Equal(t, tags.Dispatch, request.Header.Get("Idempotency-Key"))
		})
	}
}

func TestSendNeedsAnIdempotencyKey(t *testing.T) {
	t.Parallel()
	s := deliverytest.NewServer(t, deliverytest.Silence)
	poster := client(t, s.URL())
	f, err := poster.PrepareLetter(letter(tags))
	require.NoError(t, err)
	f.IdempotencyKey = ""
	out := poster.Send(t.Context(), f)
	require.Equal(t, delivery.Later, out.State)
	require.False(t, out.Written)
	require.Zero(t, s.Connections())
}
