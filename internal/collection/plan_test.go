package collection_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/money"
)

// french is a case of a French company under the default policy, and the instant at which its first step falls due.
func french(t *testing.T) (collection.Facts, collection.Policy, time.Time) {
	t.Helper()
	p := builtin(t, "standard")
	f := facts(debtors(t)["fr_company"], p, date(t, "2026-01-05"))
	return f, p, collection.Next(f, p, f.OpenedAt).At
}

// Facts of the same instant come before the plan.
func TestFactsOfTheSameInstantComeFirst(t *testing.T) {
	t.Parallel()
	f, p, due := french(t)
	require.True(t, collection.Next(f, p, due).Asks("first_reminder", 0, due))

	tests := map[string]struct {
		change func(f *collection.Facts)
		form   collection.Form
		why    collection.Why
	}{
		"paid":     {func(f *collection.Facts) { f.Owed.Minor = 0 }, collection.Close, collection.WhyPaid},
		"overpaid": {func(f *collection.Facts) { f.Owed.Minor = -1 }, collection.Close, collection.WhyPaid},
		"referred": {func(f *collection.Facts) { f.Referred = true }, collection.Close, collection.WhyReferred},
		"disputed": {hold1(collection.InDispute, due), collection.Person, collection.WhyDispute},
		"held":     {hold1(collection.OnHold, due), collection.Person, collection.WhyHold},
		"unread":   {hold1(collection.Unread, due), collection.Person, collection.WhySignal},
		"agreed": {func(f *collection.Facts) {
			f.Agreement = &collection.Agreement{AgreedAt: due, Instalments: []collection.Instalment{{DueOn: date(t, "2026-03-01"), Amount: f.Owed}}}
		}, collection.Review, collection.WhyAgreement},
		"held from then on, but for no time": {func(f *collection.Facts) {
			f.Pauses = []collection.Pause{{Reason: collection.OnHold, From: due, Expires: due}}
		}, collection.Perform, collection.WhyDelay},
		"released": {func(f *collection.Facts) {
			f.Pauses = []collection.Pause{{Reason: collection.OnHold, From: due.Add(-time.Hour), To: due}}
		}, collection.Perform, collection.WhyDelay},
		"performed": {func(f *collection.Facts) {
			f.Outcomes = []collection.Outcome{{Step: "first_reminder", Kind: collection.EmailReminder, Result: collection.Sent, At: due}}
		}, collection.Perform, collection.WhyDelay},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := f
			test.change(&changed)
			plan := collection.Next(changed, p, due)
			require.Equal(t, test.form, plan.Form)
			require.Contains(t, plan.Why, test.why)
			require.Equal(t, name != "performed" && test.form == collection.Perform, plan.Asks("first_reminder", 0, due))
		})
	}
}

func hold1(reason collection.PauseReason, at time.Time) func(*collection.Facts) {
	return func(f *collection.Facts) { f.Pauses = []collection.Pause{{Reason: reason, From: at}} }
}

// An agreement is missed at 00:00 after its days of grace; the plan then lies in the past until its end is recorded, and the
// recorded end makes it move on.
func TestAMissedAgreementAsksToBeRecorded(t *testing.T) {
	t.Parallel()
	f, p, _ := french(t)
	f.Agreement = &collection.Agreement{
		AgreedAt:    f.OpenedAt,
		Instalments: []collection.Instalment{{DueOn: date(t, "2026-02-28"), Amount: f.Owed}},
		Paid:        money.Amount{Minor: f.Owed.Minor - 1, Currency: "EUR"},
	}
	missed, open := f.Agreement.MissedAt(p.Grace, f.Zone)
	require.True(t, open)
	require.Equal(t, "2026-03-04T00:00:00+01:00", missed.Format(time.RFC3339))
	for _, now := range []time.Time{f.OpenedAt, missed.Add(-time.Second), missed, missed.AddDate(0, 1, 0)} {
		plan := collection.Next(f, p, now)
		require.Equal(t, collection.Review, plan.Form)
		require.True(t, plan.At.Equal(missed))
	}
	f.Pauses = []collection.Pause{{Reason: collection.Agreed, From: f.Agreement.AgreedAt, To: missed}}
	f.Agreement = nil
	plan := collection.Next(f, p, missed)
	require.Equal(t, collection.Perform, plan.Form)
	require.True(t, plan.At.After(missed))

	kept := collection.Agreement{Instalments: []collection.Instalment{{DueOn: date(t, "2026-02-28"), Amount: f.Owed}}, Paid: f.Owed}
	_, open = kept.MissedAt(p.Grace, f.Zone)
	require.False(t, open)
}

