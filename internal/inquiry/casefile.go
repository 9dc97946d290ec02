package inquiry

import (
	"context"
	"fmt"
	"time"

	"relance/internal/calendar"
	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/law"
	"relance/internal/money"
	"relance/internal/store"
	"relance/internal/store/db"
	"relance/internal/words"
)

// readCase turns the file of a case, as the steps read it, into what a person wants to see.
func readCase(ctx context.Context, tx *store.Tx, f *casework.File) (Case, error) {
	inst, err := tx.Installation(ctx)
	if err != nil {
		return Case{}, fmt.Errorf("read the installation: %w", err)
	}
	c := Case{
		Now: f.Now, TestClock: inst.BusinessNow != nil, Status: statusOf(f), Creditor: f.Creditor.ID, CreditorName: f.Profile.LegalName,
		Invoice: f.Invoice.Number, IssuedOn: store.Date(f.Invoice.IssuedOn), DueOn: f.Facts.DueOn,
		DaysLate: calendar.DateOf(f.Now, f.Facts.Zone).Sub(f.Facts.DueOn), Amount: f.Facts.Invoiced, Owed: f.Facts.Owed,
		Paid: f.Money(f.Facts.Invoiced.Minor - f.Facts.Owed.Minor), Debtor: debtorOf(f), Policy: f.Policy.Name, Version: f.Policy.Version,
		WorkflowID: f.Facts.WorkflowID, Stops: stopsOf(inst, f.Creditor), Blocks: []Block{}, Payments: paymentsOf(f),
		Tasks: []TaskLine{}, Documents: []Document{}, Messages: []Message{}, Timeline: []TimelineEntry{},
	}
	if f.Opened() {
		c.OpenedAt, c.ClosedAt = f.Case.OpenedAt.UTC(), instant(f.Case.ClosedAt)
	}
	c.Agreement = agreementOf(f)
	for _, read := range []func(context.Context, *store.Tx, *casework.File) error{c.readBlocks, c.readDocuments, c.readProgress, c.readTimeline} {
		if err := read(ctx, tx, f); err != nil {
			return c, fmt.Errorf("read invoice %s: %w", f.Invoice.ID, err)
		}
	}
	c.Next, err = nextOf(f, c)
	return c, err
}

func statusOf(f *casework.File) Status {
	switch {
	case f.Opened():
		return Status(f.Case.Status)
	case f.Invoice.OpeningDone || f.Facts.Owed.Minor <= 0:
		return Settled
	}
	return Waiting
}

func debtorOf(f *casework.File) Debtor {
	d := Debtor{
		ID: f.Debtor.ExternalID, Name: f.Debtor.Name, Kind: law.DebtorKind(f.Debtor.Kind), Language: f.Debtor.Language, Country: f.Debtor.Country,
		Region: f.Debtor.Region, Address: f.Debtor.Address, PostalCode: f.Debtor.PostalCode, City: f.Debtor.City, TimeZone: f.Debtor.TimeZone,
		Hours: f.Debtor.ContactHours, Preferred: f.Debtor.PreferredChannel, Contacts: []Contact{}, zone: f.Facts.Calendar.Zone,
	}
	for _, p := range f.Contacts {
		d.Contacts = append(d.Contacts, Contact{Channel: p.Channel, Value: p.Value, InvalidAt: instant(p.InvalidAt), OptedOutAt: instant(p.OptedOutAt)})
	}
	return d
}

func paymentsOf(f *casework.File) []Payment {
	payments := make([]Payment, 0, len(f.Payments))
	for _, p := range f.Payments {
		payments = append(payments, Payment{
			On: store.Date(p.ReceivedOn), Amount: f.Money(p.AmountMinor), Reference: p.Reference, Source: p.Source, RecordedAt: p.RecordedAt.UTC(),
		})
	}
	return payments
}

// agreementOf shows the agreement in force. What was paid counts against the oldest instalment first.
func agreementOf(f *casework.File) *Agreement {
	in := f.Facts.Agreement
	if in == nil {
		return nil
	}
	a := &Agreement{AgreedAt: in.AgreedAt}
	a.MissedAt, _ = in.MissedAt(f.Policy.Grace, f.Facts.Zone)
	var due int64
	for _, i := range in.Instalments {
		due += i.Amount.Minor
		left := min(max(due-in.Paid.Minor, 0), i.Amount.Minor)
		a.Instalments = append(a.Instalments, Instalment{DueOn: i.DueOn, Amount: i.Amount, Left: f.Money(left), Paid: left == 0})
	}
	return a
}

func (c *Case) readBlocks(ctx context.Context, tx *store.Tx, f *casework.File) error {
	rows, err := tx.Pauses(ctx, f.Invoice.ID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.EndedAt != nil || r.ExpiresAt != nil && !f.Now.Before(*r.ExpiresAt) {
			continue
		}
		c.Blocks = append(c.Blocks, Block{
			Reason: collection.PauseReason(r.Reason), Note: r.Note, Since: r.BegunAt.UTC(), Until: instant(r.ExpiresAt), Review: r.ReviewAt.UTC(),
		})
	}
	return nil
}

func (c *Case) readDocuments(ctx context.Context, tx *store.Tx, f *casework.File) error {
	rows, err := tx.Documents(ctx, f.Invoice.ID)
	if err != nil {
		return err
	}
	for _, d := range rows {
		c.Documents = append(c.Documents, Document{Kind: d.Kind, Name: d.Name, MediaType: d.MediaType, SHA256: d.SHA256, Size: d.Size})
	}
	return nil
}

