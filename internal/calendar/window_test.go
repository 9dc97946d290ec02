package calendar_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"relance/internal/calendar"
)

func instant(t require.TestingT, text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return at
}

func paris(t require.TestingT) calendar.Calendar {
	return calendar.Calendar{Zone: zone(t, "Europe/Paris"), Hours: calendar.DefaultHours(), Country: "FR"}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, hours, date string
		open, shut        string // UTC; empty: none
	}{
		{"a Friday", "09:00-18:00 Mon-Fri", "2026-11-20", "2026-11-20T08:00:00Z", "2026-11-20T17:00:00Z"},
		{"a summer Friday", "09:00-18:00 Mon-Fri", "2026-07-17", "2026-07-17T07:00:00Z", "2026-07-17T16:00:00Z"},
		{"a Saturday", "09:00-18:00 Mon-Fri", "2026-11-21", "", ""},
		{"a public holiday", "09:00-18:00 Mon-Fri", "2026-07-14", "", ""},
		{"New Year", "09:00-18:00 Mon-Fri", "2027-01-01", "", ""},
		{"29 February", "09:00-18:00 Mon-Fri", "2028-02-29", "2028-02-29T08:00:00Z", "2028-02-29T17:00:00Z"},
		{"summer time begins within", "01:00-04:00 Sun", "2026-03-29", "2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z"},
		{"opens in the gap", "02:30-04:00 Sun", "2026-03-29", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"},
		{"swallowed by the gap", "02:15-02:45 Sun", "2026-03-29", "", ""},
		{"summer time ends within", "01:00-04:00 Sun", "2026-10-25", "2026-10-24T23:00:00Z", "2026-10-25T03:00:00Z"},
		{"closes in the overlap", "01:00-02:30 Sun", "2026-10-25", "2026-10-24T23:00:00Z", "2026-10-25T00:30:00Z"},
		{"opens in the overlap", "02:40-03:00 Sun", "2026-10-25", "2026-10-25T01:40:00Z", "2026-10-25T02:00:00Z"},
		{"opens as the overlap begins", "02:00-03:00 Sun", "2026-10-25", "2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"},
		{"within the overlap", "02:10-02:50 Sun", "2026-10-25", "2026-10-25T00:10:00Z", "2026-10-25T00:50:00Z"},
		{"to midnight", "09:00-24:00 Mon-Sun", "2026-11-21", "2026-11-21T08:00:00Z", "2026-11-21T23:00:00Z"},
		{"always", "always", "2026-11-21", "2026-11-20T23:00:00Z", "2026-11-21T23:00:00Z"},
		{"always, a day of 23 hours", "always", "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"},
		{"always, a day of 25 hours", "always", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"},
		{"always, on a holiday", "always", "2026-12-25", "2026-12-24T23:00:00Z", "2026-12-25T23:00:00Z"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := paris(t)
			c.Hours = hours(t, tc.hours)
			got, open := c.Window(date(t, tc.date))
			if tc.open == "" {
				require.False(t, open)
				require.True(t, got.IsZero())
				return
			}
			require.True(t, open)
			require.Equal(t, calendar.Window{Open: instant(t, tc.open), Close: instant(t, tc.shut)}, got)
		})
	}
}

func TestWindowFromAndOn(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, at, open string }{
		{"before it opens", "2026-11-20T03:00:00Z", "2026-11-20T08:00:00Z"},
		{"while it is open", "2026-11-20T12:00:00Z", "2026-11-20T08:00:00Z"},
		{"in its last second", "2026-11-20T16:59:59Z", "2026-11-20T08:00:00Z"},
		{"as it closes", "2026-11-20T17:00:00Z", "2026-11-23T08:00:00Z"},
		{"late in the evening, the next date in Paris", "2026-11-18T23:30:00Z", "2026-11-19T08:00:00Z"},
		{"over Easter", "2027-03-26T18:00:00Z", "2027-03-30T07:00:00Z"},
		{"over the year's end", "2026-12-31T18:00:00Z", "2027-01-04T08:00:00Z"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, instant(t, tc.open), paris(t).WindowFrom(instant(t, tc.at)).Open)
		})
	}
	on := paris(t).WindowOn(date(t, "2026-12-25"))
	require.Equal(t, instant(t, "2026-12-28T08:00:00Z"), on.Open)
}

func TestCalendarWithoutSettingsIsCautious(t *testing.T) {
	t.Parallel()
	w, open := calendar.Calendar{}.Window(date(t, "2026-11-20"))
	require.True(t, open)
	require.Equal(t, calendar.Window{Open: instant(t, "2026-11-20T09:00:00Z"), Close: instant(t, "2026-11-20T18:00:00Z")}, w)
	_, open = calendar.Calendar{}.Window(date(t, "2026-11-21"))
	require.False(t, open)
}

