package inquiry_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { intaketest.Main(m) }

const header = "invoice_number,issued_on,due_on,amount,currency,debtor_id,debtor_name,debtor_kind,country,email,phone,preferred_channel,address,postal_code,city\n"

const book = header +
	"A-1,2026-01-05,2026-01-20,100.00,EUR,C-1,Atelier Fictif SARL,company,FR,a@example.com,+33 6 39 98 10 01,sms,12 rue des Exemples,69000,Lyon\n" +
	"A-2,2026-01-05,2026-01-21,250.00,EUR,C-2,Customer 02,consumer,FR,b@example.com,+33 6 39 98 10 02,,3 place du Modèle,44000,Nantes\n" +
	"A-3,2026-01-05,2026-03-20,300.00,PLN,C-3,Customer 03,consumer,PL,,+48 000 000 103,,ul. Wzorcowa 7,00-000,Warszawa\n"

func office(t *testing.T) (*intaketest.Office, inquiry.Reader) {
	t.Helper()
	o := intaketest.New(t, "2026-01-06")
	o.Creditor(t)
	o.Register(t, "comptoir", book)
	return o, inquiry.Reader{Store: o.Store}
}

func numbers(l inquiry.CaseList) []string {
	list := []string{}
	for _, c := range l.Cases {
		list = append(list, c.Invoice)
	}
	return list
}

func TestListsFollowTheLifeOfAnInvoice(t *testing.T) {
	t.Parallel()
	o, r := office(t)
	list := func(f inquiry.CaseFilter) inquiry.CaseList {
		l, err := r.Cases(t.Context(), f)
		require.NoError(t, err)
		return l
	}
	require.Equal(t, []string{"A-1", "A-2", "A-3"}, numbers(list(inquiry.CaseFilter{Status: inquiry.Waiting})))
	pay := func(number string) {
		_, err := o.Desk.Pay(t.Context(), intake.Payment{Creditor: "comptoir", Invoice: number, Source: intake.FromStaff})
		require.NoError(t, err)
	}
	pay("A-2") // before it is due
	require.Equal(t, []string{"A-2"}, numbers(list(inquiry.CaseFilter{Status: inquiry.Settled})))
	o.Advance(t, "2026-02-01")
	l := list(inquiry.CaseFilter{Status: inquiry.Open})
	require.Equal(t, []string{"A-1"}, numbers(l))
	require.Equal(t, collection.EmailReminder, l.Cases[0].Next.Kind)
	require.EqualValues(t, 1, l.Matching)
	pay("A-1")
	require.Equal(t, []string{"A-1"}, numbers(list(inquiry.CaseFilter{Status: inquiry.Closed})))
	require.Equal(t, []string{"A-2"}, numbers(list(inquiry.CaseFilter{Status: inquiry.Settled})))

	all := list(inquiry.CaseFilter{Limit: 2})
	require.Len(t, all.Cases, 2)
	require.EqualValues(t, 3, all.Matching)
	require.Equal(t, []inquiry.Sum{
		{Status: inquiry.Waiting, Invoices: 1, Owed: money.Amount{Minor: 30000, Currency: "PLN"}},
		{Status: inquiry.Settled, Invoices: 1, Owed: money.Amount{Currency: "EUR"}},
		{Status: inquiry.Closed, Invoices: 1, Owed: money.Amount{Currency: "EUR"}},
	}, all.Book)
	require.Empty(t, list(inquiry.CaseFilter{Creditor: "other"}).Cases)
	_, err := r.Cases(t.Context(), inquiry.CaseFilter{Status: "late"})
	require.Equal(t, intake.Invalid, intake.KindOf(err))
}

func TestWhoseInvoiceItIs(t *testing.T) {
	t.Parallel()
	o, r := office(t)
	owner, currency, err := r.Invoice(t.Context(), "", "A-3")
	require.NoError(t, err)
	require.Equal(t, "comptoir", owner)
	require.Equal(t, money.Currency("PLN"), currency)
	_, err = r.Case(t.Context(), "", "A-99")
	require.Equal(t, intake.NotFound, intake.KindOf(err))
	_, err = r.Case(t.Context(), "nobody", "A-1")
	require.Equal(t, intake.NotFound, intake.KindOf(err))
	require.ErrorContains(t, err, "comptoir")

	o.Creditor(t, "other")
	o.Register(t, "other", header+"A-1,2026-01-05,2026-01-20,5.00,EUR,C-1,Atelier Fictif SARL,company,FR,a@example.com,,,,,\n")
	_, err = r.Case(t.Context(), "", "A-1")
	require.Equal(t, intake.Invalid, intake.KindOf(err), "two creditors have it")
	c, err := r.Case(t.Context(), "other", "A-1")
	require.NoError(t, err)
	require.EqualValues(t, 500, c.Owed.Minor)
}

