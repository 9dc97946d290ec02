package collection_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/law"
	"relance/internal/money"
)

// A hundred cases, the library's default, seldom meet two pauses and a letter. The command line overrides both.
func init() {
	for name, value := range map[string]string{"rapid.checks": "1000", "rapid.nofailfile": "true"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
}

// drawn is a case with facts that could have come about, as known at now.
type drawn struct {
	facts  collection.Facts
	policy collection.Policy
	now    time.Time
}

var zones = []string{"Europe/Paris", "America/New_York", "Europe/Warsaw", "UTC", "Asia/Beirut", "America/Santiago", "Australia/Lord_Howe", "Pacific/Apia"}

func drawCalendar(t *rapid.T) calendar.Calendar {
	loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
	require.NoError(t, err)
	hours := []calendar.Hours{
		calendar.DefaultHours(), {}, {Always: true},
		{Open: 0, Close: 24 * 60, Days: calendar.MondayToFriday | 1<<time.Saturday},
		{Open: 2*60 + 15, Close: 2*60 + 45, Days: 1<<time.Sunday | 1<<time.Wednesday},
		{Open: 23 * 60, Close: 23*60 + 1, Days: 1 << time.Tuesday},
	}
	return calendar.Calendar{
		Zone:    loc,
		Hours:   rapid.SampledFrom(hours).Draw(t, "hours"),
		Country: rapid.SampledFrom([]string{"", "FR", "US", "PL", "GB", "DE"}).Draw(t, "country"),
	}
}

// drawPolicy makes a ladder of one to six rungs, in days or in durations.
func drawPolicy(t *rapid.T) collection.Policy {
	exact := rapid.IntRange(0, 4).Draw(t, "exact") == 0
	unit := func(n int) collection.Delay {
		if exact {
			return collection.Delay{Duration: time.Duration(n) * time.Second}
		}
		return collection.Days(n)
	}
	gap := rapid.IntRange(0, 6).Draw(t, "min_gap")
	p := collection.Policy{
		Name: "drawn", MinGap: unit(gap),
		Grace: rapid.IntRange(0, 5).Draw(t, "grace"), Review: rapid.IntRange(0, 20).Draw(t, "review"),
	}
	after := 1
	if !exact {
		after = rapid.IntRange(-5, 30).Draw(t, "first")
	}
	steps := rapid.IntRange(1, 6).Draw(t, "steps")
	lawful := rapid.Bool().Draw(t, "ends_lawfully")
	for i := range steps {
		s := collection.Step{
			ID:        collection.StepID(fmt.Sprintf("step_%d", i)),
			Kind:      rapid.SampledFrom(collection.StepKinds()).Draw(t, "kind"),
			After:     unit(after),
			OnUnknown: collection.Hold,
		}
		if lawful && i >= steps-2 {
			s.Kind = []collection.StepKind{collection.CertifiedLetter, collection.Referral}[i-steps+2]
		}
		if rapid.Bool().Draw(t, "preferred") {
			s.Channel = collection.Preferred
		}
		p.Steps = append(p.Steps, s)
		after += gap + rapid.IntRange(1, 20).Draw(t, "delay")
	}
	return p
}

// drawCase makes facts that all lie before now. Nothing but the order of time holds between them: the plan has to be right
// whatever the combination.
func drawCase(t *rapid.T) drawn {
	p := drawPolicy(t)
	place := drawCalendar(t)
	creditor := drawCalendar(t).Zone
	due := calendar.Date{Year: 2026, Month: 1, Day: 1}.AddDays(rapid.IntRange(0, 1200).Draw(t, "due"))
	opened := collection.OpensAt(due, p, creditor).Add(drawSpan(t, "late", rapid.SampledFrom([]int{0, 0, 3, 250}).Draw(t, "late_at_most")))
	now := opened.Add(drawSpan(t, "age", rapid.SampledFrom([]int{1, 10, 40, 150}).Draw(t, "age_at_most")))
	owed := money.Amount{Minor: rapid.Int64Range(-100, 5000).Draw(t, "owed"), Currency: "EUR"}
	f := collection.Facts{
		WorkflowID: "case/c/" + rapid.StringMatching(`[A-Z]{2}[0-9]{3}`).Draw(t, "number"),
		DueOn:      due, OpenedAt: opened, Invoiced: owed, Owed: owed, Calendar: place, Zone: creditor,
		Reach: collection.Reach{
			Email: rapid.Bool().Draw(t, "email"), SMS: rapid.Bool().Draw(t, "sms"), Phone: rapid.Bool().Draw(t, "phone"), Post: true,
			Preferred: rapid.SampledFrom([]collection.Channel{"", collection.ByEmail, collection.BySMS, collection.ByPhone, collection.ByPost}).Draw(t, "prefers"),
		},
		Epoch:    rapid.IntRange(0, 2).Draw(t, "epoch"),
		Notice:   law.Notice{Days: rapid.SampledFrom([]int{0, 7, 30}).Draw(t, "notice"), From: rapid.SampledFrom([]string{law.FromPosting, law.FromReceipt}).Draw(t, "from")},
		Referred: rapid.IntRange(0, 19).Draw(t, "referred") == 0,
	}
	if rapid.IntRange(0, 9).Draw(t, "person") == 0 {
		f.OnPerson = "print_and_post"
	}
	drawOutcomes(t, &f, p, now)
	drawPauses(t, &f, now)
	if rapid.IntRange(0, 5).Draw(t, "agreed") == 0 {
		f.Agreement = &collection.Agreement{AgreedAt: before(t, "agreed_at", opened, now), Paid: money.Amount{Minor: rapid.Int64Range(0, 300).Draw(t, "instalments_paid"), Currency: "EUR"}}
		day := calendar.DateOf(f.Agreement.AgreedAt, creditor)
		for range rapid.IntRange(0, 3).Draw(t, "instalments") {
			day = day.AddDays(rapid.IntRange(0, 60).Draw(t, "instalment"))
			f.Agreement.Instalments = append(f.Agreement.Instalments, collection.Instalment{DueOn: day, Amount: money.Amount{Minor: 100, Currency: "EUR"}})
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "flies") == 0 {
		f.Flight = &collection.Flight{
			State:    rapid.SampledFrom([]collection.FlightState{collection.FlightClaimed, collection.FlightCalling, collection.FlightUnknown}).Draw(t, "flight"),
			ReviewAt: before(t, "looked_up", opened, now).Add(24 * time.Hour),
		}
		if rapid.Bool().Draw(t, "put_off") {
			f.Flight.NotBefore = before(t, "asked", opened, now).Add(drawSpan(t, "put_off_by", 3))
		}
	}
	return drawn{f, p, now}
}

func drawOutcomes(t *rapid.T, f *collection.Facts, p collection.Policy, now time.Time) {
	at := f.OpenedAt
	for _, s := range p.Steps[:rapid.IntRange(0, len(p.Steps)).Draw(t, "done")] {
		at = before(t, "outcome_at", at, now)
		f.Outcomes = append(f.Outcomes, collection.Outcome{Step: s.ID, Kind: s.Kind, At: at, Result: rapid.SampledFrom([]collection.Result{
			collection.Sent, collection.Tasked, collection.Skipped, collection.Covered, collection.Refused, collection.GaveUp, collection.Unknown,
		}).Draw(t, "result")})
		if s.Kind == collection.CertifiedLetter && rapid.IntRange(0, 3).Draw(t, "posted") > 0 {
			f.PostedOn = calendar.DateOf(at, f.Calendar.Zone)
			f.ReceivedOn = f.PostedOn.AddDays(rapid.IntRange(0, 3).Draw(t, "received"))
		}
	}
}

func drawPauses(t *rapid.T, f *collection.Facts, now time.Time) {
	for range rapid.IntRange(0, 3).Draw(t, "pauses") {
		p := collection.Pause{
			Reason: rapid.SampledFrom([]collection.PauseReason{collection.OnHold, collection.InDispute, collection.Agreed, collection.Unread, collection.Unverified}).Draw(t, "reason"),
			From:   before(t, "from", f.DueOn.Start(f.Zone).AddDate(0, 0, -3), now),
		}
		if rapid.Bool().Draw(t, "expiring") {
			p.Expires = p.From.Add(drawSpan(t, "expires", 40))
		} else if rapid.Bool().Draw(t, "reviewed") {
			p.ReviewAt = p.From.Add(drawSpan(t, "review_at", 20))
		}
		if rapid.IntRange(0, 3).Draw(t, "ended") > 0 {
			p.To = before(t, "to", p.From, now)
		}
		f.Pauses = append(f.Pauses, p)
	}
}

// drawSpan is up to so many days, down to the microsecond: whole days, whole seconds and neither.
func drawSpan(t *rapid.T, name string, days int) time.Duration {
	return time.Duration(rapid.IntRange(0, days).Draw(t, name))*24*time.Hour +
		time.Duration(rapid.SampledFrom([]int{0, 0, 1, 3600, 32400, 50000, 64799, 86399}).Draw(t, name+"_seconds"))*time.Second +
		time.Duration(rapid.SampledFrom([]int{0, 0, 1, 999999}).Draw(t, name+"_micros"))*time.Microsecond
}

// before is an instant between two others, both included. It is drawn as a fraction, because a wide range of integers is
// drawn near its ends.
func before(t *rapid.T, name string, from, to time.Time) time.Time {
	if !from.Before(to) {
		return to
	}
	part := time.Duration(rapid.IntRange(0, 32).Draw(t, name))
	return from.Add((to.Sub(from) / 32 * part).Truncate(time.Microsecond))
}

func (d drawn) next(now time.Time) collection.Plan { return collection.Next(d.facts, d.policy, now) }

func TestNextIsPure(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawCase(t)
		was, err := json.Marshal(d.facts)
		require.NoError(t, err)
		plan := d.next(d.now)
		require.True(t, plan.Same(d.next(d.now)))
		d.facts.Calendar.Zone = mustLoad(t, d.facts.Calendar.Zone.String()) // another pointer to the same zone
		slices.Reverse(d.facts.Pauses)                                      // pauses come in any order
		require.True(t, plan.Same(d.next(d.now)))
		collection.Ladder(d.facts, d.policy, d.now)
		collection.After(d.facts, d.policy, plan, d.now)
		slices.Reverse(d.facts.Pauses)
		is, err := json.Marshal(d.facts)
		require.NoError(t, err)
		require.Equal(t, string(was), string(is), "facts are read, not written")
	})
}

