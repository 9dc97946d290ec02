package wholeprogram_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"relance/internal/app"
	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/demo"
	"relance/internal/intake"
	"relance/internal/law"
	"relance/internal/ledger"
	"relance/internal/money"
	"relance/workflows"
)

// hurried is a whole ladder within ten seconds, and patient the same with an hour before its first step.
const (
	hurried = `name: hurried
min_gap: 0s
steps:
  - {id: first_reminder, kind: email_reminder, after: 2s, tone: friendly}
  - {id: second_reminder, kind: sms_reminder, after: 4s, tone: neutral}
  - {id: escalation_notice, kind: escalation_notice, after: 6s, tone: firm}
  - {id: final_notice, kind: certified_letter, after: 8s, tone: final}
  - {id: referral, kind: referral, after: 10s}
routes:
  - {to: agency}
`
	patient = `name: patient
steps:
  - {id: first_reminder, kind: email_reminder, after: 1h, tone: friendly}
`
)

// office is an installation in real time with one creditor, whose debtors may be contacted at any hour.
type office struct {
	*app.Embedded
	t        *testing.T
	creditor string
}

func openOffice(t *testing.T) *office {
	t.Helper()
	e := inside(t, app.Options{Dir: dataDir(t)})
	creditor, err := demo.ReadCreditor(filepath.Join(root(t), "examples", "demo.creditor.yaml"))
	require.NoError(t, err)
	require.NoError(t, e.Desk.ApplyCreditor(t.Context(), creditor, ledger.Trusted))
	for name, body := range map[string]string{"hurried": hurried, "patient": patient} {
		_, err := e.Desk.PublishPolicy(t.Context(), name, []byte(body))
		require.NoError(t, err)
	}
	return &office{e, t, creditor.ID}
}

// register registers an invoice of 1,200.00 USD, whose debtor the letter provider reaches, and returns its workflow's id.
func (o *office) register(number, policy string) string {
	o.t.Helper()
	day := func(text string) calendar.Date {
		d, err := calendar.ParseDate(text)
		require.NoError(o.t, err)
		return d
	}
	row := ledger.Row{
		Number: number, IssuedOn: day("2026-01-05"), DueOn: day("2026-02-04"), Amount: money.Amount{Minor: 120000, Currency: "USD"},
		Debtor: ledger.Debtor{
			ExternalID: "D-" + number, Name: "Placeholder Tools LLC", Kind: law.Company, Language: "en", Country: "US", Region: "NY",
			Address: []string{"9 Dummy Drive"}, PostalCode: "10000", City: "New York", TimeZone: "America/New_York",
			Email: strings.ToLower(number) + "@example.com", Phone: "+12125550108", ContactHours: calendar.Hours{Always: true},
		},
	}
	_, err := o.Desk.Register(o.t.Context(), []intake.Invoice{{Creditor: o.creditor, Row: row, Enter: intake.EnterFirst, Policy: policy}})
	require.NoError(o.t, err)
	return workflows.CaseID(o.creditor, number)
}

func (o *office) pay(number, reference string, cents int64) {
	o.t.Helper()
	p := intake.Payment{Creditor: o.creditor, Invoice: number, Reference: reference, Source: intake.FromStaff}
	if cents != 0 {
		p.Amount = &money.Amount{Minor: cents, Currency: "USD"}
	}
	_, err := o.Desk.Pay(o.t.Context(), p)
	require.NoError(o.t, err)
}

func (o *office) agree(number string, parts ...ledger.Instalment) {
	o.t.Helper()
	_, err := o.Desk.Agree(o.t.Context(), intake.Agreement{
		Creditor: o.creditor, Invoice: number, Schedule: ledger.Schedule{List: parts}, Source: intake.FromStaff,
	})
	require.NoError(o.t, err)
}

// until waits until a history holds n events of a type.
func (o *office) until(workflowID string, kind enumspb.EventType, n int) {
	o.t.Helper()
	require.Eventually(o.t, func() bool {
		if _, err := o.Temporal.DescribeWorkflowExecution(o.t.Context(), workflowID, ""); err != nil {
			return false // not started yet
		}
		return count(history(o.t, o.Temporal, workflowID, ""))[kind] >= n
	}, time.Minute, 20*time.Millisecond)
}

