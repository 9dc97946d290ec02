package calendar_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
)

func TestZoneOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ country, region, zone string }{
		{"FR", "", "Europe/Paris"},
		{"fr", "idf", "Europe/Paris"},
		{"FR", "974", "Indian/Reunion"},
		{"PL", "", "Europe/Warsaw"},
		{"GB", "SCT", "Europe/London"},
		{"DE", "BY", "Europe/Berlin"},
		{"ES", "", "Europe/Madrid"},
		{"ES", "CN", "Atlantic/Canary"},
		{"US", "NY", "America/New_York"},
		{"us", "ca", "America/Los_Angeles"},
		{"US", "AZ", "America/Phoenix"},
		{"US", "HI", "Pacific/Honolulu"},
		{"CA", "NL", "America/St_Johns"},
		{"AU", "WA", "Australia/Perth"},
		{"MX", "", "America/Mexico_City"},
	} {
		loc, err := calendar.ZoneOf(tc.country, tc.region)
		require.NoError(t, err)
		require.Equal(t, tc.zone, loc.String())
		again, err := calendar.ZoneOf(tc.country, tc.region)
		require.NoError(t, err)
		require.Same(t, loc, again, "loaded once")
	}
}

func TestZoneOfRefuses(t *testing.T) {
	t.Parallel()
	for _, tc := range [][2]string{{"US", ""}, {"US", "XX"}, {"CA", ""}, {"AU", "ZZ"}, {"", ""}, {"XX", ""}, {"UK", ""}, {"US-NY", ""}} {
		_, err := calendar.ZoneOf(tc[0], tc[1])
		require.ErrorIs(t, err, calendar.ErrZone, "%v", tc)
	}
}

func TestEveryStateHasAZone(t *testing.T) {
	t.Parallel()
	for _, state := range []string{
		"AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA", "ME",
		"MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR", "PA", "RI",
		"SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY", "PR", "VI", "GU", "MP", "AS",
	} {
		_, err := calendar.ZoneOf("US", state)
		require.NoError(t, err, state)
	}
}
