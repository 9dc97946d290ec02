package casework

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"relance/internal/clock"
	"relance/internal/collection"
	"relance/internal/delivery"
	"relance/internal/store"
	"relance/internal/store/db"
)

// Step names the rung that a workflow asks to be performed.
type Step struct {
	CaseID uuid.UUID
	Step   collection.StepID
	Kind   collection.StepKind
	Epoch  int
}

// ErrBusy means that another attempt at the same message is under way; it ends by itself within one lease.
var ErrBusy = errors.New("another attempt at this message is under way")

// claim is a dispatch that this process holds: frozen bytes, an attempt of its own, a lease.
type claim struct {
	step     Step
	dispatch uuid.UUID
	attempt  uuid.UUID
	lease    time.Time
	digest   string
	frozen   delivery.Frozen
	sender   delivery.Sender
	contact  *uuid.UUID
}

// claim is the first transaction of a send. Under the locks it plans again; if the answer is still "this step, now", it
// freezes the message and takes the dispatch. A nil claim means that there is nothing to send and the plan says what is next.
func (w *Work) claim(ctx context.Context, step Step) (c *claim, plan collection.Plan, err error) {
	err = w.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, plan, err = w.claimTx(ctx, tx, step)
		return err
	})
	return c, plan, err
}

func (w *Work) claimTx(ctx context.Context, tx *store.Tx, step Step) (*claim, collection.Plan, error) {
	f, err := lockCase(ctx, tx, step.CaseID)
	if err != nil {
		return nil, collection.Plan{}, err
	}
	live, err := tx.LiveDispatch(ctx, step.CaseID, int32(step.Epoch), string(step.Step)) //nolint:gosec // epochs are small
	if err != nil && !store.NoRows(err) {
		return nil, collection.Plan{}, fmt.Errorf("look for a live dispatch of case %s: %w", step.CaseID, err)
	}
	if live.State == "calling" {
		if clock.Now().Before(live.LeaseUntil) {
			return nil, collection.Plan{}, ErrBusy
		}
		if f, err = callLost(ctx, tx, f, live); err != nil {
			return nil, collection.Plan{}, err
		}
	}
	plan, err := Replan(ctx, tx, f, Quiet)
	if err != nil || !plan.Asks(step.Step, step.Epoch, f.Now) || plan.Kind != step.Kind {
		return nil, plan, err
	}
	if stopped, err := tx.Stopped(ctx, f.Creditor.ID); err != nil || stopped {
		return nil, plan, err
	}
	if used, err := stepTimeUsedUp(ctx, tx, f, live); err != nil {
		return nil, plan, err
	} else if used {
		plan, err = w.giveUp(ctx, tx, f, plan, live, "step_time_used_up")
		return nil, plan, err
	}
	t, err := w.asTask(ctx, tx, f, plan)
	if err != nil {
		return nil, plan, fmt.Errorf("prepare %s of case %s: %w", plan.Step, step.CaseID, err)
	}
	if t != nil {
		if err := letGo(ctx, tx, f, live); err != nil {
			return nil, plan, err
		}
		plan, err = w.raise(ctx, tx, f, plan, t)
		return nil, plan, err
	}
	return w.freeze(ctx, tx, f, plan, step, live)
}

// freeze renders the message as it will go out, stores its bytes, and takes the dispatch with a new attempt.
func (w *Work) freeze(ctx context.Context, tx *store.Tx, f *File, plan collection.Plan, step Step, live db.Dispatch) (*claim, collection.Plan, error) {
	c := &claim{
		step: step, attempt: uuid.New(), lease: clock.Now().Add(w.Deadlines.Lease),
		dispatch: collection.StepKey("dispatch", step.CaseID, step.Epoch, step.Step),
	}
	if live.ID != uuid.Nil {
		c.dispatch = live.ID
	} else if n, err := tx.CountDispatches(ctx, step.CaseID, int32(step.Epoch), string(step.Step)); err != nil { //nolint:gosec // small
		return nil, plan, err
	} else if n > 0 { // a suppressed or refused one stands in the way of the name
		c.dispatch = collection.StepKey(fmt.Sprintf("dispatch-%d", n+1), step.CaseID, step.Epoch, step.Step)
	}
	d, err := w.compose(ctx, tx, f, plan, delivery.Tags{Dispatch: c.dispatch.String(), Attempt: c.attempt.String(), Kind: string(plan.Kind)})
	if none := (*noRecipient)(nil); errors.As(err, &none) {
		if err := letGo(ctx, tx, f, live); err != nil {
			return nil, plan, err
		}
		plan, err := w.skip(ctx, tx, f, plan, none.reason)
		return nil, plan, err
	}
	if err != nil {
		return nil, plan, fmt.Errorf("compose %s of case %s: %w", plan.Step, step.CaseID, err)
	}
	c.frozen, c.sender, c.contact, c.digest = d.frozen, d.sender, d.contact, d.digest
	if _, err := w.Blobs.Put(ctx, d.frozen.Body); err != nil {
		return nil, plan, fmt.Errorf("keep the message of case %s: %w", step.CaseID, err)
	}
	if live.ID != uuid.Nil {
		return c, plan, reclaim(ctx, tx, f, plan, c, d, live)
	}
	return c, plan, takeDispatch(ctx, tx, f, plan, c, d)
}

