package casework_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/scene"
	"relance/internal/store"
)

// absent settles a message that a dead process did not send: afterwards its absence is proved.
func absent(s *scene.Scene) {
	s.Helper()
	for range 10 {
		if s.Count("select count(*) from absence") > 0 {
			return
		}
		s.SQL("update dispatch set review_at = (select business_now from installation) where state = 'unknown'")
		s.Wait(11 * time.Minute)
		_, err := s.Work.Review(s.Context(), s.Case("A-1").ID, nil)
		require.NoError(s, err)
	}
	require.Fail(s, "nothing proves its absence")
}

// What is sent again says what is owed by then.
func TestAMessageSentAgainStatesTheAmountOfNow(t *testing.T) {
	t.Parallel()
	s, step := calling(t, "email")
	die(s, step, diesBefore)
	expire(s)
	_, err := s.Work.Perform(t.Context(), step)
	require.NoError(t, err)
	control(s)
	s.Pay("A-1", "P-1", 50000)
	require.Equal(t, []string{"unknown"}, s.States("A-1"))
	absent(s)
	settle(s, "A-1", time.Hour)
	got := own(s, step)
	require.Len(t, got, 1)
	require.Contains(t, got[0].Text, "700,00")
	require.Equal(t, int64(70000), s.Dispatches("A-1")[0].AmountMinor)
}

// A block that came while nobody knew what had become of a message stands when its absence is proved; the message goes out
// once the block has ended, and once.
func TestABlockStandsWhileAnOutcomeIsUnknown(t *testing.T) {
	t.Parallel()
	s, step := calling(t, "email")
	die(s, step, diesBefore)
	expire(s)
	_, err := s.Work.Perform(t.Context(), step)
	require.NoError(t, err)
	control(s)
	s.Hold("A-1")
	require.Equal(t, collection.Review, s.Plan("A-1").Form, "it is looked up although the case is on hold")
	absent(s)
	require.Equal(t, []string{"suppressed"}, s.States("A-1"))
	require.Equal(t, collection.Person, s.Plan("A-1").Form)
	require.Empty(t, own(s, step))
	s.Release("A-1")
	s.Perform("A-1")
	require.Len(t, own(s, step), 1)
	require.Equal(t, []string{"suppressed", "accepted"}, s.States("A-1"))
}

func TestManyLookAtOneUnknownOutcome(t *testing.T) {
	t.Parallel()
	s, step := calling(t, "email")
	die(s, step, diesAfter)
	expire(s)
	var together sync.WaitGroup
	errs := make(chan error, 8)
	for i := range 8 {
		together.Go(func() {
			var err error
			if i%2 == 0 {
				_, err = s.Work.Perform(t.Context(), step)
			} else {
				_, err = s.Work.Review(t.Context(), step.CaseID, &casework.Failure{Step: step.Step, Epoch: step.Epoch})
			}
			errs <- err
		})
	}
	together.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	settle(s, "A-1", time.Hour)
	require.Equal(t, []string{"accepted"}, s.States("A-1"))
	require.Equal(t, 1, s.Count("select count(*) from outcome where case_id = $1", step.CaseID))
	require.Len(t, own(s, step), 1)
}

// Texts are found by what they say, and two rungs may say the same: the first one's text is no evidence of the second's.
func TestOneTextIsEvidenceOfOneMessageOnly(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Ladder(collection.SMSReminder, collection.SMSReminder)
	s.Open("A-1", scene.Policy("ladder"))
	s.Perform("A-1")
	step := s.Due("A-1")
	die(s, step, diesBefore)
	s.SQL("update dispatch d set body_sha256 = (select body_sha256 from dispatch where state = 'accepted') where state = 'calling'") // word for word
	expire(s)
	_, err := s.Work.Perform(t.Context(), step)
	require.NoError(t, err)
	_, err = s.Work.Review(t.Context(), step.CaseID, nil)
	require.NoError(t, err)
	require.NotContains(t, s.Results("A-1"), string(step.Step))
	require.Contains(t, s.States("A-1"), "unknown")
}

func TestWhatADeadProcessSentIsFoundOnTheWallClock(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{WallClock: true})
	step := s.DueNow("A-1", collection.EmailReminder)
	die(s, step, diesAfter)
	expire(s)
	plan, err := s.Work.Perform(t.Context(), step)
	require.NoError(t, err)
	require.Equal(t, []collection.Why{collection.WhyUnknown}, plan.Why)
	s.Eventually(func() bool { return plan.Due(s.Now()) }, "a whole second passes")
	_, err = s.Work.Review(t.Context(), step.CaseID, nil)
	require.NoError(t, err)
	require.Equal(t, []string{"accepted"}, s.States("A-1"))
	require.Len(t, s.Received(), 1)
}

// Each deadline is longer than what it contains.
func TestDeadlinesStandInTheirOrder(t *testing.T) {
	t.Parallel()
	d := casework.DefaultDeadlines()
	require.Less(t, store.LockTimeout+d.Call, store.FactTimeout, "a payment outwaits a call")
	require.Less(t, store.FactTimeout, store.IdleInTransaction)
	require.Less(t, store.IdleInTransaction, d.Lease)
	require.Less(t, store.LockTimeout+d.Call, d.Lease)
}