// ended waits for the end of a case and returns its history.
func (o *office) ended(workflowID string, ending collection.Ending) *historypb.History {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), time.Minute)
	defer cancel()
	var result workflows.CaseResult
	err := o.Temporal.GetWorkflow(ctx, workflowID, "").Get(ctx, &result)
	if err != nil {
		stuck, _ := o.Temporal.DescribeWorkflowExecution(o.t.Context(), workflowID, "")
		require.NoError(o.t, err, "%v\n%v", count(history(o.t, o.Temporal, workflowID, "")), stuck.GetPendingActivities())
	}
	require.Equal(o.t, ending, result.Ending)
	return history(o.t, o.Temporal, workflowID, "")
}

func count(h *historypb.History) map[enumspb.EventType]int {
	n := map[enumspb.EventType]int{}
	for _, e := range h.GetEvents() {
		n[e.GetEventType()]++
	}
	return n
}

// actions is what Temporal Cloud would bill for a history: the start, each timer, each try of an activity, each signal, each
// update of search attributes. There are no other billable events in a case, and the count fails on one that is new.
func actions(t *testing.T, h *historypb.History) int {
	t.Helper()
	n := 0
	for _, e := range h.GetEvents() {
		switch e.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, enumspb.EVENT_TYPE_TIMER_STARTED, enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
			enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, enumspb.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
			n++
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED:
			n += int(e.GetActivityTaskStartedEventAttributes().GetAttempt()) - 1
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED, enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED,
			enumspb.EVENT_TYPE_TIMER_FIRED, enumspb.EVENT_TYPE_TIMER_CANCELED, enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
			enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
		default:
			require.Fail(t, "what does this cost?", e.GetEventType().String())
		}
	}
	return n
}

// TestHistories lives through cases in real time, with a policy in seconds, and counts what they cost. With -update it also
// records them, and some of the demo's, for the replay test of the workflow.
func TestHistories(t *testing.T) {
	timed(t)
	o := openOffice(t)
	ladder := o.register("LADDER", "hurried")

	waiting := o.waiting("WAITING")
	o.pay("WAITING", "bank-1", 0)
	paid := o.ended(waiting, collection.EndPaid)
	require.Len(t, paid.GetEvents(), 10, "%v", count(paid))
	require.Equal(t, 3, actions(t, paid))
	record(t, "paid_in_the_first_wait", paid)

	record(t, "paid_in_parts", o.paidInParts())
	record(t, "paid_by_raw_signals", o.paidByHand())
	record(t, "raw_signal_that_cannot_be_read", o.garbled())
	record(t, "agreement_kept", o.agreementKept())
	record(t, "paid_during_the_ladder", o.paidDuringTheLadder())

	whole := o.ended(ladder, collection.EndReferred)
	require.Len(t, whole.GetEvents(), 62, "%v", count(whole))
	require.Equal(t, 13, actions(t, whole))
	require.Equal(t, []string{"SendEmailReminder", "SendSMSReminder", "SendEscalationNotice", "RequestCertifiedLetter", "ReferCase"}, performed(whole))
	record(t, "whole_ladder", whole)
	require.Empty(t, o.Sandbox.Violations(), "every request kept to the providers' contracts")
}

// waiting registers an invoice whose case has begun to wait for its first step.
func (o *office) waiting(number string) string {
	o.t.Helper()
	id := o.register(number, "patient")
	o.until(id, enumspb.EVENT_TYPE_TIMER_STARTED, 1)
	return id
}

func (o *office) paidInParts() *historypb.History {
	o.t.Helper()
	id := o.waiting("PART")
	o.pay("PART", "bank-2", 50000)
	o.until(id, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, 1)
	o.pay("PART", "bank-3", 0)
	return o.ended(id, collection.EndPaid)
}

