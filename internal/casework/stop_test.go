package casework_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/scene"
)

func stepOf(caseID uuid.UUID, id collection.StepID, kind collection.StepKind) casework.Step {
	return casework.Step{CaseID: caseID, Step: id, Kind: kind, Epoch: 1}
}

// A stop binds the send that is under way up to its call, and loses nothing: what was stopped goes out once afterwards.
func TestAStopKeepsEverythingFromBeingSent(t *testing.T) {
	t.Parallel()
	for _, whom := range []string{"", scene.Creditor} {
		name := map[string]string{"": "the installation", scene.Creditor: "a creditor"}[whom]
		t.Run(name+" before the claim", func(t *testing.T) {
			t.Parallel()
			s := scene.Set(t, scene.Options{})
			s.Open("A-1")
			step := s.Due("A-1")
			require.NoError(t, s.Desk.Stop(t.Context(), whom, "the owner asked"))
			plan, err := s.Work.Perform(t.Context(), step)
			require.NoError(t, err)
			require.True(t, plan.Asks(step.Step, 1, s.Now()), "the step is still due")
			require.Empty(t, s.Dispatches("A-1"))
			require.NoError(t, s.Desk.Start(t.Context(), whom))
			s.Perform("A-1")
			require.Len(t, s.Received(), 1)
		})
		t.Run(name+" between mark and call", func(t *testing.T) {
			t.Parallel()
			s := scene.Set(t, scene.Options{})
			s.Open("A-1")
			step := s.Due("A-1")
			marking := s.Break("attempt", "MarkCalled")
			sending := start(t.Context(), s.Work, step)
			marking.Reached()
			release := s.Locked("select 1 from debtor for no key update")
			marking.Go()
			s.Blocked(1)
			require.NoError(t, s.Desk.Stop(t.Context(), whom, "the owner asked"), "a stop waits for nobody")
			release()
			r := await(t, sending)
			require.NoError(t, r.err)
			require.True(t, r.plan.Asks(step.Step, 1, s.Now()))
			require.Empty(t, s.Received())
			require.Equal(t, []string{"claimed"}, s.States("A-1"), "nothing was sent and nothing is unknown")
			require.NoError(t, s.Desk.Start(t.Context(), whom))
			s.Perform("A-1")
			require.Len(t, s.Received(), 1)
			require.Equal(t, []string{"accepted"}, s.States("A-1"))
		})
		t.Run(name+" during the call", func(t *testing.T) {
			t.Parallel()
			s := scene.Set(t, scene.Options{})
			s.Open("A-1")
			call := hold()
			sending := start(t.Context(), acting(s, call.act), s.Due("A-1"))
			await(t, call.began)
			require.NoError(t, s.Desk.Stop(t.Context(), whom, "the owner asked"), "a stop does not wait for the call")
			close(call.goOn)
			require.NoError(t, await(t, sending).err)
			require.Len(t, s.Received(), 1, "what had begun has ended, within its deadline")
			require.Equal(t, []string{"accepted"}, s.States("A-1"))
		})
	}
}
