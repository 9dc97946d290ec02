package casework

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"

	"relance/internal/collection"
	"relance/internal/store"
	"relance/internal/store/db"
)

// Open turns an invoice whose time has come into a case, if something is still owed. Doing it twice changes nothing.
func (w *Work) Open(ctx context.Context, invoiceID uuid.UUID) error {
	return w.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := lockInvoice(ctx, tx, invoiceID); err != nil {
			return err
		}
		f, err := Load(ctx, tx, invoiceID)
		if err != nil {
			return err
		}
		if f.Invoice.OpeningDone || f.Now.Before(f.Invoice.OpensAt) {
			return nil
		}
		if err := tx.MarkOpeningDone(ctx, invoiceID); err != nil {
			return fmt.Errorf("open invoice %s: %w", invoiceID, err)
		}
		if f.Facts.Owed.Minor <= 0 {
			return nil
		}
		return openCase(ctx, tx, f)
	})
}

func openCase(ctx context.Context, tx *store.Tx, f *File) error {
	if err := enterPaused(ctx, tx, f); err != nil {
		return err
	}
	skipped := enterByAge(f)
	plan := collection.Next(f.Facts, f.Policy, f.Now)
	plan.Version = nextVersion(0)
	raw, err := json.Marshal(plan)
	if err != nil {
		return err
	}
	f.Case.ID = collection.CaseID(f.Invoice.ID)
	n, err := tx.InsertCase(ctx, db.InsertCaseParams{
		ID: f.Case.ID, InvoiceID: f.Invoice.ID, CreditorID: f.Invoice.CreditorID, DebtorID: f.Debtor.ID,
		WorkflowID: f.Facts.WorkflowID, PolicyName: f.Policy.Name, PolicyVersion: int32(f.Policy.Version), //nolint:gosec // versions are small
		OpenedAt: f.Now, Plan: raw, PlanForm: string(plan.Form), PlanAt: &plan.At, PlanVersion: plan.Version,
	})
	if err != nil {
		return fmt.Errorf("open the case of invoice %s: %w", f.Invoice.ID, err)
	}
	if n == 0 {
		return nil
	}
	for _, o := range skipped {
		if err := insertOutcome(ctx, tx, f, o, "entered_by_age", nil, nil); err != nil {
			return err
		}
	}
	err = tx.Note(ctx, f.Invoice.ID, f.Now, "case_opened", map[string]any{
		"policy": f.Policy.Name, "policy_version": f.Policy.Version, "owed": f.Facts.Owed, "plan": plan,
	})
	if err != nil {
		return err
	}
	return ring(ctx, tx, f, plan.Version, Other, nil)
}

// enterPaused puts an old invoice that somebody wants to look at first on hold before its ladder begins.
func enterPaused(ctx context.Context, tx *store.Tx, f *File) error {
	if f.Invoice.Enter != "paused" {
		return nil
	}
	p := collection.Pause{Reason: collection.OnHold, From: f.Now, ReviewAt: f.Now.AddDate(0, 0, max(f.Policy.Review, 1))}
	f.Facts.Pauses = append(f.Facts.Pauses, p)
	return tx.InsertPause(ctx, db.InsertPauseParams{
		ID: collection.FactID("pause", f.Invoice.ID, "entered-paused"), InvoiceID: f.Invoice.ID, Reference: "entered-paused",
		Reason: string(p.Reason), Note: "imported to be looked at first", BegunAt: p.From, ReviewAt: p.ReviewAt,
	})
}

// enterByAge leaves out the reminders that an old invoice should have had long ago.
func enterByAge(f *File) []collection.Outcome {
	if f.Invoice.Enter != "by-age" {
		return nil
	}
	var skipped []collection.Outcome
	for _, id := range collection.EnterByAge(f.Facts, f.Policy, f.Now) {
		step, _ := f.Policy.Step(id)
		skipped = append(skipped, collection.Outcome{Step: id, Kind: step.Kind, Result: collection.Skipped, At: f.Now})
	}
	f.Facts.Outcomes = append(f.Facts.Outcomes, skipped...)
	return skipped
}

func lockInvoice(ctx context.Context, tx *store.Tx, id uuid.UUID) error {
	if err := tx.LockInvoice(ctx, id); err != nil {
		return fmt.Errorf("lock invoice %s: %w", id, err)
	}
	return nil
}

// lockCase takes the locks of a step: debtor, invoice, contact points. The ids are read without a lock; they never change.
func lockCase(ctx context.Context, tx *store.Tx, caseID uuid.UUID) (*File, error) {
	c, err := tx.CaseByID(ctx, caseID)
	if err != nil {
		return nil, fmt.Errorf("read case %s: %w", caseID, err)
	}
	if err := tx.LockDebtor(ctx, c.DebtorID); err != nil {
		return nil, fmt.Errorf("lock debtor %s: %w", c.DebtorID, err)
	}
	if err := lockInvoice(ctx, tx, c.InvoiceID); err != nil {
		return nil, err
	}
	if _, err := tx.LockContactPoints(ctx, c.DebtorID); err != nil {
		return nil, fmt.Errorf("lock the contact points of %s: %w", c.DebtorID, err)
	}
	return Load(ctx, tx, c.InvoiceID)
}
