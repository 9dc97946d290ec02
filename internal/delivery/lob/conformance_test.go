package lob_test

import (
	"bytes"
	"mime"
	"mime/multipart"
	"testing"
	"time"

	"relance/internal/delivery"
	"relance/internal/delivery/deliverytest"
	"relance/internal/delivery/lob"
)

const (
	letterID = "ltr_4868c3b754655f90"
	apiKey   = "test_0123456789"
)

func letter(tags delivery.Tags) delivery.Letter {
	return delivery.Letter{
		Tags: tags,
		From: delivery.PostalAddress{
			Name: "Dupont Inc", Line1: "1 Main St", City: "Albany", Region: "NY", PostalCode: "12207", Country: "US",
		},
		To: delivery.PostalAddress{
			Name: "Zoë Harper", Line1: "210 King St", Line2: "# 6100", City: "San Francisco", Region: "ca",
			PostalCode: "94107-1234", Country: "US",
		},
		Description:   "final notice " + tags.Dispatch,
		PDF:           []byte("%PDF-1.7\n\x00\xff binary\r\n--relance\r\n%%EOF"),
		ReturnReceipt: true,
		SendOn:        time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC),
	}
}

func form(contentType string, body []byte) (*multipart.Form, error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return nil, err
	}
	return multipart.NewReader(bytes.NewReader(body), params["boundary"]).ReadForm(1 << 20)
}

func TestConformance(t *testing.T) {
	t.Parallel()
	deliverytest.Run(t, deliverytest.Harness{
		New: func(target deliverytest.Target) (delivery.Sender, error) {
			return lob.New(lob.Config{
				BaseURL: target.BaseURL, APIKey: apiKey, Account: deliverytest.Account,
				Timeout: target.Timeout, DialContext: target.DialContext,
			})
		},
		Prepare: func(s delivery.Sender, tags delivery.Tags) (delivery.Frozen, error) {
			return s.(delivery.Poster).PrepareLetter(letter(tags))
		},
		ReadTags: func(r deliverytest.Request) (delivery.Tags, error) {
			f, err := form(r.Header.Get("Content-Type"), r.Body)
			if err != nil {
				return delivery.Tags{}, err
			}
			value := func(name string) string { return f.Value["metadata["+name+"]"][0] }
			return delivery.Tags{Dispatch: value("dispatch"), Attempt: value("attempt"), Kind: value("kind")}, nil
		},
		Accepted: deliverytest.Reply{
			Status: 200, Header: map[string]string{"Content-Type": "application/json"},
			Body: `{"id":"` + letterID + `","send_date":"2026-11-23T17:00:00.000Z","tracking_number":null}`,
		},
		ProviderID: letterID,
		Refused: deliverytest.Reply{Status: 422, Body: `{"error":{"message":"the file of Zoë Harper is invalid",` +
			`"status_code":422,"code":"invalid_file"}}`},
		Unauthorized: deliverytest.Reply{Status: 401, Body: `{"error":{"message":"Your API key is not valid",` +
			`"status_code":401,"code":"invalid_api_key"}}`},
		Limited: deliverytest.Reply{Status: 429, Body: `{"error":{"message":"Rate limit exceeded","status_code":429,` +
			`"code":"rate_limit_exceeded"}}`},
	})
}
