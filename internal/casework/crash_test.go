package casework_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/delivery"
	"relance/internal/scene"
)

// Every place at which a send writes, in its order: the table, and the query's name.
var writes = [][2]string{
	{"dispatch", "InsertDispatch"}, {"dispatch_case", "InsertDispatchCase"}, {"attempt", "InsertAttempt"}, {"dispatch", "MarkCalling"},
	{"attempt", "MarkCalled"}, {"attempt", "EndAttempt"}, {"dispatch", "EndDispatch"}, {"outcome", "InsertOutcome"},
	{"timeline", "InsertTimeline"}, {"cases", "StorePlan"},
}

// The database is lost at any of them, once. The step is tried again, and in the end the debtor has heard exactly once.
func TestTheDatabaseIsLostInTheMiddleOfASend(t *testing.T) {
	t.Parallel()
	for _, at := range writes {
		t.Run(at[1], func(t *testing.T) {
			t.Parallel()
			s, step := calling(t, "email")
			lost := s.Break(at[0], at[1])
			sending := start(t.Context(), s.Work, step)
			lost.Reached()
			lost.Cut()
			lost.Go()
			r := await(t, sending)
			require.False(t, r.died)
			require.Error(t, r.err)
			before := len(own(s, step))
			states := s.States("A-1")
			if before == 0 {
				require.NotContains(t, states, "calling", "who wrote nothing takes its own mark back")
			}
			for range 3 { // as Temporal would try again, sooner and later
				if _, err := s.Work.Perform(t.Context(), step); err != nil {
					require.ErrorIs(t, err, casework.ErrBusy)
					expire(s)
				}
			}
			settle(s, "A-1", time.Hour)
			require.Len(t, own(s, step), 1)
			require.Equal(t, []string{"accepted"}, s.States("A-1"))
			require.Equal(t, "sent", s.Results("A-1")[string(step.Step)])
		})
	}
}

// Whatever else Postgres may say at any of these places, it is survived too. An error while planning cannot undo an outcome.
func TestPostgresRefusesInTheMiddleOfASend(t *testing.T) {
	t.Parallel()
	for code, what := range map[string]string{"40P01": "deadlock", "53100": "disk full"} {
		for _, at := range writes {
			t.Run(what+" at "+at[1], func(t *testing.T) {
				t.Parallel()
				s, step := calling(t, "email")
				s.Failing(at[0], at[1], code, 1)
				for range 3 {
					if _, err := s.Work.Perform(t.Context(), step); errors.Is(err, casework.ErrBusy) {
						expire(s)
					}
				}
				settle(s, "A-1", time.Hour)
				require.Len(t, own(s, step), 1)
				require.Equal(t, []string{"accepted"}, s.States("A-1"))
				require.Equal(t, "sent", s.Results("A-1")[string(step.Step)])
			})
		}
	}
}

// The outcome stands although the plan that follows from it cannot be made.
func TestAFailingPlanCannotUndoAnOutcome(t *testing.T) {
	t.Parallel()
	s, step := calling(t, "email")
	old := s.Plan("A-1")
	s.Failing("cases", "StorePlan", "23514", 1)
	plan, err := s.Work.Perform(t.Context(), step)
	require.NoError(t, err)
	require.Equal(t, old, plan, "the workflow comes back with it")
	require.Equal(t, []string{"accepted"}, s.States("A-1"))
	require.Equal(t, "sent", s.Results("A-1")[string(step.Step)])

	plan, err = s.Work.Perform(t.Context(), step)
	require.NoError(t, err)
	require.NotEqual(t, step.Step, plan.Step)
	require.Len(t, own(s, step), 1)
}