// A look-up that is due is asked for until it is recorded; nothing else goes first but the end of the case.
func TestAnUnknownOutcomeIsLookedUpFirst(t *testing.T) {
	t.Parallel()
	f, p, due := french(t)
	f.Flight = &collection.Flight{State: collection.FlightUnknown, ReviewAt: due.Add(time.Minute)}
	f.OnPerson = "print_and_post"
	hold1(collection.OnHold, due)(&f)
	for _, now := range []time.Time{due, due.Add(time.Hour)} {
		plan := collection.Next(f, p, now)
		require.Equal(t, collection.Review, plan.Form)
		require.Equal(t, due.Add(time.Minute), plan.At)
		require.Equal(t, []collection.Why{collection.WhyUnknown}, plan.Why)
	}
	f.Owed.Minor = 0
	require.Equal(t, collection.Close, collection.Next(f, p, due).Form)
}

// Contact hours that cannot be kept are never a reason to write at any hour.
func TestHoursThatNeverOpenGoToAPerson(t *testing.T) {
	t.Parallel()
	f, p, due := french(t)
	f.Calendar.Hours = calendar.Hours{Open: 600, Close: 500, Days: calendar.MondayToFriday}
	plan := collection.Next(f, p, due)
	require.Equal(t, collection.Person, plan.Form)
	require.Equal(t, []collection.Why{collection.WhyNeverOpen}, plan.Why)
	require.True(t, plan.At.After(due))
}

func TestALadderThatEndedGoesToAPerson(t *testing.T) {
	t.Parallel()
	f, p, due := french(t)
	for _, s := range p.Steps {
		f.Outcomes = append(f.Outcomes, collection.Outcome{Step: s.ID, Kind: s.Kind, Result: collection.GaveUp, At: due})
	}
	plan := collection.Next(f, p, due)
	require.Equal(t, collection.Person, plan.Form)
	require.Equal(t, []collection.Why{collection.WhyLadderDone}, plan.Why)
	require.Equal(t, collection.Waiting, plan.Phase, "nobody heard anything")
	require.Empty(t, collection.Ladder(f, p, due))
}

func TestPhase(t *testing.T) {
	t.Parallel()
	f, p, due := french(t)
	steps := []struct {
		step   collection.StepID
		kind   collection.StepKind
		result collection.Result
		phase  collection.Phase
	}{
		{"first_reminder", collection.EmailReminder, collection.Refused, collection.Waiting},
		{"second_reminder", collection.SMSReminder, collection.Unknown, collection.Reminding},
		{"escalation_notice", collection.EscalationNotice, collection.Sent, collection.Reminding},
		{"final_notice", collection.CertifiedLetter, collection.Tasked, collection.FinalNotice},
	}
	for _, s := range steps {
		f.Outcomes = append(f.Outcomes, collection.Outcome{Step: s.step, Kind: s.kind, Result: s.result, At: due})
		require.Equal(t, s.phase, collection.Next(f, p, due).Phase, s.step)
	}
}

