package screen_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/importer"
	"relance/internal/inquiry"
	"relance/internal/intake"
	"relance/internal/intake/intaketest"
	"relance/internal/ledger"
	"relance/internal/money"
	"relance/internal/screen"
	"relance/internal/store"
)

// tour is one installation whose screens are looked at as time goes by.
type tour struct {
	*intaketest.Office
	t      *testing.T
	reader inquiry.Reader
}

func newTour(t *testing.T) *tour {
	t.Helper()
	o := intaketest.New(t, "2026-01-04")
	o.Creditor(t)
	return &tour{Office: o, t: t, reader: inquiry.Reader{Store: o.Store}}
}

func (tr *tour) importDemo() {
	tr.t.Helper()
	raw, err := os.ReadFile(intaketest.Example("demo.csv"))
	require.NoError(tr.t, err)
	report, err := importer.Importer{Desk: tr.Desk}.Import(tr.t.Context(), intaketest.Book(tr.t, string(raw)), importer.Options{
		Creditor: "comptoir", Enter: intake.EnterFirst, Folder: filepath.Dir(intaketest.Example("demo.csv")),
	})
	require.NoError(tr.t, err)
	golden(tr.t, "import", screen.Import("examples/demo.csv", report))
}

func (tr *tour) showCase(number, name string) inquiry.Case {
	tr.t.Helper()
	c, err := tr.reader.Case(tr.t.Context(), "", number)
	require.NoError(tr.t, err)
	golden(tr.t, name, screen.Case(c))
	return c
}

func (tr *tour) list(status inquiry.Status, name string) {
	tr.t.Helper()
	l, err := tr.reader.Cases(tr.t.Context(), inquiry.CaseFilter{Status: status})
	require.NoError(tr.t, err)
	golden(tr.t, name, screen.Cases(l))
}

func (tr *tour) task(number string, kind casework.TaskKind) inquiry.Task {
	tr.t.Helper()
	l, err := tr.reader.Tasks(tr.t.Context(), inquiry.TaskFilter{Status: "open"})
	require.NoError(tr.t, err)
	for _, line := range l.Tasks {
		if line.Invoice == number && line.Kind == kind {
			task, err := tr.reader.Task(tr.t.Context(), line.ID.String()[:8])
			require.NoError(tr.t, err)
			return task
		}
	}
	require.Fail(tr.t, "no such task", "%s %s among %+v", number, kind, l.Tasks)
	return inquiry.Task{}
}

func (tr *tour) pay(number string, minor int64, currency money.Currency) {
	tr.t.Helper()
	_, err := tr.Desk.Pay(tr.t.Context(), intake.Payment{
		Creditor: "comptoir", Invoice: number, Amount: &money.Amount{Minor: minor, Currency: currency}, Source: intake.FromStaff,
	})
	require.NoError(tr.t, err)
}

func (tr *tour) hold(number string, reason collection.PauseReason, note, until string) {
	tr.t.Helper()
	b := intake.Block{Creditor: "comptoir", Invoice: number, Reason: reason, Note: note}
	if until != "" {
		b.Until = date(tr.t, until)
	}
	_, err := tr.Desk.Hold(tr.t.Context(), b)
	require.NoError(tr.t, err)
}

func date(t *testing.T, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	require.NoError(t, err)
	return d
}