func TestHoursThatNeverOpenEndTheSearch(t *testing.T) {
	t.Parallel()
	c := calendar.Calendar{Hours: calendar.Hours{Open: 60, Close: 120}}
	require.True(t, c.WindowFrom(instant(t, "2026-11-20T12:00:00Z")).IsZero())
	require.True(t, c.WindowOn(date(t, "2026-11-20")).IsZero())
}

func TestInstantDerivesFromTheSeed(t *testing.T) {
	t.Parallel()
	w, _ := paris(t).Window(date(t, "2026-11-20"))
	// FNV-1a of the seed modulo 9 hours; a change would move every waiting case, so it is pinned.
	require.Equal(t, instant(t, "2026-11-20T08:00:00Z").Add(15349*time.Second), w.Instant("case/acme/2026-001"))
	require.NotEqual(t, w.Instant("case/acme/2026-001"), w.Instant("case/acme/2026-002"))
	require.Equal(t, w.Open, calendar.Window{Open: w.Open, Close: w.Open}.Instant("case/acme/2026-001"))
	require.True(t, calendar.Window{}.Instant("x").IsZero())
}

func TestAddBusinessDays(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		from string
		n    int
		to   string
	}{
		{"2026-11-20", 0, "2026-11-20"},
		{"2026-11-21", 0, "2026-11-21"}, // a Saturday stays
		{"2026-11-20", 1, "2026-11-23"},
		{"2026-11-21", 1, "2026-11-23"},
		{"2026-11-23", -1, "2026-11-20"},
		{"2026-11-22", -1, "2026-11-20"},
		{"2026-12-24", 1, "2026-12-28"},
		{"2026-12-31", 1, "2027-01-04"},
		{"2027-03-25", 2, "2027-03-30"}, // Good Friday is a working day in France, Easter Monday is not
		{"2026-11-20", 10, "2026-12-04"},
		{"2026-12-04", -10, "2026-11-20"},
	} {
		require.Equal(t, date(t, tc.to), paris(t).AddBusinessDays(date(t, tc.from), tc.n), "%s %+d", tc.from, tc.n)
	}
}

func anyCalendar() *rapid.Generator[calendar.Calendar] {
	return rapid.Custom(func(t *rapid.T) calendar.Calendar {
		return calendar.Calendar{
			Zone:    anyZone().Draw(t, "zone"),
			Hours:   anyHours().Draw(t, "hours"),
			Country: rapid.SampledFrom([]string{"", "FR", "PL", "DE", "GB", "US", "JP", "XX"}).Draw(t, "country"),
			Region:  rapid.SampledFrom([]string{"", "BY", "SCT", "NY"}).Draw(t, "region"),
		}
	})
}

func TestWindowFromFindsTheFirstThatHasNotClosed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := anyCalendar().Draw(t, "calendar")
		at := dates().Draw(t, "date").Start(time.UTC).Add(time.Duration(rapid.IntRange(0, 86399).Draw(t, "second")) * time.Second)
		w := c.WindowFrom(at)
		require.False(t, w.IsZero())
		require.True(t, w.Open.Before(w.Close))
		require.True(t, w.Close.After(at))
		// It is the window of its own date, and no earlier date has one that is still to close.
		d := calendar.DateOf(w.Open, c.Zone)
		own, open := c.Window(d)
		require.True(t, open)
		require.Equal(t, w, own)
		for back := d.AddDays(-1); !back.Before(calendar.DateOf(at, c.Zone).AddDays(-1)); back = back.AddDays(-1) {
			earlier, open := c.Window(back)
			require.False(t, open && earlier.Close.After(at))
		}
		require.Equal(t, w, c.WindowOn(d))
		require.Equal(t, w, c.WindowFrom(w.Open), "asking again from within gives the same window")
		chosen := w.Instant(rapid.String().Draw(t, "seed"))
		require.True(t, w.Contains(chosen))
		require.Zero(t, chosen.Nanosecond())
	})
}

func TestWindowKeepsTheWallClock(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, d := anyCalendar().Draw(t, "calendar"), dates().Draw(t, "date")
		w, open := c.Window(d)
		if !open || c.Hours.Always {
			return
		}
		_, holiday := c.Holiday(d)
		require.False(t, holiday)
		require.True(t, c.Hours.Days.Has(d.Weekday()))
		chosen := w.Instant(rapid.String().Draw(t, "seed")).In(c.Zone)
		require.Equal(t, d, calendar.DateOf(chosen, c.Zone))
		minute := chosen.Hour()*60 + chosen.Minute()
		require.GreaterOrEqual(t, minute, c.Hours.Open)
		require.Less(t, minute, c.Hours.Close)
	})
}

func TestBusinessDaysCountBackAndForth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, d := anyCalendar().Draw(t, "calendar"), dates().Draw(t, "date")
		n := rapid.IntRange(1, 60).Draw(t, "n")
		later := c.AddBusinessDays(d, n)
		require.True(t, c.IsBusinessDay(later))
		require.GreaterOrEqual(t, later.Sub(d), n)
		if c.IsBusinessDay(d) {
			require.Equal(t, d, c.AddBusinessDays(later, -n))
		}
	})
}
