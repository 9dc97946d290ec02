package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"relance/internal/clock"
	"relance/internal/collection"
	"relance/internal/delivery"
	"relance/internal/store"
	"relance/internal/store/db"
)

// News names what happened, for the signal that tells the workflow. It is one of the three signal names.
type News string

// The kinds of news, which are the names of the signals, so that a history reads like the story.
const (
	Quiet  News = ""
	Paid   News = "paid"
	Agreed News = "installment-agreed"
	Other  News = "case-changed"
)

// Replan computes the next plan of an open case from its facts and stores it when it differs. With news, a plan that
// differs also goes into the outbox; without (Quiet), the workflow learns it as the result of its own activity.
func Replan(ctx context.Context, tx *store.Tx, f *File, news News, events ...uuid.UUID) (collection.Plan, error) {
	old, err := f.Plan()
	if err != nil {
		return collection.Plan{}, err
	}
	plan := collection.Next(f.Facts, f.Policy, f.Now)
	if plan.Same(old) {
		return old, nil
	}
	plan.Version = nextVersion(old.Version)
	if err := storePlan(ctx, tx, f, plan); err != nil {
		return collection.Plan{}, err
	}
	if news == Quiet {
		return plan, nil
	}
	return plan, ring(ctx, tx, f, plan.Version, news, events)
}

// nextVersion never goes back, not even after a backup was restored, because it is at least the wall clock's microseconds.
func nextVersion(old int64) int64 { return max(old+1, clock.Now().UnixMicro()) }

func storePlan(ctx context.Context, tx *store.Tx, f *File, plan collection.Plan) error {
	raw, err := json.Marshal(plan)
	if err != nil {
		return fmt.Errorf("write the plan of case %s: %w", f.Case.ID, err)
	}
	p := db.StorePlanParams{ID: f.Case.ID, Plan: raw, PlanForm: string(plan.Form), PlanVersion: plan.Version, Status: "open"}
	if !plan.At.IsZero() {
		p.PlanAt = &plan.At
	}
	if plan.Form == collection.Close {
		p.PlanAt = nil
		ending := string(plan.Ending)
		p.Ending, p.ClosedAt, p.Status = &ending, closedAt(f), closedStatus(plan.Ending)
	}
	if err := tx.StorePlan(ctx, p); err != nil {
		return fmt.Errorf("store the plan of case %s: %w", f.Case.ID, err)
	}
	if plan.Form == collection.Close && f.Case.Status == "open" {
		if err := tx.Note(ctx, f.Invoice.ID, f.Now, "case_closed", map[string]any{"ending": plan.Ending, "owed": plan.Owed}); err != nil {
			return err
		}
	}
	f.Case.Plan, f.Case.PlanVersion, f.Case.Status = raw, plan.Version, p.Status
	return nil
}

func closedAt(f *File) *time.Time {
	if f.Case.ClosedAt != nil {
		return f.Case.ClosedAt
	}
	return &f.Now
}

func closedStatus(e collection.Ending) string {
	if e == collection.EndReferred {
		return "referred"
	}
	return "closed"
}

func ring(ctx context.Context, tx *store.Tx, f *File, version int64, news News, events []uuid.UUID) error {
	names := make([]string, len(events))
	for i, e := range events {
		names[i] = e.String()
	}
	err := tx.WantNews(ctx, db.WantNewsParams{
		CaseID: f.Case.ID, CreditorID: f.Creditor.ID, WantedVersion: version, Kind: string(news), Events: names, NextTryAt: clock.Now(),
	})
	if err != nil {
		return fmt.Errorf("ring case %s: %w", f.Case.ID, err)
	}
	return nil
}

// Changed is what every writer of a fact calls after it wrote: it reads the facts again, withdraws what a block has made
// wrong (a claimed message, an open task) or opens it again when the block has ended, and plans again. It does nothing for an
// invoice that is not a case yet.
func Changed(ctx context.Context, tx *store.Tx, blobs Blobs, invoiceID uuid.UUID, news News, events ...uuid.UUID) (*File, error) {
	f, err := Load(ctx, tx, invoiceID)
	if err != nil || !f.Opened() {
		return f, err
	}
	if f.Case.Status == "closed" {
		return f, nil
	}
	if f.Facts.Owed.Minor <= 0 || len(standing(f)) > 0 || f.Facts.Agreement != nil {
		err = Withdraw(ctx, tx, f)
	} else {
		err = reopen(ctx, tx, blobs, f)
	}
	if err != nil {
		return nil, err
	}
	if f, err = Load(ctx, tx, invoiceID); err != nil {
		return nil, err
	}
	_, err = Replan(ctx, tx, f, news, events...)
	return f, err
}

func standing(f *File) []collection.Pause {
	var s []collection.Pause
	for _, p := range f.Facts.Pauses {
		if p.Standing(f.Now) {
			s = append(s, p)
		}
	}
	return s
}

// Withdraw suppresses a message that is claimed and not yet on its way, and takes back open tasks that demand: what they say
// is not true any more. One that is being called right now is stopped by its own second look at the facts.
func Withdraw(ctx context.Context, tx *store.Tx, f *File) error {
	flights, err := tx.LockLiveDispatches(ctx, f.Case.ID)
	if err != nil {
		return fmt.Errorf("lock the dispatches of case %s: %w", f.Case.ID, err)
	}
	for _, d := range flights {
		if d.State != "claimed" {
			continue
		}
		if err := suppress(ctx, tx, f, d); err != nil {
			return err
		}
	}
	rows, err := tx.WithdrawTasks(ctx, &f.Now, f.Case.ID, withdrawn(f))
	if err != nil {
		return fmt.Errorf("withdraw the tasks of case %s: %w", f.Case.ID, err)
	}
	for _, t := range rows {
		if err := tx.Note(ctx, f.Invoice.ID, f.Now, "task_withdrawn", map[string]any{"task": t.ID, "kind": t.Kind}); err != nil {
			return err
		}
	}
	return nil
}

// withdrawn are the kinds of task that nobody should do now. To look into something, such as a hold that nobody ends, is no
// demand: it stands until nothing is owed.
func withdrawn(f *File) []string {
	kinds := []string{string(TaskCall), string(TaskPrintAndPost), string(TaskFileClaim), string(TaskChooseRoute)}
	if f.Facts.Owed.Minor <= 0 {
		kinds = append(kinds, string(TaskReview), string(TaskFindDebtor), string(TaskGivenUp))
	}
	return kinds
}

func suppress(ctx context.Context, tx *store.Tx, f *File, d db.Dispatch) error {
	if err := tx.EndDispatch(ctx, db.EndDispatchParams{ID: d.ID, State: "suppressed", DecidedAt: &f.Now}); err != nil {
		return fmt.Errorf("suppress dispatch %s: %w", d.ID, err)
	}
	if err := endAttempt(ctx, tx, d.AttemptID, "suppressed", delivery.Outcome{}); err != nil {
		return err
	}
	return tx.Note(ctx, f.Invoice.ID, f.Now, "message_suppressed", map[string]any{"dispatch": d.ID, "kind": d.Kind})
}
