package wholeprogram_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"relance/internal/app"
)

// inside starts an installation inside the test, which can look at its histories. It is stopped at the end of the test.
func inside(t *testing.T, o app.Options) *app.Embedded {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Adopt, o.NoSync, o.NoUI = true, true, true
	e, err := app.StartEmbedded(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		require.NoError(t, e.Stop(ctx))
		requireNoneLeft(t, o.Dir)
	})
	return e
}

// quiet is a logger of the SDK for clients whose calls may fail.
func quiet() sdklog.Logger { return sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)) }

// executions are all workflows of an installation, the closed ones too.
func executions(t *testing.T, e *app.Embedded) (all []*workflowpb.WorkflowExecutionInfo) {
	t.Helper()
	request := &workflowservice.ListWorkflowExecutionsRequest{Namespace: e.Where.Namespace, PageSize: 100}
	for {
		page, err := e.Temporal.ListWorkflow(t.Context(), request)
		require.NoError(t, err)
		all = append(all, page.GetExecutions()...)
		if request.NextPageToken = page.GetNextPageToken(); len(request.NextPageToken) == 0 {
			return all
		}
	}
}

func history(t *testing.T, c client.Client, workflowID, runID string) *historypb.History {
	t.Helper()
	h := &historypb.History{}
	events := c.GetWorkflowHistory(t.Context(), workflowID, runID, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		h.Events = append(h.Events, event)
	}
	return h
}
