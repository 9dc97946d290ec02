package twilio_test

import (
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/delivery"
	"relance/internal/delivery/deliverytest"
)

func twilioError(code int) string {
	return fmt.Sprintf(`{"code":%d,"message":"About +33612345678.","more_info":"https://www.twilio.com/docs/errors/%d","status":400}`, code, code)
}

func TestSendReadsTwiliosAnswers(t *testing.T) {
	t.Parallel()
	refused := func(code string) delivery.Outcome { return delivery.Outcome{State: delivery.Refused, Code: code} }
	permanent := func(code string) delivery.Outcome {
		return delivery.Outcome{State: delivery.Refused, Code: code, Permanent: true}
	}
	later := func(code string, wait time.Duration) delivery.Outcome {
		return delivery.Outcome{State: delivery.Later, Code: code, RetryAfter: wait}
	}
	unknown := func(code string) delivery.Outcome { return delivery.Outcome{State: delivery.Unknown, Code: code} }
	for name, c := range map[string]struct {
		status int
		body   string
		want   delivery.Outcome
	}{
		"created without an id":         {201, `{}`, delivery.Outcome{State: delivery.Accepted}},
		"created, with odd fields":      {201, `{"sid":"` + messageSID + `","body":7}`, delivery.Outcome{State: delivery.Accepted, ProviderID: messageSID}},
		"error under a 2xx":             {200, twilioError(20500), unknown("unreadable")},
		"2xx with a page":               {201, "<html>", unknown("unreadable")},
		"invalid number":                {400, twilioError(21211), permanent("21211")},
		"not a mobile number":           {400, twilioError(21614), permanent("21614")},
		"no route":                      {400, twilioError(21612), permanent("21612")},
		"region not permitted, as 403":  {403, twilioError(21408), permanent("21408")},
		"landline":                      {400, twilioError(21635), permanent("21635")},
		"opted out":                     {400, twilioError(21610), delivery.Outcome{State: delivery.Refused, Code: "21610", OptedOut: true}},
		"queue too long":                {400, twilioError(21611), later("21611", 10*time.Minute)},
		"hourly cap":                    {400, twilioError(60728), later("60728", 15*time.Minute)},
		"daily cap":                     {429, twilioError(63038), later("63038", time.Hour)},
		"too many requests":             {429, twilioError(20429), later("rate_limited", 0)},
		"429 with a page":               {429, "<html>", later("rate_limited", 0)},
		"wrong credentials":             {401, twilioError(20003), later("auth", delivery.MendAfter)},
		"forbidden":                     {403, twilioError(20008), later("auth", delivery.MendAfter)},
		"sender not ours":               {400, twilioError(21606), later("configuration", delivery.MendAfter)},
		"account not found":             {404, twilioError(20404), later("configuration", delivery.MendAfter)},
		"account suspended":             {400, twilioError(30002), later("configuration", delivery.MendAfter)},
		"a code that nobody knows":      {400, twilioError(29999), refused("29999")},
		"JSON without a code":           {400, `{"message":"no"}`, unknown("http_400")},
		"JSON of somebody else":         {404, `{"errors":[]}`, unknown("http_404")},
		"empty 400":                     {400, "", unknown("http_400")},
		"Twilio's error under a 500":    {500, twilioError(20500), unknown("http_500")},
		"a definite code under a 503":   {503, twilioError(21211), unknown("http_503")},
		"request timeout with an error": {408, twilioError(21211), unknown("http_408")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := deliverytest.NewServer(t, deliverytest.Answer(deliverytest.Reply{Status: c.status, Body: c.body}))
			texter := client(t, config(s.URL()))
			f, err := texter.PrepareSMS(sms(tags))
			require.NoError(t, err)
			out := texter.Send(t.Context(), f)
			c.want.HTTPStatus, c.want.Written, c.want.Detail = c.status, true, out.Detail
			require.Equal(t, c.want, out)
			require.Len(t, s.Requests(), 1, "the SDK repeats nothing")
		})
	}
}

func TestSendSignsWithTheKey(t *testing.T) {
	t.Parallel()
	const keySID = "SK0123456789abcdef0123456789abcdef"
	for user, key := range map[string]string{accountSID: "", keySID: keySID} {
		s := deliverytest.NewServer(t, deliverytest.Answer(deliverytest.Reply{Status: 201, Body: `{}`}))
		cfg := config(s.URL())
		cfg.KeySID = key
		texter := client(t, cfg)
		f, err := texter.PrepareSMS(sms(tags))
		require.NoError(t, err)
		texter.Send(t.Context(), f)
		request := s.Requests()[0]
		require.Equal(t, deliverytest.Prefix+"/2010-04-01/Accounts/"+accountSID+"/Messages.json", request.URI)
		require.Equal(t, "Basic "+base64.StdEncoding.EncodeToString([]byte(user+":"+secret)), request.Header.Get("Authorization"))
	}
}

// An environment meant for other programs must not move our messages to another host.
func TestSendIgnoresTheSDKsEnvironment(t *testing.T) {
	t.Setenv("TWILIO_EDGE", "sydney")
	t.Setenv("TWILIO_REGION", "au1")
	s := deliverytest.NewServer(t, deliverytest.Answer(deliverytest.Reply{Status: 201, Body: `{}`}))
	texter := client(t, config(s.URL()))
	f, err := texter.PrepareSMS(sms(tags))
	require.NoError(t, err)
	require.Equal(t, delivery.Accepted, texter.Send(t.Context(), f).State)
	require.Len(t, s.Requests(), 1)
}

func TestRecall(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		want   delivery.Recall
		code   string
	}{
		"canceled":           {200, `{"sid":"` + messageSID + `","status":"canceled"}`, delivery.Recalled, ""},
		"sent meanwhile":     {200, `{"sid":"` + messageSID + `","status":"sent"}`, delivery.TooLate, ""},
		"final":              {400, twilioError(30409), delivery.TooLate, ""},
		"another's answer":   {200, `{"sid":"other","status":"canceled"}`, "", "unreadable"},
		"not found":          {404, twilioError(20404), "", "http_404"},
		"failure":            {500, "", "", "http_500"},
		"wrong credentials":  {401, twilioError(20003), "", "auth"},
		"redirected":         {302, "", "", "http_302"},
		"2xx that is a page": {200, "<html>", "", "unreadable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := deliverytest.NewServer(t, deliverytest.Answer(deliverytest.Reply{Status: c.status, Body: c.body}))
			got, err := client(t, config(s.URL())).Recall(t.Context(), messageSID)
			require.Equal(t, c.want, got)
			if c.code != "" {
				var lookup *delivery.LookupError
				require.ErrorAs(t, err, &lookup)
				require.Equal(t, c.code, lookup.Code)
			} else {
				require.NoError(t, err)
			}
			request := s.Requests()[0]
			require.Equal(t, deliverytest.Prefix+"/2010-04-01/Accounts/"+accountSID+"/Messages/"+messageSID+".json", request.URI)
			require.Equal(t, "Status=canceled", string(request.Body))
		})
	}
	_, err := client(t, config("http://127.0.0.1:1")).Recall(t.Context(), "SM1/../../Accounts")
	var lookup *delivery.LookupError
	require.ErrorAs(t, err, &lookup)
	require.Equal(t, delivery.CodeBadQuery, lookup.Code)
}
