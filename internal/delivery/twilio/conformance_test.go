package twilio_test

import (
	"net/url"
	"testing"
	"time"

	"relance/internal/delivery"
	"relance/internal/delivery/deliverytest"
	"relance/internal/delivery/twilio"
)

const (
	accountSID = "AC0123456789abcdef0123456789abcdef"
	serviceSID = "MG0123456789abcdef0123456789abcdef"
	messageSID = "SM0123456789abcdef0123456789abcdef"
	secret     = "0123456789abcdef0123456789abcdef"
)

func sms(tags delivery.Tags) delivery.SMS {
	return delivery.SMS{
		Tags:        tags,
		From:        "Dupont",
		To:          "+33612345678",
		Text:        "Facture 2026-114 : 120,00 € à régler. Réf. " + tags.Dispatch[len(tags.Dispatch)-3:] + " & merci = bien",
		CallbackURL: "https://relance.example/hooks/twilio?creditor=7#rc=5&rp=all",
		ValidFor:    10 * time.Minute,
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	deliverytest.Run(t, deliverytest.Harness{
		New: func(target deliverytest.Target) (delivery.Sender, error) {
			return twilio.New(twilio.Config{
				BaseURL: target.BaseURL, AccountSID: accountSID, Secret: secret, Account: deliverytest.Account,
				Timeout: target.Timeout, DialContext: target.DialContext,
			})
		},
		Prepare: func(s delivery.Sender, tags delivery.Tags) (delivery.Frozen, error) {
			if tags == (delivery.Tags{}) {
				return s.(delivery.Texter).PrepareSMS(delivery.SMS{From: "Dupont", To: "+33612345678", Text: "x"})
			}
			return s.(delivery.Texter).PrepareSMS(sms(tags))
		},
		ReadTags: func(r deliverytest.Request) (delivery.Tags, error) {
			form, err := url.ParseQuery(string(r.Body))
			if err != nil {
				return delivery.Tags{}, err
			}
			callback, err := url.Parse(form.Get("StatusCallback"))
			if err != nil {
				return delivery.Tags{}, err
			}
			q := callback.Query()
			return delivery.Tags{Dispatch: q.Get("dispatch"), Attempt: q.Get("attempt"), Kind: q.Get("kind")}, nil
		},
		Accepted: deliverytest.Reply{
			Status: 201, Header: map[string]string{"Content-Type": "application/json"},
			Body: `{"sid":"` + messageSID + `","status":"queued","price":12,"to":"+33612345678"}`,
		},
		ProviderID: messageSID,
		Refused: deliverytest.Reply{Status: 400, Body: `{"code":21617,"message":"The concatenated message body to +33612345678 is too long",` +
			`"more_info":"https://www.twilio.com/docs/errors/21617","status":400}`},
		Unauthorized: deliverytest.Reply{Status: 401, Body: `{"code":20003,"message":"Authenticate",` +
			`"more_info":"https://www.twilio.com/docs/errors/20003","status":401}`},
		Limited: deliverytest.Reply{Status: 429, Body: `{"code":20429,"message":"Too Many Requests",` +
			`"more_info":"https://www.twilio.com/docs/errors/20429","status":429}`},
	})
}
