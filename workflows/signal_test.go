package workflows_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"relance/internal/collection"
	"relance/workflows"
)

// What a person sent is handed on as it came, and at once.
func TestRawSignals(t *testing.T) {
	t.Parallel()
	news, err := json.Marshal(envelope(closing(2, collection.EndPaid)))
	require.NoError(t, err)
	in3Days := perform(1, collection.EmailReminder, in(3*day))
	tests := map[string]struct {
		signal string
		send   any
		want   string
	}{
		"paid, nothing said":               {workflows.SignalPaid, nil, ""},
		"paid, empty bytes":                {workflows.SignalPaid, raw(t, ""), ""},
		"paid, in JSON":                    {workflows.SignalPaid, raw(t, `{"payment_id":"p-1","amount":"120.00"}`), `{"payment_id":"p-1","amount":"120.00"}`},
		"agreed, in JSON":                  {workflows.SignalAgreed, raw(t, `{"installments":[]}`), `{"installments":[]}`},
		"changed, which says little":       {workflows.SignalChanged, raw(t, `{}`), `{}`},
		"not JSON":                         {workflows.SignalPaid, raw(t, "pay\x00ed"), "pay\x00ed"},
		"null":                             {workflows.SignalPaid, raw(t, "null"), "null"},
		"a number":                         {workflows.SignalPaid, raw(t, "120"), "120"},
		"bytes":                            {workflows.SignalPaid, []byte("all of it"), "all of it"},
		"envelope with something after it": {workflows.SignalPaid, raw(t, string(news)+"{}"), string(news) + "{}"},
		"envelope without a plan":          {workflows.SignalPaid, raw(t, `{"version":9}`), `{"version":9}`},
		"envelope without a version": {workflows.SignalPaid, raw(t, strings.Replace(string(news), `"version":2,"plan"`, `"version":0,"plan"`, 1)),
			strings.Replace(string(news), `"version":2,"plan"`, `"version":0,"plan"`, 1)},
		"plan in an unknown currency": {workflows.SignalPaid, raw(t, strings.Replace(string(news), "EUR", "QQQ", 1)),
			strings.Replace(string(news), "EUR", "QQQ", 1)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.signals(day, test.signal, test.send)
			b.answers(workflows.RecordSignal, closing(2, collection.EndPaid))
			b.run(input(in3Days))
			b.ended(collection.EndPaid, 2)
			require.Equal(t, []string{"RecordSignal"}, b.tape.names())
			got := b.tape.activities[0]
			require.Equal(t, in(day), got.at)
			require.Equal(t, "cases", got.options.TaskQueue)
			require.Equal(t, 1, got.options.Priority.PriorityKey)
			require.Equal(t, "Record the signal "+test.signal, got.options.Summary)
			signal := got.input.(workflows.SignalInput)
			require.True(t, strings.HasSuffix(signal.Key, "/1") && len(signal.Key) > 2, signal.Key)
			require.Equal(t, input(in3Days).CaseID, signal.CaseID)
			require.Equal(t, test.signal, signal.Name)
			require.Equal(t, test.want, string(signal.Payload))
		})
	}
}

func TestVersionOfTheEnvelopeIsThatOfItsPlan(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	unmarked := closing(0, collection.EndPaid)
	b.signals(day, workflows.SignalPaid, workflows.Envelope{Version: 2, Plan: &unmarked})
	b.run(input(review(1, in(3*day))))
	b.ended(collection.EndPaid, 2)
}

func TestSignalThatIsTooLongIsMadeUnreadable(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.signals(day, workflows.SignalPaid, raw(t, `{"amount":"120.00"}`+strings.Repeat(" ", 1<<20)))
	b.answers(workflows.RecordSignal, closing(2, collection.EndPaid))
	b.run(input(review(1, in(3*day))))
	b.ended(collection.EndPaid, 2)
	payload := calls[workflows.SignalInput](b.tape, workflows.RecordSignal)[0].Payload
	require.Less(t, len(payload), 20<<10)
	require.False(t, json.Valid(payload))
}

