package intake

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/ledger"
	"relance/internal/money"
	"relance/internal/store"
	"relance/internal/store/db"
)

// Standing is how a row of a ledger stands to what is recorded.
type Standing struct {
	// Known says that the invoice is recorded.
	Known bool
	// Differences are what the row says otherwise. An invoice that differs cannot be registered again.
	Differences []Difference
}

// Difference is one value of a row that contradicts what is recorded.
type Difference struct {
	Field ledger.Field
	Said  string // by the row
	Text  string // "is recorded with ...", to stand behind the invoice
}

// Compare tells for each row how it stands to what is recorded. It changes nothing and locks nothing: Register decides. The
// error is NotFound for a creditor that does not exist.
func (d *Desk) Compare(ctx context.Context, creditor string, rows []ledger.Row) ([]Standing, error) {
	standings := make([]Standing, len(rows))
	err := d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Creditor(ctx, creditor); store.NoRows(err) {
			return refuse(NotFound, fmt.Sprintf("there is no creditor %q; apply its settings first", creditor))
		} else if err != nil {
			return fmt.Errorf("read creditor %s: %w", creditor, err)
		}
		const chunk = 1000
		for from := 0; from < len(rows); from += chunk {
			to := min(from+chunk, len(rows))
			if err := compare(ctx, tx, creditor, rows[from:to], standings[from:to]); err != nil {
				return err
			}
		}
		return nil
	})
	return standings, err
}

func compare(ctx context.Context, tx *store.Tx, creditor string, rows []ledger.Row, standings []Standing) error {
	ids := make([]uuid.UUID, len(rows))
	for i, row := range rows {
		ids[i] = collection.InvoiceID(creditor, row.Number)
	}
	found, err := tx.KnownInvoices(ctx, ids)
	if err != nil {
		return fmt.Errorf("look invoices up: %w", err)
	}
	known := make(map[uuid.UUID]db.KnownInvoicesRow, len(found))
	for _, k := range found {
		known[k.ID] = k
	}
	for i, row := range rows {
		k, ok := known[ids[i]]
		if !ok {
			continue
		}
		standings[i] = Standing{Known: true, Differences: differences(recorded{
			amount: money.Amount{Minor: k.AmountMinor, Currency: money.Currency(k.Currency)}, due: store.Date(k.DueOn), debtor: k.DebtorID,
		}, collection.DebtorID(creditor, row.Debtor.ExternalID), row)}
	}
	return nil
}

// recorded is what an invoice may not contradict.
type recorded struct {
	amount money.Amount
	due    calendar.Date
	debtor uuid.UUID
}

func differences(known recorded, debtor uuid.UUID, row ledger.Row) []Difference {
	var found []Difference
	if known.amount != row.Amount {
		found = append(found, Difference{ledger.FieldAmount, row.Amount.String(), fmt.Sprintf(
			"is recorded with %s, not %s; a correction is a credit, not a second registration", known.amount, row.Amount)})
	}
	if known.due != row.DueOn {
		found = append(found, Difference{ledger.FieldDueOn, row.DueOn.String(), fmt.Sprintf("is recorded as due on %s, not %s", known.due, row.DueOn)})
	}
	if known.debtor != debtor {
		found = append(found, Difference{ledger.FieldDebtorID, row.Debtor.ExternalID, fmt.Sprintf(
			"is recorded for another debtor than %s", row.Debtor.ExternalID)})
	}
	return found
}
