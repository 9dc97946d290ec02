package worker_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"golang.org/x/time/rate"

	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/ledger"
	"relance/internal/scene"
	"relance/internal/store"
	"relance/worker"
	"relance/workflows"
)

// pending is how much news waits.
func pending(s *scene.Scene) int {
	return s.Count("select count(*) from outbox where delivered_version < wanted_version")
}

func TestACaseThatOpensIsStartedOnce(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	id := s.Open("A/1")
	f := newTemporal()
	r := relay(s, f)
	calls := deliver(t, r, f)
	require.Len(t, calls, 1)
	c := calls[0]
	require.Equal(t, "start", c.How)
	require.Equal(t, "case/acme/A%2F1", c.Workflow)
	require.Equal(t, workflows.QueueCases, c.Options.TaskQueue)
	require.Equal(t, enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, c.Options.WorkflowIDReusePolicy)
	require.Equal(t, enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING, c.Options.WorkflowIDConflictPolicy)
	require.Equal(t, scene.Creditor, c.Options.Priority.FairnessKey)
	require.Equal(t, workflows.CaseInput{
		CaseID: id.String(), Creditor: scene.Creditor, Debtor: collection.DebtorID(scene.Creditor, "D-A/1").String(), Invoice: "A/1",
		DueOn: scene.Day("2026-02-04"), Amount: scene.Euro(120000), Plan: s.Plan("A/1"), TestClock: true, Now: s.Now(),
	}, c.Input)
	require.Zero(t, pending(s))
	require.Empty(t, deliver(t, r, f), "once")
}

// Nothing that Temporal is told says anything about a person.
func TestWhatTemporalIsToldIsNobodysBusiness(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	f := newTemporal()
	r := relay(s, f)
	calls := deliver(t, r, f)
	s.Pay("A-1", "IBAN FR14 of Jeanne", 100)
	for _, c := range append(calls, deliver(t, r, f)...) {
		text := fmt.Sprintf("%+v %+v", c, c.Options.TypedSearchAttributes.GetUntypedValues())
		for _, personal := range []string{"Atelier", "example.com", "+336", "rue des", "Lyon", "Jeanne", "IBAN"} {
			require.NotContains(t, text, personal)
		}
	}
}

// A signal's name says what happened, and it carries the plan as it is now.
func TestNewsIsSignalled(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	f := newTemporal()
	r := relay(s, f)
	deliver(t, r, f)
	for _, c := range []struct {
		fact   func() intake.Receipt
		signal string
	}{
		{func() intake.Receipt { return s.Pay("A-1", "P-1", 100) }, workflows.SignalPaid},
		{func() intake.Receipt { return s.Agree("A-1", 3) }, workflows.SignalAgreed},
		{func() intake.Receipt { return s.Hold("A-1") }, workflows.SignalChanged},
	} {
		fact := c.fact()
		calls := deliver(t, r, f)
		require.Len(t, calls, 1)
		require.Equal(t, "signal with start", calls[0].How, "a workflow that was lost begins again with it")
		require.Equal(t, c.signal, calls[0].Signal)
		plan := s.Plan("A-1")
		require.Equal(t, workflows.Envelope{Events: []string{fact.ID.String()}, Version: plan.Version, Plan: &plan, Now: s.Now()}, calls[0].Envelope)
		require.Equal(t, plan, calls[0].Input.Plan)
	}
}

// Several facts before the relay comes are one piece of news, with the newest plan and all their names; a payment among them
// gives it its name.
func TestNewsThatPilesUpIsToldAtOnce(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	f := newTemporal()
	r := relay(s, f)
	deliver(t, r, f)
	events := []string{s.Pay("A-1", "P-1", 100).ID.String(), s.Hold("A-1").ID.String()}
	events = append(events, s.Release("A-1").ID.String())
	calls := deliver(t, r, f)
	require.Len(t, calls, 1)
	require.Equal(t, workflows.SignalPaid, calls[0].Signal)
	require.Equal(t, events, calls[0].Envelope.Events)
	require.Equal(t, s.Plan("A-1").Version, calls[0].Envelope.Version)
}

