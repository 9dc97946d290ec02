package replay_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/embedded/postgres/pgtest"
	"relance/internal/intake"
	"relance/internal/ledger"
	"relance/internal/replay"
	"relance/internal/scene"
	"relance/internal/store"
)

func TestMain(m *testing.M) { pgtest.Main(m, store.Migrate) }

// script is a story in which everything happens that can.
func script() replay.Script {
	book := &ledger.Book{}
	var events []ledger.Event
	happens := func(day, clock string, what ledger.What, invoice string, more ...func(*ledger.Event)) {
		at, err := time.Parse("15:04", clock)
		if err != nil {
			panic(err)
		}
		e := ledger.Event{
			ID: fmt.Sprintf("%s-%d", what, len(events)), Date: scene.Day(day), Minutes: at.Hour()*60 + at.Minute(), What: what, Invoice: invoice, Row: len(events) + 2,
		}
		for _, m := range more {
			m(&e)
		}
		events = append(events, e)
	}
	for _, number := range []string{"PAID", "PART", "AGREED", "HELD", "DISPUTED", "POSTED", "CALLED"} {
		in := scene.Invoice(number)
		if number == "CALLED" {
			in.Row.Policy = "gentle"
		}
		book.Rows = append(book.Rows, in.Row)
		happens("2026-02-03", "00:00", ledger.Register, number)
	}
	euro := func(cents int64) func(*ledger.Event) {
		amount := scene.Euro(cents)
		return func(e *ledger.Event) { e.Amount = &amount }
	}
	happens("2026-02-06", "10:00", ledger.Pay, "PAID")
	happens("2026-02-06", "10:00", ledger.Pay, "PART", euro(20000))
	happens("2026-02-06", "11:00", ledger.Agree, "AGREED", func(e *ledger.Event) {
		e.Schedule = &ledger.Schedule{Count: 2, First: scene.Day("2026-02-13"), Days: 7}
	})
	happens("2026-02-06", "12:00", ledger.Hold, "HELD", func(e *ledger.Event) { e.Until = scene.Day("2026-02-11") })
	happens("2026-02-06", "12:00", ledger.Dispute, "DISPUTED")
	happens("2026-02-06", "12:00", ledger.Hold, "DISPUTED")
	happens("2026-02-09", "08:00", ledger.Pay, "PAID") // when nothing is owed any more
	happens("2026-02-10", "08:00", ledger.Release, "DISPUTED")
	happens("2026-02-10", "08:00", ledger.Resume, "DISPUTED")
	happens("2026-02-13", "08:00", ledger.Pay, "AGREED", euro(60000))
	happens("2026-02-20", "08:00", ledger.Call, "CALLED", func(e *ledger.Event) { e.Outcome = "promised to pay" })
	happens("2026-02-20", "08:00", ledger.Printed, "POSTED", func(e *ledger.Event) { e.Tracking = "RN 1" })
	happens("2026-02-20", "09:00", ledger.Printed, "PAID", func(e *ledger.Event) { e.Tracking = "RN 2" }) // nothing lies there
	return replay.Script{Creditor: scene.Creditor, Zone: scene.Paris(), Book: book, Events: ledger.MergeEvents(events)}
}

// live lets business time pass until a day: facts of an instant come first, then openings, then plans.
func live(s *scene.Scene, teller *replay.Teller, until time.Time) {
	s.Helper()
	for range 500 {
		next := until
		if at, ok := teller.Next(); ok && at.Before(next) {
			next = at
		}
		for _, query := range []string{"select min(opens_at) from invoice where not opening_done", "select min(plan_at) from cases where status = 'open'"} {
			var at *time.Time
			require.NoError(s, s.DB.QueryRow(s.Context(), query).Scan(&at))
			if at != nil && at.Before(next) {
				next = *at
			}
		}
		if !next.Before(until) {
			s.MoveTo(until)
			return
		}
		s.MoveTo(next)
		require.NoError(s, teller.Tell(s.Context(), s.Now()))
		settle(s)
	}
	require.Fail(s, "the story does not end")
}

func settle(s *scene.Scene) {
	s.Helper()
	var openings []uuid.UUID
	s.Tx(func(ctx context.Context, tx *store.Tx) (err error) {
		openings, err = tx.DueOpenings(ctx, s.Now(), 100)
		return err
	})
	for _, id := range openings {
		require.NoError(s, s.Work.Open(s.Context(), id))
	}
	now := s.Now()
	for range 100 {
		var number string
		s.Tx(func(ctx context.Context, tx *store.Tx) error {
			due, err := tx.DueCases(ctx, &now, 1)
			if err == nil && len(due) > 0 {
				_, number, _ = collection.ParseWorkflowID(due[0].WorkflowID)
			}
			return err
		})
		if number == "" {
			return
		}
		p := s.Plan(number)
		var err error
		if p.Form == collection.Perform {
			_, err = s.Work.Perform(s.Context(), casework.Step{CaseID: s.Case(number).ID, Step: p.Step, Kind: p.Kind, Epoch: p.Epoch})
		} else {
			_, err = s.Work.Review(s.Context(), s.Case(number).ID, nil)
		}
		require.NoError(s, err)
	}
	require.Fail(s, "the instant does not end")
}

func before() scene.Options {
	return scene.Options{Start: time.Date(2026, 2, 3, 0, 0, 0, 0, scene.Paris())}
}

var (
	start = time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC)
	end   = time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
)

