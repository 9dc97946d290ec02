package workflows_test

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"relance/workflows"
)

// Recorded histories of real cases, one for each shape that a released version can have left behind. They are made by
// `go test ./cmd/wholeprogram -run Histories -update` and never edited; a shape that changes behind a version constant
// gets a new file beside the old one.
func recorded(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "replay", "*.json"))
	require.NoError(t, err)
	byShape := map[string]string{}
	for _, file := range files {
		byShape[strings.TrimSuffix(filepath.Base(file), ".json")] = file
	}
	return byShape
}

func TestReplayOfRecordedHistories(t *testing.T) {
	t.Parallel()
	histories := recorded(t)
	for _, shape := range []string{
		"whole_ladder", "paid_in_the_first_wait", "paid_in_parts", "paid_during_the_ladder", "agreement_kept", "paid_by_raw_signals",
		"raw_signal_that_cannot_be_read", "test_clock_whole_ladder", "test_clock_agreement_kept", "test_clock_agreement_broken",
		"test_clock_dispute", "test_clock_dead_mailbox",
	} {
		require.Contains(t, histories, shape)
	}
	for shape, file := range histories {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, replay(t, file, workflows.CollectInvoice))
		})
	}
}

// A workflow that does something else than what was recorded fails the replay: so the test above would notice.
func TestReplayNoticesAnotherWorkflow(t *testing.T) {
	t.Parallel()
	for name, other := range map[string]struct {
		shape   string
		collect func(workflow.Context, workflows.CaseInput) (workflows.CaseResult, error)
		mutant  *mutant
	}{
		"waits a moment before it begins": {"paid_in_the_first_wait", func(ctx workflow.Context, in workflows.CaseInput) (workflows.CaseResult, error) {
			if err := workflow.Sleep(ctx, time.Second); err != nil {
				return workflows.CaseResult{}, err
			}
			return workflows.CollectInvoice(ctx, in)
		}, &mutant{}},
		"performs another step":       {"whole_ladder", workflows.CollectInvoice, &mutant{instead: map[string]string{workflows.SendSMSReminder: workflows.SendEmailReminder}}},
		"leaves the phase unsaid":     {"whole_ladder", workflows.CollectInvoice, &mutant{unsaid: true}},
		"looks again on a test clock": {"test_clock_whole_ladder", workflows.CollectInvoice, &mutant{instead: map[string]string{workflows.ReferCase: workflows.ReviewCase}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := recorded(t)[other.shape]
			require.NotEmpty(t, file)
			require.Error(t, replay(t, file, other.collect, other.mutant))
		})
	}
}

func replay(t *testing.T, file string, collect func(workflow.Context, workflows.CaseInput) (workflows.CaseResult, error), with ...interceptor.WorkerInterceptor) error {
	t.Helper()
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{Interceptors: with})
	require.NoError(t, err)
	replayer.RegisterWorkflowWithOptions(collect, workflow.RegisterOptions{Name: workflows.WorkflowType})
	quiet := sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))
	return replayer.ReplayWorkflowHistoryFromJSONFile(quiet, file)
}

// mutant changes what a workflow asks for.
type mutant struct {
	interceptor.WorkerInterceptorBase
	instead map[string]string // another activity than the one asked for
	unsaid  bool              // search attributes stay as they are
}

func (m *mutant) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	return &mutantInbound{interceptor.WorkflowInboundInterceptorBase{Next: next}, m}
}

type mutantInbound struct {
	interceptor.WorkflowInboundInterceptorBase
	m *mutant
}

func (i *mutantInbound) Init(outbound interceptor.WorkflowOutboundInterceptor) error {
	return i.Next.Init(&mutantOutbound{interceptor.WorkflowOutboundInterceptorBase{Next: outbound}, i.m})
}

type mutantOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	m *mutant
}

func (o *mutantOutbound) ExecuteActivity(ctx workflow.Context, activity string, args ...any) workflow.Future {
	if other, ok := o.m.instead[activity]; ok {
		activity = other
	}
	return o.Next.ExecuteActivity(ctx, activity, args...)
}

func (o *mutantOutbound) UpsertTypedSearchAttributes(ctx workflow.Context, attributes ...temporal.SearchAttributeUpdate) error {
	if o.m.unsaid {
		return nil
	}
	return o.Next.UpsertTypedSearchAttributes(ctx, attributes...)
}