// The same, and then every further try of the activity fails, so that the case is reviewed with the failure: the outcome that
// stands is not given up.
func TestAStepThatWasSentIsNotGivenUp(t *testing.T) {
	t.Parallel()
	s, step := calling(t, "email")
	s.Failing("cases", "StorePlan", "23514", 1)
	_, err := s.Work.Perform(t.Context(), step)
	require.NoError(t, err)
	plan, err := s.Work.Review(t.Context(), step.CaseID, &casework.Failure{Step: step.Step, Epoch: step.Epoch})
	require.NoError(t, err)
	require.NotEqual(t, step.Step, plan.Step)
	require.Equal(t, "sent", s.Results("A-1")[string(step.Step)])
	require.Empty(t, s.Tasks("A-1"))
}

// A step whose activity failed for good is given up when nothing was called, and of unknown outcome when something was.
func TestAStepThatFailedForGood(t *testing.T) {
	t.Parallel()
	fail := func(s *scene.Scene, step casework.Step) collection.Plan {
		plan, err := s.Work.Review(t.Context(), step.CaseID, &casework.Failure{Step: step.Step, Epoch: step.Epoch})
		require.NoError(t, err)
		return plan
	}
	t.Run("never claimed", func(t *testing.T) {
		t.Parallel()
		s, step := calling(t, "email")
		plan := fail(s, step)
		require.Equal(t, "gave_up", s.Results("A-1")[string(step.Step)])
		require.Equal(t, "open", s.Task("A-1", casework.TaskGivenUp).Status)
		require.Equal(t, plan, fail(s, step), "twice is once")
		s.Task("A-1", casework.TaskGivenUp)
	})
	t.Run("claimed", func(t *testing.T) {
		t.Parallel()
		s, step := calling(t, "email")
		marking := s.Break("dispatch", "MarkCalling")
		sending := start(t.Context(), s.Work, step)
		marking.Reached()
		fail(s, step)
		marking.Go()
		require.NoError(t, await(t, sending).err, "the zombie finds that it is over")
		require.Empty(t, s.ReceivedFor("A-1"))
		require.Equal(t, []string{"suppressed"}, s.States("A-1"))
		require.Equal(t, "gave_up", s.Results("A-1")[string(step.Step)])
	})
	t.Run("called", func(t *testing.T) {
		t.Parallel()
		s, step := calling(t, "email")
		die(s, step, diesAfter)
		plan := fail(s, step)
		require.Equal(t, []collection.Why{collection.WhyUnknown}, plan.Why)
		settle(s, "A-1", time.Hour)
		require.Equal(t, "sent", s.Results("A-1")[string(step.Step)])
		require.Len(t, own(s, step), 1)
	})
	t.Run("of another epoch or step", func(t *testing.T) {
		t.Parallel()
		s, step := calling(t, "email")
		before := s.Plan("A-1")
		fail(s, casework.Step{CaseID: step.CaseID, Step: "another", Epoch: 1})
		fail(s, casework.Step{CaseID: step.CaseID, Step: step.Step, Epoch: 2})
		require.Equal(t, before, s.Plan("A-1"))
		require.Empty(t, s.Outcomes("A-1"))
	})
}