func TestAStoryIsTold(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, before())
	live(s, replay.New(s.Desk, script(), start.Add(-2*time.Hour)), end)
	require.Equal(t, "closed", s.Case("PAID").Status)
	require.Equal(t, 1, s.Count("select count(*) from payment p join invoice i on i.id = p.invoice_id where i.number = 'PAID'"), "the second payment of all that is owed is none")
	require.Equal(t, scene.Euro(100000), s.Plan("PART").Owed)
	require.Contains(t, s.Timeline("AGREED"), "agreement_broken")
	require.Equal(t, 1, s.Count("select count(*) from pause p join invoice i on i.id = p.invoice_id where i.number = 'HELD' and expires_at = '2026-02-11 00:00 Europe/Paris'"))
	require.Equal(t, 2, s.Count("select count(*) from pause_end where ended_at = '2026-02-10 08:00 Europe/Paris'"))
	require.Equal(t, 1, s.Count("select count(*) from posting where tracking = 'RN 1' and posted_on = '2026-02-20'"))
	require.Equal(t, "promised to pay", *s.Task("CALLED", casework.TaskCall).Outcome)
	require.Equal(t, 3, s.Count("select count(*) from payment where source = 'import'"))
}

// What was told may be told again after a crash: it changes nothing.
func TestAStoryToldAgainChangesNothing(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, before())
	told := script()
	teller := replay.New(s.Desk, told, start.Add(-2*time.Hour))
	for at, ok := teller.Next(); ok; at, ok = teller.Next() {
		live(s, teller, at)
		require.NoError(t, teller.Tell(t.Context(), at))
		settle(s)
		is := s.Everything()
		again := replay.New(s.Desk, told, at) // as a process that finds the clock there
		next, ok := again.Next()
		require.True(t, ok)
		require.Equal(t, at, next)
		require.NoError(t, again.Tell(t.Context(), at))
		require.Equal(t, is, s.Everything(), "at %s", at)
		require.NoError(t, teller.Tell(t.Context(), at))
		require.Equal(t, is, s.Everything())
	}
}

// A run that was broken off and taken up again, at any instant, ends like one that was not.
func TestAStoryResumedInTheMiddle(t *testing.T) {
	t.Parallel()
	whole := scene.Set(t, before())
	live(whole, replay.New(whole.Desk, script(), start.Add(-2*time.Hour)), end)
	want := ending(whole)
	require.NotEmpty(t, want)

	s := scene.Set(t, before())
	for day := 1; s.Now().Before(end); day++ {
		live(s, replay.New(s.Desk, script(), s.Now()), start.AddDate(0, 0, day).Add(11*time.Hour)) // a new process every day
	}
	require.Equal(t, want, ending(s))
}

// ending is what debtors received, and what became of the cases.
func ending(s *scene.Scene) (lines []string) {
	s.Helper()
	for _, e := range s.Received() {
		lines = append(lines, fmt.Sprint(e.Seq, e.Provider, e.Kind, e.To, e.At, e.Subject, e.Text))
	}
	rows, err := s.DB.Query(s.Context(), "select c.workflow_id || c.status || o.step_id || o.result || o.recorded_at from outcome o join cases c on c.id = o.case_id order by 1")
	require.NoError(s, err)
	for rows.Next() {
		var line string
		require.NoError(s, rows.Scan(&line))
		lines = append(lines, line)
	}
	require.NoError(s, rows.Err())
	return lines
}

// An event that cannot be recorded stops the story at its place, says where it stands in the file, and is told when it can be.
func TestAStoryThatCannotBeTold(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, before())
	events := []ledger.Event{
		{ID: "e-1", Date: scene.Day("2026-02-03"), What: ledger.Register, Invoice: "A-1", Row: 2},
		{ID: "e-2", Date: scene.Day("2026-02-03"), What: ledger.Pay, Invoice: "A-2", Row: 3},
		{ID: "e-3", Date: scene.Day("2026-02-03"), What: ledger.Hold, Invoice: "A-1", Row: 4},
	}
	book := &ledger.Book{Rows: []ledger.Row{scene.Invoice("A-1").Row}}
	teller := replay.New(s.Desk, replay.Script{Creditor: scene.Creditor, Zone: scene.Paris(), Book: book, Events: events}, start.Add(-time.Hour))
	for range 2 {
		err := teller.Tell(t.Context(), s.Now())
		require.Equal(t, intake.NotFound, intake.KindOf(err))
		require.ErrorContains(t, err, "row 3")
		require.Equal(t, 1, s.Count("select count(*) from invoice"))
		require.Zero(t, s.Count("select count(*) from pause"))
	}
	s.Register("A-2")
	require.NoError(t, teller.Tell(t.Context(), s.Now()))
	require.Equal(t, 1, s.Count("select count(*) from pause"))
	_, more := teller.Next()
	require.False(t, more)

	odd := replay.New(s.Desk, replay.Script{Zone: scene.Paris(), Book: book, Events: []ledger.Event{{What: "sing", Date: scene.Day("2026-02-03")}}}, time.Time{})
	require.Error(t, odd.Tell(t.Context(), s.Now()))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	again := replay.New(s.Desk, replay.Script{Creditor: scene.Creditor, Zone: scene.Paris(), Book: book, Events: events}, time.Time{})
	require.ErrorIs(t, again.Tell(ctx, s.Now()), context.Canceled)
}
