package inquiry

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"relance/internal/calendar"
	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/law"
	"relance/internal/money"
	"relance/internal/store"
	"relance/internal/store/db"
)

// Case is everything about one invoice that a person wants to see.
type Case struct {
	// Now is the business time at which all of this holds; on a test clock it stands still.
	Now       time.Time `json:"now"`
	TestClock bool      `json:"test_clock"`

	Next   Next   `json:"next"`
	Status Status `json:"status"`

	Creditor     string          `json:"creditor"`
	CreditorName string          `json:"creditor_name"`
	Invoice      string          `json:"invoice"`
	IssuedOn     calendar.Date   `json:"issued_on"`
	DueOn        calendar.Date   `json:"due_on"`
	DaysLate     int             `json:"days_late"` // negative before it is due
	Amount       money.Amount    `json:"amount"`    // as invoiced
	Paid         money.Amount    `json:"paid"`
	Owed         money.Amount    `json:"owed"`
	Debtor       Debtor          `json:"debtor"`
	Policy       string          `json:"policy"`
	Version      int             `json:"policy_version"`
	OpenedAt     time.Time       `json:"opened_at,omitzero"`
	ClosedAt     time.Time       `json:"closed_at,omitzero"`
	WorkflowID   string          `json:"workflow_id"`
	Stops        []Stop          `json:"stops"`
	Ladder       []Rung          `json:"ladder"`
	Blocks       []Block         `json:"blocks"`
	Agreement    *Agreement      `json:"agreement,omitempty"`
	Payments     []Payment       `json:"payments"`
	Tasks        []TaskLine      `json:"tasks"`
	Documents    []Document      `json:"documents"`
	Messages     []Message       `json:"messages"`
	Timeline     []TimelineEntry `json:"timeline"`
}

// Debtor is who owes.
type Debtor struct {
	ID         string         `json:"id"` // the creditor's own id
	Name       string         `json:"name"`
	Kind       law.DebtorKind `json:"kind"`
	Language   string         `json:"language"`
	Country    string         `json:"country"`
	Region     string         `json:"region,omitempty"`
	Address    []string       `json:"address,omitempty"`
	PostalCode string         `json:"postal_code,omitempty"`
	City       string         `json:"city,omitempty"`
	TimeZone   string         `json:"time_zone"`
	Hours      string         `json:"contact_hours"`
	Preferred  string         `json:"preferred_channel,omitempty"`
	Contacts   []Contact      `json:"contacts"`

	zone *time.Location
}

// Zone is where the debtor's days are counted; UTC when it is not known here.
func (d Debtor) Zone() *time.Location {
	if d.zone != nil {
		return d.zone
	}
	if zone, err := time.LoadLocation(d.TimeZone); err == nil {
		return zone
	}
	return time.UTC
}

// Contact is an address or a number.
type Contact struct {
	Channel    string    `json:"channel"` // email or phone
	Value      string    `json:"value"`
	InvalidAt  time.Time `json:"invalid_at,omitzero"` // since when it is known not to work
	OptedOutAt time.Time `json:"opted_out_at,omitzero"`
}

// Payment is money that came in.
type Payment struct {
	On         calendar.Date `json:"on"`
	Amount     money.Amount  `json:"amount"`
	Reference  string        `json:"reference"`
	Source     string        `json:"source"`
	RecordedAt time.Time     `json:"recorded_at"`
}

// Block is a hold or a dispute that stands.
type Block struct {
	Reason collection.PauseReason `json:"reason"`
	Note   string                 `json:"note"`
	Since  time.Time              `json:"since"`
	Until  time.Time              `json:"until,omitzero"` // zero: a person ends it
	Review time.Time              `json:"review_at"`
}

// Agreement is the instalments in force.
type Agreement struct {
	AgreedAt    time.Time    `json:"agreed_at"`
	Instalments []Instalment `json:"instalments"`
	// MissedAt is when the agreement counts as missed if nothing more is paid; zero when all of it is paid.
	MissedAt time.Time `json:"missed_at,omitzero"`
}

