package inquiry

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"relance/internal/calendar"
	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/money"
	"relance/internal/store"
	"relance/internal/store/db"
	"relance/internal/words"
)

// TaskFilter picks the lines of a list. Zero values do not restrict it.
type TaskFilter struct {
	Creditor string
	Status   string // open, done, withdrawn
}

// TaskLine is one task of a list.
type TaskLine struct {
	ID       uuid.UUID         `json:"id"`
	Kind     casework.TaskKind `json:"kind"`
	What     string            `json:"what"` // in plain words
	Why      string            `json:"why"`  // code of the rule that made it a task
	Status   string            `json:"status"`
	Creditor string            `json:"creditor"`
	Invoice  string            `json:"invoice"`
	Debtor   string            `json:"debtor"`
	Step     collection.StepID `json:"step,omitempty"`
	OpenedAt time.Time         `json:"opened_at"`
	DueAt    time.Time         `json:"due_at"`
	DueOn    calendar.Date     `json:"due_on"` // in the creditor's zone
	Late     bool              `json:"late"`
	EndedAt  time.Time         `json:"ended_at,omitzero"`
	Outcome  string            `json:"outcome,omitempty"`
	Tracking string            `json:"tracking,omitempty"`
	// SHA256 of its document, a letter or a dossier; empty without one.
	SHA256 string `json:"sha256,omitempty"`
}

// TaskList is the tasks that a filter picks, those that are due first at the top.
type TaskList struct {
	Tasks []TaskLine `json:"tasks"`
	// ByStatus counts every task of the creditor.
	ByStatus map[string]int64 `json:"by_status"`
}

// Tasks lists what people have to do.
func (r Reader) Tasks(ctx context.Context, f TaskFilter) (l TaskList, err error) {
	switch f.Status {
	case "", "open", "done", "withdrawn":
	default:
		return l, refuse(intake.Invalid, "%q is no status of a task; use open, done, withdrawn or all", f.Status)
	}
	err = r.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		rows, err := tx.Tasks(ctx, optional(f.Status), optional(f.Creditor))
		if err != nil {
			return fmt.Errorf("read the tasks: %w", err)
		}
		zones, err := creditorZones(ctx, tx)
		if err != nil {
			return err
		}
		l.Tasks = make([]TaskLine, 0, len(rows))
		for _, row := range rows {
			l.Tasks = append(l.Tasks, taskLine(taskRow(row), text(row.Number), row.DebtorName, now, zones[row.CreditorID]))
		}
		counts, err := tx.CountTasks(ctx, optional(f.Creditor))
		if err != nil {
			return fmt.Errorf("count the tasks: %w", err)
		}
		l.ByStatus = map[string]int64{}
		for _, c := range counts {
			l.ByStatus[c.Status] = c.Count
		}
		return nil
	})
	return l, err
}

func taskRow(r db.TasksRow) db.Task {
	return db.Task{
		ID: r.ID, CreditorID: r.CreditorID, DebtorID: r.DebtorID, CaseID: r.CaseID, Epoch: r.Epoch, StepID: r.StepID, Kind: r.Kind,
		Status: r.Status, Data: r.Data, BodySHA256: r.BodySHA256, OpenedAt: r.OpenedAt, DueAt: r.DueAt, EndedAt: r.EndedAt,
		Outcome: r.Outcome, Tracking: r.Tracking,
	}
}

func taskLine(t db.Task, number, debtor string, now time.Time, creditor *time.Location) TaskLine {
	var data struct{ Why string }
	_ = json.Unmarshal(t.Data, &data) // a task without a reason is a task all the same
	return TaskLine{
		ID: t.ID, Kind: casework.TaskKind(t.Kind), What: words.Task(t.Kind), Why: data.Why, Status: t.Status, Creditor: t.CreditorID,
		Invoice: number, Debtor: debtor, Step: collection.StepID(t.StepID), OpenedAt: t.OpenedAt.UTC(), DueAt: t.DueAt.UTC(), DueOn: calendar.DateOf(t.DueAt, creditor),
		Late: t.Status == "open" && now.After(t.DueAt), EndedAt: instant(t.EndedAt), Outcome: text(t.Outcome), Tracking: text(t.Tracking),
		SHA256: text(t.BodySHA256),
	}
}

// Task is one task with what a person needs to do it.
type Task struct {
	TaskLine
	Owed     money.Amount    `json:"owed"`
	StepKind string          `json:"step_kind,omitempty"`
	Contact  Debtor          `json:"debtor_details"`
	Script   string          `json:"script,omitempty"`   // of a call
	Document *TaskDocument   `json:"document,omitempty"` // a letter to print, a dossier to file
	Data     json.RawMessage `json:"data"`
	// Commands finish the task, one for each way it can end.
	Commands []Command `json:"commands"`
}

