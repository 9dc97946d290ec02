package calendar

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// ErrZone is the kind of error for a place whose time zone is not known.
var ErrZone = errors.New("unknown time zone")

// ZoneOf is the main time zone of a country (ISO 3166-1 alpha-2) and region (the suffix of ISO 3166-2, or empty), in any
// case of letters. The United States, Canada and Australia need a state or province: their zones lie hours apart, so that
// without one no contact hours can be kept; that, and an unknown place, is ErrZone. Elsewhere an unknown region falls back
// to the country.
//
// A state that spreads over two zones gets the one where most people live. The other is at most an hour away, and
// DefaultHours stay within 8:00 to 21:00 there too.
func ZoneOf(country, region string) (*time.Location, error) {
	country, region = strings.ToUpper(country), strings.ToUpper(region)
	name, known := zoneNames[country+"-"+region]
	if !known {
		name, known = zoneNames[country]
	}
	if !known || len(country) != len("US") { // "US-NY" is a key, but no country
		return nil, fmt.Errorf("find time zone of %q, region %q: %w", country, region, ErrZone)
	}
	return loadZone(name)
}

// zones caches locations by name: loading one reads a file.
var zones sync.Map // string -> *time.Location

func loadZone(name string) (*time.Location, error) {
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location), nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("load time zone %s: %w: %w", name, ErrZone, err)
	}
	stored, _ := zones.LoadOrStore(name, loc)
	return stored.(*time.Location), nil
}

// zoneNames maps a place to its zone in the IANA database. Keys are a country, or a country and region.
var zoneNames = func() map[string]string {
	names := make(map[string]string, 400)
	for zone, places := range placesByZone {
		for _, p := range strings.Fields(places) {
			names[p] = zone
		}
	}
	return names
}()