func TestACaseThatClosesIsToldAndNotStarted(t *testing.T) {
	t.Parallel()
	t.Run("while it runs", func(t *testing.T) {
		t.Parallel()
		s := scene.Set(t, scene.Options{})
		s.Open("A-1")
		f := newTemporal()
		r := relay(s, f)
		deliver(t, r, f)
		s.Pay("A-1", "P-1", 0)
		calls := deliver(t, r, f)
		require.Len(t, calls, 1)
		require.Equal(t, "signal", calls[0].How)
		require.Equal(t, workflows.SignalPaid, calls[0].Signal)
		require.Equal(t, collection.Close, calls[0].Envelope.Plan.Form)
	})
	t.Run("before its start", func(t *testing.T) {
		t.Parallel()
		s := scene.Set(t, scene.Options{})
		s.Open("A-1")
		s.Pay("A-1", "P-1", 0)
		f := newTemporal()
		for _, c := range deliver(t, relay(s, f), f) {
			require.Equal(t, "signal", c.How, "it is never started")
		}
		require.Empty(t, f.running)
		require.Zero(t, pending(s))
	})
	t.Run("after a start that nobody noted", func(t *testing.T) {
		t.Parallel()
		s := scene.Set(t, scene.Options{})
		s.Open("A-1")
		f := newTemporal()
		f.running["case/acme/A-1"] = true // the relay died before it could write it down
		s.Pay("A-1", "P-1", 0)
		calls := deliver(t, relay(s, f), f)
		require.Len(t, calls, 1)
		require.Equal(t, collection.Close, calls[0].Envelope.Plan.Form, "the workflow that runs hears of the end")
	})
	t.Run("when its workflow has ended", func(t *testing.T) {
		t.Parallel()
		s := scene.Set(t, scene.Options{})
		s.Open("A-1")
		f := newTemporal()
		r := relay(s, f)
		deliver(t, r, f)
		f.running = map[string]bool{}
		s.Pay("A-1", "P-1", 0)
		require.Len(t, deliver(t, r, f), 1)
		require.Zero(t, pending(s), "there is nobody left to tell")
	})
}

func TestAStartThatNobodyNotedBecomesASignal(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	s.Hold("A-1")
	f := newTemporal()
	f.running["case/acme/A-1"] = true
	calls := deliver(t, relay(s, f), f)
	require.Equal(t, []string{"start", "signal"}, []string{calls[0].How, calls[1].How})
	require.Equal(t, s.Plan("A-1").Version, calls[1].Envelope.Version, "it may hold an older plan")
	require.Zero(t, pending(s))
}

// A row that Temporal refuses waits longer with every try, blocks no other, and in the end a person learns of it.
func TestARefusedRowBacksOffAndBlocksNoOther(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	bad := s.Open("A-1")
	f := newTemporal()
	f.refuse = func(c call) error {
		if c.Workflow == "case/acme/A-1" {
			return errors.New("not this one")
		}
		return nil
	}
	r := relay(s, f)
	tries := func() int { return s.Count("select tries from outbox where case_id = $1", bad) }
	n, err := r.Deliver(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, 1, tries())
	require.Equal(t, 1, s.Count("select count(*) from outbox where next_try_at > now() - interval '1 minute' and leased_until is null"))
	s.SQL("update outbox set next_try_at = now() + interval '1 hour'")
	s.Open("A-2")
	require.Len(t, deliver(t, r, f), 2, "the other one is started, this one waits")
	require.Equal(t, map[string]bool{"case/acme/A-2": true}, f.running)
	require.Equal(t, 1, pending(s))

	for tried := 1; tried < 14; tried++ {
		s.SQL("update outbox set next_try_at = now() where case_id = $1", bad)
		began := time.Now()
		_, err := r.Deliver(t.Context())
		ended := time.Now()
		require.NoError(t, err)
		require.Equal(t, tried+1, tries())
		var next time.Time
		require.NoError(t, s.DB.QueryRow(t.Context(), "select next_try_at from outbox where case_id = $1", bad).Scan(&next))
		wait := min(time.Second<<min(tried, 10), 5*time.Minute)
		require.WithinRange(t, next, began.Add(wait).Truncate(time.Microsecond), ended.Add(wait), "after %d tries", tried)
	}
	tasks := s.Tasks("A-1", casework.TaskReview)
	require.Len(t, tasks, 1)
	require.Contains(t, string(tasks[0].Data), "temporal_refuses_the_news")

	f.refuse = nil
	s.SQL("update outbox set next_try_at = now()")
	deliver(t, r, f)
	require.True(t, f.running["case/acme/A-1"])
	require.Zero(t, pending(s))
	require.Zero(t, tries())
}

// A row whose trouble cannot even be noted blocks no other either.
func TestARowThatCannotBePutOffBlocksNoOther(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	for i := range 3 {
		s.Open(fmt.Sprintf("A-%d", i))
	}
	f := newTemporal()
	refused := ""
	f.refuse = func(c call) error { // the first one that comes, whichever it is
		if refused == "" || refused == c.Workflow {
			refused = c.Workflow
			return errors.New("not this one")
		}
		return nil
	}
	s.Failing("outbox", "NewsDelayed", "53100", 1)
	_, err := relay(s, f).Deliver(t.Context())
	require.Error(t, err)
	require.Len(t, f.running, 2)
	require.Equal(t, 1, pending(s))
}

