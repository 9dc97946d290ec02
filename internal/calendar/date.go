package calendar

import (
	"errors"
	"fmt"
	"sort"
	"time"
)

// ErrDate is the kind of error for a text that is not a date of the calendar.
var ErrDate = errors.New("not a date")

const secondsPerDay = 24 * 60 * 60

// Date is a civil date without time or zone, in the Gregorian calendar. It is comparable and can be a map key. The zero
// Date means "no date": its text form is empty, and arithmetic on it has no meaning. A Date written as a literal may be
// out of range (31 April); every method then treats it as the day that time.Date makes of it (1 May).
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads the form 2026-11-21, years 0001 to 9999. Any other form, and a day that does not exist such as
// 2026-02-29, is ErrDate.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < 1 {
		return Date{}, fmt.Errorf("read date %q: %w", text, ErrDate)
	}
	return DateOf(t, time.UTC), nil
}

// DateOf is the date on the wall in loc at the instant t. A nil loc means UTC.
func DateOf(t time.Time, loc *time.Location) Date {
	year, month, day := t.In(zoneOrUTC(loc)).Date()
	return Date{Year: year, Month: month, Day: day}
}

// midnight is the date as an instant of UTC: a place to calculate in where every day has 24 hours.
func (d Date) midnight() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

// AddDays is the date n days later, or earlier when n is negative.
func (d Date) AddDays(n int) Date {
	return DateOf(d.midnight().AddDate(0, 0, n), time.UTC)
}

// Sub is the number of days from o to d: positive when d is later.
func (d Date) Sub(o Date) int {
	// Through seconds, not time.Duration, which ends after 292 years.
	return int((d.midnight().Unix() - o.midnight().Unix()) / secondsPerDay)
}

// Compare is -1, 0 or +1 as d is before, on or after o.
func (d Date) Compare(o Date) int { return d.midnight().Compare(o.midnight()) }

// Before reports whether d is earlier than o.
func (d Date) Before(o Date) bool { return d.Compare(o) < 0 }

// After reports whether d is later than o.
func (d Date) After(o Date) bool { return d.Compare(o) > 0 }

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.midnight().Weekday() }

// IsZero reports whether d is the zero Date.
func (d Date) IsZero() bool { return d == Date{} }

// String is the form 2026-11-21; of the zero Date it is empty.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.midnight().Format(time.DateOnly)
}

// MarshalText writes the form of String.
func (d Date) MarshalText() ([]byte, error) {
	if !d.IsZero() && (d.Year < 1 || d.Year > 9999) {
		return nil, fmt.Errorf("write date of year %d: %w", d.Year, ErrDate)
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what MarshalText writes; an empty text is the zero Date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// Start is the first instant of the day in loc: 00:00, or the end of the gap where a change to summer time skips it.
func (d Date) Start(loc *time.Location) time.Time { return d.At(loc, 0) }

// At is the instant, in loc, at which the wall clock first shows or passes the given minutes after 00:00 of that day:
//   - a time that the clock skips (summer time begins) is the instant after the gap;
//   - a time that the clock shows twice (summer time ends) is the first of the two;
//   - minutes outside 0 to 1440 run into the neighbouring days, so At(loc, 1440) is the Start of the next day.
//
// It never decreases as minutes grow. A nil loc means UTC.
func (d Date) At(loc *time.Location, minutes int) time.Time {
	loc = zoneOrUTC(loc)
	// The wall clock reading, counted as if the place had no offset from UTC. No offset reaches a day, so the instant we look
	// for lies within a day of it, and the clock changes at most once around it.
	wall := d.midnight().Unix() + int64(minutes)*60
	first, last := wall-secondsPerDay, wall+secondsPerDay
	before, after := offset(loc, first), offset(loc, last)
	if before == after {
		return time.Unix(wall-before, 0).In(loc)
	}
	// time.Time.ZoneBounds would say when it changes, but on 31 December of leap years beyond the zone's table (2040) it
	// names an end in the past (go1.26); so look for the change.
	change := first + int64(sort.Search(2*secondsPerDay, func(i int) bool { return offset(loc, first+int64(i)) != before }))
	switch {
	case wall-before < change:
		return time.Unix(wall-before, 0).In(loc)
	case wall-after < change: // skipped
		return time.Unix(change, 0).In(loc)
	}
	return time.Unix(wall-after, 0).In(loc)
}

// offset is how many seconds the clocks of loc are ahead of UTC at the instant.
func offset(loc *time.Location, unix int64) int64 {
	_, seconds := time.Unix(unix, 0).In(loc).Zone()
	return int64(seconds)
}

func zoneOrUTC(loc *time.Location) *time.Location {
	if loc == nil {
		return time.UTC
	}
	return loc
}