// letGo suppresses a message that was claimed and put off, because its step ends another way.
func letGo(ctx context.Context, tx *store.Tx, f *File, live db.Dispatch) error {
	if live.ID == uuid.Nil {
		return nil
	}
	return suppress(ctx, tx, f, live)
}

func takeDispatch(ctx context.Context, tx *store.Tx, f *File, plan collection.Plan, c *claim, d *draft) error {
	policyStep, _ := f.Policy.Step(plan.Step)
	err := tx.InsertDispatch(ctx, db.InsertDispatchParams{
		ID: c.dispatch, CreditorID: f.Creditor.ID, DebtorID: f.Debtor.ID, ContactPointID: d.contact, Kind: string(plan.Kind),
		Channel: d.channel, OnUnknown: string(policyStep.OnUnknown), AttemptID: c.attempt, LeaseUntil: c.lease,
		Provider: d.frozen.Provider, Account: d.frozen.Account, Recipient: d.frozen.Recipient, ContentType: d.frozen.ContentType,
		IdempotencyKey: d.frozen.IdempotencyKey, BodySHA256: d.frozen.SHA256(), Subject: d.subject, ClaimedAt: f.Now,
	})
	if err != nil {
		return fmt.Errorf("claim %s of case %s: %w", plan.Step, f.Case.ID, err)
	}
	err = tx.InsertDispatchCase(ctx, db.InsertDispatchCaseParams{
		DispatchID: c.dispatch, CaseID: f.Case.ID, Epoch: f.Case.Epoch, StepID: string(plan.Step),
		AmountMinor: f.Facts.Owed.Minor, Currency: string(f.Facts.Owed.Currency),
	})
	if err != nil {
		return fmt.Errorf("claim %s of case %s: %w", plan.Step, f.Case.ID, err)
	}
	return insertAttempt(ctx, tx, f, c, 1)
}

// reclaim takes a dispatch that was claimed before and never called, or whose absence at the provider is proved.
func reclaim(ctx context.Context, tx *store.Tx, f *File, plan collection.Plan, c *claim, d *draft, live db.Dispatch) error {
	if err := endAttempt(ctx, tx, live.AttemptID, "superseded", delivery.Outcome{}); err != nil {
		return err
	}
	err := tx.ReclaimDispatch(ctx, db.ReclaimDispatchParams{
		ID: c.dispatch, AttemptID: c.attempt, LeaseUntil: c.lease, ContactPointID: d.contact, Channel: d.channel, Kind: string(plan.Kind),
		Provider: d.frozen.Provider, Account: d.frozen.Account, Recipient: d.frozen.Recipient, ContentType: d.frozen.ContentType,
		IdempotencyKey: d.frozen.IdempotencyKey, BodySHA256: d.frozen.SHA256(), Subject: d.subject, ClaimedAt: f.Now,
	})
	if err != nil {
		return fmt.Errorf("claim %s of case %s again: %w", plan.Step, f.Case.ID, err)
	}
	err = tx.RestateDispatchCase(ctx, db.RestateDispatchCaseParams{
		DispatchID: c.dispatch, CaseID: f.Case.ID, AmountMinor: f.Facts.Owed.Minor, Currency: string(f.Facts.Owed.Currency),
	})
	if err != nil {
		return fmt.Errorf("restate dispatch %s: %w", c.dispatch, err)
	}
	return insertAttempt(ctx, tx, f, c, live.Attempt+1)
}

func insertAttempt(ctx context.Context, tx *store.Tx, f *File, c *claim, number int32) error {
	err := tx.InsertAttempt(ctx, db.InsertAttemptParams{
		ID: c.attempt, DispatchID: c.dispatch, Number: number, BodySHA256: c.frozen.SHA256(), ClaimedAt: f.Now,
	})
	if err != nil {
		return fmt.Errorf("note the attempt at dispatch %s: %w", c.dispatch, err)
	}
	return nil
}

// callLost marks a call whose process died, or was cut off from the database, as unknown: it is looked up at the provider
// before anything else happens.
func callLost(ctx context.Context, tx *store.Tx, f *File, d db.Dispatch) (*File, error) {
	if _, err := tx.CallLost(ctx, d.ID, d.AttemptID, &f.Now); err != nil {
		return nil, fmt.Errorf("take dispatch %s for lost: %w", d.ID, err)
	}
	if err := endAttempt(ctx, tx, d.AttemptID, "unknown", delivery.Outcome{Code: "call_lost"}); err != nil {
		return nil, err
	}
	if err := tx.Note(ctx, f.Invoice.ID, f.Now, "outcome_unknown", map[string]any{"dispatch": d.ID, "kind": d.Kind}); err != nil {
		return nil, err
	}
	return Load(ctx, tx, f.Invoice.ID)
}

// stepTimeUsedUp reports that the provider has been putting this message off for longer than a step may take.
func stepTimeUsedUp(ctx context.Context, tx *store.Tx, f *File, live db.Dispatch) (bool, error) {
	if live.ID == uuid.Nil || live.Attempt < 2 {
		return false, nil
	}
	first, err := tx.FirstClaim(ctx, live.ID)
	if err != nil {
		return false, fmt.Errorf("read the first attempt at dispatch %s: %w", live.ID, err)
	}
	return f.Now.Sub(first) > stepLimit, nil
}
