package casework

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/law"
	"relance/internal/money"
	"relance/internal/policy"
	"relance/internal/store"
	"relance/internal/store/db"
)

// File is everything about one case, read under its locks at one business instant.
type File struct {
	Now      time.Time
	Case     db.Case // zero while the invoice has not become a case
	Invoice  db.Invoice
	Debtor   db.Debtor
	Creditor db.Creditor
	Profile  Profile
	Policy   collection.Policy
	Facts    collection.Facts
	Contacts []db.ContactPoint
	Payments []db.Payment
}

// Opened reports whether the invoice has become a case.
func (f *File) Opened() bool { return f.Case.ID != uuid.Nil }

// Plan is the plan as stored.
func (f *File) Plan() (collection.Plan, error) { return decodePlan(f.Case.Plan) }

// Money makes an amount in the invoice's currency.
func (f *File) Money(minor int64) money.Amount {
	return money.Amount{Minor: minor, Currency: money.Currency(f.Invoice.Currency)}
}

// Load reads the file of an invoice. The caller holds its locks when it means to change anything.
func Load(ctx context.Context, tx *store.Tx, invoiceID uuid.UUID) (*File, error) {
	f := &File{}
	var err error
	if f.Now, err = tx.Now(ctx); err != nil {
		return nil, err
	}
	if f.Invoice, err = tx.Invoice(ctx, invoiceID); err != nil {
		return nil, fmt.Errorf("read invoice %s: %w", invoiceID, err)
	}
	if f.Debtor, err = tx.Debtor(ctx, f.Invoice.DebtorID); err != nil {
		return nil, fmt.Errorf("read debtor %s: %w", f.Invoice.DebtorID, err)
	}
	if f.Creditor, err = tx.Creditor(ctx, f.Invoice.CreditorID); err != nil {
		return nil, fmt.Errorf("read creditor %s: %w", f.Invoice.CreditorID, err)
	}
	if err := json.Unmarshal(f.Creditor.Profile, &f.Profile); err != nil {
		return nil, fmt.Errorf("read the profile of creditor %s: %w", f.Creditor.ID, err)
	}
	if f.Case, err = tx.CaseByInvoice(ctx, invoiceID); err != nil && !store.NoRows(err) {
		return nil, fmt.Errorf("read the case of invoice %s: %w", invoiceID, err)
	}
	if f.Contacts, err = tx.ContactPoints(ctx, f.Debtor.ID); err != nil {
		return nil, fmt.Errorf("read contact points of %s: %w", f.Debtor.ID, err)
	}
	if err := f.readPolicy(ctx, tx); err != nil {
		return nil, err
	}
	if err := f.readFacts(ctx, tx); err != nil {
		return nil, fmt.Errorf("read the facts of invoice %s: %w", invoiceID, err)
	}
	return f, nil
}

func (f *File) readPolicy(ctx context.Context, tx *store.Tx) error {
	name, version := f.Invoice.PolicyName, f.Invoice.PolicyVersion
	if f.Opened() {
		name, version = f.Case.PolicyName, f.Case.PolicyVersion
	}
	p, err := Policy(ctx, tx, name, version)
	f.Policy = p
	return err
}

// Policy reads a published version. It never changes, so reading it twice gives the same value.
func Policy(ctx context.Context, tx *store.Tx, name string, version int32) (collection.Policy, error) {
	row, err := tx.Policy(ctx, name, version)
	if err != nil {
		return collection.Policy{}, fmt.Errorf("read policy %s version %d: %w", name, version, err)
	}
	p, err := policy.Parse(name, bytes.NewReader(row.Body))
	if err != nil {
		return collection.Policy{}, fmt.Errorf("read policy %s version %d: %w", name, version, err)
	}
	p.Name, p.Version = name, int(version)
	return p, nil
}

func (f *File) readFacts(ctx context.Context, tx *store.Tx) error {
	zone, err := time.LoadLocation(f.Creditor.TimeZone)
	if err != nil {
		return fmt.Errorf("time zone of creditor %s: %w", f.Creditor.ID, err)
	}
	cal, err := DebtorCalendar(f.Debtor)
	if err != nil {
		return err
	}
	f.Facts = collection.Facts{
		WorkflowID: collection.WorkflowID(f.Invoice.CreditorID, f.Invoice.Number),
		DueOn:      store.Date(f.Invoice.DueOn), OpenedAt: f.Now, Invoiced: f.Money(f.Invoice.AmountMinor),
		Zone: zone, Calendar: cal, Epoch: 1, Reach: reach(f.Debtor, f.Contacts), Notice: f.noticePeriod(),
	}
	if f.Payments, err = tx.Payments(ctx, f.Invoice.ID); err != nil {
		return err
	}
	owed := f.Invoice.AmountMinor
	for _, p := range f.Payments {
		owed -= p.AmountMinor
	}
	f.Facts.Owed = f.Money(owed)
	if err := f.readPauses(ctx, tx); err != nil {
		return err
	}
	if err := f.readAgreement(ctx, tx); err != nil {
		return err
	}
	if !f.Opened() {
		return nil
	}
	f.Facts.OpenedAt, f.Facts.Epoch = f.Case.OpenedAt.UTC(), int(f.Case.Epoch)
	return f.readProgress(ctx, tx)
}

