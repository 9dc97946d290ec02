package calendar_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
)

var update = flag.Bool("update", false, "write the golden files")

// The goldens list every weekday and weekend holiday of a place in three years, so that an upgrade of the holiday tables
// shows what it changes.
func TestHolidaysGolden(t *testing.T) {
	t.Parallel()
	for _, place := range []string{
		"AT", "AU", "AU-VIC", "BE", "CA", "CH", "CH-ZH", "DE", "DE-BY", "DE-SN", "ES", "FR", "FR-67", "GB", "GB-NIR", "GB-SCT", "IE",
		"IT", "NL", "PL", "US", "US-NY",
	} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			country, region, _ := strings.Cut(place, "-")
			golden(t, "holidays-"+place+".txt", listHolidays(t, calendar.Calendar{Country: country, Region: region}))
		})
	}
}

func listHolidays(t *testing.T, c calendar.Calendar) string {
	t.Helper()
	var b strings.Builder
	for d := date(t, "2026-01-01"); d.Year < 2029; d = d.AddDays(1) {
		if name, yes := c.Holiday(d); yes {
			fmt.Fprintf(&b, "%s %s %s\n", d, d.Weekday().String()[:3], name)
		}
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestHoliday(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		country, region, date, name string
	}{
		{"FR", "", "2026-07-14", "Fête Nationale"},
		{"fr", "", "2026-07-14", "Fête Nationale"},
		{"FR", "", "2026-04-03", ""},
		{"FR", "67", "2026-04-03", "Vendredi saint"},
		{"PL", "", "2024-12-24", ""}, // a day off since 2025
		{"PL", "", "2025-12-24", "Wigilia Bożego Narodzenia"},
		{"IT", "", "2025-10-04", ""}, // a holiday since 2026
		{"IT", "", "2027-10-04", "San Francesco d'Assisi"},
		{"US", "NY", "2026-07-03", "Independence Day"}, // observed: the 4th is a Saturday
		{"US", "NY", "2026-07-04", "Independence Day"},
		{"US", "", "2027-12-31", "New Year's Day"}, // observed in the year before
		{"US", "", "2028-01-01", "New Year's Day"},
		{"GB", "", "2026-12-28", "Boxing Day"},
		{"GB", "EAW", "2027-12-27", "Christmas Day"},
		{"GB", "EAW", "2027-12-28", "Boxing Day"},
		{"GB", "", "2026-04-06", "Easter Monday"},
		{"GB", "SCT", "2026-04-06", ""},
		{"GB", "SCT", "2026-01-02", "2nd January"},
		{"GB", "SCT", "2023-01-03", "2nd January"},
		{"GB", "SCT", "2022-01-04", "2nd January"},
		{"GB", "SCT", "2026-06-15", "World Cup bank holiday"},
		{"GB", "SCT", "2026-11-30", "St Andrew's Day"},
		{"GB", "SCT", "2026-08-03", "Summer Bank Holiday"},
		{"GB", "SCT", "2026-08-31", ""},
		{"GB", "ENG", "2026-08-31", "Summer Bank Holiday"},
		{"GB", "NIR", "2026-07-13", "Battle of the Boyne (Orangemen's Day)"},
		{"GB", "WLS", "2026-07-13", ""},
		{"GB", "", "2022-09-19", "Bank Holiday for the State Funeral of Queen Elizabeth II"},
		{"DE", "", "2026-06-04", ""},
		{"DE", "BY", "2026-06-04", "Fronleichnam"},
		{"DE", "SN", "2026-11-18", "Buß- und Bettag"},
		{"DE", "XX", "2026-10-03", "Tag der Deutschen Einheit"}, // an unknown Land keeps the national days
		{"AU", "VIC", "2026-11-03", "Melbourne Cup"},
		{"AU", "", "2026-11-03", ""},
		{"XX", "", "2026-12-25", ""},
		{"", "", "2026-12-25", ""},
	} {
		name, yes := calendar.Calendar{Country: tc.country, Region: tc.region}.Holiday(date(t, tc.date))
		require.Equal(t, tc.name, name, "%s-%s %s", tc.country, tc.region, tc.date)
		require.Equal(t, tc.name != "", yes)
	}
}

func TestHolidaysAreComputedSafelyAtOnce(t *testing.T) {
	t.Parallel()
	var wait sync.WaitGroup
	for i := range 16 {
		wait.Go(func() {
			for year := 2100; year < 2130; year++ {
				c := calendar.Calendar{Country: "DE", Region: []string{"BY", "BE", "", "??"}[i%4]}
				_, yes := c.Holiday(calendar.Date{Year: year, Month: 10, Day: 3})
				if !yes {
					t.Errorf("3 October %d is no holiday", year)
				}
			}
		})
	}
	wait.Wait()
}

func TestHolidaysVersionIsStable(t *testing.T) {
	t.Parallel()
	require.Regexp(t, `^[0-9a-f]{12}$`, calendar.HolidaysVersion())
	first := calendar.HolidaysVersion()
	require.Equal(t, first, calendar.HolidaysVersion())
}

func BenchmarkWindowFrom(b *testing.B) {
	c := calendar.Calendar{Zone: zone(b, "Europe/Paris"), Hours: calendar.DefaultHours(), Country: "FR"}
	at := date(b, "2026-12-24").Start(c.Zone).Add(20 * 3600e9)
	b.ReportAllocs()
	for b.Loop() {
		c.WindowFrom(at)
	}
}
