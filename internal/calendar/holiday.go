package calendar

import (
	"strings"
	"sync"
	"time"

	"github.com/rickar/cal/v2"
)

// The library computes dates as midnights of a global location, by default the machine's own, where a change of the clock
// at midnight can push one onto the day before. In UTC every machine computes the same holidays.
func init() { cal.DefaultLoc = time.UTC }

// Holiday reports whether d is a public holiday at the calendar's Country and Region, and its name in the local language.
// Both the day itself and the day on which it is observed count: 4 July 2026 is a Saturday, so Friday 3 July is kept as
// the holiday, and on neither does a debtor expect a demand.
//
// Regions refine Germany (Länder), the United Kingdom (nations), Switzerland (cantons), Australia (states) and France
// (Alsace-Moselle); elsewhere the national holidays apply, in the United States the federal ones. A country that is not
// known has no holidays: then only the hours and weekdays limit contact.
func (c Calendar) Holiday(d Date) (name string, yes bool) {
	key, definitions := holidaysOf(c.Country, c.Region)
	if len(definitions) == 0 {
		return "", false
	}
	name, yes = key.inYear(d.midnight().Year(), definitions)[DateOf(d.midnight(), time.UTC)]
	return name, yes
}

// place is a country, or a part of it with holidays of its own; it is made only by holidaysOf, so the cache stays small
// whatever regions a debtor's record may claim.
type place string

// holidaysOf finds the holidays of a country and region, in any case of letters; none for an unknown country.
func holidaysOf(country, region string) (place, []*cal.Holiday) {
	country = strings.ToUpper(country)
	if region != "" {
		key := country + "-" + strings.ToUpper(region)
		if definitions, known := regional[key]; known {
			return place(key), definitions
		}
	}
	return place(country), national[country]
}

// years caches the holidays of a place in a year, by date: a map that is never written after it is stored. Plans are
// computed by the thousand, and Easter need not be found each time.
var years sync.Map // yearKey -> map[Date]string

type yearKey struct {
	place place
	year  int
}

func (p place) inYear(year int, definitions []*cal.Holiday) map[Date]string {
	key := yearKey{place: p, year: year}
	if known, ok := years.Load(key); ok {
		return known.(map[Date]string)
	}
	days := computeYear(year, definitions)
	years.Store(key, days)
	return days
}

// computing lets one goroutine compute at a time: some definitions (Japan's) are changed while they are computed.
var computing sync.Mutex

func computeYear(year int, definitions []*cal.Holiday) map[Date]string {
	computing.Lock()
	defer computing.Unlock()
	days := make(map[Date]string)
	mark := func(t time.Time, name string) {
		d := DateOf(t, time.UTC)
		if t.IsZero() || d.Year != year {
			return
		}
		if _, taken := days[d]; !taken {
			days[d] = name
		}
	}
	for _, definition := range definitions {
		// A holiday of the neighbouring year can be observed in this one: New Year's Day 2028 on 31 December 2027.
		for y := year - 1; y <= year+1; y++ {
			actual, observed := definition.Calc(y)
			mark(actual, definition.Name)
			mark(observed, definition.Name)
		}
	}
	return days
}
