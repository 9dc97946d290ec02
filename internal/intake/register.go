package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"relance/internal/calendar"
	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/ledger"
	"relance/internal/money"
	"relance/internal/policy"
	"relance/internal/store"
	"relance/internal/store/db"
)

// Enter says where an invoice that is long overdue comes in.
type Enter string

// The ways to come in: at the first step, at the step its age would have reached, or on hold for somebody to look at.
const (
	EnterFirst  Enter = "first"
	EnterByAge  Enter = "by-age"
	EnterPaused Enter = "paused"
)

// Valid reports whether e is one of the three.
func (e Enter) Valid() bool { return e == EnterFirst || e == EnterByAge || e == EnterPaused }

// Attached is a document whose bytes are kept already.
type Attached struct {
	Kind      string
	Name      string
	MediaType string
	SHA256    string
	Size      int64
}

// Invoice is what a registration says.
type Invoice struct {
	Creditor  string
	Row       ledger.Row
	Documents []Attached
	Enter     Enter
	Policy    string // "" is the row's, then the creditor's
}

// maxWorkflowID is the greatest length in bytes of an id that Temporal takes (workflows.MaxCaseID). Letters outside ASCII take
// up to nine each, so a number can be short to the eye and too long to start a workflow with.
const maxWorkflowID = 255

// Registered says what a registration did.
type Registered struct {
	ID  uuid.UUID
	New bool
}

// PublishPolicy stores a policy as its newest version, unless the newest has the same content. It returns the version.
func (d *Desk) PublishPolicy(ctx context.Context, name string, body []byte) (version int32, err error) {
	p, err := policy.Parse(name, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	sha := policy.Digest(p)
	publish := func(ctx context.Context, tx *store.Tx) error {
		version, err = tx.PolicyBySHA(ctx, name, sha)
		if err == nil || !store.NoRows(err) {
			return err
		}
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		version, err = tx.PublishPolicy(ctx, db.PublishPolicyParams{Name: name, Body: body, SHA256: sha, PublishedAt: now})
		return err
	}
	const tries = 5
	for n := 0; n == 0 || n < tries && store.Duplicate(err); n++ { // another process published in the same instant
		err = d.Store.Retry(ctx, publish)
	}
	if err != nil {
		return 0, fmt.Errorf("publish policy %s: %w", name, err)
	}
	return version, nil
}

// ApplyCreditor stores a creditor's settings. Applying the same file twice changes nothing but the time.
func (d *Desk) ApplyCreditor(ctx context.Context, c ledger.Creditor, trust ledger.Trust) error {
	profile, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if c.RawSignals != "" {
		trust = c.RawSignals
	}
	return d.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.NewestPolicy(ctx, c.Policy); store.NoRows(err) {
			return refuse(NotFound, fmt.Sprintf("there is no policy %q; publish it, or use standard, gentle or brisk", c.Policy))
		} else if err != nil {
			return fmt.Errorf("look policy %q up: %w", c.Policy, err)
		}
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		return tx.ApplyCreditor(ctx, db.ApplyCreditorParams{
			ID: c.ID, Profile: profile, TimeZone: c.TimeZone, Policy: c.Policy, RawSignals: string(trust), UpdatedAt: now,
		})
	})
}

// Register records invoices, each with its debtor, in one transaction. An invoice that is known with the same content is left
// as it is; one that contradicts what is known is a conflict and nothing of the batch is recorded. Batches are small and
// sorted by the caller, so that two imports at once wait for each other and never deadlock.
func (d *Desk) Register(ctx context.Context, batch []Invoice) (done []Registered, err error) {
	err = d.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error {
		done = make([]Registered, 0, len(batch))
		var found problems
		kind := Kind("")
		for _, in := range batch {
			r, err := register(ctx, tx, in)
			if k := KindOf(err); k != "" {
				if kind != "" && kind != k {
					k = Conflict // some of one kind, some of another
				}
				kind = k
				found.add(err.Error())
				continue
			}
			if err != nil {
				return err
			}
			done = append(done, r)
		}
		if len(found) > 0 {
			return refuse(kind, found...)
		}
		return nil
	})
	return done, err
}

func register(ctx context.Context, tx *store.Tx, in Invoice) (Registered, error) {
	c, err := tx.Creditor(ctx, in.Creditor)
	if store.NoRows(err) {
		return Registered{}, refuse(NotFound, fmt.Sprintf("there is no creditor %q; apply its settings first", in.Creditor))
	}
	if err != nil {
		return Registered{}, fmt.Errorf("read creditor %s: %w", in.Creditor, err)
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return Registered{}, err
	}
	if len(collection.WorkflowID(in.Creditor, in.Row.Number)) > maxWorkflowID {
		return Registered{}, refuse(Invalid, fmt.Sprintf("the number of invoice %s is too long to collect it under", in.Row.Number))
	}
	debtor := collection.DebtorID(in.Creditor, in.Row.Debtor.ExternalID)
	id := collection.InvoiceID(in.Creditor, in.Row.Number)
	if known, err := tx.Invoice(ctx, id); err == nil {
		return Registered{ID: id}, sameInvoice(known, debtor, in.Row)
	} else if !store.NoRows(err) {
		return Registered{}, fmt.Errorf("look invoice %q up: %w", in.Row.Number, err)
	}
	if err := insertDebtor(ctx, tx, in, debtor, now); err != nil {
		return Registered{}, err
	}
	return insertInvoice(ctx, tx, in, c, id, debtor, now)
}

