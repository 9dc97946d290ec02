package workflows_test

import (
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/converter"
	"pgregory.net/rapid"

	"relance/internal/collection"
	"relance/workflows"
)

func TestCaseID(t *testing.T) {
	t.Parallel()
	tests := []struct{ creditor, number, id string }{
		{"acme", "INV-1", "case/acme/INV-1"},
		{"acme", "2026/001", "case/acme/2026%2F001"},
		{"a/b", "c", "case/a%2Fb/c"},
		{"a", "b/c", "case/a/b%2Fc"},
		{"acme", "50%", "case/acme/50%25"},
		{"acme", "50%25", "case/acme/50%2525"},
		{"acme", "Faktura nr 7", "case/acme/Faktura%20nr%207"},
		{"acme", "été", "case/acme/%C3%A9t%C3%A9"},
		{"acme", "a+b~c._-", "case/acme/a+b~c._-"},
		{"acme", "\x00\xff", "case/acme/%00%FF"},
	}
	for _, test := range tests {
		require.Equal(t, test.id, workflows.CaseID(test.creditor, test.number))
		creditor, number, err := workflows.ParseCaseID(test.id)
		require.NoError(t, err)
		require.Equal(t, test.creditor, creditor)
		require.Equal(t, test.number, number)
	}
}

func TestParseCaseIDRefuses(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"", "case", "case/acme", "case/acme/", "case//1", "case/acme/1/2", "cases/acme/1", "case/acme/%2f",
		"case/acme/%41", "case/acme/%", "case/acme/%ZZ", "case/acme/é", "case/acme/a b", "case/acme/" + strings.Repeat("1", 250)} {
		_, _, err := workflows.ParseCaseID(id)
		require.ErrorIs(t, err, workflows.ErrCaseID, "%q", id)
	}
}

func TestCaseIDIsInjective(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringMatching(`[a-c/%2F5é ]{1,12}`)
		creditor, number := part.Draw(t, "creditor"), part.Draw(t, "number")
		id := workflows.CaseID(creditor, number)
		require.Less(t, len(id), workflows.MaxCaseID)
		c, n, err := workflows.ParseCaseID(id)
		require.NoError(t, err)
		require.Equal(t, []string{creditor, number}, []string{c, n})
	})
}

func TestEveryKindOfStepHasItsActivityAndQueue(t *testing.T) {
	t.Parallel()
	activities := map[string]bool{}
	for _, kind := range collection.StepKinds() {
		activities[workflows.ActivityOf(kind)] = true
		require.Contains(t, workflows.Queues(), workflows.QueueOf(kind))
	}
	require.Len(t, activities, len(collection.StepKinds()))
	require.NotContains(t, activities, "")
	require.Empty(t, workflows.ActivityOf("visit"))
	require.Empty(t, workflows.QueueOf("visit"))
}

func TestWorkflowTypeIsTheNameOfTheFunction(t *testing.T) {
	t.Parallel()
	name := runtime.FuncForPC(reflect.ValueOf(workflows.CollectInvoice).Pointer()).Name()
	require.True(t, strings.HasSuffix(name, "."+workflows.WorkflowType), name)
}

func TestSearchAttributes(t *testing.T) {
	t.Parallel()
	var names []string
	for _, key := range workflows.SearchAttributeKeys() {
		names = append(names, key.GetName()+" "+key.GetValueType().String())
	}
	require.Equal(t, []string{"CreditorId Keyword", "DebtorId Keyword", "InvoiceNumber Keyword", "CaseStatus Keyword",
		"Currency Keyword", "AmountDue Double", "DueDate Datetime"}, names)
	require.Equal(t, enumspb.INDEXED_VALUE_TYPE_DOUBLE, workflows.AttributeDue.GetValueType())

	in := input(perform(1, collection.EmailReminder, start))
	in.Plan.Owed = eur(2050)
	attributes := workflows.SearchAttributesFor(in)
	require.Equal(t, len(names), attributes.Size(), "all of them at the start, where they are free")
	owed, _ := attributes.GetFloat64(workflows.AttributeDue)
	require.InDelta(t, 20.5, owed, 0)
	due, _ := attributes.GetTime(workflows.AttributeDueDate)
	require.Equal(t, time.Date(2026, time.January, 31, 0, 0, 0, 0, time.UTC), due)
	status, _ := attributes.GetKeyword(workflows.AttributeStatus)
	require.Equal(t, "waiting", status)
}

func TestStaticSummary(t *testing.T) {
	t.Parallel()
	in := input(perform(1, collection.EmailReminder, start))
	require.Equal(t, "2026/001 · 120.00 EUR · due 2026-01-31", workflows.StaticSummary(in))
	// A summary that Temporal refuses would keep the case from being opened.
	for _, number := range []string{strings.Repeat("é", 300), strings.Repeat("<", 200), strings.Repeat("\x01\xff", 90)} {
		in.Invoice = number
		payload, err := converter.GetDefaultDataConverter().ToPayload(workflows.StaticSummary(in))
		require.NoError(t, err)
		require.LessOrEqual(t, len(payload.GetData()), 400)
	}
}

// The payloads as they lie in histories: fields may be added to them, never changed.
func TestPayloads(t *testing.T) {
	t.Parallel()
	plan := perform(7, collection.EmailReminder, in(day))
	first := onTestClock(input(plan))
	failure := &workflows.Failure{Step: plan.Step, Epoch: 1, Kind: plan.Kind, Cause: "refused"}
	signal := workflows.SignalInput{CaseID: first.CaseID, Key: "run/1", Name: workflows.SignalPaid, Payload: []byte(`{"amount":"1.00"}`)}
	next := first
	next.Carried = &workflows.Carried{FirstRun: "run", Ordinal: 2, Phase: collection.Reminding, Since: start, Failure: failure,
		Log:     []workflows.Entry{{At: start, What: workflows.LogStep, Step: plan.Step, Kind: plan.Kind, Outcome: collection.Sent, Times: 2}},
		Signals: []workflows.SignalInput{signal},
		Retry:   workflows.Backoff{Tries: 2, At: start, Version: 7},
		Record:  workflows.Backoff{Standing: true}}
	golden(t, "payloads.json", asJSON(t, map[string]any{
		"CaseInput":             first,
		"CaseInput, continued":  next,
		"CaseResult":            workflows.CaseResult{Ending: collection.EndPaid, Version: 8},
		"Envelope":              at(envelope(plan), start),
		"ReviewInput":           workflows.ReviewInput{CaseID: first.CaseID, Version: 7, Failure: failure},
		"SignalInput":           signal,
		"StepInput":             workflows.StepInput{CaseID: first.CaseID, Step: plan.Step, Kind: plan.Kind, Epoch: 1, Version: 7, DueAt: plan.At},
		"StepResult":            workflows.StepResult{Plan: plan, Now: start, Outcome: collection.Sent},
		"CaseInput, wall clock": input(plan),
	}))
}
