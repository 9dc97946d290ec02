package casework

import (
	"context"
	"fmt"
	"slices"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/dossier"
	"relance/internal/message"
	"relance/internal/store"
	"relance/internal/store/db"
)

// dossier packs everything that is known about the case, for whoever takes it over.
func (w *Work) dossier(ctx context.Context, tx *store.Tx, f *File, choice routeChoice) ([]byte, error) {
	plan, err := f.Plan()
	if err != nil {
		return nil, err
	}
	in := dossier.Input{
		At: f.Now, Zone: f.Facts.Zone, Reference: reference(f.Case.ID), Notice: f.notice(plan), Statement: f.statement(), Route: choice.kind,
	}
	if choice.kind == collection.SmallClaims && choice.sure {
		in.Court = &choice.verdict.Court
	}
	if in.Documents, err = w.documents(ctx, tx, f); err != nil {
		return nil, err
	}
	if in.Messages, err = w.messages(ctx, tx, f); err != nil {
		return nil, err
	}
	rows, err := tx.Timeline(ctx, f.Invoice.ID)
	if err != nil {
		return nil, fmt.Errorf("read the timeline of invoice %s: %w", f.Invoice.ID, err)
	}
	for _, r := range rows {
		in.Timeline = append(in.Timeline, dossier.Event{At: r.At.UTC(), Kind: r.Kind, Data: string(r.Data)})
	}
	zip, err := dossier.Build(in)
	if err != nil {
		return nil, fmt.Errorf("pack the dossier of case %s: %w", f.Case.ID, err)
	}
	return zip, nil
}

func (w *Work) documents(ctx context.Context, tx *store.Tx, f *File) ([]dossier.Document, error) {
	rows, err := tx.Documents(ctx, f.Invoice.ID)
	if err != nil {
		return nil, fmt.Errorf("read the documents of invoice %s: %w", f.Invoice.ID, err)
	}
	var list []dossier.Document
	for _, r := range rows {
		content, err := w.Blobs.Get(ctx, r.SHA256)
		if err != nil {
			return nil, fmt.Errorf("read document %s: %w", r.ID, err)
		}
		list = append(list, dossier.Document{Kind: r.Kind, Name: r.Name, MediaType: r.MediaType, SHA256: r.SHA256, Content: content})
	}
	return list, nil
}

// messages are what was handed to a provider, and the letters that people printed.
func (w *Work) messages(ctx context.Context, tx *store.Tx, f *File) ([]dossier.Message, error) {
	rows, err := tx.CaseDispatches(ctx, f.Case.ID)
	if err != nil {
		return nil, fmt.Errorf("read the dispatches of case %s: %w", f.Case.ID, err)
	}
	var list []dossier.Message
	for _, r := range rows {
		if r.DecidedAt == nil || r.State == "suppressed" {
			continue
		}
		body, err := w.Blobs.Get(ctx, r.BodySHA256)
		if err != nil {
			return nil, fmt.Errorf("read the message of dispatch %s: %w", r.ID, err)
		}
		list = append(list, dossier.Message{
			At: r.DecidedAt.UTC(), Step: collection.StepID(r.StepID), Kind: collection.StepKind(r.Kind), Channel: r.Channel,
			Provider: r.Provider, ProviderID: str(r.ProviderID), Recipient: r.Recipient, Result: r.State, Tracking: str(r.Tracking),
			ContentType: r.ContentType, Body: body, SHA256: r.BodySHA256,
		})
	}
	tasks, err := tx.CaseTasks(ctx, f.Case.ID)
	if err != nil {
		return nil, fmt.Errorf("read the tasks of case %s: %w", f.Case.ID, err)
	}
	for _, t := range tasks {
		if TaskKind(t.Kind) != TaskPrintAndPost || t.BodySHA256 == nil {
			continue
		}
		body, err := w.Blobs.Get(ctx, *t.BodySHA256)
		if err != nil {
			return nil, fmt.Errorf("read the letter of task %s: %w", t.ID, err)
		}
		step, _ := f.Policy.Step(collection.StepID(t.StepID))
		list = append(list, dossier.Message{
			At: t.OpenedAt.UTC(), Step: step.ID, Kind: step.Kind, Channel: "print", Recipient: f.Debtor.Name, Result: t.Status,
			Tracking: str(t.Tracking), ContentType: "application/pdf", Body: body, SHA256: *t.BodySHA256,
		})
	}
	return list, nil
}

// statement is the account of the invoice as it stands: the invoice, each payment, what is left.
func (f *File) statement() message.Statement {
	balance := f.Facts.Invoiced
	entries := []message.Entry{{
		On: store.Date(f.Invoice.IssuedOn), Kind: message.InvoiceEntry, Number: f.Invoice.Number, DueOn: store.Date(f.Invoice.DueOn),
		Debit: f.Facts.Invoiced, Credit: f.Money(0), Balance: balance,
	}}
	received := slices.Clone(f.Payments)
	slices.SortStableFunc(received, func(a, b db.Payment) int { return a.ReceivedOn.Time.Compare(b.ReceivedOn.Time) })
	for _, p := range received {
		balance.Minor -= p.AmountMinor
		entries = append(entries, message.Entry{
			On: store.Date(p.ReceivedOn), Kind: message.PaymentEntry, Debit: f.Money(0), Credit: f.Money(p.AmountMinor), Balance: balance,
		})
	}
	today := calendar.DateOf(f.Now, f.Facts.Zone)
	return message.Statement{
		Language: message.Fallback(f.Debtor.Language), Creditor: f.creditor(), Debtor: f.debtor(), Reference: reference(f.Case.ID),
		Today: today, From: entries[0].On, To: laterDay(today, entries[len(entries)-1].On), Opening: f.Money(0), Entries: entries, Closing: f.Facts.Owed,
	}
}

func str(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func laterDay(a, b calendar.Date) calendar.Date {
	if b.After(a) {
		return b
	}
	return a
}
