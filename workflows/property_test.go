package workflows_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"
	"pgregory.net/rapid"

	"relance/internal/collection"
	"relance/workflows"
)

// world is the model: what Postgres would know, and what the case has heard of it.
type world struct {
	plans  map[int64]collection.Plan // by version
	heard  int64                     // the newest version that reached the workflow
	now    time.Time                 // business time that reached it, on a test clock
	raw    map[string][]string       // what persons sent, by signal, in the order in which it reached the workflow
	noted  map[string][]string       // what was recorded, without repetitions
	seen   map[string]bool           // keys of what was recorded
	held   int64                     // as the query last said
	clocks bool                      // on a test clock
}

func (w *world) hear(version int64, now time.Time) {
	w.heard = max(w.heard, version)
	if now.After(w.now) {
		w.now = now
	}
}

// Whatever comes in whatever order: the version held never falls, a step is performed only when the newest plan heard of
// asks for it and its time has come, and everything that a person sent is recorded once and, under its name, in order.
func TestCaseFollowsTheNewestPlan(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := newBench(t)
		w := &world{plans: drawPlans(t), seen: map[string]bool{}, raw: map[string][]string{}, noted: map[string][]string{},
			clocks: rapid.Bool().Draw(t, "test clock"), now: start}
		first := w.plans[1]
		w.hear(1, start)
		b.tape.onSignal = w.received
		b.SetOnActivityCompletedListener(w.answered)
		b.tape.onActivity = func(ctx workflow.Context, c call) { w.asked(t, workflow.Now(ctx).UTC(), c) }
		script(t, b, w)
		send(t, b, w)

		in := input(first)
		if w.clocks {
			in = onTestClock(in)
		}
		b.run(in)

		require.True(t, b.IsWorkflowCompleted())
		require.NoError(t, b.GetWorkflowError())
		var result workflows.CaseResult
		require.NoError(t, b.GetWorkflowResult(&result))
		require.Equal(t, w.heard, result.Version)
		require.Equal(t, collection.Close, w.plans[result.Version].Form)
		require.Equal(t, w.raw, w.noted)
		require.True(t, !w.clocks || len(b.tape.timers) == 0)
	})
}

const lastVersion = 12

// drawPlans gives a plan for each version. The last one closes the case.
func drawPlans(t *rapid.T) map[int64]collection.Plan {
	plans := map[int64]collection.Plan{lastVersion: closing(lastVersion, collection.EndPaid)}
	for v := int64(1); v < lastVersion; v++ {
		due := in(time.Duration(rapid.IntRange(-1, 20).Draw(t, "due")) * day)
		p := perform(v, rapid.SampledFrom(collection.StepKinds()).Draw(t, "kind"), due)
		switch rapid.IntRange(0, 9).Draw(t, "form") {
		case 0:
			p = review(v, due)
		case 1:
			p = person(v, due)
		case 2:
			p.Form = "negotiate"
		case 3:
			if v > 1 {
				p = closing(v, collection.EndReferred)
			}
		}
		p.Step = collection.StepID(fmt.Sprintf("step_%d", v))
		p.Phase = rapid.SampledFrom([]collection.Phase{collection.Waiting, collection.Reminding}).Draw(t, "phase")
		plans[v] = p
	}
	return plans
}

// script lets every activity answer with a plan that was drawn, often the one that it was asked for, sometimes with none.
func script(t *rapid.T, b *bench, w *world) {
	names := []string{workflows.ReviewCase, workflows.RecordSignal}
	for _, kind := range collection.StepKinds() {
		names = append(names, workflows.ActivityOf(kind))
	}
	for _, name := range names {
		for range 6 {
			version := rapid.Int64Range(0, lastVersion-1).Draw(t, "answer")
			r := reply{result: workflows.StepResult{Plan: w.plans[version]}}
			if rapid.IntRange(0, 7).Draw(t, "fails") == 0 {
				r = reply{err: refusal("refused")}
			}
			b.on(name, r)
		}
		// At the end all answer with the close, so that every case ends.
		b.answers(name, w.plans[lastVersion])
	}
}

// send draws the signals, some of them in one workflow task, and asks for the version held in between.
func send(t *rapid.T, b *bench, w *world) {
	for i := range rapid.IntRange(0, 15).Draw(t, "signals") {
		name := rapid.SampledFrom(workflows.Signals()).Draw(t, "name")
		var payload any
		if rapid.IntRange(0, 3).Draw(t, "by hand") == 0 {
			payload = fmt.Sprintf("by hand %d", i)
		} else {
			e := envelope(w.plans[rapid.Int64Range(1, lastVersion-1).Draw(t, "version")])
			payload = at(e, in(time.Duration(rapid.IntRange(0, 20).Draw(t, "now"))*day))
		}
		quiet := rapid.Bool().Draw(t, "together with the next")
		b.after(time.Duration(rapid.IntRange(1, 30).Draw(t, "when"))*day, func() {
			if quiet {
				b.SignalWorkflowSkippingWorkflowTask(name, payload)
			} else {
				b.SignalWorkflow(name, payload)
			}
			held := b.view().Version
			require.GreaterOrEqual(t, held, w.held, "the version held fell")
			w.held = held
		})
	}
	for d := range 20 { // the relay does not give up; on a test clock each wake is one more try of what failed
		b.signals(time.Duration(31+d)*day, workflows.SignalPaid, at(envelope(w.plans[lastVersion]), in(21*day)))
	}
}

// received is what a signal tells the model.
func (w *world) received(name string, payload []byte) {
	var e workflows.Envelope
	if json.Unmarshal(payload, &e) == nil && e.Version > 0 {
		w.hear(e.Version, e.Now)
		return
	}
	w.raw[name] = append(w.raw[name], string(payload))
}

// answered is what an answer tells it, at the moment when the workflow is given it.
func (w *world) answered(_ *activity.Info, answer converter.EncodedValue, err error) {
	var result workflows.StepResult
	if err == nil && answer.Get(&result) == nil {
		w.hear(result.Plan.Version, result.Now)
	}
}

// asked checks what the workflow asks for, at the moment it asks.
func (w *world) asked(t *rapid.T, wall time.Time, c call) {
	now := wall
	if w.clocks {
		now = w.now
	}
	switch asked := c.input.(type) {
	case workflows.StepInput:
		plan := w.plans[w.heard]
		require.Equal(t, w.heard, asked.Version, "a step of a plan that is not the newest")
		require.Equal(t, collection.Perform, plan.Form)
		require.Equal(t, workflows.ActivityOf(plan.Kind), c.name)
		require.Equal(t, plan.Step, asked.Step)
		require.False(t, now.Before(plan.At), "a step before its time")
		require.Equal(t, w.raw, w.noted, "a step before what a person said is recorded")
	case workflows.ReviewInput:
		require.Equal(t, w.heard, asked.Version)
		require.True(t, asked.Failure != nil || w.plans[w.heard].Form != collection.Perform)
		require.True(t, asked.Failure != nil || !now.Before(w.plans[w.heard].At))
	case workflows.SignalInput:
		if !w.seen[asked.Key] {
			w.seen[asked.Key] = true
			w.noted[asked.Name] = append(w.noted[asked.Name], string(asked.Payload))
		}
	}
}
