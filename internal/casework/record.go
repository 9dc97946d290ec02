package casework

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"relance/internal/calendar"
	"relance/internal/clock"
	"relance/internal/collection"
	"relance/internal/delivery"
	"relance/internal/store"
	"relance/internal/store/db"
)

// record writes what the provider answered: first the outcome, then, under a savepoint, what follows from it and the plan, so
// that no mistake there can undo the memory of a call.
func (w *Work) record(ctx context.Context, tx *store.Tx, f *File, d db.Dispatch, c *claim, out delivery.Outcome) (verdict, error) {
	if err := recordOutcome(ctx, tx, f, d, out, c.step); err != nil {
		return verdict{}, fmt.Errorf("record the outcome of dispatch %s: %w", d.ID, err)
	}
	var v verdict
	err := tx.Savepoint(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := w.retired(ctx, tx, f, c, out); err != nil {
			return err
		}
		f, err := Load(ctx, tx, f.Invoice.ID)
		if err != nil {
			return err
		}
		v.plan, err = Replan(ctx, tx, f, Quiet)
		return err
	})
	if err != nil {
		// The outcome stands. The plan is made by whoever looks at the case next.
		if v.plan, err = f.Plan(); err != nil {
			return verdict{}, err
		}
	}
	return v, nil
}

// retired takes a contact point out of use that the provider says does not work. A debtor whom nothing reaches any more is
// to be traced.
func (w *Work) retired(ctx context.Context, tx *store.Tx, f *File, c *claim, out delivery.Outcome) error {
	if c.contact == nil || !out.Permanent && !out.OptedOut {
		return nil
	}
	if err := retire(ctx, tx, f, *c.contact, out.OptedOut, out.Code); err != nil {
		return err
	}
	f, err := Load(ctx, tx, f.Invoice.ID)
	if err != nil || f.Facts.Reach.Email || f.Facts.Reach.SMS {
		return err
	}
	_, err = w.openTask(ctx, tx, f, "", &task{kind: TaskFindDebtor, why: "no_channel_left"})
	return err
}

func recordOutcome(ctx context.Context, tx *store.Tx, f *File, d db.Dispatch, out delivery.Outcome, step Step) error {
	switch out.State {
	case delivery.Accepted:
		if err := endAttempt(ctx, tx, d.AttemptID, "accepted", out); err != nil {
			return err
		}
		return accepted(ctx, tx, f, d, out, step.Step)
	case delivery.Refused:
		if err := endAttempt(ctx, tx, d.AttemptID, "refused", out); err != nil {
			return err
		}
		return refused(ctx, tx, f, d, out, step.Step)
	case delivery.Later:
		result := "later"
		if !out.Written && out.HTTPStatus == 0 {
			result = "not_written"
		}
		if err := endAttempt(ctx, tx, d.AttemptID, result, out); err != nil {
			return err
		}
		at := f.Now.Add(later(out.RetryAfter, d.Attempt))
		return tx.PutOffDispatch(ctx, db.PutOffDispatchParams{ID: d.ID, NotBefore: &at, Code: text(out.Code), Detail: text(out.Detail)})
	case delivery.Unknown:
		if err := endAttempt(ctx, tx, d.AttemptID, "unknown", out); err != nil {
			return err
		}
		err := tx.DispatchUnknown(ctx, db.DispatchUnknownParams{ID: d.ID, ReviewAt: &f.Now, Code: text(out.Code), Detail: text(out.Detail)})
		if err != nil {
			return err
		}
		return tx.Note(ctx, f.Invoice.ID, f.Now, "outcome_unknown", map[string]any{"dispatch": d.ID, "kind": d.Kind, "code": out.Code})
	}
	return fmt.Errorf("a provider answered %q", out.State)
}

// accepted records that the provider took the message, and what follows from that by itself: a certified letter is posted,
// a hand-over to an agency is a referral.
func accepted(ctx context.Context, tx *store.Tx, f *File, d db.Dispatch, out delivery.Outcome, step collection.StepID) error {
	err := tx.EndDispatch(ctx, db.EndDispatchParams{
		ID: d.ID, State: "accepted", DecidedAt: &f.Now, ProviderID: text(out.ProviderID), Code: text(out.Code), Tracking: text(out.Tracking),
	})
	if err != nil {
		return err
	}
	o := collection.Outcome{Step: step, Kind: collection.StepKind(d.Kind), Result: collection.Sent}
	if err := insertOutcome(ctx, tx, f, o, "accepted", &d.ID, nil); err != nil {
		return err
	}
	switch o.Kind {
	case collection.CertifiedLetter:
		return Posted(ctx, tx, f, f.postDay(out), out.Tracking)
	case collection.Referral:
		return Refer(ctx, tx, f, collection.Agency, d.BodySHA256)
	case collection.EmailReminder, collection.SMSReminder, collection.EscalationNotice, collection.PhoneCall:
	}
	return nil
}

