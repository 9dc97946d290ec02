package sendgrid_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/delivery"
	"relance/internal/delivery/deliverytest"
)

func TestSendReadsSendGridsAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		want   delivery.Outcome
	}{
		"queued without an id":        {202, "", delivery.Outcome{State: delivery.Accepted}},
		"SendGrid's own sandbox mode": {200, "", delivery.Outcome{State: delivery.Accepted}},
		"2xx with a page":             {200, "<html>", delivery.Outcome{State: delivery.Unknown, Code: "unreadable"}},
		"bad recipient": {
			400, `{"errors":[{"message":"Does not contain a valid address.","field":"personalizations.0.to.0.email","help":null}]}`,
			delivery.Outcome{State: delivery.Refused, Code: "invalid_to", Permanent: true},
		},
		"sender not verified": {
			403, `{"errors":[{"message":"The from address does not match a verified Sender Identity.","field":"from","help":null}]}`,
			delivery.Outcome{State: delivery.Later, Code: "auth", RetryAfter: delivery.MendAfter},
		},
		"bad sender": {
			400, `{"errors":[{"message":"The from email does not contain a valid address.","field":"from.email","help":null}]}`,
			delivery.Outcome{State: delivery.Later, Code: "configuration", RetryAfter: delivery.MendAfter},
		},
		"wrong address of the API": {
			404, `{"errors":[{"message":"not found","field":null}]}`,
			delivery.Outcome{State: delivery.Later, Code: "configuration", RetryAfter: delivery.MendAfter},
		},
		"too large":         {413, `{"errors":[{"message":"too large","field":null}]}`, delivery.Outcome{State: delivery.Refused, Code: "http_413"}},
		"no error in it":    {400, `{"errors":[]}`, delivery.Outcome{State: delivery.Unknown, Code: "http_400"}},
		"another's error":   {400, `{"error":"no"}`, delivery.Outcome{State: delivery.Unknown, Code: "http_400"}},
		"documented as 500": {500, `{"errors":[{"message":"oops","field":null}]}`, delivery.Outcome{State: delivery.Unknown, Code: "http_500"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := deliverytest.NewServer(t, deliverytest.Answer(deliverytest.Reply{Status: c.status, Body: c.body}))
			mailer := client(t, s.URL())
			f, err := mailer.PrepareEmail(email(tags))
			require.NoError(t, err)
			out := mailer.Send(t.Context(), f)
			c.want.HTTPStatus, c.want.Written, c.want.Detail = c.status, true, out.Detail
			require.Equal(t, c.want, out)
			request := s.Requests()[0]
			require.Equal(t, deliverytest.Prefix+"/v3/mail/send", request.URI)
			require.Equal(t, "Bearer "+apiKey, request.Header.Get("Authorization"))
		})
	}
}