// paidByHand has an operator send two signals: a part, and then one without a word, which means all that is owed.
func (o *office) paidByHand() *historypb.History {
	o.t.Helper()
	id := o.waiting("BY-HAND")
	o.signal(id, map[string]string{"payment_id": "T-1", "amount": "200.00"})
	o.until(id, enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, 1)
	o.signal(id, nil)
	return o.ended(id, collection.EndPaid)
}

func (o *office) garbled() *historypb.History {
	o.t.Helper()
	id := o.waiting("GARBLED")
	o.signal(id, "as agreed on the telephone")
	o.until(id, enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, 1)
	o.pay("GARBLED", "bank-4", 0)
	return o.ended(id, collection.EndPaid)
}

func (o *office) signal(workflowID string, payload any) {
	o.t.Helper()
	require.NoError(o.t, o.Temporal.SignalWorkflow(o.t.Context(), workflowID, "", workflows.SignalPaid, payload))
}

func (o *office) agreementKept() *historypb.History {
	o.t.Helper()
	id := o.waiting("AGREED")
	half, today := money.Amount{Minor: 60000, Currency: "USD"}, calendar.DateOf(time.Now(), time.UTC)
	o.agree("AGREED", ledger.Instalment{Due: today.AddDays(20), Amount: half}, ledger.Instalment{Due: today.AddDays(50), Amount: half})
	o.until(id, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, 1)
	o.pay("AGREED", "bank-5", 60000)
	o.until(id, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, 2)
	o.pay("AGREED", "bank-6", 60000)
	return o.ended(id, collection.EndPaid)
}

func (o *office) paidDuringTheLadder() *historypb.History {
	o.t.Helper()
	id := o.register("CLIMBING", "hurried")
	o.until(id, enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED, 1)
	o.pay("CLIMBING", "bank-7", 0)
	return o.ended(id, collection.EndPaid)
}

// TestTestClockHistories looks at cases of the demo, which live on a test clock: they start no timer at all.
func TestTestClockHistories(t *testing.T) {
	timed(t)
	e := inside(t, app.Options{Dir: copied(t)})
	for number, name := range map[string]string{
		"RL-2026-019": "test_clock_whole_ladder", "RL-2026-005": "test_clock_agreement_kept", "RL-2026-011": "test_clock_agreement_broken",
		"RL-2026-009": "test_clock_dispute", "RL-2026-008": "test_clock_dead_mailbox",
	} {
		h := history(t, e.Temporal, workflows.CaseID("comptoir", number), "")
		require.Zero(t, count(h)[enumspb.EVENT_TYPE_TIMER_STARTED], number)
		record(t, name, h)
	}
}

func performed(h *historypb.History) (names []string) {
	for _, e := range h.GetEvents() {
		if a := e.GetActivityTaskScheduledEventAttributes(); a != nil {
			names = append(names, a.GetActivityType().GetName())
		}
	}
	return names
}

// record writes a history for the replay test of the workflow, without the names of the machine it was made on.
func record(t *testing.T, name string, h *historypb.History) {
	t.Helper()
	if !*update {
		return
	}
	raw, err := protojson.MarshalOptions{Multiline: true, Indent: "  "}.Marshal(h)
	require.NoError(t, err)
	text := regexp.MustCompile(`:  +"`).ReplaceAllString(string(raw), `: "`) // protojson varies its spaces on purpose
	text = regexp.MustCompile(`"identity": "[^"]*"`).ReplaceAllString(text, `"identity": "worker"`)
	text = regexp.MustCompile(`"(name|normalName|binaryChecksum|buildId)": "[^"]*:[0-9a-f-]{36}"`).ReplaceAllString(text, `"$1": "sticky"`)
	text = regexp.MustCompile(`"(binaryChecksum|buildId)": "[^"]*"`).ReplaceAllString(text, `"$1": "relance"`)
	host, err := os.Hostname()
	require.NoError(t, err)
	require.NotContains(t, text, host)
	dir := filepath.Join(root(t), "workflows", "testdata", "replay")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, name+".json"), []byte(text+"\n"), 0o644))
}
