package collection

import (
	"slices"
	"time"

	"relance/internal/calendar"
)

// pausedDays is how many calendar days the ladder stood still since start: the days between the first and the last day of
// each stretch, overlapping stretches counted once. A pause that begins and ends on one day moves nothing.
func pausedDays(pauses []Pause, start time.Time, zone *time.Location) int {
	days := 0
	for _, s := range stretches(pauses, start) {
		days += calendar.DateOf(s.to, zone).Sub(calendar.DateOf(s.from, zone))
	}
	return days
}

// pausedTime is the exact time the ladder stood still since start.
func pausedTime(pauses []Pause, start time.Time) time.Duration {
	var sum time.Duration
	for _, s := range stretches(pauses, start) {
		sum += s.to.Sub(s.from)
	}
	return sum
}

type stretch struct{ from, to time.Time }

// stretches cuts the pauses at start, drops the empty ones, and joins those that touch. Pauses that stand have no end yet
// and drop out too: while one stands there is no schedule to shift.
func stretches(pauses []Pause, start time.Time) []stretch {
	var all []stretch
	for _, p := range pauses {
		if s := (stretch{latest(p.From, start), p.ended()}); s.to.After(s.from) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b stretch) int { return a.from.Compare(b.from) })
	var joined []stretch
	for _, s := range all {
		if n := len(joined); n > 0 && !s.from.After(joined[n-1].to) {
			joined[n-1].to = latest(joined[n-1].to, s.to)
			continue
		}
		joined = append(joined, s)
	}
	return joined
}