// readProgress reads what the case has done: its messages, tasks and outcomes, and the ladder that is made of them.
func (c *Case) readProgress(ctx context.Context, tx *store.Tx, f *casework.File) error {
	var outcomes []db.Outcome
	if f.Opened() {
		dispatches, err := tx.CaseDispatches(ctx, f.Case.ID)
		if err != nil {
			return err
		}
		for _, d := range dispatches {
			c.Messages = append(c.Messages, message(d))
		}
		tasks, err := tx.CaseTasks(ctx, f.Case.ID)
		if err != nil {
			return err
		}
		for _, t := range tasks {
			c.Tasks = append(c.Tasks, taskLine(t, f.Invoice.Number, f.Debtor.Name, f.Now, f.Facts.Zone))
		}
		if outcomes, err = tx.Outcomes(ctx, f.Case.ID); err != nil {
			return err
		}
	}
	c.Ladder = ladderOf(f, c.Status, outcomes)
	return nil
}

func message(d db.CaseDispatchesRow) Message {
	return Message{
		ID: d.ID, Step: collection.StepID(d.StepID), Kind: collection.StepKind(d.Kind), Channel: d.Channel, To: d.Recipient, Subject: d.Subject,
		State: d.State, Amount: money.Amount{Minor: d.AmountMinor, Currency: money.Currency(d.Currency)}, SHA256: d.BodySHA256,
		ClaimedAt: d.ClaimedAt.UTC(), DecidedAt: instant(d.DecidedAt), Provider: d.Provider, ProviderID: text(d.ProviderID),
		Tracking: text(d.Tracking), Code: text(d.Code),
	}
}

func (c *Case) readTimeline(ctx context.Context, tx *store.Tx, f *casework.File) error {
	rows, err := tx.Timeline(ctx, f.Invoice.ID)
	if err != nil {
		return err
	}
	zone := c.Debtor.Zone()
	for _, r := range rows {
		c.Timeline = append(c.Timeline, TimelineEntry{At: r.At.UTC(), Kind: r.Kind, Text: words.Event(r.Kind, r.Data, zone), Data: r.Data})
	}
	return nil
}

// RungState is how far a rung of the ladder has come.
type RungState string

// The states of a rung.
const (
	RungDone    RungState = "done"
	RungNext    RungState = "next"
	RungPlanned RungState = "planned" // it follows, at about this time, if nothing is paid
	RungWaiting RungState = "waiting" // it follows, nobody knows when: the case stands still
	RungDropped RungState = "dropped" // the case is over without it
)

// Rung is one step of the ladder: what happened, or what is to come.
type Rung struct {
	Step  collection.StepID   `json:"step"`
	Kind  collection.StepKind `json:"kind"` // what is really done: an SMS rung may go out by email
	Tone  collection.Tone     `json:"tone,omitempty"`
	State RungState           `json:"state"`
	// At is when it happened, or when it would.
	At     time.Time         `json:"at,omitzero"`
	Result collection.Result `json:"result,omitempty"`
	Reason string            `json:"reason,omitempty"` // code
	Why    []collection.Why  `json:"why,omitempty"`    // of what is to come
	// Message and Task are what the rung brought about.
	Message string `json:"message,omitempty"`
	Task    string `json:"task,omitempty"`
}

func ladderOf(f *casework.File, status Status, outcomes []db.Outcome) []Rung {
	planned := map[collection.StepID]collection.Planned{}
	var first collection.StepID
	if status == Open || status == Waiting {
		facts, now := f.Facts, f.Now
		if status == Waiting && f.Invoice.OpensAt.After(now) {
			now = f.Invoice.OpensAt.UTC()
			facts.OpenedAt = now
		}
		for i, p := range collection.Ladder(facts, f.Policy, now) {
			if planned[p.Step] = p; i == 0 && status == Open && f.Facts.OnPerson == "" {
				first = p.Step
			}
		}
	}
	done := map[string]db.Outcome{}
	for _, o := range outcomes {
		if o.Epoch == f.Case.Epoch {
			done[o.StepID] = o
		}
	}
	rungs := make([]Rung, 0, len(f.Policy.Steps))
	for _, s := range f.Policy.Steps {
		rung := Rung{Step: s.ID, Kind: s.Kind, Tone: s.Tone, State: RungWaiting}
		if o, ok := done[string(s.ID)]; ok {
			rung.happened(o)
		} else if p, ok := planned[s.ID]; ok {
			rung.Kind, rung.State, rung.At, rung.Why = p.Kind, RungPlanned, p.At, p.Why
			if s.ID == first {
				rung.State = RungNext
			}
		} else if status != Open && status != Waiting {
			rung.State = RungDropped
		}
		rungs = append(rungs, rung)
	}
	return rungs
}

func (r *Rung) happened(o db.Outcome) {
	r.Kind, r.State, r.At = collection.StepKind(o.Kind), RungDone, o.RecordedAt.UTC()
	r.Result, r.Reason = collection.Result(o.Result), o.Reason
	if o.DispatchID != nil {
		r.Message = o.DispatchID.String()
	}
	if o.TaskID != nil {
		r.Task = o.TaskID.String()
	}
}