func TestSignalsAreRecordedOneAfterTheOther(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.after(day, func() {
		b.together(sent{workflows.SignalChanged, "third"}, sent{workflows.SignalPaid, "first"}, sent{workflows.SignalAgreed, "second"})
	})
	b.answers(workflows.RecordSignal, review(2, in(5*day)), review(3, in(5*day)), closing(4, collection.EndPaid))
	b.run(input(review(1, in(3*day))))
	b.ended(collection.EndPaid, 4)
	var said []string
	for i, s := range calls[workflows.SignalInput](b.tape, workflows.RecordSignal) {
		said = append(said, string(s.Payload))
		require.True(t, strings.HasSuffix(s.Key, "/"+string(rune('1'+i))), s.Key)
	}
	require.Equal(t, []string{`"first"`, `"second"`, `"third"`}, said)
}

// A payment that somebody typed a moment before a reminder falls due goes first.
func TestSignalGoesBeforeTheStepThatIsDue(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.OnActivity(workflows.RecordSignal, anything, anything).After(2*time.Minute).
		Return(workflows.StepResult{Plan: closing(2, collection.EndPaid)}, nil)
	b.signals(day-time.Minute, workflows.SignalPaid, nil)
	b.run(input(perform(1, collection.EmailReminder, in(day))))
	b.ended(collection.EndPaid, 2)
	require.Equal(t, []string{"RecordSignal"}, b.tape.names())
}

func TestSignalIsRecordedWhileAStepIsAtWork(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.OnActivity(workflows.SendEmailReminder, anything, anything).After(time.Hour).
		Return(workflows.StepResult{Plan: perform(2, collection.SMSReminder, in(9*day))}, nil)
	b.signals(day+time.Minute, workflows.SignalPaid, nil)
	b.answers(workflows.RecordSignal, closing(3, collection.EndPaid))
	b.run(input(perform(1, collection.EmailReminder, in(day))))
	b.ended(collection.EndPaid, 3)
	require.Equal(t, in(day+time.Minute), b.tape.activities[1].at)
}

// The race at the close: a signal that lies in a mailbox when the newest plan closes the case.
func TestSignalBesideTheClose(t *testing.T) {
	t.Parallel()
	paid := sent{workflows.SignalPaid, envelope(closing(2, collection.EndPaid))}
	t.Run("it is recorded, then the case closes", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.after(day, func() { b.together(paid, sent{workflows.SignalPaid, nil}) })
		b.answers(workflows.RecordSignal, closing(2, collection.EndPaid))
		b.run(input(perform(1, collection.EmailReminder, in(3*day))))
		b.ended(collection.EndPaid, 2)
		require.Equal(t, []string{"RecordSignal"}, b.tape.names())
	})
	t.Run("meanwhile no search attribute is set", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		end := phased(closing(2, collection.EndPaid), collection.Reminding)
		b.after(day, func() { b.together(sent{workflows.SignalPaid, envelope(end)}, sent{workflows.SignalPaid, nil}) })
		b.answers(workflows.RecordSignal, end)
		b.run(input(perform(1, collection.EmailReminder, in(3*day))))
		b.ended(collection.EndPaid, 2)
		require.Empty(t, b.tape.upserts)
	})
	t.Run("it opens the case again", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.after(day, func() { b.together(paid, sent{workflows.SignalChanged, "it bounced"}) })
		b.answers(workflows.RecordSignal, perform(3, collection.SMSReminder, in(5*day)))
		b.answers(workflows.SendSMSReminder, closing(4, collection.EndPaid))
		b.run(input(perform(1, collection.EmailReminder, in(3*day))))
		b.ended(collection.EndPaid, 4)
		require.Equal(t, in(5*day), b.tape.activities[1].at)
	})
	t.Run("so does newer news", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.after(day, func() {
			b.together(paid, sent{workflows.SignalChanged, envelope(perform(3, collection.SMSReminder, in(5*day)))})
		})
		b.answers(workflows.SendSMSReminder, closing(4, collection.EndPaid))
		b.run(input(perform(1, collection.EmailReminder, in(3*day))))
		b.ended(collection.EndPaid, 4)
	})
	t.Run("so does an answer that came in the same workflow task", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.on(workflows.SendEmailReminder, reply{result: workflows.StepResult{Plan: perform(3, collection.SMSReminder, in(5*day))},
			first: func() { b.SignalWorkflowSkippingWorkflowTask(paid.name, paid.payload) }})
		b.answers(workflows.SendSMSReminder, closing(4, collection.EndPaid))
		b.run(input(perform(1, collection.EmailReminder, in(3*day))))
		b.ended(collection.EndPaid, 4)
	})
	t.Run("also when the close is an answer", func(t *testing.T) {
		t.Parallel()
		b := newBench(t)
		b.answers(workflows.RecordSignal, closing(2, collection.EndReferred))
		b.on(workflows.ReferCase, reply{result: workflows.StepResult{Plan: closing(2, collection.EndReferred)},
			first: func() { b.SignalWorkflowSkippingWorkflowTask(workflows.SignalPaid, nil) }})
		b.run(input(perform(1, collection.Referral, in(day))))
		b.ended(collection.EndReferred, 2)
		require.Equal(t, []string{"ReferCase", "RecordSignal"}, b.tape.names())
	})
}

