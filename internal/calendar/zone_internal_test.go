package calendar

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestEveryZoneExistsAndEveryPlaceHasOne(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for zone := range placesByZone {
		_, err := time.LoadLocation(zone)
		require.NoError(t, err)
	}
	for key, zone := range zoneNames {
		require.Contains(t, " "+placesByZone[zone]+" ", key)
		seen[key] = true
	}
	total := 0
	for _, places := range placesByZone {
		total += len(strings.Fields(places))
	}
	require.Len(t, seen, total, "a place stands under two zones")
	// Whoever has holidays has a zone too, save the three countries that need a state.
	for country := range national {
		if country == "US" || country == "CA" || country == "AU" {
			continue
		}
		require.Contains(t, zoneNames, country)
	}
}
