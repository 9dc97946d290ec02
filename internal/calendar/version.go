package calendar

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/rickar/cal/v2"
)

// The years that HolidaysVersion looks at. A plan reaches months ahead, not decades.
const (
	firstVersionYear = 2020
	lastVersionYear  = 2050
)

// HolidaysVersion names the state of the holiday tables, as twelve hex digits: a hash of every holiday of every known place
// from 2020 to 2050. It changes whenever an upgrade adds, moves, renames or drops one, so that cases planned under the
// older tables can be found and planned anew.
func HolidaysVersion() string { return holidaysVersion() }

var holidaysVersion = sync.OnceValue(func() string {
	h := sha256.New()
	for _, table := range []map[string][]*cal.Holiday{national, regional} {
		for _, place := range slices.Sorted(maps.Keys(table)) {
			for year := firstVersionYear; year <= lastVersionYear; year++ {
				days := computeYear(year, table[place])
				for _, d := range slices.SortedFunc(maps.Keys(days), Date.Compare) {
					fmt.Fprintln(h, place, d, days[d])
				}
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
})
