package law_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/law"
)

func TestJurisdiction(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ country, region, postcode, code string }{ // empty code: not known
		{"FR", "", "", "FR"},
		{"fr", "IDF", "75001", "FR"},
		{" PL ", "", "00-001", "PL"},
		{"DE", "BY", "80331", "DE"},
		{"IE", "", "", "IE"},
		{"BE", "", "", "BE"},
		{"", "", "75001", ""},
		{"ZZ", "", "", ""},
		{"UK", "", "SW1A 1AA", ""},
		{"FRA", "", "", ""},

		{"US", "NY", "", "US-NY"},
		{"us", "ny", "", "US-NY"},
		{"US", "US-NY", "", "US-NY"},
		{"US", "", "10001", "US-NY"},
		{"US", "", "10001-1234", "US-NY"},
		{"US", "", "100011234", "US-NY"},
		{"US", "NY", "10001", "US-NY"},
		{"US", "NJ", "10001", ""},     // they name two states: a person decides
		{"US", "NY", "2134", "US-NY"}, // a postcode that says nothing does not contradict
		{"US", "New York", "10001", "US-NY"},
		{"US", "New York", "", ""},
		{"US", "", "", ""},
		{"US", "", "2134", ""}, // the leading nought is lost
		{"US", "", "100", ""},
		{"US", "", "10001-12", ""},
		{"US", "", "SW1A 1AA", ""},
		{"US", "", "02134", "US-MA"},
		{"US", "", "05501", "US-MA"},
		{"US", "", "00501", "US-NY"},
		{"US", "", "06390", "US-NY"},
		{"US", "", "06320", "US-CT"},
		{"US", "", "83414", "US-WY"},
		{"US", "", "83415", "US-ID"},
		{"US", "", "00901", "US-PR"},
		{"US", "", "00802", "US-VI"},
		{"US", "", "96799", "US-AS"},
		{"US", "", "96813", "US-HI"},
		{"US", "", "96910", "US-GU"},
		{"US", "", "96950", "US-MP"},
		{"US", "", "96940", ""}, // Palau
		{"US", "", "09012", ""}, // armed forces
		{"US", "", "34012", ""},
		{"US", "", "96201", ""},
		{"US", "", "20001", "US-DC"},
		{"US", "", "20101", "US-VA"},
		{"US", "", "20041", ""},
		{"US", "VA", "20041", "US-VA"},
		{"US", "", "90001", "US-CA"},
		{"US", "", "96162", "US-CA"},
		{"US", "", "73301", "US-TX"},
		{"US", "", "73401", "US-OK"},
		{"US", "", "88510", "US-TX"},
		{"US", "", "99501", "US-AK"},
		{"US", "", "99901", "US-AK"},
		{"US", "", "99301", "US-WA"},
		{"US", "", "39901", "US-GA"},
		{"US", "", "60601", "US-IL"},
		{"US", "", "00001", ""},

		{"GB", "", "SW1A 1AA", "GB-EAW"},
		{"GB", "", "sw1a1aa", "GB-EAW"},
		{"GB", "", "CF10 1EP", "GB-EAW"},
		{"GB", "", "EH1 1YZ", "GB-SCT"},
		{"GB", "", "EH11YZ", "GB-SCT"},
		{"GB", "", "G2", "GB-SCT"},
		{"GB", "", "GL1 1AA", "GB-EAW"},
		{"GB", "", "BT1 5GS", "GB-NIR"},
		{"GB", "", "B1 1BB", "GB-EAW"},
		{"GB", "", "DG1 2BD", "GB-SCT"},
		{"GB", "", "DL1 1AA", "GB-EAW"},
		{"GB", "", "TD1 1AA", "GB-SCT"},
		{"GB", "", "TD15 1AA", ""}, // Berwick: both sides of the border
		{"GB", "", "TD12 4AA", ""},
		{"GB", "ENG", "TD15 1AA", "GB-EAW"},
		{"GB", "SCT", "TD15 1AA", "GB-SCT"},
		{"GB", "SCT", "", "GB-SCT"},
		{"GB", "WLS", "EH1 1YZ", ""},
		{"GB", "WLS", "CF10 1EP", "GB-EAW"},
		{"GB", "EAW", "", "GB-EAW"},
		{"GB", "GB-NIR", "", "GB-NIR"},
		{"GB", "Kent", "CT1 1AA", "GB-EAW"},
		{"GB", "", "JE2 3AB", ""},
		{"GB", "", "BFPO 1", ""},
		{"GB", "", "ZZ1 1AA", ""},
		{"GB", "", "", ""},
		{"JE", "", "JE2 3AB", "JE"},

		{"CA", "ON", "", "CA-ON"},
		{"CA", "", "M5V 2T6", "CA-ON"},
		{"CA", "", "h2x1y4", "CA-QC"},
		{"CA", "", "X0A 0H0", "CA-NU"},
		{"CA", "", "X1A 2B3", "CA-NT"},
		{"CA", "", "Z1A 2B3", ""},
		{"CA", "BC", "M5V 2T6", ""},

		{"AU", "", "2000", "AU-NSW"},
		{"AU", "", "2601", "AU-ACT"},
		{"AU", "", "2620", ""},
		{"AU", "NSW", "2620", "AU-NSW"},
		{"AU", "", "3000", "AU-VIC"},
		{"AU", "", "0800", "AU-NT"},
		{"AU", "", "0872", ""},
		{"AU", "", "7000", "AU-TAS"},
		{"AU", "", "800", ""},
	} {
		code, ok := law.Jurisdiction(tc.country, tc.region, tc.postcode)
		require.Equal(t, tc.code, code, "%q %q %q", tc.country, tc.region, tc.postcode)
		require.Equal(t, tc.code != "", ok)
	}
}

// Every jurisdiction of the court table can be reached from an address, save the Union, which is no place to live in.
func TestEveryJurisdictionOfTheTableIsReached(t *testing.T) {
	t.Parallel()
	for _, want := range law.Jurisdictions() {
		if want == "EU" {
			continue
		}
		var region string
		if len(want) > 2 {
			region = want[3:]
		}
		code, ok := law.Jurisdiction(want[:2], region, "")
		require.True(t, ok, want)
		require.Equal(t, want, code)
	}
}
