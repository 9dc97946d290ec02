package workflows_test

import (
	"context"
	"encoding/json"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/money"
	"relance/workflows"
)

var update = flag.Bool("update", false, "write the golden files")

// start is when every case of these tests begins: a Monday at nine.
var start = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

const (
	day      = 24 * time.Hour
	anything = mock.Anything
)

func in(d time.Duration) time.Time { return start.Add(d) }

func eur(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "EUR"} }

// The plans. Every one owes 120 euros in the waiting phase unless it says otherwise.

func perform(version int64, kind collection.StepKind, at time.Time) collection.Plan {
	return collection.Plan{Version: version, Form: collection.Perform, At: at, Step: collection.StepID("the_" + kind), Kind: kind,
		Phase: collection.Waiting, Owed: eur(12000), Why: []collection.Why{collection.WhyDelay}}
}

func review(version int64, at time.Time) collection.Plan {
	return collection.Plan{Version: version, Form: collection.Review, At: at, Phase: collection.Waiting, Owed: eur(12000),
		Why: []collection.Why{collection.WhyHold}}
}

func person(version int64, at time.Time) collection.Plan {
	p := review(version, at)
	p.Form, p.Why = collection.Person, []collection.Why{collection.WhyOnPerson}
	return p
}

func closing(version int64, ending collection.Ending) collection.Plan {
	return collection.Plan{Version: version, Form: collection.Close, Ending: ending, Phase: collection.Waiting, Owed: eur(0)}
}

func phased(p collection.Plan, phase collection.Phase) collection.Plan {
	p.Phase = phase
	return p
}

func input(p collection.Plan) workflows.CaseInput {
	return workflows.CaseInput{CaseID: "0b9bcf1e-6b6c-4f0d-9d38-3f2a3c4d5e6f", Creditor: "acme", Debtor: "d-07", Invoice: "2026/001",
		DueOn: calendar.Date{Year: 2026, Month: time.January, Day: 31}, Amount: eur(12000), Plan: p}
}

func onTestClock(in workflows.CaseInput) workflows.CaseInput {
	in.TestClock, in.Now = true, start
	return in
}

func envelope(p collection.Plan) workflows.Envelope {
	return workflows.Envelope{Events: []string{"event"}, Version: p.Version, Plan: &p}
}

func at(e workflows.Envelope, now time.Time) workflows.Envelope {
	e.Now = now
	return e
}

// bench is a case under test: the SDK's environment with skipped time, scripted activities, and a tape of what the
// workflow asked of the server.
type bench struct {
	*testsuite.TestWorkflowEnvironment
	t    require.TestingT
	tape *tape

	mu     sync.Mutex
	script map[string][]reply
}

// reply is what a scripted activity does when it is called next. The last one of its activity stays.
type reply struct {
	result workflows.StepResult
	err    error
	first  func() // runs before it answers
}

func newBench(t require.TestingT) *bench {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	b := &bench{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), t: t, tape: &tape{}, script: map[string][]reply{}}
	b.SetStartTime(start)
	b.SetTestTimeout(20 * time.Second)
	b.SetOnTimerCanceledListener(func(string) { b.tape.cancelled++ })
	b.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{b.tape}})
	b.RegisterWorkflowWithOptions(workflows.CollectInvoice, workflow.RegisterOptions{Name: workflows.WorkflowType})
	for _, kind := range collection.StepKinds() {
		name := workflows.ActivityOf(kind)
		register(b, name, func(_ context.Context, in workflows.StepInput) (workflows.StepResult, error) { return b.reply(name) })
	}
	register(b, workflows.ReviewCase, func(_ context.Context, in workflows.ReviewInput) (workflows.StepResult, error) {
		return b.reply(workflows.ReviewCase)
	})
	register(b, workflows.RecordSignal, func(_ context.Context, in workflows.SignalInput) (workflows.StepResult, error) {
		return b.reply(workflows.RecordSignal)
	})
	return b
}

func register[In any](b *bench, name string, f func(context.Context, In) (workflows.StepResult, error)) {
	b.RegisterActivityWithOptions(f, activity.RegisterOptions{Name: name})
}

// on scripts the next answer of an activity.
func (b *bench) on(name string, r reply) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.script[name] = append(b.script[name], r)
}

func (b *bench) answers(name string, plans ...collection.Plan) {
	for _, p := range plans {
		b.on(name, reply{result: workflows.StepResult{Plan: p}})
	}
}

func (b *bench) reply(name string) (workflows.StepResult, error) {
	b.mu.Lock()
	replies := b.script[name]
	if len(replies) == 0 {
		b.mu.Unlock()
		return workflows.StepResult{}, temporal.NewNonRetryableApplicationError("not in the script of this test", "unscripted", nil)
	}
	next := replies[0]
	if len(replies) > 1 {
		b.script[name] = replies[1:]
	}
	b.mu.Unlock()
	if next.first != nil {
		next.first()
	}
	return next.result, next.err
}

// after does something when so much time has passed since the start.
func (b *bench) after(d time.Duration, f func()) { b.RegisterDelayedCallback(f, d) }

// signals sends a signal when so much time has passed since the start.
func (b *bench) signals(d time.Duration, name string, payload any) {
	b.after(d, func() { b.SignalWorkflow(name, payload) })
}

// together sends signals in one workflow task.
func (b *bench) together(sent ...sent) {
	for _, s := range sent[:len(sent)-1] {
		b.SignalWorkflowSkippingWorkflowTask(s.name, s.payload)
	}
	last := sent[len(sent)-1]
	b.SignalWorkflow(last.name, last.payload)
}

