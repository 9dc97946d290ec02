package casework

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"

	"relance/internal/collection"
	"relance/internal/delivery"
	"relance/internal/store"
	"relance/internal/store/db"
)

// Failure is a step whose activity failed for good.
type Failure struct {
	Step  collection.StepID
	Epoch int
	Cause string // a code, never a text
}

// Review looks at a case because something expired: a block, an agreement, the wait for a look-up, a review date. Running it
// twice is safe: everything it records has one place to be recorded in.
func (w *Work) Review(ctx context.Context, caseID uuid.UUID, failure *Failure) (plan collection.Plan, err error) {
	if err := w.settleUnknown(ctx, caseID); err != nil {
		return collection.Plan{}, err
	}
	err = w.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error {
		f, err := lockCase(ctx, tx, caseID)
		if err != nil {
			return err
		}
		if failure != nil {
			if err := w.failed(ctx, tx, f, *failure); err != nil {
				return err
			}
		}
		if err := endAgreement(ctx, tx, f); err != nil {
			return err
		}
		if err := w.remind(ctx, tx, f); err != nil {
			return err
		}
		if f, err = Changed(ctx, tx, w.Blobs, f.Invoice.ID, Quiet); err != nil {
			return err
		}
		plan, err = f.Plan()
		return err
	})
	return plan, err
}

// failed records a step that its activity could not perform: unknown if a call had begun, else given up.
func (w *Work) failed(ctx context.Context, tx *store.Tx, f *File, failure Failure) error {
	if failure.Epoch != int(f.Case.Epoch) {
		return nil
	}
	plan, err := f.Plan()
	if err != nil || plan.Form != collection.Perform || plan.Step != failure.Step {
		return err
	}
	if slices.ContainsFunc(f.Facts.Outcomes, func(o collection.Outcome) bool { return o.Step == failure.Step }) {
		return nil // it has ended, and only the plan that follows was not stored
	}
	live, err := tx.LiveDispatch(ctx, f.Case.ID, f.Case.Epoch, string(failure.Step))
	if err != nil && !store.NoRows(err) {
		return fmt.Errorf("look for a live dispatch of case %s: %w", f.Case.ID, err)
	}
	switch live.State {
	case "calling":
		_, err := callLost(ctx, tx, f, live)
		return err
	case "unknown":
		return nil
	}
	_, err = w.giveUp(ctx, tx, f, plan, live, cmp.Or(failure.Cause, "step_failed"))
	return err
}

// endAgreement records that an agreement was missed. Until somebody agrees again the ladder goes on where it stood.
func endAgreement(ctx context.Context, tx *store.Tx, f *File) error {
	if f.Facts.Agreement == nil {
		return nil
	}
	missed, open := f.Facts.Agreement.MissedAt(f.Policy.Grace, f.Facts.Zone)
	if !open || f.Now.Before(missed) {
		return nil
	}
	rows, err := tx.Agreements(ctx, f.Invoice.ID)
	if err != nil {
		return err
	}
	for _, a := range rows {
		if a.EndedAt != nil {
			continue
		}
		err := tx.EndAgreement(ctx, db.EndAgreementParams{AgreementID: a.ID, InvoiceID: f.Invoice.ID, Result: "broken", EndedAt: missed})
		if err != nil {
			return fmt.Errorf("end agreement %s: %w", a.ID, err)
		}
	}
	return tx.Note(ctx, f.Invoice.ID, f.Now, "agreement_broken", map[string]any{"missed_at": missed, "owed": f.Facts.Owed})
}

// remind raises a task when the review date of something only a person can end has come, and none is open yet.
func (w *Work) remind(ctx context.Context, tx *store.Tx, f *File) error {
	plan, err := f.Plan()
	if err != nil || plan.Form != collection.Person || f.Now.Before(plan.At) {
		return err
	}
	tasks, err := tx.CaseTasks(ctx, f.Case.ID)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if t.Status == "open" {
			return nil
		}
	}
	why := "review"
	if len(plan.Why) > 0 {
		why = string(plan.Why[0])
	}
	_, err = w.openTask(ctx, tx, f, "", &task{kind: TaskReview, why: why})
	return err
}

// SettleClosed settles the messages of unknown outcome that are due a look-up and whose case is over: its workflow has ended,
// and the promise that nothing is lost has not.
func (w *Work) SettleClosed(ctx context.Context) error {
	var cases []uuid.UUID
	err := w.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		cases, err = tx.UnknownOfClosedCases(ctx, &now)
		return err
	})
	if err != nil {
		return fmt.Errorf("look for unknown outcomes of closed cases: %w", err)
	}
	for _, id := range cases { // one that cannot be settled keeps no other waiting
		err = errors.Join(err, w.settleUnknown(ctx, id))
	}
	return err
}

