package casework_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/scene"
)

func TestAHoldThatExpiresLetsTheLadderGoOn(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	_, err := s.Desk.Hold(t.Context(), intake.Block{Creditor: scene.Creditor, Invoice: "A-1", Reason: collection.OnHold, Until: scene.Day("2026-02-16")})
	require.NoError(t, err)
	held := s.Plan("A-1")
	require.Equal(t, collection.Review, held.Form)
	require.Equal(t, time.Date(2026, 2, 16, 0, 0, 0, 0, scene.Paris()), held.At.In(scene.Paris()))
	plan := s.Review("A-1")
	require.Equal(t, collection.Perform, plan.Form)
	require.Contains(t, plan.Why, collection.WhyPaused)
	require.False(t, plan.At.Before(held.At))
	s.Perform("A-1")
	require.Len(t, s.Received(), 1)
}

// A hold that nobody ends is put in front of a person again and again, one task at a time, and nothing is sent.
func TestAHoldThatNobodyEndsIsRemembered(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	s.Hold("A-1")
	for n := range 3 {
		at := s.Plan("A-1").At
		s.Review("A-1")
		require.True(t, s.Plan("A-1").At.After(at), "the next review lies ahead")
		tasks := s.Tasks("A-1", casework.TaskReview)
		require.Len(t, tasks, n+1)
		require.Equal(t, "open", tasks[n].Status)
		_, err := s.Work.Review(t.Context(), s.Case("A-1").ID, nil)
		require.NoError(t, err)
		require.Len(t, s.Tasks("A-1", casework.TaskReview), n+1, "looking twice asks once")
		s.Finish(tasks[n].ID, "", "")
	}
	require.Empty(t, s.Received())
}

func TestAnAgreementThatIsKept(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	s.Perform("A-1")
	s.Agree("A-1", 3)
	require.Equal(t, collection.Review, s.Plan("A-1").Form)
	for n, cents := range []int64{40000, 40000, 40000} {
		missed := s.Plan("A-1").At
		s.MoveTo(missed.Add(-time.Hour)) // on the last day of grace
		s.Pay("A-1", []string{"P-1", "P-2", "P-3"}[n], cents)
	}
	require.Equal(t, collection.EndPaid, s.Plan("A-1").Ending)
	require.Len(t, s.Received(), 1)
}

func TestAnAgreementThatIsBroken(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	s.Perform("A-1")
	s.Agree("A-1", 3)
	agreed := s.Now()
	first := calendar.DateOf(agreed, scene.Paris()).AddDays(7)
	missed := s.Plan("A-1").At
	require.Equal(t, first.AddDays(4).Start(scene.Paris()).UTC(), missed, "three days of grace")
	s.MoveTo(missed.Add(36 * time.Hour)) // noticed late
	for range 2 {
		_, err := s.Work.Review(t.Context(), s.Case("A-1").ID, nil)
		require.NoError(t, err)
	}
	require.Equal(t, 1, s.Count("select count(*) from agreement_end where result = 'broken' and ended_at = $1", missed), "it ended when it was missed, not when that was noticed")
	require.Equal(t, collection.StepID("second_reminder"), s.Plan("A-1").Step, "the ladder goes on where it stood")
	require.Contains(t, s.Timeline("A-1"), "agreement_broken")
	s.Perform("A-1")
	require.Len(t, s.Received(), 2)
}

// The ladder is at its end and the debtor has not paid: a person is asked, and asked again.
func TestALadderThatEndsIsNotForgotten(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Ladder(collection.EmailReminder)
	s.Open("A-1", scene.Policy("ladder"))
	plan := s.Perform("A-1")
	require.Equal(t, []collection.Why{collection.WhyLadderDone}, plan.Why)
	s.Review("A-1")
	require.Equal(t, "open", s.Task("A-1", casework.TaskReview).Status)
}

// A letter that nobody posted never leads to a referral.
func TestALetterThatIsNotPostedHoldsTheReferral(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	s.Until(func() bool { return s.Plan("A-1").Form != collection.Perform }, func() { s.Perform("A-1") })
	require.Equal(t, []collection.Why{collection.WhyNotPosted}, s.Plan("A-1").Why)
	for range 4 {
		s.Review("A-1")
	}
	require.Equal(t, "open", s.Task("A-1", casework.TaskPrintAndPost).Status)
	require.NotContains(t, s.Results("A-1"), "referral")

	posted := s.Now()
	s.PostLetters("A-1")
	plan := s.Plan("A-1")
	require.Equal(t, collection.Referral, plan.Kind)
	require.Equal(t, []collection.Why{collection.WhyNoticePeriod}, plan.Why)
	require.GreaterOrEqual(t, calendar.DateOf(plan.At, scene.Paris()).Sub(calendar.DateOf(posted, scene.Paris())), 9, "eight whole days in France")
}

// A letter that the provider refuses is not silently left out: the referral waits and a person learns of it.
func TestALetterThatIsRefusedIsPutInFrontOfAPerson(t *testing.T) {
	t.Parallel()
	s, step := calling(t, "letter")
	s.Faults(refusing("lob"))
	_, err := s.Work.Perform(t.Context(), step)
	require.NoError(t, err)
	require.Equal(t, "refused", s.Results("A-1")[string(step.Step)])
	require.Equal(t, collection.Person, s.Plan("A-1").Form)
	s.Review("A-1")
	require.Equal(t, "open", s.Task("A-1", casework.TaskReview).Status)
}
