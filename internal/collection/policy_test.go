package collection_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/money"
)

func TestRouteTakes(t *testing.T) {
	t.Parallel()
	euro := func(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "EUR"} }
	court := collection.Route{Kind: collection.SmallClaims, UpTo: []money.Amount{euro(500000), {Minor: 2000000, Currency: "PLN"}}}
	require.True(t, court.Takes(euro(500000)))
	require.False(t, court.Takes(euro(500001)))
	require.True(t, court.Takes(money.Amount{Minor: 2000000, Currency: "PLN"}))
	require.False(t, court.Takes(money.Amount{Minor: 1, Currency: "USD"}), "no bound for dollars, no dollars")
	require.True(t, collection.Route{Kind: collection.Agency}.Takes(money.Amount{Minor: 1, Currency: "USD"}))
}

func TestPolicyLookups(t *testing.T) {
	t.Parallel()
	p := builtin(t, "gentle")
	step, ok := p.Step("call")
	require.True(t, ok)
	require.Equal(t, collection.PhoneCall, step.Kind)
	require.Equal(t, 4, p.Rung("call"))
	require.Equal(t, 0, p.Rung("summons"))
	_, ok = p.Step("summons")
	require.False(t, ok)
	require.Equal(t, -3, p.FirstDay())
	require.Equal(t, 0, collection.Policy{}.FirstDay())
	require.Equal(t, "30d", collection.Days(30).String())
	require.Equal(t, "2s", collection.Delay{Duration: 2 * time.Second}.String())
}

// A case opens the day after the due date, or the day before its first step if that is earlier.
func TestOpensAt(t *testing.T) {
	t.Parallel()
	exact := collection.Policy{Steps: []collection.Step{{After: collection.Delay{Duration: time.Second}}}}
	firstOn := func(day int) collection.Policy {
		return collection.Policy{Steps: []collection.Step{{After: collection.Days(day)}}}
	}
	tests := []struct {
		policy collection.Policy
		due    string
		zone   string
		want   string
	}{
		{builtin(t, "standard"), "2026-02-28", "Europe/Paris", "2026-03-01T00:00:00+01:00"},
		{builtin(t, "standard"), "2028-02-29", "America/New_York", "2028-03-01T00:00:00-05:00"},
		{builtin(t, "brisk"), "2026-01-05", "Europe/Paris", "2026-01-05T00:00:00+01:00"},
		{builtin(t, "gentle"), "2026-01-02", "Europe/Paris", "2025-12-29T00:00:00+01:00"},
		{firstOn(2), "2026-01-05", "Europe/Paris", "2026-01-06T00:00:00+01:00"},
		{firstOn(0), "2026-01-05", "Europe/Paris", "2026-01-04T00:00:00+01:00"},
		{exact, "2026-01-05", "Europe/Paris", "2026-01-06T00:00:00+01:00"},
		{firstOn(30), "2026-03-28", "Asia/Beirut", "2026-03-29T01:00:00+03:00"}, // 00:00 does not exist there that day
	}
	for _, test := range tests {
		got := collection.OpensAt(date(t, test.due), test.policy, zone(t, test.zone))
		require.Equal(t, test.want, got.Format(time.RFC3339), test)
	}
}

func TestEnterByAge(t *testing.T) {
	t.Parallel()
	tests := []struct {
		policy string
		age    int
		want   []collection.StepID
	}{
		{"standard", 12, nil},
		{"standard", 30, nil}, // its day is today: not past
		{"standard", 31, []collection.StepID{}},
		{"standard", 40, []collection.StepID{"first_reminder"}},
		{"standard", 47, []collection.StepID{"first_reminder"}},
		{"standard", 48, []collection.StepID{"first_reminder", "second_reminder"}},
		{"standard", 1000, []collection.StepID{"first_reminder", "second_reminder"}},
		{"gentle", 16, []collection.StepID{"before_due", "first_reminder", "second_reminder"}},
	}
	for _, test := range tests {
		p := builtin(t, test.policy)
		f := facts(debtors(t)["us_consumer"], p, date(t, "2026-02-10"))
		now := f.DueOn.AddDays(test.age).At(f.Zone, 12*60)
		require.Equal(t, test.want, collection.EnterByAge(f, p, now), "%s at %d days", test.policy, test.age)
	}
	require.Nil(t, collection.EnterByAge(collection.Facts{}, collection.Policy{Steps: []collection.Step{{After: collection.Delay{Duration: 1}}}}, time.Now()))
}

// Closed sets know their members and nothing else.
func TestClosedSets(t *testing.T) {
	t.Parallel()
	for _, k := range collection.StepKinds() {
		require.True(t, k.Valid())
	}
	legal := 0
	for _, k := range collection.StepKinds() {
		if k.Legal() {
			legal++
		}
	}
	require.Equal(t, 3, legal)
	require.True(t, collection.StepKind("summons").Legal(), "what is not known is treated with the most care")
	require.True(t, collection.Result("?").Spoke(), "what is not known may have reached the debtor")
	require.False(t, collection.StepKind("").Valid())
	require.False(t, collection.Result("").Valid())
	require.False(t, collection.Tone("").Valid())
	require.False(t, collection.Preferred.Valid(), "not a channel a message travels on")
	require.True(t, collection.ByPost.Valid())
	require.True(t, collection.Hold.Valid() && collection.Resend.Valid())
	require.True(t, collection.SmallClaims.Valid() && collection.Agency.Valid())
	require.True(t, collection.OnHold.Valid() && collection.Unverified.Valid())
	require.False(t, collection.PauseReason("").Valid())
	for _, r := range []collection.Result{collection.Skipped, collection.Refused, collection.GaveUp} {
		require.True(t, r.Valid())
		require.False(t, r.Spoke())
	}
	tones := []collection.Tone{collection.Friendly, collection.Neutral, collection.Firm, collection.Final}
	for i, tone := range tones {
		require.True(t, tone.Valid())
		for j, other := range tones {
			require.Equal(t, i < j, tone.Below(other))
		}
	}
}

// The creditor's zone decides when a due date begins, the debtor's which day it is for the debtor.
func TestTwoZones(t *testing.T) {
	t.Parallel()
	p := builtin(t, "brisk")
	f := facts(debtors(t)["us_consumer"], p, date(t, "2026-03-02"))
	f.Zone = zone(t, "Europe/Warsaw")
	f.OpenedAt = collection.OpensAt(f.DueOn, p, f.Zone)
	require.Equal(t, "2026-03-02T00:00:00+01:00", f.OpenedAt.Format(time.RFC3339))
	first := collection.Next(f, p, f.OpenedAt)
	require.Equal(t, calendar.Date{Year: 2026, Month: 3, Day: 3}, calendar.DateOf(first.At, f.Calendar.Zone))
	// Held in Warsaw from the 2nd at 00:00 to the 3rd at 05:00, which is from 18:00 on the 1st to 23:00 on the 2nd in New York.
	f.Pauses = []collection.Pause{{Reason: collection.OnHold, From: f.OpenedAt, To: f.OpenedAt.Add(29 * time.Hour)}}
	moved := collection.Next(f, p, f.OpenedAt.Add(30*time.Hour))
	require.Equal(t, calendar.Date{Year: 2026, Month: 3, Day: 4}, calendar.DateOf(moved.At, f.Calendar.Zone))
	require.Contains(t, moved.Why, collection.WhyPaused)
}