// TestTheScreensOfALedger looks at the demo's book from the day before the first invoice to the end of most cases.
func TestTheScreensOfALedger(t *testing.T) {
	t.Parallel()
	tr := newTour(t)
	tr.list("", "list_nothing")
	tr.importDemo()
	tr.list("", "list_waiting")
	tr.showCase("RL-2026-001", "case_waiting")

	tr.Advance(t, "2026-02-17")
	tr.pay("RL-2026-012", 12500, "USD")
	tr.showCase("RL-2026-012", "case_paid")
	tr.showCase("RL-2026-001", "case_next_email")
	tr.showCase("RL-2026-011", "case_no_mobile")
	_, err := tr.Desk.Agree(t.Context(), intake.Agreement{
		Creditor: "comptoir", Invoice: "RL-2026-005", Source: intake.FromStaff,
		Schedule: ledger.Schedule{Count: 3, First: date(t, "2026-03-05"), Days: 14},
	})
	require.NoError(t, err)
	tr.pay("RL-2026-005", 6214, "EUR")
	tr.showCase("RL-2026-005", "case_instalments")
	tr.hold("RL-2026-016", collection.OnHold, "a new accounts clerk asks for two weeks", "2026-03-13")
	tr.showCase("RL-2026-016", "case_hold_until")
	tr.hold("RL-2026-009", collection.InDispute, "the goods were damaged", "")
	tr.showCase("RL-2026-009", "case_dispute")
	tr.deadMailbox("RL-2026-008")
	tr.showCase("RL-2026-008", "case_no_email")
	tr.list(inquiry.Open, "list_open")

	tr.Advance(t, "2026-03-26")
	l, err := tr.reader.Tasks(t.Context(), inquiry.TaskFilter{Status: "open"})
	require.NoError(t, err)
	golden(t, "tasks", screen.Tasks(l))
	letter := tr.task("RL-2026-003", casework.TaskPrintAndPost)
	golden(t, "task_letter", screen.Task(letter))
	tr.showCase("RL-2026-003", "case_not_posted")
	_, err = tr.Desk.Finish(t.Context(), intake.Done{Task: letter.ID, Tracking: "1A 000 000 0003 1"})
	require.NoError(t, err)
	tr.showCase("RL-2026-003", "case_posted")

	tr.Advance(t, "2026-05-04")
	tr.showCase("RL-2026-013", "case_referred")
	tr.list("", "list_all")
	claim := tr.task("RL-2026-003", casework.TaskFileClaim)
	golden(t, "task_claim", screen.Task(claim))
	_, err = tr.Desk.Finish(t.Context(), intake.Done{Task: claim.ID, Outcome: "filed"})
	require.NoError(t, err)
	tr.showCase("RL-2026-003", "case_filed")
	done, err := tr.reader.Task(t.Context(), claim.ID.String())
	require.NoError(t, err)
	golden(t, "task_done", screen.Task(done))
}

// deadMailbox marks the debtor's address as one that does not work, as a provider's answer would.
func (tr *tour) deadMailbox(number string) {
	tr.t.Helper()
	code := "550"
	require.NoError(tr.t, tr.Store.Retry(tr.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		f, err := casework.Load(ctx, tx, collection.InvoiceID("comptoir", number))
		if err != nil {
			return err
		}
		for _, c := range f.Contacts {
			if c.Channel == "email" {
				if err := tx.InvalidateContactPoint(ctx, c.ID, &f.Now, &code); err != nil {
					return err
				}
			}
		}
		if f, err = casework.Load(ctx, tx, f.Invoice.ID); err != nil {
			return err
		}
		_, err = casework.Replan(ctx, tx, f, casework.Quiet)
		return err
	}))
}

const callCSV = "invoice_number,issued_on,due_on,amount,currency,debtor_id,debtor_name,debtor_kind,country,language,email,phone,preferred_channel,policy\n" +
	"G-1,2026-01-05,2026-01-20,120.00,EUR,C-1,Atelier Fictif SARL,company,FR,en,a@example.com,+33 6 39 98 10 01,,gentle\n"

func TestACallIsATaskWithAScript(t *testing.T) {
	t.Parallel()
	tr := newTour(t)
	tr.Register(t, "comptoir", callCSV)
	tr.Advance(t, "2026-02-05")
	call := tr.task("G-1", casework.TaskCall)
	golden(t, "task_call", screen.Task(call))
	tr.showCase("G-1", "case_call")
	_, err := tr.Desk.Finish(t.Context(), intake.Done{Task: call.ID, Outcome: "promised to pay on Friday"})
	require.NoError(t, err)
	tr.hold("G-1", collection.OnHold, "", "")
	tr.showCase("G-1", "case_hold")
}