func mustLoad(t *rapid.T, name string) *time.Location {
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

// Until its time a plan does not depend on now; from then to the end of the contact window the answer is "now"; past it the
// step moves into the window that is open or comes next.
func TestAPlanHoldsUntilItsWindowEnds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawCase(t)
		plan := d.next(d.now)
		if plan.Form == collection.Close {
			return
		}
		if plan.At.After(d.now) {
			waiting := before(t, "waiting", d.now, plan.At.Add(-time.Microsecond))
			require.True(t, plan.Same(d.next(waiting)), "moved while waiting")
		}
		if plan.Form != collection.Perform {
			return
		}
		window := d.facts.Calendar.WindowFrom(plan.At)
		from := plan.At
		if d.now.After(from) {
			from = d.now
		}
		require.True(t, window.Close.After(from), "a window that has closed")
		due := before(t, "due", from, window.Close.Add(-time.Microsecond))
		require.True(t, plan.Same(d.next(due)), "moved within its window")
		require.True(t, d.next(due).Asks(plan.Step, d.facts.Epoch, due))

		late := window.Close.Add(drawSpan(t, "late_by", 20))
		moved := d.next(late)
		require.Equal(t, collection.Perform, moved.Form)
		require.Equal(t, plan.Step, moved.Step)
		require.True(t, d.facts.Calendar.WindowFrom(late).Contains(moved.At), "not in the window that is open or next")
		require.False(t, moved.At.Before(window.Close))
	})
}

