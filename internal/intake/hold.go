package intake

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"relance/internal/calendar"
	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/store"
	"relance/internal/store/db"
)

// Block stops the chasing of one invoice: a hold that somebody asked for, or a dispute.
type Block struct {
	Creditor  string
	Invoice   string
	Reference string // empty: one is made from the day
	Reason    collection.PauseReason
	Note      string
	Until     calendar.Date // the ladder resumes on this day; zero: a person ends it
	Review    calendar.Date // when somebody must look at it; zero: after the policy's review days
}

// Hold records a block. From the moment it has returned, no demand for the invoice starts.
func (d *Desk) Hold(ctx context.Context, b Block) (Receipt, error) {
	return d.onInvoice(ctx, b.Creditor, b.Invoice, casework.Other, func(ctx context.Context, tx *store.Tx, f *casework.File) (uuid.UUID, bool, error) {
		return hold(ctx, tx, f, b)
	})
}

func hold(ctx context.Context, tx *store.Tx, f *casework.File, b Block) (uuid.UUID, bool, error) {
	today := calendar.DateOf(f.Now, f.Facts.Zone)
	if b.Reference == "" {
		b.Reference = fmt.Sprintf("%s:%s:%d", b.Reason, today, len(f.Facts.Pauses)+1)
	}
	if before, err := tx.PauseByReference(ctx, f.Invoice.ID, b.Reference); err == nil {
		return before.ID, false, nil
	} else if !store.NoRows(err) {
		return uuid.Nil, false, fmt.Errorf("look block %q up: %w", b.Reference, err)
	}
	if err := checkBlock(f, b, today); err != nil {
		return uuid.Nil, false, err
	}
	review := b.Review
	if review.IsZero() {
		review = today.AddDays(max(f.Policy.Review, 1))
	}
	p := db.InsertPauseParams{
		ID: collection.FactID("pause", f.Invoice.ID, b.Reference), InvoiceID: f.Invoice.ID, Reference: b.Reference,
		Reason: string(b.Reason), Note: b.Note, BegunAt: f.Now, ReviewAt: review.Start(f.Facts.Zone),
	}
	if !b.Until.IsZero() {
		until := b.Until.Start(f.Facts.Zone)
		p.ExpiresAt = &until
	}
	if err := tx.InsertPause(ctx, p); err != nil {
		return uuid.Nil, false, fmt.Errorf("hold invoice %s: %w", f.Invoice.ID, err)
	}
	return p.ID, true, tx.Note(ctx, f.Invoice.ID, f.Now, "pause_begun", map[string]any{"reason": b.Reason, "until": b.Until, "pause": p.ID})
}

func checkBlock(f *casework.File, b Block, today calendar.Date) error {
	var p problems
	if !b.Reason.Valid() || b.Reason == collection.Agreed {
		p.add(fmt.Sprintf("%q is no reason for a block; use hold or dispute", b.Reason))
	}
	if !b.Until.IsZero() && !b.Until.After(today) {
		p.add(fmt.Sprintf("a hold until %s ends before it begins; today is %s", b.Until, today))
	}
	if !b.Review.IsZero() && !b.Review.After(today) {
		p.add(fmt.Sprintf("the review date %s has passed; today is %s", b.Review, today))
	}
	if f.Case.Status == "closed" {
		p.add(fmt.Sprintf("the case of invoice %s is closed (%s)", f.Invoice.Number, *f.Case.Ending))
	}
	return p.err()
}

// Release ends every standing block of one invoice that has this reason, or all of them when reason is empty. The ladder goes
// on with its remaining gaps, shifted by the time it stood still.
func (d *Desk) Release(ctx context.Context, creditor, number string, reason collection.PauseReason, note string) (Receipt, error) {
	return d.onInvoice(ctx, creditor, number, casework.Other, func(ctx context.Context, tx *store.Tx, f *casework.File) (uuid.UUID, bool, error) {
		rows, err := tx.Pauses(ctx, f.Invoice.ID)
		if err != nil {
			return uuid.Nil, false, fmt.Errorf("read the blocks of invoice %s: %w", f.Invoice.ID, err)
		}
		var last uuid.UUID
		for _, r := range rows {
			over := r.EndedAt != nil || r.ExpiresAt != nil && !f.Now.Before(*r.ExpiresAt)
			if over || reason != "" && r.Reason != string(reason) {
				continue
			}
			err := tx.EndPause(ctx, db.EndPauseParams{PauseID: r.ID, InvoiceID: f.Invoice.ID, EndedAt: f.Now, Note: note})
			if err != nil {
				return uuid.Nil, false, fmt.Errorf("end block %s: %w", r.ID, err)
			}
			if err := tx.Note(ctx, f.Invoice.ID, f.Now, "pause_ended", map[string]any{"reason": r.Reason, "pause": r.ID}); err != nil {
				return uuid.Nil, false, err
			}
			last = r.ID
		}
		return last, last != uuid.Nil, nil
	})
}