// Instalment is one part of an agreement.
type Instalment struct {
	DueOn  calendar.Date `json:"due_on"`
	Amount money.Amount  `json:"amount"`
	Left   money.Amount  `json:"left"` // of it, after what was paid since the agreement
	Paid   bool          `json:"paid"`
}

// Document belongs to the invoice.
type Document struct {
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	SHA256    string `json:"sha256"`
	Size      int64  `json:"size"` // bytes
}

// Message is a dispatch: something that went out, or was to go out, to the debtor or the agency.
type Message struct {
	ID         uuid.UUID           `json:"id"`
	Step       collection.StepID   `json:"step"`
	Kind       collection.StepKind `json:"kind"`
	Channel    string              `json:"channel"`
	To         string              `json:"to"`
	Subject    string              `json:"subject,omitempty"`
	State      string              `json:"state"`
	Amount     money.Amount        `json:"amount"` // as it states it
	SHA256     string              `json:"sha256"` // of the exact bytes
	ClaimedAt  time.Time           `json:"claimed_at"`
	DecidedAt  time.Time           `json:"decided_at,omitzero"`
	Provider   string              `json:"provider"`
	ProviderID string              `json:"provider_id,omitempty"`
	Tracking   string              `json:"tracking,omitempty"`
	Code       string              `json:"code,omitempty"`
}

// TimelineEntry is one thing that happened.
type TimelineEntry struct {
	At   time.Time       `json:"at"`
	Kind string          `json:"kind"`
	Text string          `json:"text"` // plain words; empty for what another line says already
	Data json.RawMessage `json:"data"`
}

// Case reads one invoice and its case. creditor may be empty when the number is known for one creditor only. The error is
// intake.NotFound for an invoice that is not known and intake.Invalid for one that several creditors have.
func (r Reader) Case(ctx context.Context, creditor, number string) (c Case, err error) {
	err = r.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		inv, err := findInvoice(ctx, tx, creditor, number)
		if err != nil {
			return err
		}
		f, err := casework.Load(ctx, tx, inv.ID)
		if err != nil {
			return err
		}
		c, err = readCase(ctx, tx, f)
		return err
	})
	return c, err
}

// Invoice finds out whose invoice a number is: see Case.
func (r Reader) Invoice(ctx context.Context, creditor, number string) (owner string, currency money.Currency, err error) {
	err = r.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		inv, err := findInvoice(ctx, tx, creditor, number)
		owner, currency = inv.CreditorID, money.Currency(inv.Currency)
		return err
	})
	return owner, currency, err
}

func findInvoice(ctx context.Context, tx *store.Tx, creditor, number string) (db.Invoice, error) {
	if creditor != "" {
		inv, err := tx.InvoiceByNumber(ctx, creditor, number)
		switch {
		case store.NoRows(err):
			if _, err := tx.Creditor(ctx, creditor); store.NoRows(err) {
				return inv, noCreditor(ctx, tx, creditor)
			}
			return inv, refuse(intake.NotFound, "creditor %s has no invoice %q", creditor, number)
		case err != nil:
			return inv, fmt.Errorf("look invoice %q up: %w", number, err)
		}
		return inv, nil
	}
	rows, err := tx.InvoicesByNumber(ctx, number)
	if err != nil {
		return db.Invoice{}, fmt.Errorf("look invoice %q up: %w", number, err)
	}
	switch len(rows) {
	case 0:
		return db.Invoice{}, refuse(intake.NotFound, "there is no invoice %q", number)
	case 1:
		return rows[0], nil
	}
	owners := make([]string, len(rows))
	for i, row := range rows {
		owners[i] = row.CreditorID
	}
	return db.Invoice{}, refuse(intake.Invalid, "invoice %q is known to %s: say which one with --creditor", number, list(owners))
}