// What one relay holds another leaves alone until the lease ends: two of them start nothing twice, and a relay that dies
// loses nothing.
func TestTwoRelays(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	for i := range 20 {
		s.Open(fmt.Sprintf("A-%02d", i))
	}
	f := newTemporal()
	done := make(chan error, 4)
	for range cap(done) {
		go func() {
			for {
				n, err := relay(s, f).Deliver(t.Context())
				if n == 0 || err != nil {
					done <- err
					return
				}
			}
		}()
	}
	for range cap(done) {
		require.NoError(t, <-done)
	}
	require.Len(t, f.heard(), 20, "each once")

	id := s.Open("B-1")
	s.SQL("update outbox set leased_until = now() + interval '20 seconds' where case_id = $1", id) // a relay died with it
	n, err := relay(s, f).Deliver(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
	s.SQL("update outbox set leased_until = now() - interval '1 second' where case_id = $1", id)
	require.Len(t, deliver(t, relay(s, f), f), 1)
}

// News goes before starts, starts are throttled, and one creditor's import does not stand before another's.
func TestStartsGoRoundRobinBehindTheNews(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	other := scene.Company()
	other.ID = "other"
	require.NoError(t, s.Desk.ApplyCreditor(t.Context(), other, ledger.Trusted))
	s.Open("NEWS")
	f := newTemporal()
	r := relay(s, f)
	deliver(t, r, f)
	for i := range 30 {
		s.Open(fmt.Sprintf("A-%02d", i))
	}
	in := scene.Invoice("B-1")
	in.Creditor = "other"
	_, err := s.Desk.Register(t.Context(), []intake.Invoice{in})
	require.NoError(t, err)
	require.NoError(t, s.Work.Open(t.Context(), collection.InvoiceID("other", "B-1")))
	s.Hold("NEWS")

	r.Starts = rate.NewLimiter(0, 8) // eight, and no more
	calls := deliver(t, r, f)
	require.Equal(t, "case/acme/NEWS", calls[0].Workflow)
	require.Len(t, calls, 1+8)
	var creditors []string
	for _, c := range calls[1:] {
		require.Equal(t, "start", c.How)
		creditors = append(creditors, c.Input.Creditor)
	}
	require.Contains(t, creditors, "other", "it had thirty before it")
	require.Equal(t, 31-8, pending(s))
	s.Hold("A-00")
	s.Hold("NEWS")
	require.NotEmpty(t, deliver(t, r, f), "news passes although no start may")
}

// Run hears of news and brings it; it opens what is due; and it ends when it is told to.
func TestRunningTheRelay(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{WallClock: true})
	f := newTemporal()
	heard := make(chan call, 100)
	f.told = func(c call) { heard <- c }
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	s.Register("A-1")
	go func() {
		defer close(ended)
		relay(s, f).Run(ctx, func(ctx context.Context) error { return worker.OpenDue(ctx, s.Store, s.Work) })
	}()
	require.Equal(t, "start", (<-heard).How)
	for range 5 {
		s.Hold("A-1")
		require.Equal(t, workflows.SignalChanged, (<-heard).Signal)
		s.Release("A-1")
		require.Equal(t, workflows.SignalChanged, (<-heard).Signal)
	}
	cancel()
	<-ended
}

// A plan that its workflow has missed is rung again, once each time, and only that one.
func TestOverduePlansAreRungAgain(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{WallClock: true})
	f := newTemporal()
	r := relay(s, f)
	s.DueNow("A-1", collection.EmailReminder) // since two days
	s.Open("A-2")
	s.Hold("A-2") // waits for a person, some day
	s.Open("A-3")
	s.Pay("A-3", "P-1", 0)
	deliver(t, r, f)
	ring := func(late time.Time) (n int64) {
		s.Tx(func(ctx context.Context, tx *store.Tx) (err error) {
			n, err = tx.RingOverdue(ctx, time.Now(), &late)
			return err
		})
		return n
	}
	require.Zero(t, ring(time.Now().AddDate(0, 0, -10)))
	s.SQL("update outbox set next_try_at = next_try_at - interval '1 day'")
	require.Equal(t, int64(1), ring(time.Now().Add(-15*time.Minute)))
	require.Zero(t, ring(time.Now().Add(-15*time.Minute)), "it has been rung")
	f.running = map[string]bool{} // the workflow was lost
	calls := deliver(t, r, f)
	require.Len(t, calls, 1)
	require.Equal(t, "case/acme/A-1", calls[0].Workflow)
	require.Equal(t, "signal with start", calls[0].How)
}
