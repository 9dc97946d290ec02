package casework_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/scene"
)

func due(text string) func(*intake.Invoice) {
	return func(in *intake.Invoice) { in.Row.IssuedOn, in.Row.DueOn = scene.Day("2025-11-01"), scene.Day(text) }
}

func enter(e intake.Enter) func(*intake.Invoice) {
	return func(in *intake.Invoice) { in.Enter = e }
}

func TestAnInvoiceBecomesOneCase(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	id := s.Register("A-1")
	var together sync.WaitGroup
	errs := make(chan error, 16)
	for range 16 {
		together.Go(func() { errs <- s.Work.Open(t.Context(), id) })
	}
	together.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	c := s.Case("A-1")
	require.Equal(t, collection.CaseID(id), c.ID)
	require.Equal(t, "case/acme/A-1", c.WorkflowID)
	require.Equal(t, s.Now(), c.OpenedAt.UTC())
	require.Equal(t, []string{"registered", "case_opened"}, s.Timeline("A-1"))
	require.Equal(t, 1, s.Count("select count(*) from outbox where wanted_version = $1 and delivered_version = 0 and not started", c.PlanVersion))
	s.Perform("A-1")
	require.NoError(t, s.Work.Open(t.Context(), id))
	require.Equal(t, []string{"registered", "case_opened", "step_sent"}, s.Timeline("A-1"), "opening again changes nothing")
}

func TestAnInvoiceDoesNotOpenBeforeItsTime(t *testing.T) {
	t.Parallel()
	opens := time.Date(2026, 2, 4, 0, 0, 0, 0, scene.Paris()) // the day before the first step
	s := scene.Set(t, scene.Options{Start: opens.Add(-time.Microsecond)})
	id := s.Register("A-1")
	require.NoError(t, s.Work.Open(t.Context(), id))
	require.Zero(t, s.Count("select count(*) from cases"))
	s.MoveTo(opens)
	require.NoError(t, s.Work.Open(t.Context(), id))
	require.Equal(t, 1, s.Count("select count(*) from cases"))
	require.Equal(t, scene.Day("2026-02-05"), calendar.DateOf(s.Plan("A-1").At, scene.Paris()))

	s.Register("A-2", scene.Policy("gentle")) // it reminds three days before the due date, so it opens four days before
	require.Equal(t, 1, s.Count("select count(*) from invoice where number = 'A-2' and opens_at = '2026-01-31 00:00 Europe/Paris'"))
}

func TestAnInvoiceThatIsPaidInTimeNeverBecomesACase(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	id := s.Register("A-1")
	r := s.Pay("A-1", "P-1", 0)
	require.False(t, r.Opened)
	require.NoError(t, s.Work.Open(t.Context(), id))
	require.Zero(t, s.Count("select count(*) from cases"))
	require.Zero(t, s.Count("select count(*) from outbox"))
	require.Equal(t, 1, s.Count("select count(*) from invoice where opening_done"))
}

func TestAnInvoiceThatIsPaidInPartOpensWithTheRest(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	id := s.Register("A-1")
	s.Pay("A-1", "P-1", 20000)
	require.NoError(t, s.Work.Open(t.Context(), id))
	require.Equal(t, scene.Euro(100000), s.Plan("A-1").Owed)
	s.Perform("A-1")
	require.Contains(t, s.Received()[0].Text, "1\u202f000,00")
}

// What stands against an invoice before it becomes a case stands against the case.
func TestABlockBeforeTheOpeningHoldsTheCase(t *testing.T) {
	t.Parallel()
	for name, fact := range facts() {
		if name == "payment" {
			continue
		}
		s := scene.Set(t, scene.Options{})
		id := s.Register("A-1")
		require.NoError(t, fact(t.Context(), s), name)
		require.NoError(t, s.Work.Open(t.Context(), id), name)
		require.NotEqual(t, collection.Perform, s.Plan("A-1").Form, name)
	}
}

func TestAnOldInvoiceEntersAsItWasAsked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*intake.Invoice)
		form   collection.Form
		step   collection.StepID
		left   map[string]string
	}{
		"at the first step": {enter(intake.EnterFirst), collection.Perform, "first_reminder", map[string]string{}},
		"by its age":        {enter(intake.EnterByAge), collection.Perform, "escalation_notice", map[string]string{"first_reminder": "skipped", "second_reminder": "skipped"}},
		"paused":            {enter(intake.EnterPaused), collection.Person, "", map[string]string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scene.Set(t, scene.Options{})
			s.Open("A-1", due("2025-12-01"), c.change)
			require.Equal(t, c.form, s.Plan("A-1").Form)
			require.Equal(t, c.step, s.Plan("A-1").Step)
			require.Equal(t, c.left, s.Results("A-1"))
			for _, o := range s.Outcomes("A-1") {
				require.Equal(t, "entered_by_age", o.Reason)
			}
			if c.form == collection.Person {
				s.Release("A-1")
				require.Equal(t, collection.StepID("first_reminder"), s.Plan("A-1").Step, "released, it begins")
				return
			}
			// The notice and the letter come before a referral whatever the age, and never two steps of a day.
			var last time.Time
			s.Until(func() bool { return s.Plan("A-1").Form != collection.Perform }, func() {
				at := s.Plan("A-1").At
				require.GreaterOrEqual(t, calendar.DateOf(at, scene.Paris()).Sub(calendar.DateOf(last, scene.Paris())), 1)
				last = at
				s.Perform("A-1")
				s.PostLetters("A-1")
			})
			results := s.Results("A-1")
			require.Equal(t, "sent", results["escalation_notice"])
			require.Equal(t, "tasked", results["final_notice"])
			require.Equal(t, "tasked", results["referral"])
		})
	}
}

// A case keeps the policy version that its invoice was registered with, whatever is published later.
func TestACaseKeepsItsPolicy(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Ladder(collection.EmailReminder)
	s.Open("A-1", scene.Policy("ladder"))
	s.Ladder(collection.SMSReminder)
	s.Open("A-2", scene.Policy("ladder"))
	require.Equal(t, collection.EmailReminder, s.Plan("A-1").Kind)
	require.Equal(t, collection.SMSReminder, s.Plan("A-2").Kind)
	s.Perform("A-1")
	require.Len(t, s.ReceivedFor("A-1"), 1)
	require.Equal(t, "sendgrid", s.ReceivedFor("A-1")[0].Provider)
}

// A version of a plan never goes back, and rises only when the plan says something else.
func TestAPlanRisesOnlyWhenItDiffers(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	first := s.Plan("A-1")
	s.Review("A-1")
	require.Equal(t, first, s.Plan("A-1"), "looking changes nothing")
	s.Hold("A-1")
	held := s.Plan("A-1")
	require.Greater(t, held.Version, first.Version)
	s.Release("A-1")
	require.Greater(t, s.Plan("A-1").Version, held.Version)
	s.SQL("update cases set plan_version = plan_version + 1000000000000, plan = plan || jsonb_build_object('version', plan_version + 1000000000000)")
	ahead := s.Plan("A-1").Version // as after a clock that was wrong
	s.Hold("A-1")
	require.Equal(t, ahead+1, s.Plan("A-1").Version)
	require.Equal(t, 1, s.Count("select count(*) from outbox where wanted_version = $1", ahead+1))
}
