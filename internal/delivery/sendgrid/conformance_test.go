package sendgrid_test

import (
	"encoding/json"
	"testing"

	"relance/internal/delivery"
	"relance/internal/delivery/deliverytest"
	"relance/internal/delivery/sendgrid"
)

const (
	messageID = "Xj5LmNkWSOqRbdvOpR34BA"
	apiKey    = "SG.test-key"
)

func email(tags delivery.Tags) delivery.Email {
	return delivery.Email{
		Tags:      tags,
		From:      delivery.Mailbox{Name: "Atelier Dupont", Address: "factures@dupont.example"},
		ReplyTo:   delivery.Mailbox{Address: "r+4f6a@reply.dupont.example"},
		To:        delivery.Mailbox{Name: "Zoë Łukasz <Ltd>", Address: "zoe@kunde.example"},
		Subject:   "Invoice 2026-114 – 120,00 € due",
		Text:      "Dear Zoë,\n\ninvoice 2026-114 over 120,00 € is open.\n\nReference " + tags.Dispatch + "\n",
		HTML:      "<p>Dear Zoë,</p><p>invoice 2026-114 over 120,00&nbsp;€ is open.</p>",
		MessageID: tags.Dispatch + "@dupont.example",
		Attachments: []delivery.Attachment{
			{Name: "invoice-2026-114.pdf", MediaType: "application/pdf", Content: []byte("%PDF-1.7 invoice")},
		},
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	deliverytest.Run(t, deliverytest.Harness{
		New: func(target deliverytest.Target) (delivery.Sender, error) {
			return sendgrid.New(sendgrid.Config{
				BaseURL: target.BaseURL, APIKey: apiKey, Account: deliverytest.Account,
				Timeout: target.Timeout, DialContext: target.DialContext,
			})
		},
		Prepare: func(s delivery.Sender, tags delivery.Tags) (delivery.Frozen, error) {
			return s.(delivery.Mailer).PrepareEmail(email(tags))
		},
		ReadTags: func(r deliverytest.Request) (delivery.Tags, error) {
			var body struct {
				Personalizations []struct {
					Args map[string]string `json:"custom_args"`
				} `json:"personalizations"`
			}
			if err := json.Unmarshal(r.Body, &body); err != nil || len(body.Personalizations) != 1 {
				return delivery.Tags{}, err
			}
			args := body.Personalizations[0].Args
			return delivery.Tags{Dispatch: args["dispatch"], Attempt: args["attempt"], Kind: args["kind"]}, nil
		},
		Accepted:   deliverytest.Reply{Status: 202, Header: map[string]string{"X-Message-Id": messageID}},
		ProviderID: messageID,
		Refused: deliverytest.Reply{Status: 400, Body: `{"errors":[{"message":"The subject of zoe@kunde.example is required.",` +
			`"field":"subject","help":"http://sendgrid.com/docs"}]}`},
		Unauthorized: deliverytest.Reply{Status: 401, Body: `{"errors":[{"message":"The provided authorization grant is invalid",` +
			`"field":null,"help":null}]}`},
		Limited: deliverytest.Reply{Status: 429, Body: `{"errors":[{"message":"too many requests","field":null}]}`},
	})
}