type sent struct {
	name    string
	payload any
}

func (b *bench) run(in workflows.CaseInput) { b.ExecuteWorkflow(workflows.WorkflowType, in) }

// ended asserts that the case closed, and how.
func (b *bench) ended(ending collection.Ending, version int64) {
	require.True(b.t, b.IsWorkflowCompleted())
	require.NoError(b.t, b.GetWorkflowError())
	var result workflows.CaseResult
	require.NoError(b.t, b.GetWorkflowResult(&result))
	require.Equal(b.t, workflows.CaseResult{Ending: ending, Version: version}, result)
}

func (b *bench) view() workflows.CaseView {
	var v workflows.CaseView
	answer, err := b.QueryWorkflow(workflows.QueryCase)
	require.NoError(b.t, err)
	require.NoError(b.t, answer.Get(&v))
	return v
}

// raw is a payload that is exactly these bytes.
func raw(t require.TestingT, data string) converter.RawValue {
	payload, err := converter.GetDefaultDataConverter().ToPayload(struct{}{})
	require.NoError(t, err)
	payload.Data = []byte(data)
	return converter.NewRawValue(payload)
}

// continued asserts that the case was continued as new, and gives what the next run starts with.
func continued(t require.TestingT, b *bench) workflows.CaseInput {
	var again *workflow.ContinueAsNewError
	require.ErrorAs(t, b.GetWorkflowError(), &again)
	require.Equal(t, workflows.WorkflowType, again.WorkflowType.Name)
	return decode[workflows.CaseInput](t, again.Input)
}

func decode[T any](t require.TestingT, payloads *commonpb.Payloads) T {
	var v T
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(payloads, &v))
	return v
}

// golden compares with a file under testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", filepath.FromSlash(name))
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// tape records what a workflow asks of the server, at the moment it asks.
type tape struct {
	interceptor.WorkerInterceptorBase

	activities []call
	timers     []wait
	upserts    []temporal.SearchAttributes
	cancelled  int

	onActivity func(ctx workflow.Context, c call) // may be nil
	onSignal   func(name string, payload []byte)  // may be nil
	lag        func(time.Time) time.Duration      // how far the clock of the workflow is behind; may be nil
}

type call struct {
	name    string
	at      time.Time
	options workflow.ActivityOptions
	input   any
}

type wait struct {
	set     time.Time
	length  time.Duration
	summary string
}

func (t *tape) names() []string {
	var names []string
	for _, c := range t.activities {
		names = append(names, c.name)
	}
	return names
}

// calls are the inputs of every call of an activity.
func calls[In any](t *tape, name string) []In {
	var inputs []In
	for _, c := range t.activities {
		if c.name == name {
			inputs = append(inputs, c.input.(In))
		}
	}
	return inputs
}

func (t *tape) lengths() []time.Duration {
	var lengths []time.Duration
	for _, w := range t.timers {
		lengths = append(lengths, w.length)
	}
	return lengths
}

func (t *tape) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	in := &inbound{tape: t}
	in.Next = next
	return in
}

type inbound struct {
	interceptor.WorkflowInboundInterceptorBase
	tape *tape
}

func (i *inbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	out := &outbound{tape: i.tape}
	out.Next = next
	return i.Next.Init(out)
}

func (i *inbound) HandleSignal(ctx workflow.Context, in *interceptor.HandleSignalInput) error {
	if i.tape.onSignal != nil {
		var payload []byte
		if all := in.Arg.GetPayloads(); len(all) > 0 {
			payload = all[0].GetData()
		}
		i.tape.onSignal(in.SignalName, payload)
	}
	return i.Next.HandleSignal(ctx, in)
}

type outbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	tape *tape
}

func (o *outbound) ExecuteActivity(ctx workflow.Context, name string, args ...any) workflow.Future {
	c := call{name: name, at: workflow.Now(ctx).UTC(), options: workflow.GetActivityOptions(ctx), input: args[0]}
	o.tape.activities = append(o.tape.activities, c)
	if o.tape.onActivity != nil {
		o.tape.onActivity(ctx, c)
	}
	return o.Next.ExecuteActivity(ctx, name, args...)
}

func (o *outbound) Now(ctx workflow.Context) time.Time {
	now := o.Next.Now(ctx)
	if o.tape.lag != nil {
		return now.Add(-o.tape.lag(now))
	}
	return now
}

func (o *outbound) NewTimer(ctx workflow.Context, d time.Duration) workflow.Future {
	o.tape.timers = append(o.tape.timers, wait{set: workflow.Now(ctx).UTC(), length: d})
	return o.Next.NewTimer(ctx, d)
}

func (o *outbound) NewTimerWithOptions(ctx workflow.Context, d time.Duration, options workflow.TimerOptions) workflow.Future {
	o.tape.timers = append(o.tape.timers, wait{set: workflow.Now(ctx).UTC(), length: d, summary: options.Summary})
	return o.Next.NewTimerWithOptions(ctx, d, options)
}

func (o *outbound) UpsertTypedSearchAttributes(ctx workflow.Context, updates ...temporal.SearchAttributeUpdate) error {
	o.tape.upserts = append(o.tape.upserts, temporal.NewSearchAttributes(updates...))
	return o.Next.UpsertTypedSearchAttributes(ctx, updates...)
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", "  ")
	require.NoError(t, err)
	return string(text) + "\n"
}
