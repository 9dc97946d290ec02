package intaketest

import (
	"context"
	"encoding/json"
	"errors"

	"relance/internal/delivery"
)

// provider takes every message and delivers none.
type provider string

func (p provider) frozen(recipient string, message any) (delivery.Frozen, error) {
	body, err := json.Marshal(message)
	return delivery.Frozen{Provider: string(p), Account: string(p), Recipient: recipient, ContentType: "application/json", Body: body}, err
}

// PrepareEmail freezes an email.
func (p provider) PrepareEmail(m delivery.Email) (delivery.Frozen, error) {
	return p.frozen(m.To.Address, m)
}

// PrepareSMS freezes a text message.
func (p provider) PrepareSMS(m delivery.SMS) (delivery.Frozen, error) { return p.frozen(m.To, m) }

// PrepareLetter freezes a letter.
func (p provider) PrepareLetter(m delivery.Letter) (delivery.Frozen, error) {
	return p.frozen(m.To.Name, m)
}

// Send accepts. A letter gets a tracking number.
func (p provider) Send(_ context.Context, f delivery.Frozen) delivery.Outcome {
	out := delivery.Outcome{State: delivery.Accepted, ProviderID: string(p) + "-" + f.SHA256()[:8], HTTPStatus: 202, Written: true}
	if p == "lob" {
		out.Tracking = "TRACK-1"
	}
	return out
}

// Find knows nothing: no test here loses a message.
func (p provider) Find(context.Context, delivery.Query) (delivery.Finding, error) {
	return delivery.Finding{}, errors.New("no look-ups here")
}
