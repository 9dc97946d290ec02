package words_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/words"
)

// Every code that stands in the database has words that are not the code.
func TestEveryCodeHasWords(t *testing.T) {
	t.Parallel()
	for _, k := range collection.StepKinds() {
		require.NotContains(t, words.Step(k), "_", k)
	}
	for _, k := range []casework.TaskKind{
		casework.TaskCall, casework.TaskPrintAndPost, casework.TaskFileClaim, casework.TaskChooseRoute, casework.TaskFindDebtor,
		casework.TaskUnknown, casework.TaskGivenUp, casework.TaskUnreadable, casework.TaskConfirm, casework.TaskReview,
	} {
		require.NotEqual(t, words.Plain(string(k)), words.Task(string(k)), k)
	}
	for _, r := range []collection.Result{
		collection.Tasked, collection.Covered, collection.Refused, collection.GaveUp, collection.Unknown,
	} {
		require.NotEqual(t, words.Plain(string(r)), words.Result(r), r)
	}
	for _, r := range []collection.PauseReason{
		collection.OnHold, collection.InDispute, collection.Agreed, collection.Unread, collection.Unverified,
	} {
		require.NotEqual(t, words.Plain(string(r)), words.Pause(r), r)
	}
	for _, w := range []collection.Why{
		collection.WhyDelay, collection.WhyMinGap, collection.WhyPaused, collection.WhyHours, collection.WhyMissedWindow,
		collection.WhyNoticePeriod, collection.WhyProviderLater, collection.WhyPreferred, collection.WhyNoPreference, collection.WhyNoEmail,
		collection.WhyNoPhone, collection.WhyNoChannel, collection.WhySignal, collection.WhyUnknown, collection.WhyNotPosted,
		collection.WhyNotReceived, collection.WhyNeverOpen, collection.WhyOnPerson, collection.WhyLadderDone, collection.WhyPaid,
		collection.WhyReferred, collection.WhyAgreement,
	} {
		require.NotEqual(t, words.Plain(string(w)), words.Why(w), w)
	}
}

func TestEventsReadAsSentences(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	require.NoError(t, err)
	for _, c := range []struct{ kind, data, want string }{
		{"registered", `{"amount":{"minor":124000,"currency":"EUR"}}`, "invoice registered, 1240.00 EUR"},
		{
			"case_opened", `{"owed":{"minor":124000,"currency":"EUR"},"plan":{"form":"perform","kind":"sms_reminder","at":"2026-02-19T23:30:00Z","phase":"waiting","owed":{"minor":124000,"currency":"EUR"}}}`,
			"case opened, 1240.00 EUR owed; next: SMS reminder on Fri 20 Feb",
		},
		{"payment", `{"amount":{"minor":500,"currency":"EUR"},"left":{"minor":0,"currency":"EUR"}}`, "payment of 5.00 EUR, nothing is owed any more"},
		{"payment", `{"amount":{"minor":500,"currency":"EUR"},"left":{"minor":100,"currency":"EUR"}}`, "payment of 5.00 EUR, 1.00 EUR left"},
		{"step_sent", `{"kind":"email_reminder","owed":{"minor":500,"currency":"EUR"}}`, "Email reminder sent, 5.00 EUR owed"},
		{"step_sent", `{"kind":"referral","owed":{"minor":500,"currency":"EUR"}}`, "placed with the agency, 5.00 EUR owed"},
		{"step_skipped", `{"kind":"phone_call","reason":"no_phone_number"}`, "Phone call skipped: no phone number is known"},
		{"step_refused", `{"kind":"sms_reminder","reason":"21211"}`, "SMS reminder refused by the provider (21211)"},
		{"step_gave_up", `{"kind":"sms_reminder","reason":"step_time_used_up"}`, "SMS reminder given up: the provider took nothing for three days"},
		{"step_tasked", `{"kind":"phone_call"}`, ""},
		{"task_raised", `{"kind":"call","why":"call"}`, "task: call the debtor"},
		{"task_raised", `{"kind":"print_and_post","why":"no_email_address"}`, "task: print and post the letter (no email address works)"},
		{"task_raised", `{"kind":"review","why":"on_hold"}`, "task: look at the case (on hold)"},
		{"task_done", `{"kind":"call","outcome":"promised to pay"}`, "done: call the debtor (promised to pay)"},
		{"task_done", `{"kind":"print_and_post","outcome":"done"}`, "done: print and post the letter"},
		{"task_withdrawn", `{"kind":"call"}`, "task withdrawn: call the debtor"},
		{"task_reopened", `{"kind":"print_and_post"}`, "task again: print and post the letter"},
		{"case_closed", `{"ending":"paid"}`, "case closed: paid"},
		{"case_referred", `{"route":"small_claims","owed":{"minor":500,"currency":"EUR"}}`, "referred to small-claims court, 5.00 EUR owed"},
		{"pause_begun", `{"reason":"hold","until":"2026-03-13"}`, "on hold until 2026-03-13"},
		{"pause_begun", `{"reason":"dispute","until":""}`, "in dispute"},
		{"pause_ended", `{"reason":"dispute"}`, "dispute settled, the ladder goes on"},
		{"pause_ended", `{"reason":"hold"}`, "released, the ladder goes on"},
		{"letter_posted", `{"tracking":"RN 1"}`, "letter posted, tracking number RN 1"},
		{"agreement", `{"instalments":[{},{}]}`, "instalments agreed: 2"},
		{"raw_signal", `{"name":"paid","verdict":"unreadable"}`, "signal paid from an operator: unreadable"},
		{"of_a_later_version", `{}`, "of a later version"},
		{"step_of_a_later_version", `{"kind":"sms_reminder"}`, "SMS reminder: of a later version"},
		{"registered", `[]`, "registered"},
	} {
		require.Equal(t, c.want, words.Event(c.kind, json.RawMessage(c.data), paris), c.kind)
	}
}

func TestTallies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ kind, data, want string }{
		{"step_sent", `{"kind":"email_reminder"}`, "email reminder sent"},
		{"step_tasked", `{"kind":"phone_call"}`, "phone call a person's task"},
		{"task_raised", `{"kind":"print_and_post"}`, "task raised: print and post the letter"},
		{"message_suppressed", `{"kind":"sms_reminder"}`, "message suppressed: SMS reminder"},
		{"case_opened", `{}`, "case opened"},
		{"payment", `[]`, "payment"},
	} {
		require.Equal(t, c.want, words.Tally(words.TallyKey(c.kind, json.RawMessage(c.data))))
	}
}

func TestLowerKeepsAbbreviations(t *testing.T) {
	t.Parallel()
	require.Equal(t, "email reminder", words.Lower("Email reminder"))
	require.Equal(t, "SMS reminder", words.Lower("SMS reminder"))
	require.Empty(t, strings.TrimSpace(words.Lower("")))
}
