package inquiry

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"relance/internal/intake"
	"relance/internal/ledger"
	"relance/internal/store"
	"relance/internal/store/db"
)

// CreditorLine is one creditor of a list.
type CreditorLine struct {
	ID        string `json:"id"`
	LegalName string `json:"legal_name"`
	Currency  string `json:"currency"`
	Policy    string `json:"policy"`
	TimeZone  string `json:"time_zone"`
	Invoices  int64  `json:"invoices"`
	OpenCases int64  `json:"open_cases"`
	Stopped   *Stop  `json:"stopped,omitempty"`
}

// Creditor is one creditor with its settings.
type Creditor struct {
	CreditorLine
	// RawSignals is how far signals from the Temporal UI count: trusted, unverified or refused.
	RawSignals string          `json:"raw_signals"`
	UpdatedAt  time.Time       `json:"updated_at"`
	Settings   ledger.Creditor `json:"settings"`
}

// Creditors lists every creditor by id.
func (r Reader) Creditors(ctx context.Context) (lines []CreditorLine, err error) {
	err = r.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		rows, err := tx.Creditors(ctx)
		if err != nil {
			return fmt.Errorf("read the creditors: %w", err)
		}
		counts, err := creditorCounts(ctx, tx)
		if err != nil {
			return err
		}
		lines = make([]CreditorLine, 0, len(rows))
		for _, row := range rows {
			c, err := creditor(row, counts)
			if err != nil {
				return err
			}
			lines = append(lines, c.CreditorLine)
		}
		return nil
	})
	return lines, err
}

// Creditor reads one creditor. The error is intake.NotFound for one that does not exist.
func (r Reader) Creditor(ctx context.Context, id string) (c Creditor, err error) {
	err = r.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		row, err := tx.Creditor(ctx, id)
		if store.NoRows(err) {
			return noCreditor(ctx, tx, id)
		}
		if err != nil {
			return fmt.Errorf("read creditor %s: %w", id, err)
		}
		counts, err := creditorCounts(ctx, tx)
		if err != nil {
			return err
		}
		c, err = creditor(row, counts)
		return err
	})
	return c, err
}

// TheCreditor is the creditor that was asked for, or the only one there is when none was. More than one to choose from is
// intake.Invalid, none at all intake.NotFound.
func (r Reader) TheCreditor(ctx context.Context, asked string) (id string, err error) {
	err = r.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		ids, err := creditorIDs(ctx, tx)
		if err != nil {
			return err
		}
		switch {
		case asked != "":
			for _, known := range ids {
				if known == asked {
					id = asked
					return nil
				}
			}
			return noCreditor(ctx, tx, asked)
		case len(ids) == 1:
			id = ids[0]
			return nil
		case len(ids) == 0:
			return refuse(intake.NotFound, "there is no creditor yet: describe one in a YAML file and run `relance creditor apply FILE`")
		}
		return refuse(intake.Invalid, "there are %d creditors, %s: say which one with --creditor", len(ids), list(ids))
	})
	return id, err
}

func creditorIDs(ctx context.Context, tx *store.Tx) ([]string, error) {
	rows, err := tx.Creditors(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the creditors: %w", err)
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return ids, nil
}

// creditorZones are where the days of each creditor are counted.
func creditorZones(ctx context.Context, tx *store.Tx) (map[string]*time.Location, error) {
	rows, err := tx.Creditors(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the creditors: %w", err)
	}
	zones := make(map[string]*time.Location, len(rows))
	for _, row := range rows {
		if zones[row.ID], err = time.LoadLocation(row.TimeZone); err != nil {
			return nil, fmt.Errorf("time zone of creditor %s: %w", row.ID, err)
		}
	}
	return zones, nil
}

func noCreditor(ctx context.Context, tx *store.Tx, id string) error {
	ids, err := creditorIDs(ctx, tx)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return refuse(intake.NotFound, "there is no creditor %q, nor any other: run `relance creditor apply FILE`", id)
	}
	return refuse(intake.NotFound, "there is no creditor %q; known: %s", id, list(ids))
}

func creditorCounts(ctx context.Context, tx *store.Tx) (map[string]db.CountByCreditorRow, error) {
	rows, err := tx.CountByCreditor(ctx)
	if err != nil {
		return nil, fmt.Errorf("count invoices: %w", err)
	}
	counts := make(map[string]db.CountByCreditorRow, len(rows))
	for _, row := range rows {
		counts[row.CreditorID] = row
	}
	return counts, nil
}

func creditor(row db.Creditor, counts map[string]db.CountByCreditorRow) (Creditor, error) {
	c := Creditor{RawSignals: row.RawSignals, UpdatedAt: row.UpdatedAt.UTC()}
	if err := json.Unmarshal(row.Profile, &c.Settings); err != nil {
		return c, fmt.Errorf("read the settings of creditor %s: %w", row.ID, err)
	}
	c.CreditorLine = CreditorLine{
		ID: row.ID, LegalName: c.Settings.LegalName, Currency: string(c.Settings.Currency), Policy: row.Policy, TimeZone: row.TimeZone,
		Invoices: counts[row.ID].Invoices, OpenCases: counts[row.ID].OpenCases,
	}
	if row.StoppedAt != nil {
		c.Stopped = &Stop{Creditor: row.ID, Since: row.StoppedAt.UTC(), Reason: text(row.StoppedReason)}
	}
	return c, nil
}