// sameInvoice compares a known invoice with what is said of it now.
func sameInvoice(known db.Invoice, debtor uuid.UUID, row ledger.Row) error {
	was := recorded{
		amount: money.Amount{Minor: known.AmountMinor, Currency: money.Currency(known.Currency)}, due: store.Date(known.DueOn), debtor: known.DebtorID,
	}
	var p problems
	for _, d := range differences(was, debtor, row) {
		p.add(fmt.Sprintf("invoice %s %s", row.Number, d.Text))
	}
	if len(p) > 0 {
		return refuse(Conflict, p...)
	}
	return nil
}

func insertDebtor(ctx context.Context, tx *store.Tx, in Invoice, id uuid.UUID, now time.Time) error {
	d := in.Row.Debtor
	hours := d.ContactHours
	if hours == (calendar.Hours{}) {
		hours = calendar.DefaultHours()
	}
	err := tx.InsertDebtor(ctx, db.InsertDebtorParams{
		ID: id, CreditorID: in.Creditor, ExternalID: d.ExternalID, Kind: string(d.Kind), Name: d.Name, Language: d.Language,
		Country: d.Country, Region: d.Region, PostalCode: d.PostalCode, City: d.City, Address: append([]string{}, d.Address...), TimeZone: d.TimeZone,
		ContactHours: hours.String(), PreferredChannel: string(d.PreferredChannel), CreatedAt: now,
	})
	if err != nil {
		return fmt.Errorf("register debtor %s: %w", id, err)
	}
	for channel, value := range map[string]string{"email": d.Email, "phone": d.Phone} {
		if value == "" {
			continue
		}
		err := tx.InsertContactPoint(ctx, db.InsertContactPointParams{
			ID: collection.FactID("contact", id, channel+":"+value), DebtorID: id, Channel: channel, Value: value, CreatedAt: now,
		})
		if err != nil {
			return fmt.Errorf("register a contact point of debtor %s: %w", id, err)
		}
	}
	return nil
}

func insertInvoice(ctx context.Context, tx *store.Tx, in Invoice, c db.Creditor, id, debtor uuid.UUID, now time.Time) (Registered, error) {
	p, version, err := policyFor(ctx, tx, in, c)
	if err != nil {
		return Registered{}, err
	}
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return Registered{}, fmt.Errorf("time zone of creditor %s: %w", c.ID, err)
	}
	opens := collection.OpensAt(in.Row.DueOn, p, zone)
	if p.Exact() && opens.After(now) {
		opens = now // a policy in durations counts from the opening: it begins at once
	}
	n, err := tx.InsertInvoice(ctx, db.InsertInvoiceParams{
		ID: id, CreditorID: in.Creditor, DebtorID: debtor, Number: in.Row.Number, IssuedOn: store.Day(in.Row.IssuedOn), DueOn: store.Day(in.Row.DueOn),
		AmountMinor: in.Row.Amount.Minor, Currency: string(in.Row.Amount.Currency), PolicyName: p.Name, PolicyVersion: version,
		Enter: string(in.Enter), OpensAt: opens, RegisteredAt: now,
	})
	if err != nil {
		return Registered{}, fmt.Errorf("register invoice %q: %w", in.Row.Number, err)
	}
	if n == 0 { // another client came first in this instant
		known, err := tx.InvoiceByNumber(ctx, in.Creditor, in.Row.Number)
		if err != nil {
			return Registered{}, fmt.Errorf("look invoice %q up: %w", in.Row.Number, err)
		}
		return Registered{ID: known.ID}, sameInvoice(known, debtor, in.Row)
	}
	for _, doc := range in.Documents {
		err := tx.InsertDocument(ctx, db.InsertDocumentParams{
			ID: collection.FactID("document", id, doc.SHA256), InvoiceID: id, Kind: doc.Kind, Name: doc.Name, MediaType: doc.MediaType,
			SHA256: doc.SHA256, Size: doc.Size, AddedAt: now,
		})
		if err != nil {
			return Registered{}, fmt.Errorf("attach a document to invoice %q: %w", in.Row.Number, err)
		}
	}
	return Registered{ID: id, New: true}, tx.Note(ctx, id, now, "registered", map[string]any{"amount": in.Row.Amount, "due_on": in.Row.DueOn})
}

func policyFor(ctx context.Context, tx *store.Tx, in Invoice, c db.Creditor) (collection.Policy, int32, error) {
	name := in.Policy
	if name == "" {
		name = in.Row.Policy
	}
	if name == "" {
		name = c.Policy
	}
	newest, err := tx.NewestPolicy(ctx, name)
	if store.NoRows(err) {
		return collection.Policy{}, 0, refuse(NotFound, fmt.Sprintf("invoice %s asks for policy %q, which is not published", in.Row.Number, name))
	}
	if err != nil {
		return collection.Policy{}, 0, fmt.Errorf("look policy %q up: %w", name, err)
	}
	p, err := casework.Policy(ctx, tx, newest.Name, newest.Version)
	return p, newest.Version, err
}
