package intake

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"relance/internal/calendar"
	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/ledger"
	"relance/internal/store"
	"relance/internal/store/db"
)

// Agreement is a schedule of instalments that the debtor and the creditor settled on.
type Agreement struct {
	Creditor  string
	Invoice   string
	Reference string          // empty: one is made, so that saying it twice replaces the first with the second
	Schedule  ledger.Schedule // equal parts are of what is owed at that moment
	Source    Source
}

// Agree records an agreement: its due dates replace the ladder until one is missed.
func (d *Desk) Agree(ctx context.Context, a Agreement) (Receipt, error) {
	return d.onInvoice(ctx, a.Creditor, a.Invoice, casework.Agreed, func(ctx context.Context, tx *store.Tx, f *casework.File) (uuid.UUID, bool, error) {
		return agree(ctx, tx, f, a)
	})
}

func agree(ctx context.Context, tx *store.Tx, f *casework.File, a Agreement) (uuid.UUID, bool, error) {
	today := calendar.DateOf(f.Now, f.Facts.Zone)
	if a.Reference == "" {
		rows, err := tx.Agreements(ctx, f.Invoice.ID)
		if err != nil {
			return uuid.Nil, false, fmt.Errorf("read the agreements of invoice %s: %w", f.Invoice.ID, err)
		}
		a.Reference = fmt.Sprintf("%s:%s:%d", a.Source, today, len(rows)+1)
	}
	if before, err := tx.AgreementByReference(ctx, f.Invoice.ID, a.Reference); err == nil {
		return before.ID, false, sameAgreement(ctx, tx, f, before, a.Schedule)
	} else if !store.NoRows(err) {
		return uuid.Nil, false, fmt.Errorf("look agreement %q up: %w", a.Reference, err)
	}
	parts, err := a.Schedule.Instalments(f.Facts.Owed)
	if err != nil {
		return uuid.Nil, false, refuse(Invalid, err.Error())
	}
	if err := checkAgreement(f, parts, today); err != nil {
		return uuid.Nil, false, err
	}
	if err := replaceAgreements(ctx, tx, f); err != nil {
		return uuid.Nil, false, err
	}
	id := collection.FactID("agreement", f.Invoice.ID, a.Reference)
	err = tx.InsertAgreement(ctx, db.InsertAgreementParams{
		ID: id, InvoiceID: f.Invoice.ID, Reference: a.Reference, Source: string(a.Source), AgreedAt: f.Now,
	})
	if err != nil {
		return uuid.Nil, false, fmt.Errorf("record the agreement of invoice %s: %w", f.Invoice.ID, err)
	}
	for i, part := range parts {
		err := tx.InsertInstalment(ctx, db.InsertInstalmentParams{
			AgreementID: id, Position: int32(i + 1), DueOn: store.Day(part.Due),
			AmountMinor: part.Amount.Minor, Currency: string(part.Amount.Currency),
		})
		if err != nil {
			return uuid.Nil, false, fmt.Errorf("record instalment %d of invoice %s: %w", i+1, f.Invoice.ID, err)
		}
	}
	return id, true, tx.Note(ctx, f.Invoice.ID, f.Now, "agreement", map[string]any{"instalments": parts, "source": a.Source})
}

// sameAgreement answers a reference that is known: the same schedule, of what was owed then, is a repetition, another one a
// conflict.
func sameAgreement(ctx context.Context, tx *store.Tx, f *casework.File, before db.Agreement, said ledger.Schedule) error {
	rows, err := tx.Instalments(ctx, before.ID)
	if err != nil {
		return fmt.Errorf("read the instalments of agreement %s: %w", before.ID, err)
	}
	was, of := make([]ledger.Instalment, len(rows)), f.Money(0)
	for i, r := range rows {
		was[i] = ledger.Instalment{Due: store.Date(r.DueOn), Amount: f.Money(r.AmountMinor)}
		of.Minor += r.AmountMinor
	}
	if parts, err := said.Instalments(of); err != nil || !slices.Equal(parts, was) {
		return refuse(Conflict, fmt.Sprintf("agreement %q is recorded with other instalments", before.Reference))
	}
	return nil
}

func checkAgreement(f *casework.File, parts []ledger.Instalment, today calendar.Date) error {
	var p problems
	if f.Facts.Owed.Minor <= 0 {
		p.add(fmt.Sprintf("nothing is owed on invoice %s any more", f.Invoice.Number))
	}
	for i, part := range parts {
		if part.Amount.Currency != f.Facts.Owed.Currency {
			p.add(fmt.Sprintf("instalment %d is in %s, the invoice in %s", i+1, part.Amount.Currency, f.Facts.Owed.Currency))
		}
		if part.Amount.Minor <= 0 {
			p.add(fmt.Sprintf("instalment %d must be more than nothing", i+1))
		}
		if part.Due.Before(today) {
			p.add(fmt.Sprintf("instalment %d is due on %s, which has passed; today is %s", i+1, part.Due, today))
		}
		if i > 0 && !part.Due.After(parts[i-1].Due) {
			p.add(fmt.Sprintf("instalment %d is not due after instalment %d", i+1, i))
		}
	}
	return p.err()
}

// replaceAgreements ends an agreement in force: what is agreed now takes its place.
func replaceAgreements(ctx context.Context, tx *store.Tx, f *casework.File) error {
	rows, err := tx.Agreements(ctx, f.Invoice.ID)
	if err != nil {
		return fmt.Errorf("read the agreements of invoice %s: %w", f.Invoice.ID, err)
	}
	for _, r := range rows {
		if r.EndedAt != nil {
			continue
		}
		err := tx.EndAgreement(ctx, db.EndAgreementParams{AgreementID: r.ID, InvoiceID: f.Invoice.ID, Result: "replaced", EndedAt: f.Now})
		if err != nil {
			return fmt.Errorf("end agreement %s: %w", r.ID, err)
		}
	}
	return nil
}
