// Package replay tells a ledger and its story to an installation on a test clock: invoices become known on their day, money
// arrives, people dispute, agree, call and post letters, each at its instant.
//
// Every event has an id of its own that the facts are recorded under, so that a story told again after a crash records
// nothing twice. It knows no rules: it says what happened, through the same use cases that people use.
package replay

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/ledger"
	"relance/internal/store"
)

// Teller is a story on its way. It implements the driver's Story.
type Teller struct {
	desk     *intake.Desk
	creditor string
	zone     *time.Location
	policy   string
	rows     map[string]ledger.Row
	attached map[string][]intake.Attached
	events   []ledger.Event
	next     int
}

// Script is what a Teller tells.
type Script struct {
	Creditor  string
	Zone      *time.Location // the creditor's
	Policy    string         // overrides the creditor's; empty: its own
	Book      *ledger.Book
	Documents map[string][]intake.Attached // by invoice number
	Events    []ledger.Event
}

// New makes a Teller that begins with the first event after the instant since, which is where the clock of a directory
// stands: what lies at or before it may have been told, and is told again.
func New(desk *intake.Desk, s Script, since time.Time) *Teller {
	t := &Teller{
		desk: desk, creditor: s.Creditor, zone: s.Zone, policy: s.Policy, rows: map[string]ledger.Row{}, attached: s.Documents, events: s.Events,
	}
	for _, r := range s.Book.Rows {
		t.rows[r.Number] = r
	}
	for t.next < len(t.events) && t.events[t.next].Instant(t.zone).Before(since) {
		t.next++
	}
	return t
}

// Next is the instant of the next event.
func (t *Teller) Next() (time.Time, bool) {
	if t.next >= len(t.events) {
		return time.Time{}, false
	}
	return t.events[t.next].Instant(t.zone).UTC(), true
}

// Tell records the events of one instant.
func (t *Teller) Tell(ctx context.Context, at time.Time) error {
	for t.next < len(t.events) && !t.events[t.next].Instant(t.zone).After(at) {
		e := t.events[t.next]
		if err := t.tell(ctx, e); err != nil {
			return fmt.Errorf("%s of row %d: %w", e.What, e.Row, err)
		}
		t.next++
	}
	return nil
}

func (t *Teller) tell(ctx context.Context, e ledger.Event) error {
	switch e.What {
	case ledger.Register:
		row := t.rows[e.Invoice]
		_, err := t.desk.Register(ctx, []intake.Invoice{{
			Creditor: t.creditor, Row: row, Documents: t.attached[e.Invoice], Enter: intake.EnterFirst, Policy: t.policy,
		}})
		return err
	case ledger.Pay:
		return t.pay(ctx, e)
	case ledger.Agree:
		_, err := t.desk.Agree(ctx, intake.Agreement{
			Creditor: t.creditor, Invoice: e.Invoice, Reference: e.ID, Schedule: *e.Schedule, Source: intake.FromImport,
		})
		return err
	case ledger.Hold, ledger.Dispute:
		_, err := t.desk.Hold(ctx, intake.Block{
			Creditor: t.creditor, Invoice: e.Invoice, Reference: e.ID, Reason: reason(e.What), Note: e.Note, Until: e.Until,
		})
		return err
	case ledger.Release, ledger.Resume:
		_, err := t.desk.Release(ctx, t.creditor, e.Invoice, reason(e.What), e.Note)
		return err
	case ledger.Printed:
		return t.finish(ctx, e, casework.TaskPrintAndPost, intake.Done{Tracking: e.Tracking, On: e.Date})
	case ledger.Call:
		return t.finish(ctx, e, casework.TaskCall, intake.Done{Outcome: e.Outcome})
	}
	return fmt.Errorf("a story cannot say %q", e.What)
}

func reason(w ledger.What) collection.PauseReason {
	if w == ledger.Dispute || w == ledger.Release {
		return collection.InDispute
	}
	return collection.OnHold
}

// pay records a payment; one of "all that is owed" that comes when nothing is owed any more is no payment.
func (t *Teller) pay(ctx context.Context, e ledger.Event) error {
	p := intake.Payment{Creditor: t.creditor, Invoice: e.Invoice, Reference: e.ID, Amount: e.Amount, On: e.Date, Source: intake.FromImport}
	_, err := t.desk.Pay(ctx, p)
	if e.Amount == nil && intake.KindOf(err) == intake.Stopped {
		return nil
	}
	return err
}

// finish closes the open task of a kind. A story told again finds it closed.
func (t *Teller) finish(ctx context.Context, e ledger.Event, kind casework.TaskKind, done intake.Done) error {
	task, err := t.openTask(ctx, e.Invoice, kind)
	if err != nil || task == uuid.Nil {
		return err
	}
	done.Task = task
	_, err = t.desk.Finish(ctx, done)
	return err
}

func (t *Teller) openTask(ctx context.Context, number string, kind casework.TaskKind) (found uuid.UUID, err error) {
	err = t.desk.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err := tx.CaseByInvoice(ctx, collection.InvoiceID(t.creditor, number))
		if store.NoRows(err) {
			return nil
		}
		if err != nil {
			return err
		}
		tasks, err := tx.CaseTasks(ctx, c.ID)
		if err != nil {
			return err
		}
		for _, task := range tasks {
			if task.Status == "open" && task.Kind == string(kind) {
				found = task.ID
			}
		}
		return nil
	})
	if err != nil {
		return uuid.Nil, fmt.Errorf("look for the task of invoice %s: %w", number, err)
	}
	return found, nil
}