func TestStepsFallIntoContactHoursOnWholeSeconds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawCase(t)
		plan := d.next(d.now)
		require.True(t, plan.At.Equal(plan.At.Truncate(time.Second)))
		require.Equal(t, time.UTC, plan.At.Location())
		if plan.Form == collection.Perform {
			require.True(t, d.facts.Calendar.WindowFrom(plan.At).Contains(plan.At))
		}
		for _, rung := range collection.Ladder(d.facts, d.policy, d.now) {
			require.True(t, d.facts.Calendar.WindowFrom(rung.At).Contains(rung.At))
		}
	})
}

// Nothing is performed while something forbids it, and whatever waits has a time that lies ahead, but for the two reviews
// that ask for something to be recorded.
func TestFormsOfAPlan(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawCase(t)
		plan := d.next(d.now)
		standing := slices.ContainsFunc(d.facts.Pauses, func(p collection.Pause) bool { return p.Standing(d.now) })
		unknown := d.facts.Flight != nil && d.facts.Flight.State == collection.FlightUnknown
		over := d.facts.Referred || d.facts.Owed.Minor <= 0
		if over || standing || unknown || d.facts.Agreement != nil || d.facts.OnPerson != "" {
			require.NotEqual(t, collection.Perform, plan.Form)
		}
		require.Equal(t, over, plan.Form == collection.Close)
		switch plan.Form {
		case collection.Close:
			require.True(t, plan.At.IsZero())
			require.NotEmpty(t, plan.Ending)
		case collection.Perform:
			require.NotEmpty(t, plan.Step)
			require.NotEmpty(t, plan.Kind)
			require.Equal(t, d.facts.Epoch, plan.Epoch)
			if plan.Kind == collection.Referral {
				require.False(t, d.facts.PostedOn.IsZero(), "referred without a posted letter")
			}
		case collection.Person:
			require.True(t, plan.At.After(d.now), "a wait for a person that is over at once")
		case collection.Review:
			missed := false
			if d.facts.Agreement != nil && !standing {
				at, open := d.facts.Agreement.MissedAt(d.policy.Grace, d.facts.Zone)
				missed = open && !d.now.Before(at)
			}
			require.True(t, plan.At.After(d.now) || unknown || missed, "a review that is over at once")
			require.Equal(t, plan.Due(d.now), !plan.At.After(d.now))
		}
		if plan.Form != collection.Close {
			require.False(t, plan.At.IsZero())
		}
		require.NotEmpty(t, plan.Why)
		require.Equal(t, d.facts.Owed, plan.Owed)
	})
}

