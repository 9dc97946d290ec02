package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"

	"relance/internal/calendar"
	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/ledger"
	"relance/internal/money"
	"relance/internal/store"
	"relance/internal/store/db"
)

// Signal is what an operator sent to a workflow from the Temporal UI or its command line. It carries no plan and is
// believed as far as the creditor's setting lets it.
type Signal struct {
	CaseID  uuid.UUID
	Key     string // unique for the case: the workflow's first run and an ordinal
	Name    string // "paid", "installment-agreed" or "case-changed"
	Payload []byte // JSON; empty means "all that is owed"
}

// paidSignal is the payload of a raw "paid".
type paidSignal struct {
	PaymentID  string        `json:"payment_id"`
	Amount     string        `json:"amount"` // "120.00"; empty: all that is owed
	Currency   string        `json:"currency"`
	ReceivedOn calendar.Date `json:"received_on"`
}

// agreedSignal is the payload of a raw "installment-agreed".
type agreedSignal struct {
	AgreementID  string `json:"agreement_id"`
	Installments []struct {
		Due    calendar.Date `json:"due"`
		Amount string        `json:"amount"`
	} `json:"installments"`
}

// RecordSignal records a raw signal once, under the invoice's gate. What cannot be read or is refused becomes a task and a
// block, never silence. The plan goes back to the workflow as the result; nothing is rung.
func (d *Desk) RecordSignal(ctx context.Context, s Signal) (plan collection.Plan, err error) {
	err = d.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err := tx.CaseByID(ctx, s.CaseID)
		if err != nil {
			return fmt.Errorf("read case %s: %w", s.CaseID, err)
		}
		r, err := d.onLocked(ctx, tx, c.InvoiceID, casework.Quiet, func(ctx context.Context, tx *store.Tx, f *casework.File) (uuid.UUID, bool, error) {
			return d.signal(ctx, tx, f, s)
		})
		if err != nil {
			return err
		}
		plan = *r.Plan
		return nil
	})
	return plan, err
}

func (d *Desk) signal(ctx context.Context, tx *store.Tx, f *casework.File, s Signal) (uuid.UUID, bool, error) {
	if _, err := tx.RawSignal(ctx, s.CaseID, s.Key); err == nil {
		return uuid.Nil, false, nil
	} else if !store.NoRows(err) {
		return uuid.Nil, false, fmt.Errorf("look signal %s up: %w", s.Key, err)
	}
	verdict, id, err := d.heed(ctx, tx, f, s)
	if err != nil {
		return uuid.Nil, false, err
	}
	err = tx.InsertRawSignal(ctx, db.InsertRawSignalParams{
		CaseID: s.CaseID, Key: s.Key, Name: s.Name, Payload: append([]byte{}, s.Payload...), // none is empty, not null
		Verdict: verdict, ReceivedAt: f.Now,
	})
	if err != nil {
		return uuid.Nil, false, fmt.Errorf("record signal %s: %w", s.Key, err)
	}
	return id, true, tx.Note(ctx, f.Invoice.ID, f.Now, "raw_signal", map[string]any{"name": s.Name, "verdict": verdict})
}

// heed does what the signal says, if it may and if it can be read.
func (d *Desk) heed(ctx context.Context, tx *store.Tx, f *casework.File, s Signal) (verdict string, id uuid.UUID, err error) {
	act, readErr := s.read(f)
	var refusal *Error
	switch {
	case readErr != nil:
		id, err = d.pauseForSignal(ctx, tx, f, s, collection.Unread, casework.TaskUnreadable, readErr.Error())
		return "unreadable", id, err
	case f.Creditor.RawSignals == "refused":
		id, err = d.pauseForSignal(ctx, tx, f, s, collection.Unverified, casework.TaskConfirm, "this creditor takes no signals from operators")
		return "refused", id, err
	case f.Creditor.RawSignals == "unverified":
		id, err = d.pauseForSignal(ctx, tx, f, s, collection.Unverified, casework.TaskConfirm, "confirm what the operator said")
		return "unverified", id, err
	}
	id, err = act(ctx, tx)
	if errors.As(err, &refusal) {
		id, err = d.pauseForSignal(ctx, tx, f, s, collection.Unread, casework.TaskUnreadable, refusal.Error())
		return "refused", id, err
	}
	return "recorded", id, err
}

