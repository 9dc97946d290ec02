package worker_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/embedded/postgres/pgtest"
	"relance/internal/scene"
	"relance/internal/store"
	"relance/worker"
	"relance/workflows"
)

func TestMain(m *testing.M) { pgtest.Main(m, store.Migrate) }

// call is what Temporal was asked to do.
type call struct {
	How      string // "start", "signal", "signal with start"
	Workflow string
	Signal   string
	Envelope workflows.Envelope
	Input    workflows.CaseInput
	Options  client.StartWorkflowOptions
}

// temporal stands in for a Temporal service: it remembers what it was asked, and which workflows run. Whatever else the
// product might ask of it is a nil pointer.
type temporal struct {
	client.Client
	mu      sync.Mutex
	calls   []call
	running map[string]bool
	refuse  func(call) error // nil: nothing is refused
	told    func(call)       // what a workflow does that hears something; nil: nothing
}

func newTemporal() *temporal { return &temporal{running: map[string]bool{}} }

func (f *temporal) take(c call, runs func(running bool) error) error {
	f.mu.Lock()
	f.calls = append(f.calls, c)
	var err error
	if f.refuse != nil {
		err = f.refuse(c)
	}
	if err == nil {
		err = runs(f.running[c.Workflow])
	}
	told := f.told
	f.mu.Unlock()
	if err == nil && told != nil {
		told(c)
	}
	return err
}

// ExecuteWorkflow starts a workflow, unless it runs.
func (f *temporal) ExecuteWorkflow(_ context.Context, o client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error) {
	if workflow != workflows.WorkflowType || len(args) != 1 {
		return nil, errors.New("not our workflow")
	}
	return nil, f.take(call{How: "start", Workflow: o.ID, Options: o, Input: args[0].(workflows.CaseInput)}, func(running bool) error {
		if running && o.WorkflowExecutionErrorWhenAlreadyStarted {
			return serviceerror.NewWorkflowExecutionAlreadyStarted("it runs", "", "")
		}
		f.running[o.ID] = true
		return nil
	})
}

// SignalWorkflow reaches a workflow that runs.
func (f *temporal) SignalWorkflow(_ context.Context, id, run, signal string, arg any) error {
	if run != "" {
		return errors.New("a run id is never given: the case may run under another one")
	}
	return f.take(call{How: "signal", Workflow: id, Signal: signal, Envelope: arg.(workflows.Envelope)}, func(running bool) error {
		if !running {
			return serviceerror.NewNotFound("no such workflow")
		}
		return nil
	})
}

// SignalWithStartWorkflow reaches a workflow, and starts it if it does not run.
func (f *temporal) SignalWithStartWorkflow(_ context.Context, id, signal string, arg any, o client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error) {
	c := call{How: "signal with start", Workflow: id, Signal: signal, Envelope: arg.(workflows.Envelope), Options: o, Input: args[0].(workflows.CaseInput)}
	if id != o.ID || workflow != workflows.WorkflowType {
		return nil, errors.New("two ids")
	}
	return nil, f.take(c, func(bool) error { f.running[id] = true; return nil })
}

// heard is what Temporal was asked since the last time.
func (f *temporal) heard() []call {
	f.mu.Lock()
	defer f.mu.Unlock()
	calls := f.calls
	f.calls = nil
	return calls
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func relay(s *scene.Scene, f *temporal) *worker.Relay {
	return &worker.Relay{Store: s.Store, Temporal: f, Log: quiet()}
}

// deliver delivers until nothing is due any more, and gives what Temporal was asked meanwhile.
func deliver(t *testing.T, r *worker.Relay, f *temporal) []call {
	t.Helper()
	for {
		n, err := r.Deliver(t.Context())
		require.NoError(t, err)
		if n == 0 {
			return f.heard()
		}
	}
}

// performs has every workflow of a scene do what its plan asks for, as the real one would.
func (f *temporal) performs(s *scene.Scene) {
	f.told = func(c call) {
		if c.Envelope.Plan == nil || !c.Envelope.Plan.Due(c.Envelope.Now) {
			return
		}
		p := *c.Envelope.Plan
		id := collection.CaseID(collection.InvoiceID(c.Input.Creditor, c.Input.Invoice))
		go func() {
			if p.Form == collection.Perform {
				_, _ = s.Work.Perform(s.Context(), casework.Step{CaseID: id, Step: p.Step, Kind: p.Kind, Epoch: p.Epoch})
				return
			}
			_, _ = s.Work.Review(s.Context(), id, nil)
		}()
	}
}
