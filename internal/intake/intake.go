package intake

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/store"
	"relance/internal/store/db"
)

// Desk is where facts come in.
type Desk struct {
	Store *store.Store
	Blobs casework.Blobs
}

// Source is where a fact came from.
type Source string

// The sources.
const (
	FromStaff  Source = "staff"
	FromImport Source = "import"
	FromSignal Source = "signal"
)

// Receipt says what a use case did to a case. Changed is false when the same thing had been recorded before.
type Receipt struct {
	Changed  bool             `json:"changed"`
	ID       uuid.UUID        `json:"id"`
	Creditor string           `json:"creditor"`
	Invoice  string           `json:"invoice"`
	Opened   bool             `json:"opened"` // whether the invoice is a case yet
	Plan     *collection.Plan `json:"plan,omitempty"`
}

// onInvoice runs a use case under the gate of one invoice. change writes the fact and returns its id, or changed=false when
// the very same fact is there already.
func (d *Desk) onInvoice(ctx context.Context, creditor, number string, news casework.News, change func(context.Context, *store.Tx, *casework.File) (uuid.UUID, bool, error)) (r Receipt, err error) {
	err = d.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error {
		inv, err := findInvoice(ctx, tx, creditor, number)
		if err != nil {
			return err
		}
		r, err = d.onLocked(ctx, tx, inv.ID, news, change)
		return err
	})
	return r, busy(err)
}

func (d *Desk) onLocked(ctx context.Context, tx *store.Tx, invoice uuid.UUID, news casework.News, change func(context.Context, *store.Tx, *casework.File) (uuid.UUID, bool, error)) (Receipt, error) {
	if err := tx.LockInvoice(ctx, invoice); err != nil {
		return Receipt{}, fmt.Errorf("lock invoice %s: %w", invoice, err)
	}
	f, err := casework.Load(ctx, tx, invoice)
	if err != nil {
		return Receipt{}, err
	}
	id, changed, err := change(ctx, tx, f)
	if err != nil {
		return Receipt{}, err
	}
	if changed {
		if f, err = casework.Changed(ctx, tx, d.Blobs, invoice, news, id); err != nil {
			return Receipt{}, err
		}
	}
	r := Receipt{Changed: changed, ID: id, Creditor: f.Invoice.CreditorID, Invoice: f.Invoice.Number, Opened: f.Opened()}
	if f.Opened() {
		plan, err := f.Plan()
		if err != nil {
			return Receipt{}, err
		}
		r.Plan = &plan
	}
	return r, nil
}

func findInvoice(ctx context.Context, tx *store.Tx, creditor, number string) (db.Invoice, error) {
	inv, err := tx.InvoiceByNumber(ctx, creditor, number)
	if store.NoRows(err) {
		return inv, refuse(NotFound, fmt.Sprintf("creditor %q has no invoice %q", creditor, number))
	}
	if err != nil {
		return inv, fmt.Errorf("look invoice %q up: %w", number, err)
	}
	return inv, nil
}