// DebtorCalendar is when this debtor may be contacted.
func DebtorCalendar(d db.Debtor) (calendar.Calendar, error) {
	zone, err := time.LoadLocation(d.TimeZone)
	if err != nil {
		return calendar.Calendar{}, fmt.Errorf("time zone of debtor %s: %w", d.ID, err)
	}
	hours, err := calendar.ParseHours(d.ContactHours)
	if err != nil {
		return calendar.Calendar{}, fmt.Errorf("contact hours of debtor %s: %w", d.ID, err)
	}
	return calendar.Calendar{Zone: zone, Hours: hours, Country: d.Country, Region: d.Region}, nil
}

func reach(d db.Debtor, contacts []db.ContactPoint) collection.Reach {
	r := collection.Reach{Preferred: collection.Channel(d.PreferredChannel), Post: len(d.Address) > 0}
	for _, c := range contacts {
		if c.InvalidAt != nil {
			continue
		}
		switch c.Channel {
		case "email":
			r.Email = r.Email || c.OptedOutAt == nil
		case "phone":
			r.Phone = true
			r.SMS = r.SMS || c.OptedOutAt == nil
		}
	}
	return r
}

func (f *File) noticePeriod() law.Notice {
	code, _ := law.Jurisdiction(f.Debtor.Country, f.Debtor.Region, f.Debtor.PostalCode)
	return law.NoticePeriod(code, law.DebtorKind(f.Debtor.Kind))
}

func (f *File) readPauses(ctx context.Context, tx *store.Tx) error {
	rows, err := tx.Pauses(ctx, f.Invoice.ID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		f.Facts.Pauses = append(f.Facts.Pauses, collection.Pause{
			Reason: collection.PauseReason(r.Reason), From: r.BegunAt.UTC(), To: instant(r.EndedAt),
			Expires: instant(r.ExpiresAt), ReviewAt: r.ReviewAt.UTC(),
		})
	}
	return nil
}

// readAgreement reads the agreement in force, and turns the ones that have ended into pauses: the time they lasted shifts
// the ladder like any other.
func (f *File) readAgreement(ctx context.Context, tx *store.Tx) error {
	rows, err := tx.Agreements(ctx, f.Invoice.ID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.EndedAt != nil {
			f.Facts.Pauses = append(f.Facts.Pauses, collection.Pause{Reason: collection.Agreed, From: r.AgreedAt.UTC(), To: r.EndedAt.UTC()})
			continue
		}
		a := &collection.Agreement{AgreedAt: r.AgreedAt.UTC(), Paid: f.Money(0)}
		parts, err := tx.Instalments(ctx, r.ID)
		if err != nil {
			return err
		}
		for _, p := range parts {
			a.Instalments = append(a.Instalments, collection.Instalment{DueOn: store.Date(p.DueOn), Amount: f.Money(p.AmountMinor)})
		}
		// What was agreed is what was owed at that moment, so the difference to what is owed now came in since.
		agreed := int64(0)
		for _, i := range a.Instalments {
			agreed += i.Amount.Minor
		}
		a.Paid.Minor = max(agreed-f.Facts.Owed.Minor, 0)
		f.Facts.Agreement = a
	}
	return nil
}

// readProgress reads how far the ladder has come.
func (f *File) readProgress(ctx context.Context, tx *store.Tx) error {
	outcomes, err := tx.Outcomes(ctx, f.Case.ID)
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		if o.Epoch == f.Case.Epoch {
			f.Facts.Outcomes = append(f.Facts.Outcomes, collection.Outcome{
				Step: collection.StepID(o.StepID), Kind: collection.StepKind(o.Kind), Result: collection.Result(o.Result), At: o.RecordedAt.UTC(),
			})
		}
	}
	posting, err := tx.Posting(ctx, f.Case.ID, f.Case.Epoch)
	if err == nil {
		f.Facts.PostedOn = store.Date(posting.PostedOn)
	} else if !store.NoRows(err) {
		return err
	}
	if _, err := tx.Referral(ctx, f.Case.ID, f.Case.Epoch); err == nil {
		f.Facts.Referred = true
	} else if !store.NoRows(err) {
		return err
	}
	if f.Facts.OnPerson, err = tx.BlockingTask(ctx, f.Case.ID, f.Case.Epoch); err != nil && !store.NoRows(err) {
		return err
	}
	flights, err := tx.FlightsOfCase(ctx, f.Case.ID, f.Case.Epoch)
	if err != nil {
		return err
	}
	for _, d := range flights {
		f.Facts.Flight = &collection.Flight{State: collection.FlightState(d.State), NotBefore: instant(d.NotBefore), ReviewAt: instant(d.ReviewAt)}
	}
	return nil
}

func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func decodePlan(raw json.RawMessage) (collection.Plan, error) {
	var p collection.Plan
	if err := json.Unmarshal(raw, &p); err != nil {
		return collection.Plan{}, fmt.Errorf("read the stored plan: %w", err)
	}
	return p, nil
}