var placesByZone = map[string]string{
	// United States, by state; territories under their own codes as well.
	"America/New_York": `US-CT US-DE US-DC US-FL US-GA US-KY US-ME US-MD US-MA US-NH US-NJ US-NY US-NC US-OH US-PA US-RI US-SC
		US-VT US-VA US-WV`,
	"America/Detroit":              `US-MI`,
	"America/Indiana/Indianapolis": `US-IN`,
	"America/Chicago": `US-AL US-AR US-IL US-IA US-KS US-LA US-MN US-MS US-MO US-NE US-ND US-OK US-SD US-TN US-TX
		US-WI`,
	"America/Denver":      `US-CO US-MT US-NM US-UT US-WY`,
	"America/Boise":       `US-ID`,
	"America/Phoenix":     `US-AZ`,
	"America/Los_Angeles": `US-CA US-NV US-OR US-WA`,
	"America/Anchorage":   `US-AK`,
	"Pacific/Honolulu":    `US-HI`,
	"America/Puerto_Rico": `US-PR PR`,
	"America/St_Thomas":   `US-VI VI`,
	"Pacific/Guam":        `US-GU GU`,
	"Pacific/Saipan":      `US-MP MP`,
	"Pacific/Pago_Pago":   `US-AS AS`,

	// Canada, by province.
	"America/Toronto":    `CA-ON CA-QC`,
	"America/Vancouver":  `CA-BC`,
	"America/Edmonton":   `CA-AB CA-NT`,
	"America/Winnipeg":   `CA-MB`,
	"America/Regina":     `CA-SK`,
	"America/Halifax":    `CA-NS CA-PE`,
	"America/Moncton":    `CA-NB`,
	"America/St_Johns":   `CA-NL`,
	"America/Whitehorse": `CA-YT`,
	"America/Iqaluit":    `CA-NU`,

	// Australia and New Zealand.
	"Australia/Sydney":    `AU-NSW AU-ACT`,
	"Australia/Melbourne": `AU-VIC`,
	"Australia/Brisbane":  `AU-QLD`,
	"Australia/Adelaide":  `AU-SA`,
	"Australia/Hobart":    `AU-TAS`,
	"Australia/Darwin":    `AU-NT`,
	"Australia/Perth":     `AU-WA`,
	"Pacific/Auckland":    `NZ`,

	// Europe. The Canary Islands, the Azores and Madeira are an hour behind their mainland.
	"Europe/Paris":       `FR`,
	"Europe/Warsaw":      `PL`,
	"Europe/London":      `GB`,
	"Europe/Berlin":      `DE`,
	"Europe/Madrid":      `ES`,
	"Atlantic/Canary":    `ES-CN ES-GC ES-TF`,
	"Europe/Lisbon":      `PT`,
	"Atlantic/Azores":    `PT-20`,
	"Atlantic/Madeira":   `PT-30`,
	"Europe/Rome":        `IT`,
	"Europe/San_Marino":  `SM`,
	"Europe/Vatican":     `VA`,
	"Europe/Malta":       `MT`,
	"Europe/Dublin":      `IE`,
	"Europe/Isle_of_Man": `IM`,
	"Europe/Jersey":      `JE`,
	"Europe/Guernsey":    `GG`,
	"Europe/Gibraltar":   `GI`,
	"Europe/Brussels":    `BE`,
	"Europe/Amsterdam":   `NL`,
	"Europe/Luxembourg":  `LU`,
	"Europe/Zurich":      `CH`,
	"Europe/Vaduz":       `LI`,
	"Europe/Vienna":      `AT`,
	"Europe/Monaco":      `MC`,
	"Europe/Andorra":     `AD`,
	"Europe/Copenhagen":  `DK`,
	"Atlantic/Faroe":     `FO`,
	"America/Nuuk":       `GL`,
	"Europe/Oslo":        `NO SJ`,
	"Europe/Stockholm":   `SE`,
	"Europe/Helsinki":    `FI`,
	"Europe/Mariehamn":   `AX`,
	"Atlantic/Reykjavik": `IS`,
	"Europe/Tallinn":     `EE`,
	"Europe/Riga":        `LV`,
	"Europe/Vilnius":     `LT`,
	"Europe/Prague":      `CZ`,
	"Europe/Bratislava":  `SK`,
	"Europe/Budapest":    `HU`,
	"Europe/Ljubljana":   `SI`,
	"Europe/Zagreb":      `HR`,
	"Europe/Belgrade":    `RS`,
	"Europe/Sarajevo":    `BA`,
	"Europe/Podgorica":   `ME`,
	"Europe/Skopje":      `MK`,
	"Europe/Tirane":      `AL`,
	"Europe/Athens":      `GR`,
	"Europe/Sofia":       `BG`,
	"Europe/Bucharest":   `RO`,
	"Europe/Chisinau":    `MD`,
	"Europe/Kyiv":        `UA`,
	"Europe/Minsk":       `BY`,
	"Europe/Moscow":      `RU`,
	"Europe/Istanbul":    `TR`,
	"Asia/Nicosia":       `CY`,

	// France overseas, under country codes and department numbers.
	"America/Guadeloupe": `GP BL MF FR-971 FR-GP`,
	"America/Martinique": `MQ FR-972 FR-MQ`,
	"America/Cayenne":    `GF FR-973 FR-GF`,
	"Indian/Reunion":     `RE FR-974 FR-RE`,
	"Indian/Mayotte":     `YT FR-976 FR-YT`,
	"America/Miquelon":   `PM FR-PM`,
	"Pacific/Noumea":     `NC FR-NC`,
	"Pacific/Tahiti":     `PF FR-PF`,
	"Pacific/Wallis":     `WF FR-WF`,

	// Elsewhere; of a country with several zones, the one where most people live.
	"America/Mexico_City":            `MX`,
	"America/Tijuana":                `MX-BCN`,
	"America/Cancun":                 `MX-ROO`,
	"America/Sao_Paulo":              `BR`,
	"America/Manaus":                 `BR-AM`,
	"America/Argentina/Buenos_Aires": `AR`,
	"America/Santiago":               `CL`,
	"America/Bogota":                 `CO`,
	"America/Lima":                   `PE`,
	"America/Guayaquil":              `EC`,
	"America/Caracas":                `VE`,
	"America/La_Paz":                 `BO`,
	"America/Asuncion":               `PY`,
	"America/Montevideo":             `UY`,
	"America/Panama":                 `PA`,
	"America/Costa_Rica":             `CR`,
	"America/Guatemala":              `GT`,
	"America/El_Salvador":            `SV`,
	"America/Tegucigalpa":            `HN`,
	"America/Managua":                `NI`,
	"America/Santo_Domingo":          `DO`,
	"America/Jamaica":                `JM`,
	"America/Nassau":                 `BS`,
	"America/Barbados":               `BB`,
	"America/Port_of_Spain":          `TT`,
	"Atlantic/Bermuda":               `BM`,
	"Africa/Casablanca":              `MA`,
	"Africa/Algiers":                 `DZ`,
	"Africa/Tunis":                   `TN`,
	"Africa/Cairo":                   `EG`,
	"Africa/Lagos":                   `NG`,
	"Africa/Accra":                   `GH`,
	"Africa/Abidjan":                 `CI`,
	"Africa/Dakar":                   `SN`,
	"Africa/Nairobi":                 `KE`,
	"Africa/Johannesburg":            `ZA`,
	"Africa/Blantyre":                `MW`,
	"Indian/Mauritius":               `MU`,
	"Asia/Jerusalem":                 `IL`,
	"Asia/Beirut":                    `LB`,
	"Asia/Amman":                     `JO`,
	"Asia/Riyadh":                    `SA`,
	"Asia/Kuwait":                    `KW`,
	"Asia/Bahrain":                   `BH`,
	"Asia/Qatar":                     `QA`,
	"Asia/Dubai":                     `AE`,
	"Asia/Muscat":                    `OM`,
	"Asia/Tbilisi":                   `GE`,
	"Asia/Yerevan":                   `AM`,
	"Asia/Baku":                      `AZ`,
	"Asia/Almaty":                    `KZ`,
	"Asia/Tashkent":                  `UZ`,
	"Asia/Karachi":                   `PK`,
	"Asia/Kolkata":                   `IN`,
	"Asia/Colombo":                   `LK`,
	"Asia/Dhaka":                     `BD`,
	"Asia/Kathmandu":                 `NP`,
	"Asia/Bangkok":                   `TH`,
	"Asia/Ho_Chi_Minh":               `VN`,
	"Asia/Kuala_Lumpur":              `MY`,
	"Asia/Singapore":                 `SG`,
	"Asia/Jakarta":                   `ID`,
	"Asia/Manila":                    `PH`,
	"Asia/Hong_Kong":                 `HK`,
	"Asia/Macau":                     `MO`,
	"Asia/Taipei":                    `TW`,
	"Asia/Shanghai":                  `CN`,
	"Asia/Seoul":                     `KR`,
	"Asia/Tokyo":                     `JP`,
}
