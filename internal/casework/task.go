package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/message"
	"relance/internal/store"
	"relance/internal/store/db"
)

// TaskKind is what a person is asked to do.
type TaskKind string

// The kinds of task.
const (
	TaskCall         TaskKind = "call"
	TaskPrintAndPost TaskKind = "print_and_post"
	TaskFileClaim    TaskKind = "file_claim"
	TaskChooseRoute  TaskKind = "choose_route"
	TaskFindDebtor   TaskKind = "find_debtor"
	TaskUnknown      TaskKind = "unknown_outcome"
	TaskGivenUp      TaskKind = "given_up"
	TaskUnreadable   TaskKind = "unreadable_signal"
	TaskConfirm      TaskKind = "confirm_signal"
	TaskReview       TaskKind = "review"
)

// task is work that a step, or something that went wrong, brings about.
type task struct {
	kind TaskKind
	why  string // code of the rule that made it a task
	body []byte // a letter to print, a dossier to file; nil: none
	data map[string]any
}

// asTask says whether this step is work for a person: a call always is, a letter where no letter provider reaches, a
// referral where a court or a person has to be asked.
func (w *Work) asTask(ctx context.Context, tx *store.Tx, f *File, plan collection.Plan) (*task, error) {
	switch plan.Kind {
	case collection.EmailReminder, collection.SMSReminder:
		return nil, nil
	case collection.PhoneCall:
		if !f.Facts.Reach.Phone {
			return nil, nil // composing says that there is no number
		}
		script, err := message.CallScript(f.notice(plan))
		if err != nil {
			return nil, err
		}
		return &task{kind: TaskCall, why: "call", data: map[string]any{"script": script}}, nil
	case collection.EscalationNotice:
		if f.Facts.Reach.Email {
			return nil, nil
		}
		return f.printTask(plan, "no_email_address")
	case collection.CertifiedLetter:
		if f.byLob() {
			return nil, nil
		}
		return f.printTask(plan, "no_letter_provider_here")
	case collection.Referral:
		return w.referralTask(ctx, tx, f, plan)
	}
	return nil, fmt.Errorf("step %s has the unknown kind %q", plan.Step, plan.Kind)
}

// raise records a step that is now work for a person: the step has ended, the task begins.
func (w *Work) raise(ctx context.Context, tx *store.Tx, f *File, plan collection.Plan, t *task) (collection.Plan, error) {
	id, err := w.openTask(ctx, tx, f, plan.Step, t)
	if err != nil {
		return plan, err
	}
	o := collection.Outcome{Step: plan.Step, Kind: plan.Kind, Result: collection.Tasked}
	if err := insertOutcome(ctx, tx, f, o, t.why, nil, &id); err != nil {
		return plan, err
	}
	return again(ctx, tx, f)
}

// OpenSignalTask asks a person about a signal that could not be acted on by itself. Asking twice about one asks once.
func OpenSignalTask(ctx context.Context, tx *store.Tx, f *File, kind TaskKind, why, signal string) error {
	_, err := storeTask(ctx, tx, f, "", &task{kind: kind, why: why, data: map[string]any{signalOfTask: signal}}, nil)
	return err
}

const signalOfTask = "signal"

// SignalOf is the key of the signal that a task asks about, "" for any other task.
func SignalOf(t db.Task) string {
	var data map[string]any
	_ = json.Unmarshal(t.Data, &data) // what cannot be read names no signal
	key, _ := data[signalOfTask].(string)
	return key
}

// NewsRefused tells a person that Temporal keeps refusing the news of a case: its workflow acts on an old plan, or not at all.
func NewsRefused(ctx context.Context, tx *store.Tx, caseID uuid.UUID) error {
	f, err := lockCase(ctx, tx, caseID)
	if err != nil {
		return err
	}
	_, err = storeTask(ctx, tx, f, "", &task{kind: TaskReview, why: "temporal_refuses_the_news"}, nil)
	return err
}

// openTask keeps the task's document and stores the task. Asking twice for the same one gives the one that is there.
func (w *Work) openTask(ctx context.Context, tx *store.Tx, f *File, step collection.StepID, t *task) (uuid.UUID, error) {
	if t.body == nil {
		return storeTask(ctx, tx, f, step, t, nil)
	}
	sha, err := w.Blobs.Put(ctx, t.body)
	if err != nil {
		return uuid.Nil, fmt.Errorf("keep the document of task %s of case %s: %w", t.kind, f.Case.ID, err)
	}
	return storeTask(ctx, tx, f, step, t, &sha)
}

func storeTask(ctx context.Context, tx *store.Tx, f *File, step collection.StepID, t *task, sha *string) (uuid.UUID, error) {
	about := step
	if signal, ok := t.data[signalOfTask].(string); ok {
		about = collection.StepID(signal)
	} else if t.kind == TaskReview {
		about = collection.StepID(f.Now.Format(time.RFC3339Nano))
	}
	id := collection.StepKey("task-"+string(t.kind), f.Case.ID, int(f.Case.Epoch), about)
	if t.data == nil {
		t.data = map[string]any{}
	}
	t.data["why"] = t.why
	data, err := json.Marshal(t.data)
	if err != nil {
		return uuid.Nil, err
	}
	p := db.InsertTaskParams{
		ID: id, CreditorID: f.Creditor.ID, DebtorID: f.Debtor.ID, CaseID: f.Case.ID, Epoch: f.Case.Epoch, StepID: string(step),
		Kind: string(t.kind), Data: data, BodySHA256: sha, OpenedAt: f.Now, DueAt: taskDue(f),
	}
	n, err := tx.InsertTask(ctx, p)
	if err != nil {
		return uuid.Nil, fmt.Errorf("raise task %s of case %s: %w", t.kind, f.Case.ID, err)
	}
	if n == 0 {
		return id, nil
	}
	return id, tx.Note(ctx, f.Invoice.ID, f.Now, "task_raised", map[string]any{"task": id, "kind": t.kind, "why": t.why, "step": step})
}

