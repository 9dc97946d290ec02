package calendar

import (
	"hash/fnv"
	"time"
)

// Window is a span of contact hours: from Open on, before Close, both in UTC and whole seconds. The zero Window means
// that there is none.
type Window struct{ Open, Close time.Time }

// IsZero reports whether there is no window.
func (w Window) IsZero() bool { return w.Open.IsZero() && w.Close.IsZero() }

// Contains reports whether t lies in [Open, Close).
func (w Window) Contains(t time.Time) bool { return !t.Before(w.Open) && t.Before(w.Close) }

// Instant is a moment in the window that derives from the seed and from nothing else: Open plus the 64-bit FNV-1a hash of
// the seed modulo the length, in whole seconds. The seed is the workflow id, so that a thousand cases due on one morning
// spread over the day, and each gets the same moment whenever it is computed. An empty window yields Open.
func (w Window) Instant(seed string) time.Time {
	length := w.Close.Unix() - w.Open.Unix()
	if length <= 0 {
		return w.Open
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(seed))                                             // a hash never fails to write
	return w.Open.Add(time.Duration(h.Sum64()%uint64(length)) * time.Second) //nolint:gosec // less than length, which is an int64
}

// Calendar is where and when one debtor may be contacted. A nil Zone means UTC; zero Hours mean DefaultHours. Country is
// ISO 3166-1 alpha-2 ("GB"), Region the suffix of ISO 3166-2 ("SCT", "NY") or empty; an unknown one has no holidays of its
// own, see Holiday.
type Calendar struct {
	Zone    *time.Location
	Hours   Hours
	Country string
	Region  string
}

// searchDays bounds the search for a window. With one open day a week and holidays on several of them in a row, the next
// window is a few weeks away; a year is far beyond any real calendar.
const searchDays = 366

// Window is the contact window of the date d. It is false when d's weekday is off, when d is a public holiday, and when a
// change of the clock leaves nothing of the hours. Hours that are always open have a window on every date, holidays
// included: the whole local day.
func (c Calendar) Window(d Date) (Window, bool) {
	hours := c.Hours
	if hours == (Hours{}) {
		hours = DefaultHours()
	}
	if hours.Always {
		return window(d.Start(c.Zone), d.AddDays(1).Start(c.Zone))
	}
	if !hours.Valid() || !hours.Days.Has(d.Weekday()) {
		return Window{}, false
	}
	if _, holiday := c.Holiday(d); holiday {
		return Window{}, false
	}
	from, to := d.At(c.Zone, hours.Open), d.At(c.Zone, hours.Close)
	return window(lastTime(from, to), to)
}

// lastTime is when the clock shows the reading of from for the last time before to. They differ where the clock is set back
// in between and runs through the minutes before from once more: of 02:40 to 03:00 only the second pass counts, because
// after the first one it is 02:00 again.
func lastTime(from, to time.Time) time.Time {
	_, before := from.Zone()
	_, after := to.Zone()
	again := from.Add(time.Duration(before-after) * time.Second)
	if _, just := again.Add(-time.Second).Zone(); again.After(from) && just == after {
		return again
	}
	return from
}

func window(from, to time.Time) (Window, bool) {
	if !from.Before(to) {
		return Window{}, false
	}
	return Window{Open: from.UTC(), Close: to.UTC()}, true
}

// WindowFrom is the first window whose Close is after the instant: the one that is open, or the next one. Hours that are
// not Valid never open; for them it is the zero Window.
func (c Calendar) WindowFrom(at time.Time) Window {
	d := DateOf(at, c.Zone) // a window lies within one local day, so those of earlier dates have closed
	for range searchDays {
		if w, open := c.Window(d); open && w.Close.After(at) {
			return w
		}
		d = d.AddDays(1)
	}
	return Window{}
}

// WindowOn is the first window on or after the date. Hours that are not Valid never open; for them it is the zero Window.
func (c Calendar) WindowOn(d Date) Window {
	for range searchDays {
		if w, open := c.Window(d); open {
			return w
		}
		d = d.AddDays(1)
	}
	return Window{}
}

// IsBusinessDay reports whether d is a Monday to Friday and no public holiday. Contact hours play no part in it.
func (c Calendar) IsBusinessDay(d Date) bool {
	if !MondayToFriday.Has(d.Weekday()) {
		return false
	}
	_, holiday := c.Holiday(d)
	return !holiday
}

// AddBusinessDays is the n-th business day after d, or before d when n is negative. With n = 0 it is d itself, business
// day or not.
func (c Calendar) AddBusinessDays(d Date, n int) Date {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 {
		d = d.AddDays(step)
		if c.IsBusinessDay(d) {
			n--
		}
	}
	return d
}