// The day of a step, computed a second time in the plainest words: midnight by midnight.
func TestDaysAgreeWithTheWrittenRule(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawCase(t)
		plan := d.next(d.now)
		if plan.Form != collection.Perform || d.policy.Exact() || d.facts.Flight != nil {
			return
		}
		f, zone := d.facts, d.facts.Calendar.Zone
		step, ok := d.policy.Step(plan.Step)
		require.True(t, ok)
		start := f.DueOn.Start(f.Zone)
		if f.OpenedAt.Before(start) {
			start = f.OpenedAt
		}
		day := f.DueOn.AddDays(step.After.Days + midnights(f.Pauses, start, d.now, zone))
		for _, o := range f.Outcomes {
			if o.Result == collection.Skipped || o.Result == collection.Refused || o.Result == collection.GaveUp {
				continue
			}
			day = later(day, calendar.DateOf(o.At, zone).AddDays(d.policy.MinGap.Days+midnights(f.Pauses, o.At, d.now, zone)))
		}
		if step.Kind == collection.Referral && f.Notice.Days > 0 {
			from := f.PostedOn
			if f.Notice.From == law.FromReceipt {
				from = f.ReceivedOn
			}
			day = later(day, from.AddDays(f.Notice.Days+1))
		}
		for {
			window, open := f.Calendar.Window(day)
			if open && window.Close.After(d.now) {
				break
			}
			day = day.AddDays(1)
		}
		require.Equal(t, day, calendar.DateOf(plan.At, zone))
	})
}