// settleUnknown asks the provider about a message whose outcome died with its process. The look-up holds no lock; what it
// found is recorded under the locks.
func (w *Work) settleUnknown(ctx context.Context, caseID uuid.UUID) error {
	d, err := w.unknownDispatch(ctx, caseID)
	if err != nil || d == nil {
		return err
	}
	finder, err := w.finder(d.Provider)
	if err != nil {
		return err
	}
	query, err := w.query(ctx, d)
	if err != nil {
		return err
	}
	finding, findErr := w.look(ctx, finder, query, d)
	return w.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error {
		f, err := lockCase(ctx, tx, caseID)
		if err != nil {
			return err
		}
		now, err := tx.LockDispatch(ctx, d.ID)
		if err != nil || now.State != "unknown" || now.AttemptID != d.AttemptID {
			return err
		}
		return w.judge(ctx, tx, f, now, finding, findErr)
	})
}

// query asks for a dispatch by our own marks.
func (w *Work) query(ctx context.Context, d *db.Dispatch) (delivery.Query, error) {
	attempt, err := w.attempt(ctx, d.AttemptID)
	if err != nil {
		return delivery.Query{}, fmt.Errorf("read attempt %s: %w", d.AttemptID, err)
	}
	q := delivery.Query{Dispatch: d.ID.String(), Recipient: d.Recipient}
	if attempt.CalledAt != nil {
		q.Called = attempt.CalledAt.UTC()
		q.Since = q.Called.Add(-lookupMargin)
	}
	return q, nil
}

// look asks the provider. Twilio gives none of our marks back, so its messages are found by their text; a text that is lost
// can prove nothing, and in the end a person decides.
func (w *Work) look(ctx context.Context, finder delivery.Finder, q delivery.Query, d *db.Dispatch) (delivery.Finding, error) {
	if d.Channel == "sms" {
		body, err := w.Blobs.Get(ctx, d.BodySHA256)
		if err != nil {
			return delivery.Finding{}, fmt.Errorf("read the message of dispatch %s: %w", d.ID, err)
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return delivery.Finding{}, fmt.Errorf("read the message of dispatch %s: %w", d.ID, err)
		}
		q.Text = form.Get("Body")
	}
	return finder.Find(ctx, q)
}

// lookupMargin allows for a provider's clock that goes a little differently from ours.
const lookupMargin = time.Minute

// judge settles an unknown dispatch from the evidence, or says when to look again.
func (w *Work) judge(ctx context.Context, tx *store.Tx, f *File, d db.Dispatch, finding delivery.Finding, findErr error) error {
	if findErr == nil {
		taken, err := tx.ProviderIDTaken(ctx, d.Provider, finding.ProviderID, d.ID)
		if err != nil {
			return fmt.Errorf("compare what was found of dispatch %s: %w", d.ID, err)
		}
		if taken { // found by its words, and it was another message of ours that says the same
			finding = delivery.Finding{}
		}
		err = tx.InsertLookup(ctx, db.InsertLookupParams{
			ID: uuid.New(), DispatchID: d.ID, AttemptID: d.AttemptID, At: f.Now, Found: finding.Found, Control: finding.Control,
			ProviderID: text(finding.ProviderID),
		})
		if err != nil {
			return fmt.Errorf("record the look-up of dispatch %s: %w", d.ID, err)
		}
	}
	step, err := stepOf(ctx, tx, d, f.Case.ID)
	if err != nil {
		return err
	}
	if finding.Found {
		return accepted(ctx, tx, f, d, delivery.Outcome{ProviderID: finding.ProviderID, Code: "found"}, step)
	}
	waited := f.Now.Sub(d.ClaimedAt)
	empty, err := emptyLookups(ctx, tx, d)
	switch {
	case err != nil:
		return err
	case waited >= quarantine && empty >= lookupsEmpty:
		return proveAbsent(ctx, tx, f, d, "lookups")
	case waited >= lookupLimit && d.OnUnknown == string(collection.Resend) && !collection.StepKind(d.Kind).Legal():
		return proveAbsent(ctx, tx, f, d, "policy_resend")
	case waited >= lookupLimit:
		return w.toPerson(ctx, tx, f, d, step)
	}
	next := f.Now.Add(lookupGap)
	return tx.PostponeLookup(ctx, d.ID, &next)
}