type action func(context.Context, *store.Tx) (uuid.UUID, error)

// read decodes the payload strictly: an unknown field is an error, because the SDK would drop it silently.
func (s Signal) read(f *casework.File) (action, error) {
	switch s.Name {
	case string(casework.Paid):
		var in paidSignal
		if err := strictly(s.Payload, &in); err != nil {
			return nil, err
		}
		p, err := in.payment(f, s.Key)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, tx *store.Tx) (uuid.UUID, error) {
			if f.Facts.Owed.Minor <= 0 && p.Amount == nil {
				return uuid.Nil, nil // nothing was owed any more: all of nothing
			}
			id, _, err := pay(ctx, tx, f, p)
			return id, err
		}, nil
	case string(casework.Agreed):
		var in agreedSignal
		if err := strictly(s.Payload, &in); err != nil {
			return nil, err
		}
		a, err := in.agreement(f, s.Key)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, tx *store.Tx) (uuid.UUID, error) {
			id, _, err := agree(ctx, tx, f, a)
			return id, err
		}, nil
	}
	return nil, fmt.Errorf("a signal %q from an operator says nothing that can be recorded; use paid or installment-agreed", s.Name)
}

func strictly(payload []byte, into any) error {
	if len(bytes.TrimSpace(payload)) == 0 || bytes.Equal(bytes.TrimSpace(payload), []byte("null")) {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("the payload cannot be read: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the payload holds more than one JSON value")
	}
	return nil
}

func (in paidSignal) payment(f *casework.File, key string) (Payment, error) {
	p := Payment{Reference: in.PaymentID, On: in.ReceivedOn, Source: FromSignal}
	if p.Reference == "" {
		p.Reference = "signal:" + key
	}
	if in.Amount == "" {
		if in.Currency != "" && in.Currency != f.Invoice.Currency {
			return p, fmt.Errorf("the invoice is in %s, not %s", f.Invoice.Currency, in.Currency)
		}
		return p, nil
	}
	currency := f.Invoice.Currency
	if in.Currency != "" {
		currency = in.Currency
	}
	c, err := money.ParseCurrency(currency)
	if err != nil {
		return p, err
	}
	amount, err := money.Parse(in.Amount, c)
	if err != nil {
		return p, err
	}
	p.Amount = &amount
	return p, nil
}

func (in agreedSignal) agreement(f *casework.File, key string) (Agreement, error) {
	a := Agreement{Reference: in.AgreementID, Source: FromSignal}
	if a.Reference == "" {
		a.Reference = "signal:" + key
	}
	for i, part := range in.Installments {
		amount, err := money.Parse(part.Amount, money.Currency(f.Invoice.Currency))
		if err != nil {
			return a, fmt.Errorf("installment %d: %w", i+1, err)
		}
		a.Schedule.List = append(a.Schedule.List, ledger.Instalment{Due: part.Due, Amount: amount})
	}
	if len(a.Schedule.List) == 0 {
		return a, errors.New("the payload names no installments")
	}
	return a, nil
}

// pauseForSignal holds the case and raises a task, because somebody said something that cannot be acted on by itself.
func (d *Desk) pauseForSignal(ctx context.Context, tx *store.Tx, f *casework.File, s Signal, reason collection.PauseReason, kind casework.TaskKind, note string) (uuid.UUID, error) {
	id := uuid.Nil
	if f.Case.Status == "open" {
		var err error
		if id, _, err = hold(ctx, tx, f, Block{Reference: blockOfSignal(s.Key), Reason: reason, Note: note}); err != nil {
			return uuid.Nil, err
		}
	}
	return id, casework.OpenSignalTask(ctx, tx, f, kind, note, s.Key)
}

// blockOfSignal is the reference of the block that a signal has put on its case.
func blockOfSignal(key string) string { return "signal:" + key }
