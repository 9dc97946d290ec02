package intake

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"relance/internal/calendar"
	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/money"
	"relance/internal/store"
	"relance/internal/store/db"
)

// Payment is money that came in for an invoice.
type Payment struct {
	Creditor  string
	Invoice   string
	Reference string        // the payment's id where it came from; empty: one is made, so that saying it twice books it twice
	Amount    *money.Amount // nil: all that is owed
	On        calendar.Date // zero: today
	Source    Source
}

// Pay records a payment. The same reference twice changes nothing; with another amount it is a conflict. From the moment Pay
// has returned, no demand for the invoice starts.
func (d *Desk) Pay(ctx context.Context, p Payment) (Receipt, error) {
	return d.onInvoice(ctx, p.Creditor, p.Invoice, casework.Paid, func(ctx context.Context, tx *store.Tx, f *casework.File) (uuid.UUID, bool, error) {
		return pay(ctx, tx, f, p)
	})
}

func pay(ctx context.Context, tx *store.Tx, f *casework.File, p Payment) (uuid.UUID, bool, error) {
	today := calendar.DateOf(f.Now, f.Facts.Zone)
	on := p.On
	if on.IsZero() {
		on = today
	}
	amount := f.Facts.Owed
	if p.Amount != nil {
		amount = *p.Amount
	}
	reference := p.Reference
	if reference == "" {
		reference = fmt.Sprintf("%s:%s:%d", p.Source, on, len(f.Payments)+1)
	}
	if before, err := tx.PaymentByReference(ctx, f.Invoice.ID, reference); err == nil {
		return samePayment(before, amount, p.Amount == nil)
	} else if !store.NoRows(err) {
		return uuid.Nil, false, fmt.Errorf("look payment %q up: %w", reference, err)
	}
	if p.Amount == nil && amount.Minor <= 0 {
		return uuid.Nil, false, refuse(Stopped, fmt.Sprintf("nothing is owed on invoice %s any more", f.Invoice.Number))
	}
	if err := checkPayment(f, amount, on, today); err != nil {
		return uuid.Nil, false, err
	}
	id := collection.FactID("payment", f.Invoice.ID, reference)
	err := tx.InsertPayment(ctx, db.InsertPaymentParams{
		ID: id, InvoiceID: f.Invoice.ID, Reference: reference, AmountMinor: amount.Minor, Currency: string(amount.Currency),
		ReceivedOn: store.Day(on), Source: string(p.Source), RecordedAt: f.Now,
	})
	if err != nil {
		return uuid.Nil, false, fmt.Errorf("record the payment of invoice %s: %w", f.Invoice.ID, err)
	}
	if f.Opened() {
		if err := casework.Withdraw(ctx, tx, f); err != nil { // what they say is owed is not owed any more
			return uuid.Nil, false, err
		}
	}
	left := f.Facts.Owed
	left.Minor -= amount.Minor
	return id, true, tx.Note(ctx, f.Invoice.ID, f.Now, "payment", map[string]any{"amount": amount, "on": on, "left": left, "source": p.Source})
}

// samePayment answers a reference that is known: the same amount is a repetition, another one a conflict.
func samePayment(before db.Payment, amount money.Amount, all bool) (uuid.UUID, bool, error) {
	was := money.Amount{Minor: before.AmountMinor, Currency: money.Currency(before.Currency)}
	if all || was == amount {
		return before.ID, false, nil
	}
	return uuid.Nil, false, refuse(Conflict, fmt.Sprintf("payment %q is recorded with %s, not %s", before.Reference, was, amount))
}

func checkPayment(f *casework.File, amount money.Amount, on, today calendar.Date) error {
	var p problems
	if amount.Currency != f.Facts.Owed.Currency {
		p.add(fmt.Sprintf("invoice %s is in %s: a payment in %s cannot be booked on it", f.Invoice.Number, f.Facts.Owed.Currency, amount.Currency))
	}
	if amount.Minor <= 0 {
		p.add(fmt.Sprintf("a payment must be more than nothing; %s is owed on invoice %s", f.Facts.Owed, f.Invoice.Number))
	}
	if on.After(today) {
		p.add(fmt.Sprintf("the payment is dated %s, which is after today (%s)", on, today))
	}
	if on.Before(store.Date(f.Invoice.IssuedOn)) {
		p.add(fmt.Sprintf("the payment is dated %s, before the invoice (%s)", on, store.Date(f.Invoice.IssuedOn)))
	}
	return p.err()
}
