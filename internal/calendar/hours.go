package calendar

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrHours is the kind of error for contact hours that cannot be read or that never open.
var ErrHours = errors.New("not contact hours")

const minutesPerDay = 24 * 60

// always is the text form of hours without limits.
const always = "always"

// Weekdays is a set of days of the week; bit n stands for time.Weekday(n), so Sunday is bit 0.
type Weekdays uint8

// MondayToFriday are the five working days.
const MondayToFriday Weekdays = 1<<time.Monday | 1<<time.Tuesday | 1<<time.Wednesday | 1<<time.Thursday | 1<<time.Friday

// Has reports whether the day is in the set.
func (w Weekdays) Has(day time.Weekday) bool { return w&(1<<day) != 0 }

// weekNames is the week as it is written, Monday first.
var weekNames = [7]string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}

// weekday is the day at a place in weekNames.
func weekday(place int) time.Weekday { return time.Weekday((place + 1) % 7) }

// String lists the days Monday first, runs of three or more as a range: "Mon-Fri", "Mon,Wed,Fri", "Mon-Thu,Sat".
func (w Weekdays) String() string {
	var parts []string
	for i := 0; i < len(weekNames); i++ {
		if !w.Has(weekday(i)) {
			continue
		}
		last := i
		for last+1 < len(weekNames) && w.Has(weekday(last+1)) {
			last++
		}
		if last-i < 2 {
			parts = append(parts, weekNames[i])
			continue
		}
		parts = append(parts, weekNames[i]+"-"+weekNames[last])
		i = last
	}
	return strings.Join(parts, ",")
}

// Hours say when a debtor may be contacted, by the wall clock of the debtor's zone.
//
// The zero Hours stand for DefaultHours, so that a setting nobody made is the cautious one.
type Hours struct {
	Open   int      // minutes after 00:00, 0 to 1439
	Close  int      // minutes after 00:00, Open+1 to 1440; the window ends before this minute
	Days   Weekdays // days of the week on which there is a window
	Always bool     // no limits at all: every hour of every day, holidays included; the other fields are ignored
}

// DefaultHours are 09:00-18:00 Mon-Fri. They lie inside the strictest statutory frame among the countries we know, 8:00 to
// 21:00 at the debtor's place (12 CFR 1006.6(b)(1)(i), United States), with an hour to spare for states that spread over
// two time zones.
func DefaultHours() Hours {
	return Hours{Open: 9 * 60, Close: 18 * 60, Days: MondayToFriday}
}

// ParseHours reads "09:00-18:00 Mon-Fri", "08:30-24:00 Mon,Wed,Fri-Sun" or "always". Days are English abbreviations,
// Monday first, in any case. Hours that never open (no day, or a close that is not after the opening) are ErrHours, as is
// every other form.
func ParseHours(text string) (Hours, error) {
	if strings.EqualFold(text, always) {
		return Hours{Always: true}, nil
	}
	span, days, _ := strings.Cut(text, " ")
	from, to, found := strings.Cut(span, "-")
	open, openOK := parseClock(from)
	shut, shutOK := parseClock(to)
	set, daysOK := parseWeekdays(days)
	h := Hours{Open: open, Close: shut, Days: set}
	if !found || !openOK || !shutOK || !daysOK || !h.Valid() {
		return Hours{}, fmt.Errorf("read hours %q: %w", text, ErrHours)
	}
	return h, nil
}

// Valid reports whether the hours open at all. The zero Hours are valid: they stand for DefaultHours.
func (h Hours) Valid() bool {
	if h.Always || h == (Hours{}) {
		return true
	}
	return h.Open >= 0 && h.Open < h.Close && h.Close <= minutesPerDay && h.Days != 0 && h.Days < 1<<7
}

// String is the form that ParseHours reads; of the zero Hours it is empty.
func (h Hours) String() string {
	switch {
	case h.Always:
		return always
	case h == Hours{}:
		return ""
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d %s", h.Open/60, h.Open%60, h.Close/60, h.Close%60, h.Days)
}

// MarshalText writes the form of String. Hours that are not Valid are ErrHours.
func (h Hours) MarshalText() ([]byte, error) {
	if !h.Valid() {
		return nil, fmt.Errorf("write hours: %w", ErrHours)
	}
	return []byte(h.String()), nil
}

// UnmarshalText reads what MarshalText writes; an empty text is the zero Hours.
func (h *Hours) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*h = Hours{}
		return nil
	}
	parsed, err := ParseHours(string(text))
	if err != nil {
		return err
	}
	*h = parsed
	return nil
}

// parseClock reads HH:MM from 00:00 to 24:00 as minutes.
func parseClock(text string) (int, bool) {
	if text == "24:00" {
		return minutesPerDay, true
	}
	t, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return 0, false
	}
	return t.Hour()*60 + t.Minute(), true
}

// parseWeekdays reads a list of days and ranges; a range runs forward through the week, which begins on Monday.
func parseWeekdays(text string) (Weekdays, bool) {
	var set Weekdays
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		first, last := placeOf(from), placeOf(to)
		if first < 0 || last < first {
			return 0, false
		}
		for i := first; i <= last; i++ {
			set |= 1 << weekday(i)
		}
	}
	return set, true
}

// placeOf is where the day stands in weekNames, or -1.
func placeOf(name string) int {
	for i, known := range weekNames {
		if strings.EqualFold(name, known) {
			return i
		}
	}
	return -1
}