func TestTheOnlyCreditorNeedsNoName(t *testing.T) {
	t.Parallel()
	o := intaketest.New(t, "2026-01-06")
	r := inquiry.Reader{Store: o.Store}
	_, err := r.TheCreditor(t.Context(), "")
	require.Equal(t, intake.NotFound, intake.KindOf(err))
	o.Creditor(t)
	id, err := r.TheCreditor(t.Context(), "")
	require.NoError(t, err)
	require.Equal(t, "comptoir", id)
	o.Creditor(t, "other")
	_, err = r.TheCreditor(t.Context(), "")
	require.Equal(t, intake.Invalid, intake.KindOf(err))
	require.ErrorContains(t, err, "comptoir and other")
	id, err = r.TheCreditor(t.Context(), "other")
	require.NoError(t, err)
	require.Equal(t, "other", id)
	_, err = r.TheCreditor(t.Context(), "nobody")
	require.Equal(t, intake.NotFound, intake.KindOf(err))
}

func TestTheSentenceNamesTheReasonOfAChannel(t *testing.T) {
	t.Parallel()
	o, r := office(t)
	o.Creditor(t, "chooser")
	_, err := o.Desk.PublishPolicy(t.Context(), "chooser", []byte(
		"name: chooser\nsteps:\n  - {id: one, kind: email_reminder, after: 1d, tone: friendly, channel: preferred}\n"))
	require.NoError(t, err)
	b := intaketest.Book(t, book)
	_, err = importer.Importer{Desk: o.Desk}.Import(t.Context(), b, importer.Options{Creditor: "chooser", Enter: intake.EnterFirst, Policy: "chooser"})
	require.NoError(t, err)
	o.Advance(t, "2026-01-21")
	for number, want := range map[string]string{
		"A-1": "A reminder by SMS goes out on Wed 21 Jan 2026 at .* \\(Europe/Paris\\): 1 day after the due date \\(policy chooser\\), by SMS because the debtor prefers it\\.",
		"A-3": "The case opens on Fri 20 Mar 2026 if the invoice is still owed; its first step is an SMS reminder on Mon 23 Mar 2026 .*",
	} {
		c, err := r.Case(t.Context(), "chooser", number)
		require.NoError(t, err)
		require.Regexp(t, want, c.Next.Sentence)
	}
	o.Advance(t, "2026-01-22")
	c, err := r.Case(t.Context(), "chooser", "A-2")
	require.NoError(t, err)
	require.Contains(t, c.Next.Sentence, "by email because no preferred channel is known")
}

func TestTasksByTheBeginningOfTheirIDs(t *testing.T) {
	t.Parallel()
	o, r := office(t)
	o.Advance(t, "2026-03-26")
	l, err := r.Tasks(t.Context(), inquiry.TaskFilter{Status: "open"})
	require.NoError(t, err)
	require.Len(t, l.Tasks, 2)
	first := slices.IndexFunc(l.Tasks, func(line inquiry.TaskLine) bool { return line.Invoice == "A-1" })
	id := l.Tasks[first].ID
	for _, start := range []string{id.String(), id.String()[:6], strings.ToUpper(id.String()[:9])} {
		task, err := r.Task(t.Context(), start)
		require.NoError(t, err)
		require.Equal(t, id, task.ID)
		require.Equal(t, casework.TaskPrintAndPost, task.Kind)
		require.Equal(t, "letter-A-1.pdf", task.Document.Name)
	}
	for start, kind := range map[string]intake.Kind{
		id.String()[:5]: intake.Invalid, "%%%%%%": intake.Invalid, "": intake.Invalid, "0123456789": intake.NotFound,
	} {
		_, err := r.TaskID(t.Context(), start)
		require.Equal(t, kind, intake.KindOf(err), start)
	}
	_, err = o.Desk.Finish(t.Context(), intake.Done{Task: id, Tracking: "RR 1"})
	require.NoError(t, err)
	l, err = r.Tasks(t.Context(), inquiry.TaskFilter{Status: "done", Creditor: "comptoir"})
	require.NoError(t, err)
	require.Len(t, l.Tasks, 1)
	require.Equal(t, map[string]int64{"open": 1, "done": 1}, l.ByStatus)
	_, err = r.Tasks(t.Context(), inquiry.TaskFilter{Status: "late"})
	require.Equal(t, intake.Invalid, intake.KindOf(err))
	task, err := r.Task(t.Context(), id.String())
	require.NoError(t, err)
	require.Empty(t, task.Commands, "there is nothing left to do")
}