// emptyLookups counts the look-ups that speak for absence: empty, with a positive control, and a gap between them.
func emptyLookups(ctx context.Context, tx *store.Tx, d db.Dispatch) (int, error) {
	rows, err := tx.Lookups(ctx, d.AttemptID)
	if err != nil {
		return 0, err
	}
	n := 0
	last := d.ClaimedAt
	for _, l := range rows {
		if !l.Found && l.Control && l.At.Sub(last) >= lookupGap {
			n, last = n+1, l.At
		}
	}
	return n, nil
}

// proveAbsent stores the proof, without which the database lets no unknown dispatch be claimed again, and puts the message
// back in front of the whole gate.
func proveAbsent(ctx context.Context, tx *store.Tx, f *File, d db.Dispatch, ground string) error {
	err := tx.InsertAbsence(ctx, db.InsertAbsenceParams{AttemptID: d.AttemptID, DispatchID: d.ID, ProvedAt: f.Now, Ground: ground})
	if err != nil {
		return fmt.Errorf("store the proof of absence of dispatch %s: %w", d.ID, err)
	}
	if err := tx.PutOffDispatch(ctx, db.PutOffDispatchParams{ID: d.ID}); err != nil {
		return fmt.Errorf("put dispatch %s back: %w", d.ID, err)
	}
	if f.Case.Status != "open" { // nobody asks for it any more
		return suppress(ctx, tx, f, d)
	}
	return tx.Note(ctx, f.Invoice.ID, f.Now, "proved_absent", map[string]any{"dispatch": d.ID, "ground": ground})
}

// toPerson ends the search: nobody can prove what became of the message, so a person decides.
func (w *Work) toPerson(ctx context.Context, tx *store.Tx, f *File, d db.Dispatch, step collection.StepID) error {
	if err := tx.EndDispatch(ctx, db.EndDispatchParams{ID: d.ID, State: "unproved", DecidedAt: &f.Now, Code: d.Code}); err != nil {
		return fmt.Errorf("give dispatch %s to a person: %w", d.ID, err)
	}
	t, err := w.openTask(ctx, tx, f, step, &task{kind: TaskUnknown, why: "no_proof_either_way", data: map[string]any{"dispatch": d.ID}})
	if err != nil {
		return err
	}
	o := collection.Outcome{Step: step, Kind: collection.StepKind(d.Kind), Result: collection.Unknown}
	return insertOutcome(ctx, tx, f, o, "no_proof_either_way", &d.ID, &t)
}

func (w *Work) unknownDispatch(ctx context.Context, caseID uuid.UUID) (found *db.Dispatch, err error) {
	err = w.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		rows, err := tx.UnknownDispatches(ctx, caseID)
		if err != nil {
			return err
		}
		for _, d := range rows {
			if d.ReviewAt != nil && !now.Before(*d.ReviewAt) {
				found = &d
			}
		}
		return nil
	})
	return found, err
}

func (w *Work) attempt(ctx context.Context, id uuid.UUID) (a db.Attempt, err error) {
	err = w.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		a, err = tx.Attempt(ctx, id)
		return err
	})
	return a, err
}

func (w *Work) finder(provider string) (delivery.Finder, error) {
	switch provider {
	case "sendgrid":
		return w.Mail, nil
	case "twilio":
		return w.Texts, nil
	case "lob":
		return w.Post, nil
	}
	return nil, errors.New("no look-up for provider " + provider)
}

func stepOf(ctx context.Context, tx *store.Tx, d db.Dispatch, caseID uuid.UUID) (collection.StepID, error) {
	rows, err := tx.DispatchCases(ctx, d.ID)
	if err != nil {
		return "", err
	}
	for _, r := range rows {
		if r.CaseID == caseID {
			return collection.StepID(r.StepID), nil
		}
	}
	return "", fmt.Errorf("dispatch %s does not cover case %s", d.ID, caseID)
}

// Outcome is how a step ended; empty while it has not.
func (w *Work) Outcome(ctx context.Context, step Step) (result collection.Result, err error) {
	err = w.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		row, err := tx.OutcomeOfStep(ctx, step.CaseID, int32(step.Epoch), string(step.Step)) //nolint:gosec // epochs are small
		if store.NoRows(err) {
			return nil
		}
		result = collection.Result(row)
		return err
	})
	return result, err
}