// midnights counts those that fell into a pause: each moves the ladder by one day.
func midnights(pauses []collection.Pause, start, now time.Time, zone *time.Location) int {
	n := 0
	for day := calendar.DateOf(start, zone); !day.Start(zone).After(now); day = day.AddDays(1) {
		midnight := day.Start(zone)
		if slices.ContainsFunc(pauses, func(p collection.Pause) bool {
			began := p.From.Before(midnight) && start.Before(midnight)
			ended := (!p.To.IsZero() && p.To.Before(midnight)) || (!p.Expires.IsZero() && p.Expires.Before(midnight))
			return began && !ended
		}) {
			n++
		}
	}
	return n
}

func later(a, b calendar.Date) calendar.Date {
	if b.After(a) {
		return b
	}
	return a
}

// Whatever has happened, the rest of the ladder keeps its order and its gaps, counted in calendar days of the debtor, and
// it never refers before the letter.
func TestTheRestOfTheLadderKeepsOrderAndGaps(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawCase(t)
		zone := d.facts.Calendar.Zone
		ladder := collection.Ladder(d.facts, d.policy, d.now)
		rung := 0
		var last time.Time
		for _, o := range d.facts.Outcomes {
			if o.Result.Spoke() {
				last = o.At
			}
		}
		for _, planned := range ladder {
			require.Greater(t, d.policy.Rung(planned.Step), rung, "out of order")
			rung = d.policy.Rung(planned.Step)
			require.False(t, planned.At.Before(d.now))
			if !last.IsZero() && d.policy.Exact() {
				require.GreaterOrEqual(t, planned.At.Sub(last), d.policy.MinGap.Duration)
			} else if !last.IsZero() {
				require.GreaterOrEqual(t, calendar.DateOf(planned.At, zone).Sub(calendar.DateOf(last, zone)), d.policy.MinGap.Days)
			}
			if !slices.Contains(planned.Why, collection.WhyNoChannel) {
				last = planned.At
			}
		}
		plan := d.next(d.now)
		if plan.Form == collection.Perform {
			follows := collection.After(d.facts, d.policy, plan, ladder[0].At)
			require.Equal(t, ladder, append(ladder[:1:1], follows...))
		}
	})
}

// Same compares what plans say, not which of them is newer.
func TestSameIsAnEquivalence(t *testing.T) {
	t.Parallel()
	drawPlan := rapid.Custom(func(t *rapid.T) collection.Plan {
		word := func(name string) string { return rapid.SampledFrom([]string{"", "x"}).Draw(t, name) }
		p := collection.Plan{
			Version: rapid.Int64Range(0, 3).Draw(t, "version"),
			Form:    collection.Form(word("form")), Step: collection.StepID(word("step")), Kind: collection.StepKind(word("kind")),
			Epoch: rapid.IntRange(0, 1).Draw(t, "epoch"), Ending: collection.Ending(word("ending")), Phase: collection.Phase(word("phase")),
			Owed: money.Amount{Minor: rapid.Int64Range(0, 1).Draw(t, "owed"), Currency: "EUR"},
			At:   time.Unix(rapid.Int64Range(0, 1).Draw(t, "at"), 0),
		}
		if rapid.Bool().Draw(t, "utc") {
			p.At = p.At.UTC()
		}
		switch rapid.IntRange(0, 2).Draw(t, "why") {
		case 1:
			p.Why = []collection.Why{}
		case 2:
			p.Why = []collection.Why{collection.WhyDelay}
		}
		return p
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawPlan.Draw(t, "a"), drawPlan.Draw(t, "b"), drawPlan.Draw(t, "c")
		require.True(t, a.Same(a))
		require.Equal(t, a.Same(b), b.Same(a))
		if a.Same(b) && b.Same(c) {
			require.True(t, a.Same(c))
		}
		newer := b
		newer.Version++
		require.Equal(t, a.Same(b), a.Same(newer))
		other := b
		other.Owed.Minor++
		require.False(t, b.Same(other))
	})
}

// A plan travels to the workflow and back as JSON.
func TestAPlanSurvivesJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawCase(t)
		plan := d.next(d.now)
		plan.Version = 42
		text, err := json.Marshal(plan)
		require.NoError(t, err)
		var back collection.Plan
		require.NoError(t, json.Unmarshal(text, &back))
		require.True(t, plan.Same(back))
		require.Equal(t, plan.Version, back.Version)
	})
}