// skip records a step that cannot be performed, with the reason; a debtor whom nothing reaches any more is to be traced.
func (w *Work) skip(ctx context.Context, tx *store.Tx, f *File, plan collection.Plan, reason string) (collection.Plan, error) {
	o := collection.Outcome{Step: plan.Step, Kind: plan.Kind, Result: collection.Skipped}
	if err := insertOutcome(ctx, tx, f, o, reason, nil, nil); err != nil {
		return plan, err
	}
	if r := f.Facts.Reach; !r.Email && !r.SMS {
		if _, err := w.openTask(ctx, tx, f, "", &task{kind: TaskFindDebtor, why: reason}); err != nil {
			return plan, err
		}
	}
	return again(ctx, tx, f)
}

// giveUp ends a step that could not be performed, or whose time is used up: the ladder goes on, and a person is told.
func (w *Work) giveUp(ctx context.Context, tx *store.Tx, f *File, plan collection.Plan, live db.Dispatch, why string) (collection.Plan, error) {
	if err := letGo(ctx, tx, f, live); err != nil {
		return plan, err
	}
	o := collection.Outcome{Step: plan.Step, Kind: plan.Kind, Result: collection.GaveUp}
	if err := insertOutcome(ctx, tx, f, o, why, nil, nil); err != nil {
		return plan, err
	}
	if _, err := w.openTask(ctx, tx, f, plan.Step, &task{kind: TaskGivenUp, why: why}); err != nil {
		return plan, err
	}
	return again(ctx, tx, f)
}

// again reads the facts as they are now and plans from them; the workflow learns the plan as its activity's result.
func again(ctx context.Context, tx *store.Tx, f *File) (collection.Plan, error) {
	f, err := Load(ctx, tx, f.Invoice.ID)
	if err != nil {
		return collection.Plan{}, err
	}
	return Replan(ctx, tx, f, Quiet)
}

// retire marks an address or number that the provider says does not work, so that the next step takes another way.
func retire(ctx context.Context, tx *store.Tx, f *File, contact uuid.UUID, optedOut bool, code string) error {
	kind := "contact_invalid"
	if optedOut {
		kind = "contact_opted_out"
		if err := tx.OptOutContactPoint(ctx, contact, &f.Now); err != nil {
			return fmt.Errorf("opt contact point %s out: %w", contact, err)
		}
	} else if err := tx.InvalidateContactPoint(ctx, contact, &f.Now, &code); err != nil {
		return fmt.Errorf("mark contact point %s: %w", contact, err)
	}
	return tx.Note(ctx, f.Invoice.ID, f.Now, kind, map[string]any{"contact_point": contact, "code": code})
}

// reopen puts the letters and claims back in front of people that a block or an agreement had withdrawn, now that it has
// ended: their step has its outcome, and the ladder waits for them. A letter is printed anew, with today's dates and amount.
func reopen(ctx context.Context, tx *store.Tx, blobs Blobs, f *File) error {
	rows, err := tx.WithdrawnTasks(ctx, f.Case.ID, f.Case.Epoch)
	if err != nil {
		return fmt.Errorf("read the withdrawn tasks of case %s: %w", f.Case.ID, err)
	}
	for _, t := range rows {
		sha := t.BodySHA256
		if TaskKind(t.Kind) == TaskPrintAndPost {
			printed, err := printAnew(ctx, blobs, f, t)
			if err != nil {
				// Whatever brought us here, a payment perhaps, is recorded all the same. The letter stays withdrawn, a person
				// learns of it, and the next look at the case prints it.
				if _, err := storeTask(ctx, tx, f, collection.StepID(t.StepID), &task{kind: TaskReview, why: "letter_not_printed"}, nil); err != nil {
					return err
				}
				continue
			}
			sha = &printed
		}
		if err := tx.ReopenTask(ctx, db.ReopenTaskParams{ID: t.ID, BodySHA256: sha, OpenedAt: f.Now, DueAt: taskDue(f)}); err != nil {
			return fmt.Errorf("open task %s again: %w", t.ID, err)
		}
		if err := tx.Note(ctx, f.Invoice.ID, f.Now, "task_reopened", map[string]any{"task": t.ID, "kind": t.Kind}); err != nil {
			return err
		}
	}
	return nil
}

// printAnew prints the letter of a task as it would read now, and gives the hash under which it is kept.
func printAnew(ctx context.Context, blobs Blobs, f *File, t db.Task) (string, error) {
	step, _ := f.Policy.Step(collection.StepID(t.StepID))
	pdf, err := message.RenderLetter(f.notice(collection.Plan{Step: step.ID, Kind: step.Kind, Epoch: int(t.Epoch)}))
	if err != nil {
		return "", fmt.Errorf("print the letter of task %s again: %w", t.ID, err)
	}
	sha, err := blobs.Put(ctx, pdf)
	if err != nil {
		return "", fmt.Errorf("keep the document of task %s: %w", t.ID, err)
	}
	return sha, nil
}

// taskDays is how many business days a person has for a task before it counts as late.
const taskDays = 2

func taskDue(f *File) time.Time {
	zone := f.Facts.Zone
	return f.Facts.Calendar.AddBusinessDays(calendar.DateOf(f.Now, zone), taskDays).At(zone, 17*60)
}
