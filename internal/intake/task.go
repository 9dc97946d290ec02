package intake

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"relance/internal/calendar"
	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/store"
	"relance/internal/store/db"
)

// Done is how a person finished a task.
type Done struct {
	Task     uuid.UUID
	Outcome  string        // call: what was said; file_claim: filed or declined; choose_route: small_claims, agency or declined
	Tracking string        // print_and_post: the tracking number of the certified letter
	On       calendar.Date // print_and_post: the day it was posted; zero: today
}

// Finish closes a task and records what it means for the case: a posted letter starts the notice period, a filed claim or a
// placement refers the case, a confirmed signal ends its block.
func (d *Desk) Finish(ctx context.Context, in Done) (r Receipt, err error) {
	err = d.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error {
		t, err := tx.Task(ctx, in.Task)
		if store.NoRows(err) {
			return refuse(NotFound, fmt.Sprintf("there is no task %s", in.Task))
		}
		if err != nil {
			return fmt.Errorf("read task %s: %w", in.Task, err)
		}
		c, err := tx.CaseByID(ctx, t.CaseID)
		if err != nil {
			return fmt.Errorf("read the case of task %s: %w", in.Task, err)
		}
		r, err = d.onLocked(ctx, tx, c.InvoiceID, casework.Other, func(ctx context.Context, tx *store.Tx, f *casework.File) (uuid.UUID, bool, error) {
			return finish(ctx, tx, f, in)
		})
		return err
	})
	return r, busy(err)
}

func finish(ctx context.Context, tx *store.Tx, f *casework.File, in Done) (uuid.UUID, bool, error) {
	t, err := tx.LockTask(ctx, in.Task)
	if err != nil {
		return uuid.Nil, false, fmt.Errorf("lock task %s: %w", in.Task, err)
	}
	if in.Outcome == "" {
		in.Outcome = "done"
	}
	if t.Status == "done" && deref(t.Outcome) == in.Outcome && deref(t.Tracking) == in.Tracking {
		return t.ID, false, nil
	}
	if t.Status != "open" {
		return uuid.Nil, false, refuse(Stopped, fmt.Sprintf("task %s is %s already", t.ID, t.Status))
	}
	if err := consequence(ctx, tx, f, t, in); err != nil {
		return uuid.Nil, false, err
	}
	p := db.EndTaskParams{ID: t.ID, Status: "done", EndedAt: &f.Now, Outcome: &in.Outcome}
	if in.Tracking != "" {
		p.Tracking = &in.Tracking
	}
	if err := tx.EndTask(ctx, p); err != nil {
		return uuid.Nil, false, fmt.Errorf("finish task %s: %w", t.ID, err)
	}
	return t.ID, true, tx.Note(ctx, f.Invoice.ID, f.Now, "task_done", map[string]any{"task": t.ID, "kind": t.Kind, "outcome": in.Outcome})
}

func consequence(ctx context.Context, tx *store.Tx, f *casework.File, t db.Task, in Done) error {
	switch casework.TaskKind(t.Kind) {
	case casework.TaskPrintAndPost:
		return letterPosted(ctx, tx, f, t, in)
	case casework.TaskFileClaim:
		switch in.Outcome {
		case "filed", "done":
			return casework.Refer(ctx, tx, f, collection.SmallClaims, deref(t.BodySHA256))
		case "declined":
			return nil
		}
		return refuse(Invalid, fmt.Sprintf("a claim is filed or declined, not %q", in.Outcome))
	case casework.TaskChooseRoute:
		switch route := collection.RouteKind(in.Outcome); {
		case route.Valid():
			return casework.Refer(ctx, tx, f, route, deref(t.BodySHA256))
		case in.Outcome == "declined":
			return nil
		}
		return refuse(Invalid, fmt.Sprintf("choose small_claims, agency or declined, not %q", in.Outcome))
	case casework.TaskUnreadable, casework.TaskConfirm:
		return releaseSignal(ctx, tx, f, casework.SignalOf(t), in.Outcome)
	case casework.TaskCall, casework.TaskFindDebtor, casework.TaskUnknown, casework.TaskGivenUp, casework.TaskReview:
	}
	return nil
}

// letterPosted records the day a printed letter went to the post. An escalation notice on paper starts no notice period.
func letterPosted(ctx context.Context, tx *store.Tx, f *casework.File, t db.Task, in Done) error {
	step, _ := f.Policy.Step(collection.StepID(t.StepID))
	if step.Kind != collection.CertifiedLetter {
		return nil
	}
	if in.Tracking == "" {
		return refuse(Invalid, "a certified letter has a tracking number: give it with --tracking, it is the proof of posting")
	}
	on, today := in.On, calendar.DateOf(f.Now, f.Facts.Zone)
	if on.IsZero() {
		on = today
	}
	if on.After(today) {
		return refuse(Invalid, fmt.Sprintf("the letter cannot have been posted on %s; today is %s", on, today))
	}
	if printed := printedOn(f, step.ID); on.Before(printed) {
		return refuse(Invalid, fmt.Sprintf("the letter cannot have been posted on %s; it was printed on %s", on, printed))
	}
	return casework.Posted(ctx, tx, f, on, in.Tracking)
}

// printedOn is the first day on which the letter of a step lay there to be posted.
func printedOn(f *casework.File, step collection.StepID) calendar.Date {
	for _, o := range f.Facts.Outcomes {
		if o.Step == step {
			return calendar.DateOf(o.At, f.Facts.Zone)
		}
	}
	return calendar.Date{}
}

// releaseSignal ends the block that a signal put on the case, once a person has looked at it. The blocks of other signals
// stand until somebody has looked at those.
func releaseSignal(ctx context.Context, tx *store.Tx, f *casework.File, key, note string) error {
	rows, err := tx.Pauses(ctx, f.Invoice.ID)
	if err != nil {
		return fmt.Errorf("read the blocks of invoice %s: %w", f.Invoice.ID, err)
	}
	for _, r := range rows {
		if r.EndedAt != nil || r.Reference != blockOfSignal(key) {
			continue
		}
		err := tx.EndPause(ctx, db.EndPauseParams{PauseID: r.ID, InvoiceID: f.Invoice.ID, EndedAt: f.Now, Note: note})
		if err != nil {
			return fmt.Errorf("end block %s: %w", r.ID, err)
		}
		if err := tx.Note(ctx, f.Invoice.ID, f.Now, "pause_ended", map[string]any{"reason": r.Reason, "pause": r.ID}); err != nil {
			return err
		}
	}
	return nil
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