// Two cases of one debtor do not fall due at the same second, nor does one case after it was sent back to a step.
func TestInstantsDeriveFromTheCase(t *testing.T) {
	t.Parallel()
	f, p, due := french(t)
	other := f
	other.WorkflowID += "-2"
	require.False(t, collection.Next(other, p, f.OpenedAt).At.Equal(due))
	again := f
	again.Epoch = 1
	require.False(t, collection.Next(again, p, f.OpenedAt).At.Equal(due))
	require.Equal(t, 1, collection.Next(again, p, f.OpenedAt).Epoch)
}

// The channel of every reminder, for every way a debtor can be reached and every preference.
func TestChannels(t *testing.T) {
	t.Parallel()
	const (
		email, sms         = collection.EmailReminder, collection.SMSReminder
		likes, none        = collection.WhyPreferred, collection.WhyNoPreference
		noEmail, noPhone   = collection.WhyNoEmail, collection.WhyNoPhone
		noChannel, nothing = collection.WhyNoChannel, ""
	)
	tests := []struct {
		kind       collection.StepKind
		channel    collection.Channel
		reach      string // letters of "esp": email, SMS, phone
		preference collection.Channel
		want       collection.StepKind
		why        []collection.Why
	}{
		{email, "", "es", collection.BySMS, email, nil}, // the policy does not ask for the preference
		{email, "", "s", nothing, sms, []collection.Why{noEmail}},
		{email, "", "", nothing, email, []collection.Why{noChannel}},
		{sms, "", "es", collection.ByEmail, sms, nil},
		{sms, "", "e", nothing, email, []collection.Why{noPhone}},
		{sms, "", "", nothing, sms, []collection.Why{noChannel}},
		{email, collection.Preferred, "es", collection.ByEmail, email, []collection.Why{likes}},
		{email, collection.Preferred, "es", collection.BySMS, sms, []collection.Why{likes}},
		{email, collection.Preferred, "es", collection.ByPhone, sms, []collection.Why{likes}},
		{email, collection.Preferred, "es", collection.ByPost, email, []collection.Why{none}},
		{email, collection.Preferred, "es", nothing, email, []collection.Why{none}},
		{sms, collection.Preferred, "es", nothing, sms, []collection.Why{none}},
		{sms, collection.Preferred, "es", collection.ByEmail, email, []collection.Why{likes}},
		{email, collection.Preferred, "e", collection.BySMS, email, []collection.Why{likes, noPhone}},
		{sms, collection.Preferred, "s", collection.ByEmail, sms, []collection.Why{likes, noEmail}},
		{sms, collection.Preferred, "e", nothing, email, []collection.Why{none, noPhone}},
		{sms, collection.Preferred, "", collection.ByEmail, email, []collection.Why{likes, noChannel}},
		{collection.EscalationNotice, "", "s", nothing, collection.EscalationNotice, []collection.Why{noEmail}},
		{collection.EscalationNotice, "", "e", nothing, collection.EscalationNotice, nil},
		{collection.PhoneCall, "", "p", nothing, collection.PhoneCall, nil},
		{collection.PhoneCall, "", "es", nothing, collection.PhoneCall, []collection.Why{noChannel}},
		{collection.CertifiedLetter, "", "", nothing, collection.CertifiedLetter, nil},
	}
	for _, test := range tests {
		f, p, _ := french(t)
		p.Steps = []collection.Step{{ID: "only", Kind: test.kind, After: collection.Days(3), Channel: test.channel, OnUnknown: collection.Hold}}
		f.Reach = collection.Reach{Preferred: test.preference}
		for _, c := range test.reach {
			f.Reach.Email = f.Reach.Email || c == 'e'
			f.Reach.SMS = f.Reach.SMS || c == 's'
			f.Reach.Phone = f.Reach.Phone || c == 'p'
		}
		plan := collection.Next(f, p, f.OpenedAt)
		require.Equal(t, test.want, plan.Kind, "%+v", test)
		require.Equal(t, append([]collection.Why{collection.WhyDelay}, test.why...), plan.Why, "%+v", test)
	}
}
