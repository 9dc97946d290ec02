package argument_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/argument"
	"relance/internal/calendar"
	"relance/internal/ledger"
	"relance/internal/money"
)

func TestSpans(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]argument.Span{
		"7d":    {Days: 7},
		"2w":    {Days: 14},
		"1w1d":  {Days: 8},
		"12h":   {Rest: 12 * time.Hour},
		"1d12h": {Days: 1, Rest: 12 * time.Hour},
		"90m":   {Rest: 90 * time.Minute},
		"30s":   {Rest: 30 * time.Second},
	} {
		have, err := argument.ParseSpan(text)
		require.NoError(t, err, text)
		require.Equal(t, want, have, text)
	}
	for _, text := range []string{"", "0d", "-7d", "7", "d", "7 d", "1.5d", "7days", "1y", "9999999d"} {
		_, err := argument.ParseSpan(text)
		require.Error(t, err, text)
	}
}

func TestDaysKeepTheTimeOfTheWallClock(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	require.NoError(t, err)
	winter := time.Date(2026, 3, 28, 9, 0, 0, 0, paris)
	require.Equal(t, time.Date(2026, 3, 30, 9, 0, 0, 0, paris).UTC(), argument.Span{Days: 2}.After(winter, paris))
	require.Equal(t, time.Date(2026, 3, 30, 10, 0, 0, 0, paris).UTC(), argument.Span{Rest: 48 * time.Hour}.After(winter, paris))
}

func TestDatesAndInstants(t *testing.T) {
	t.Parallel()
	none, err := argument.ParseDate("--on", "")
	require.NoError(t, err)
	require.True(t, none.IsZero())
	_, err = argument.ParseDate("--on", "2026-02-30")
	require.ErrorContains(t, err, "--on")

	paris, err := time.LoadLocation("Europe/Paris")
	require.NoError(t, err)
	at, err := argument.ParseInstant("--to", "2026-03-01", paris)
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 2, 28, 23, 0, 0, 0, time.UTC), at)
	at, err = argument.ParseInstant("--to", "2026-03-01T10:00:00+01:00", paris)
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), at)
	_, err = argument.ParseInstant("--to", "tomorrow", paris)
	require.ErrorContains(t, err, "--to")
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	a, err := argument.ParseAmount("--amount", "120.5", "EUR")
	require.NoError(t, err)
	require.Equal(t, money.Amount{Minor: 12050, Currency: "EUR"}, a)
	for _, text := range []string{"120,50", "1 200", "12.345", "", "EUR 5"} {
		_, err := argument.ParseAmount("--amount", text, "EUR")
		require.ErrorContains(t, err, "120.00", text)
	}
	_, err = argument.ParseAmount("--amount", "1.5", "JPY")
	require.ErrorContains(t, err, "12000")
}

func TestEqualParts(t *testing.T) {
	t.Parallel()
	first := calendar.Date{Year: 2026, Month: 2, Day: 1}
	for every, want := range map[string]ledger.Schedule{
		"monthly": {Count: 3, First: first, Months: 1},
		"weekly":  {Count: 3, First: first, Days: 7},
		"14d":     {Count: 3, First: first, Days: 14},
	} {
		have, err := argument.ParseParts(3, "2026-02-01", every)
		require.NoError(t, err, every)
		require.Equal(t, want, have, every)
	}
	for _, c := range []struct {
		parts        int
		first, every string
	}{{0, "2026-02-01", "monthly"}, {121, "2026-02-01", "monthly"}, {3, "", "monthly"}, {3, "soon", "monthly"}, {3, "2026-02-01", "daily"}, {3, "2026-02-01", "0d"}} {
		_, err := argument.ParseParts(c.parts, c.first, c.every)
		require.Error(t, err, c)
	}
}

func TestInstalments(t *testing.T) {
	t.Parallel()
	s, err := argument.ParseInstalments([]string{"2026-02-01:100.00", "2026-03-01: 50"}, "EUR")
	require.NoError(t, err)
	require.Equal(t, "2026-02-01:100.00; 2026-03-01:50.00", s.String())
	for _, text := range []string{"2026-02-01", "2026-02-01:1,5", "soon:5.00", ":"} {
		_, err := argument.ParseInstalments([]string{text}, "EUR")
		require.ErrorContains(t, err, "--instalment", text)
	}
}