func TestStopsAndClock(t *testing.T) {
	t.Parallel()
	o, r := office(t)
	stops, err := r.Stops(t.Context())
	require.NoError(t, err)
	require.Empty(t, stops)
	require.NoError(t, o.Desk.Stop(t.Context(), "", "all of it"))
	require.NoError(t, o.Desk.Stop(t.Context(), "comptoir", "one"))
	stops, err = r.Stops(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"all of it", "one"}, []string{stops[0].Reason, stops[1].Reason})
	c, err := r.Case(t.Context(), "", "A-1")
	require.NoError(t, err)
	require.Len(t, c.Stops, 2)
	clock, err := r.Clock(t.Context())
	require.NoError(t, err)
	require.True(t, clock.Test())
	require.False(t, clock.Behind())
	require.Equal(t, intaketest.At(t, "2026-01-06"), clock.Now)
}

// shape lists the paths of a JSON value with their types: what scripts rely on.
func shape(path string, v any, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if path == ".timeline[].data" || path == ".data" {
				continue // the data of an event is the event's
			}
			shape(path+"."+k, x, into)
		}
	case []any:
		for _, x := range v {
			shape(path+"[]", x, into)
		}
		if len(v) == 0 {
			into[path+"[]"] = ""
		}
	default:
		into[path] = fmt.Sprintf("%T", v)
	}
}

func requireShape(t *testing.T, name string, v any) {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	var decoded any
	require.NoError(t, json.Unmarshal(raw, &decoded))
	paths := map[string]string{}
	shape("", decoded, paths)
	var out strings.Builder
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		fmt.Fprintf(&out, "%s %s\n", p, paths[p])
	}
	path := filepath.Join("testdata", name+".shape.txt")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(out.String()), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), out.String(), "scripts read this: only add to it; run with -update")
}

// TestShapes holds the JSON of every answer. What stands in it may be added to, never renamed or taken away.
func TestShapes(t *testing.T) {
	t.Parallel()
	o, r := office(t)
	o.Advance(t, "2026-02-26")
	_, err := o.Desk.Agree(t.Context(), intake.Agreement{
		Creditor: "comptoir", Invoice: "A-2", Source: intake.FromStaff, Schedule: ledger.Schedule{Count: 2, First: calendar.Date{Year: 2026, Month: 3, Day: 2}, Months: 1},
	})
	require.NoError(t, err)
	amount := money.Amount{Minor: 1000, Currency: "EUR"}
	_, err = o.Desk.Pay(t.Context(), intake.Payment{Creditor: "comptoir", Invoice: "A-2", Amount: &amount, Source: intake.FromStaff})
	require.NoError(t, err)
	agreed, err := r.Case(t.Context(), "", "A-2")
	require.NoError(t, err)
	requireShape(t, "case_agreed", agreed)
	o.Advance(t, "2026-03-30")
	l, err := r.Tasks(t.Context(), inquiry.TaskFilter{Status: "open"})
	require.NoError(t, err)
	requireShape(t, "tasks", l)
	task, err := r.Task(t.Context(), l.Tasks[0].ID.String())
	require.NoError(t, err)
	requireShape(t, "task", task)
	c, err := r.Case(t.Context(), "", "A-1")
	require.NoError(t, err)
	requireShape(t, "case", c)
	cases, err := r.Cases(t.Context(), inquiry.CaseFilter{})
	require.NoError(t, err)
	requireShape(t, "cases", cases)
	creditors, err := r.Creditors(t.Context())
	require.NoError(t, err)
	requireShape(t, "creditors", creditors)
	creditor, err := r.Creditor(t.Context(), "comptoir")
	require.NoError(t, err)
	requireShape(t, "creditor", creditor)
	policies, err := r.Policies(t.Context())
	require.NoError(t, err)
	requireShape(t, "policies", policies)
}