// A deploy stops the process: until the call it knows that nothing was sent, and a call that has begun ends in peace.
func TestACancelledSend(t *testing.T) {
	t.Parallel()
	t.Run("while marking", func(t *testing.T) {
		t.Parallel()
		s, step := calling(t, "email")
		ctx, cancel := context.WithCancel(t.Context())
		marking := s.Break("attempt", "MarkCalled")
		sending := start(ctx, s.Work, step)
		marking.Reached()
		cancel()
		marking.Go()
		require.Error(t, await(t, sending).err)
		s.Eventually(func() bool { return s.States("A-1")[0] == "claimed" }, "the mark is gone")
		s.Perform("A-1")
		require.Len(t, own(s, step), 1)
	})
	t.Run("while the mark commits", func(t *testing.T) {
		t.Parallel()
		s, step := calling(t, "email")
		ctx, cancel := context.WithCancel(t.Context())
		committing := s.BreakCommit("dispatch", "new.state = 'calling'")
		sending := start(ctx, s.Work, step)
		committing.Reached()
		cancel()
		committing.Go()
		require.Error(t, await(t, sending).err)
		require.Equal(t, 1, s.Count("select count(*) from attempt where called_at is not null"), "the mark was committed")
		require.Equal(t, []string{"claimed"}, s.States("A-1"), "and taken back")
		s.Perform("A-1")
		require.Len(t, own(s, step), 1)
	})
	t.Run("between mark and call", func(t *testing.T) {
		t.Parallel()
		s, step := calling(t, "email")
		ctx, cancel := context.WithCancel(t.Context())
		marking := s.Break("attempt", "MarkCalled")
		sending := start(ctx, s.Work, step)
		marking.Reached()
		release := s.Locked("select 1 from debtor for no key update")
		marking.Go()
		s.Blocked(1)
		cancel()
		require.Error(t, await(t, sending).err)
		require.Equal(t, []string{"claimed"}, s.States("A-1"), "nothing is unknown")
		require.Equal(t, 1, s.Count("select count(*) from attempt where result = 'not_written'"))
		release()
		s.Perform("A-1")
		require.Len(t, own(s, step), 1)
	})
	t.Run("during the call", func(t *testing.T) {
		t.Parallel()
		s, step := calling(t, "email")
		ctx, cancel := context.WithCancel(t.Context())
		call := hold()
		sending := start(ctx, acting(s, call.act), step)
		await(t, call.began)
		cancel()
		close(call.goOn)
		require.NoError(t, await(t, sending).err)
		require.Equal(t, []string{"accepted"}, s.States("A-1"))
		require.Equal(t, "sent", s.Results("A-1")[string(step.Step)])
		require.Len(t, own(s, step), 1)
	})
}

// Somebody else holds a lock for too long: the send gives way, and knows that it sent nothing.
func TestASendThatCannotGetItsLocks(t *testing.T) {
	t.Parallel()
	s, step := calling(t, "email")
	marking := s.Break("attempt", "MarkCalled")
	sending := start(t.Context(), s.Work, step)
	marking.Reached()
	release := s.Locked("select 1 from debtor for no key update")
	marking.Go()
	require.Error(t, await(t, sending).err, "after the lock timeout")
	require.Equal(t, []string{"claimed"}, s.States("A-1"))
	release()
	s.Perform("A-1")
	require.Len(t, own(s, step), 1)
}

// A panic is a bug of ours and must not cost a message: before the claim it leaves nothing, in the call it is like a process
// that died, and no lock stays behind.
func TestAPanic(t *testing.T) {
	t.Parallel()
	attempt := func(w *casework.Work, step casework.Step) (recovered any) {
		defer func() { recovered = recover() }()
		_, _ = w.Perform(t.Context(), step)
		return nil
	}
	t.Run("while composing", func(t *testing.T) {
		t.Parallel()
		s, step := calling(t, "email")
		w := *s.Work
		w.Mail = clumsy{w.Mail}
		require.NotNil(t, attempt(&w, step))
		require.Empty(t, s.Dispatches("A-1"))
		s.Perform("A-1")
		require.Len(t, own(s, step), 1)
	})
	t.Run("in the call", func(t *testing.T) {
		t.Parallel()
		s, step := calling(t, "email")
		w := acting(s, func(ctx context.Context, call func(context.Context) delivery.Outcome) delivery.Outcome {
			_ = call(ctx)
			panic("after the provider took it")
		})
		require.NotNil(t, attempt(w, step))
		require.Equal(t, []string{"calling"}, s.States("A-1"))
		s.Pay("A-1", "P-1", 100) // nobody holds the invoice
		expire(s)
		settle(s, "A-1", time.Hour)
		require.Len(t, own(s, step), 1)
		require.Equal(t, []string{"accepted"}, s.States("A-1"))
	})
}

type clumsy struct{ casework.Mail }

func (clumsy) PrepareEmail(delivery.Email) (delivery.Frozen, error) { panic("while composing") }