// A signal that cannot be recorded is never dropped, and nothing overtakes it.
func TestSignalThatCannotBeRecorded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	refuse := reply{err: temporal.NewNonRetryableApplicationError("a text that stays where it is", "bad_state", nil)}
	for range 3 {
		b.on(workflows.RecordSignal, refuse)
	}
	b.answers(workflows.RecordSignal, closing(5, collection.EndPaid))
	b.signals(0, workflows.SignalPaid, nil)
	b.after(2*time.Minute, func() {
		v := b.view()
		require.Equal(t, 1, v.Unread)
		last := v.Log[len(v.Log)-1]
		require.Equal(t, workflows.LogUnrecorded, last.What)
		require.Equal(t, "bad_state", last.Cause)
		require.Equal(t, 3, last.Times)
	})
	b.run(input(perform(1, collection.EmailReminder, in(time.Minute))))
	b.ended(collection.EndPaid, 5)
	require.Equal(t, []string{"RecordSignal", "RecordSignal", "RecordSignal", "RecordSignal"}, b.tape.names())
	require.Equal(t, in(30*time.Second+time.Minute+2*time.Minute), b.tape.activities[3].at)
	keys := map[string]bool{}
	for _, s := range calls[workflows.SignalInput](b.tape, workflows.RecordSignal) {
		keys[s.Key] = true
	}
	require.Len(t, keys, 1, "it keeps its key")
	require.True(t, strings.HasPrefix(b.tape.timers[0].summary, "Record a signal again on "), b.tape.timers[0].summary)
}

// A case in trouble for weeks is continued as new with the signal still in its hands.
func TestUnrecordedSignalIsCarried(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.SetContinueAsNewSuggested(true)
	b.signals(0, workflows.SignalPaid, "mine")
	b.on(workflows.RecordSignal, reply{err: temporal.NewNonRetryableApplicationError("", "bad_state", nil)})
	in := input(perform(1, collection.EmailReminder, in(day)))
	in.Carried = &workflows.Carried{FirstRun: "first", Ordinal: 7, Phase: collection.Waiting,
		Signals: []workflows.SignalInput{{CaseID: in.CaseID, Key: "first/7", Name: workflows.SignalAgreed, Payload: []byte("theirs")}}}
	b.run(in)
	next := continued(t, b)
	require.Equal(t, []string{"RecordSignal"}, b.tape.names())
	require.Equal(t, "first/7", next.Carried.Signals[0].Key)
	require.Equal(t, workflows.SignalInput{CaseID: in.CaseID, Key: "first/8", Name: workflows.SignalPaid, Payload: []byte(`"mine"`)},
		next.Carried.Signals[1])
	require.Equal(t, 1, next.Carried.Record.Tries)
}