// TaskDocument is the letter or the dossier of a task.
type TaskDocument struct {
	Name      string `json:"name"` // a good file name
	MediaType string `json:"media_type"`
	SHA256    string `json:"sha256"`
}

// Command is one way to go on, as it is typed.
type Command struct {
	When string `json:"when"`
	Type string `json:"type"`
}

// Task reads one task by its id or by the beginning of it, at least six characters long. The error is intake.NotFound for
// none and intake.Invalid for several.
func (r Reader) Task(ctx context.Context, id string) (t Task, err error) {
	err = r.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		row, err := findTask(ctx, tx, id)
		if err != nil {
			return err
		}
		c, err := tx.CaseByID(ctx, row.CaseID)
		if err != nil {
			return fmt.Errorf("read the case of task %s: %w", row.ID, err)
		}
		f, err := casework.Load(ctx, tx, c.InvoiceID)
		if err != nil {
			return err
		}
		t = taskFile(row, f)
		return nil
	})
	return t, err
}

// TaskID completes the beginning of an id: see Task.
func (r Reader) TaskID(ctx context.Context, id string) (found uuid.UUID, err error) {
	err = r.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		row, err := findTask(ctx, tx, id)
		found = row.ID
		return err
	})
	return found, err
}

var idStart = regexp.MustCompile(`^[0-9a-f-]{6,36}$`)

func findTask(ctx context.Context, tx *store.Tx, id string) (db.Task, error) {
	start := strings.ToLower(strings.TrimSpace(id))
	if !idStart.MatchString(start) {
		return db.Task{}, refuse(intake.Invalid, "%q is not the id of a task: give at least its first six characters, from `relance task list`", id)
	}
	rows, err := tx.TasksByPrefix(ctx, start)
	if err != nil {
		return db.Task{}, fmt.Errorf("look task %s up: %w", start, err)
	}
	switch len(rows) {
	case 0:
		return db.Task{}, refuse(intake.NotFound, "there is no task %s", start)
	case 1:
		return rows[0], nil
	}
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.ID.String()
	}
	return db.Task{}, refuse(intake.Invalid, "%s is the beginning of several tasks, %s: give more characters", start, list(ids))
}

func taskFile(row db.Task, f *casework.File) Task {
	t := Task{
		TaskLine: taskLine(row, f.Invoice.Number, f.Debtor.Name, f.Now, f.Facts.Zone), Owed: f.Facts.Owed, Contact: debtorOf(f), Data: row.Data,
	}
	step, _ := f.Policy.Step(t.Step)
	t.StepKind = string(step.Kind)
	var data struct{ Script string }
	_ = json.Unmarshal(row.Data, &data)
	t.Script = data.Script
	if t.SHA256 != "" {
		t.Document = taskDocument(t)
	}
	t.Commands = commands(t)
	return t
}

func taskDocument(t Task) *TaskDocument {
	name := regexp.MustCompile(`[^A-Za-z0-9._-]+`).ReplaceAllString(t.Invoice, "-")
	if t.Kind == casework.TaskPrintAndPost {
		return &TaskDocument{Name: "letter-" + name + ".pdf", MediaType: "application/pdf", SHA256: t.SHA256}
	}
	return &TaskDocument{Name: "dossier-" + name + ".zip", MediaType: "application/zip", SHA256: t.SHA256}
}

// commands are the ways to finish a task, and to do first what it asks for.
func commands(t Task) []Command {
	if t.Status != "open" {
		return []Command{}
	}
	id := t.ID.String()[:8]
	done := "relance task done " + id
	var list []Command
	if t.Document != nil {
		list = append(list, Command{"to get the document", "relance task show " + id + " --save " + t.Document.Name})
	}
	switch t.Kind {
	case casework.TaskCall:
		return append(list, Command{"after the call", done + ` --outcome "what was said"`})
	case casework.TaskPrintAndPost:
		if collection.StepKind(t.StepKind) == collection.CertifiedLetter {
			return append(list, Command{"once it is posted", done + " --tracking NUMBER --on DATE"})
		}
		return append(list, Command{"once it is posted", done})
	case casework.TaskFileClaim:
		return append(list, Command{"once it is filed", done + " --outcome filed"}, Command{"if it will not be", done + " --outcome declined"})
	case casework.TaskChooseRoute:
		return append(list,
			Command{"to court", done + " --outcome small_claims"}, Command{"to the agency", done + " --outcome agency"},
			Command{"to neither", done + " --outcome declined"})
	case casework.TaskUnreadable, casework.TaskConfirm:
		return append(list,
			Command{"if money came in", fmt.Sprintf("relance case pay %s --amount AMOUNT", t.Invoice)},
			Command{"then, or if nothing did", done + ` --outcome "what it was"`})
	case casework.TaskFindDebtor, casework.TaskUnknown, casework.TaskGivenUp, casework.TaskReview:
	}
	return append(list, Command{"when it is done", done + ` --outcome "what you found"`})
}
