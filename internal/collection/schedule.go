package collection

import (
	"fmt"
	"time"

	"relance/internal/calendar"
)

// schedule places a rung: no earlier than the ladder, the law and the provider allow, and inside a contact window of the
// debtor. A window that passed without the step is followed by a later one.
func schedule(f Facts, p Policy, s Step, now time.Time) (time.Time, []Why) {
	from, why := notBefore(f, p, s)
	window, moved := f.Calendar.WindowFrom(from), []Why(nil)
	if zone := f.Calendar.Zone; calendar.DateOf(window.Open, zone) != calendar.DateOf(from, zone) {
		moved = []Why{WhyHours}
	}
	at := latest(from, instant(f, p, s, window))
	if later := f.putOffUntil(); at.Before(later) {
		window, moved = f.Calendar.WindowFrom(later), []Why{WhyProviderLater}
		at = latest(later, instant(f, p, s, window))
	}
	if !now.Before(window.Close) {
		window, moved = f.Calendar.WindowFrom(now), []Why{WhyMissedWindow}
		at = instant(f, p, s, window)
	}
	return at, append(why, moved...)
}

// instant is a second of the window that derives from the case, so that the cases of one day spread over it and an outage
// is not followed by a flood. A policy in durations means them exactly: its steps wait for the window to open and no longer.
func instant(f Facts, p Policy, s Step, w calendar.Window) time.Time {
	if p.Exact() {
		return w.Open
	}
	return w.Instant(fmt.Sprintf("%s|%d|%s|%s", f.WorkflowID, f.Epoch, s.ID, calendar.DateOf(w.Open, f.Calendar.Zone)))
}

// notBefore is max(due + delay, last contact + min_gap), shifted by pauses, and for a referral the end of the law's period.
func notBefore(f Facts, p Policy, s Step) (time.Time, []Why) {
	from, why := byDay(f, p, s)
	if p.Exact() {
		from, why = byTheSecond(f, p, s)
	}
	if s.Kind == Referral && f.Notice.Days > 0 {
		// So many whole days must have passed: neither the day of posting nor the day of the referral is one of them.
		lawful := f.noticeFrom().AddDays(f.Notice.Days + 1).Start(f.Calendar.Zone)
		if lawful.After(from) {
			return lawful, []Why{WhyNoticePeriod}
		}
	}
	return from, why
}

// byDay counts in calendar days of the debtor's zone and gives the first instant of the day it arrives at.
func byDay(f Facts, p Policy, s Step) (time.Time, []Why) {
	zone := f.Calendar.Zone
	paused := pausedDays(f.Pauses, earliest(f.DueOn.Start(f.Zone), f.OpenedAt), zone)
	day, why := f.DueOn.AddDays(s.After.Days+paused), shifted(WhyDelay, paused > 0)
	if last, ok := lastContact(f); ok {
		paused = pausedDays(f.Pauses, last, zone)
		if gap := calendar.DateOf(last, zone).AddDays(p.MinGap.Days + paused); gap.After(day) {
			day, why = gap, shifted(WhyMinGap, paused > 0)
		}
	}
	return day.Start(zone), why
}

// byTheSecond is byDay for a policy in durations, which counts from the opening of the case.
func byTheSecond(f Facts, p Policy, s Step) (time.Time, []Why) {
	paused := pausedTime(f.Pauses, f.OpenedAt)
	at, why := f.OpenedAt.Add(s.After.Duration+paused), shifted(WhyDelay, paused > 0)
	if last, ok := lastContact(f); ok {
		paused = pausedTime(f.Pauses, last)
		if gap := last.Add(p.MinGap.Duration + paused); gap.After(at) {
			at, why = gap, shifted(WhyMinGap, paused > 0)
		}
	}
	return wholeSecond(at), why
}

func shifted(rule Why, paused bool) []Why {
	if paused {
		return []Why{rule, WhyPaused}
	}
	return []Why{rule}
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