func (f *File) postDay(out delivery.Outcome) calendar.Date {
	if out.SendsAt.After(f.Now) {
		return calendar.DateOf(out.SendsAt, f.Facts.Zone)
	}
	return calendar.DateOf(f.Now, f.Facts.Zone)
}

func refused(ctx context.Context, tx *store.Tx, f *File, d db.Dispatch, out delivery.Outcome, step collection.StepID) error {
	err := tx.EndDispatch(ctx, db.EndDispatchParams{
		ID: d.ID, State: "refused", DecidedAt: &f.Now, Code: code(out.Code), Detail: text(out.Detail),
	})
	if err != nil {
		return err
	}
	o := collection.Outcome{Step: step, Kind: collection.StepKind(d.Kind), Result: collection.Refused}
	return insertOutcome(ctx, tx, f, o, *code(out.Code), &d.ID, nil)
}

func insertOutcome(ctx context.Context, tx *store.Tx, f *File, o collection.Outcome, reason string, dispatch, task *uuid.UUID) error {
	err := tx.InsertOutcome(ctx, db.InsertOutcomeParams{
		CaseID: f.Case.ID, InvoiceID: f.Invoice.ID, Epoch: max(f.Case.Epoch, 1), StepID: string(o.Step), Kind: string(o.Kind),
		Result: string(o.Result), Reason: reason, DispatchID: dispatch, TaskID: task, RecordedAt: f.Now,
	})
	if err != nil {
		return fmt.Errorf("record how %s of case %s ended: %w", o.Step, f.Case.ID, err)
	}
	return tx.Note(ctx, f.Invoice.ID, f.Now, "step_"+string(o.Result), map[string]any{
		"step": o.Step, "kind": o.Kind, "reason": reason, "dispatch": dispatch, "task": task, "owed": f.Facts.Owed,
	})
}

func endAttempt(ctx context.Context, tx *store.Tx, id uuid.UUID, result string, out delivery.Outcome) error {
	now := clock.Now()
	p := db.EndAttemptParams{ID: id, EndedAt: &now, Result: &result, Code: text(out.Code)}
	if out.HTTPStatus != 0 {
		status := int32(out.HTTPStatus) //nolint:gosec // three digits
		p.HttpStatus = &status
	}
	if err := tx.EndAttempt(ctx, p); err != nil {
		return fmt.Errorf("end attempt %s: %w", id, err)
	}
	return nil
}

// Posted records that the final notice was handed to the post: the notice period of the law runs from that day.
func Posted(ctx context.Context, tx *store.Tx, f *File, on calendar.Date, tracking string) error {
	err := tx.InsertPosting(ctx, db.InsertPostingParams{
		CaseID: f.Case.ID, InvoiceID: f.Invoice.ID, Epoch: f.Case.Epoch, PostedOn: store.Day(on), Tracking: tracking, RecordedAt: f.Now,
	})
	if err != nil {
		return fmt.Errorf("record the posting of case %s: %w", f.Case.ID, err)
	}
	return tx.Note(ctx, f.Invoice.ID, f.Now, "letter_posted", map[string]any{"on": on, "tracking": tracking})
}

// Refer records that the debt was handed over: it ends the workflow, not the claim.
func Refer(ctx context.Context, tx *store.Tx, f *File, route collection.RouteKind, dossier string) error {
	id := collection.StepKey("referral", f.Case.ID, int(f.Case.Epoch), "")
	err := tx.InsertReferral(ctx, db.InsertReferralParams{
		ID: id, CaseID: f.Case.ID, InvoiceID: f.Invoice.ID, Epoch: f.Case.Epoch, Route: string(route), DossierSHA256: dossier, ReferredAt: f.Now,
	})
	if err != nil {
		return fmt.Errorf("record the referral of case %s: %w", f.Case.ID, err)
	}
	return tx.Note(ctx, f.Invoice.ID, f.Now, "case_referred", map[string]any{"route": route, "owed": f.Facts.Owed})
}

func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func code(s string) *string {
	if s == "" {
		s = "refused"
	}
	return &s
}
