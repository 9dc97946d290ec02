package wholeprogram_test

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// This file counts what a replay of the public ledger must send, from the CSV file and docs/policies.md alone. It shares no
// code with the planner, its calendar or the reader of ledgers: where both are wrong, they must be wrong by chance in the same
// way, to the second, a thousand times.

// rung is one step of a ladder as section 1 of docs/policies.md lists it.
type rung struct {
	after int // days after the due date
	kind  string
	id    string // the step's name in the policy file, which the second of a step derives from
}

// ladders are the three built-in policies.
var ladders = map[string]struct {
	gap   int // min_gap, days
	rungs []rung
}{
	"standard": {5, []rung{
		{30, email, "first_reminder"}, {37, sms, "second_reminder"}, {47, notice, "escalation_notice"}, {61, letter, "final_notice"},
		{76, referral, "referral"},
	}},
	"gentle": {1, []rung{
		{-3, email, "before_due"}, {1, email, "first_reminder"}, {10, email, "second_reminder"}, {15, call, "call"},
		{21, email, "third_reminder"}, {30, notice, "escalation_notice"}, {45, letter, "final_notice"}, {60, referral, "referral"},
	}},
	"brisk": {1, []rung{
		{1, email, "first_reminder"}, {4, sms, "second_reminder"}, {8, notice, "escalation_notice"}, {12, letter, "final_notice"},
		{20, referral, "referral"},
	}},
}

// The kinds of steps.
const (
	email    = "email_reminder"
	sms      = "sms_reminder"
	call     = "phone_call"
	notice   = "escalation_notice"
	letter   = "certified_letter"
	referral = "referral"
)

// becomesTask tells the steps that are work for a person on this ledger: a call always is, and where a company's claim goes in
// New York the law's tables leave to a person. Everything else reaches the sandbox: emails, texts, and letters through Lob,
// because creditor and debtors have addresses in the United States.
func becomesTask(kind string) bool { return kind == call || kind == referral }

// bill is an invoice of the ledger.
type bill struct {
	number                  string
	issued, due, settled    time.Time // days: 00:00 in New York
	disputed                bool
	disputeFrom, disputeEnd time.Time // an empty pause: both zero
}

// act is one step that was performed.
type act struct {
	at     time.Time
	kind   string
	number string
}

// newYork is where creditor and debtors are: the day begins for all of them at once.
func newYork(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	return zone
}

func readBills(t *testing.T, zone *time.Location) []bill {
	t.Helper()
	file, err := os.Open(filepath.Join(root(t), "examples", "receivables.csv"))
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	lines, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	column := map[string]int{}
	for i, name := range lines[0] {
		column[name] = i
	}
	var bills []bill
	for _, line := range lines[1:] {
		day := func(name string) time.Time {
			d, err := time.ParseInLocation("1/2/2006", line[column[name]], zone)
			require.NoError(t, err)
			return d
		}
		b := bill{
			number: line[column["invoiceNumber"]], issued: day("InvoiceDate"), due: day("DueDate"), settled: day("SettledDate"),
			disputed: line[column["Disputed"]] == "Yes",
		}
		if b.disputed && b.settled.After(b.due) {
			b.disputeFrom, b.disputeEnd = b.due, businessDaysBefore(b.settled, 3)
			if !b.disputeEnd.After(b.due) {
				b.disputeFrom, b.disputeEnd = time.Time{}, time.Time{}
			}
		}
		bills = append(bills, b)
	}
	return bills
}

// plus counts calendar days, so that a day of 23 hours is a day.
func plus(day time.Time, days int) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day()+days, 0, 0, 0, 0, day.Location())
}

func dayOf(t time.Time) time.Time { return plus(t, 0) }

func businessDaysBefore(day time.Time, n int) time.Time {
	for n > 0 {
		day = plus(day, -1)
		if businessDay(day) {
			n--
		}
	}
	return day
}

func businessDay(day time.Time) bool {
	if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
		return false
	}
	return !federalHoliday(day)
}

// federalHoliday knows the legal public holidays of the United States, 5 U.S.C. 6103(a), and on which day they are kept: one
// that falls on a Saturday on the Friday before (6103(b)), one on a Sunday on the Monday after (Executive Order 11582).
func federalHoliday(day time.Time) bool {
	for year := day.Year() - 1; year <= day.Year()+1; year++ {
		on := func(month time.Month, d int) time.Time { return time.Date(year, month, d, 0, 0, 0, 0, day.Location()) }
		fixed := []time.Time{on(time.January, 1), on(time.July, 4), on(time.November, 11), on(time.December, 25)}
		if year >= 2021 {
			fixed = append(fixed, on(time.June, 19))
		}
		for _, f := range fixed {
			if f.Weekday() == time.Saturday {
				f = plus(f, -1)
			} else if f.Weekday() == time.Sunday {
				f = plus(f, 1)
			}
			if f.Equal(day) {
				return true
			}
		}
		moving := []time.Time{
			nth(on(time.January, 1), time.Monday, 3), nth(on(time.February, 1), time.Monday, 3), nth(on(time.September, 1), time.Monday, 1),
			nth(on(time.October, 1), time.Monday, 2), nth(on(time.November, 1), time.Thursday, 4),
			plus(nth(on(time.June, 1), time.Monday, 1), -7), // the last Monday of May
		}
		if slices.ContainsFunc(moving, day.Equal) {
			return true
		}
	}
	return false
}

// nth is the n-th such weekday of the month that begins on first.
func nth(first time.Time, weekday time.Weekday, n int) time.Time {
	return plus(first, (int(weekday)-int(first.Weekday())+7)%7+7*(n-1))
}

// second places a step inside the contact hours of a day: seconds after 09:00, below nine hours.
type second func(b bill, r rung, day time.Time) int

const contactSeconds = 9 * 60 * 60 // 09:00-18:00

// spread is the second of section 3.4.
func spread(b bill, r rung, day time.Time) int {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "case/harbor-example/%s|1|%s|%s", b.number, r.id, day.Format(time.DateOnly))
	return int(h.Sum64() % contactSeconds)
}

// chase is what happens to one invoice under a policy: whether it became a case, and what was done before it was paid.
func chase(b bill, policy string, place second) (opened bool, acts []act) {
	ladder := ladders[policy]
	opening := plus(b.due, min(1, ladder.rungs[0].after-1)) // 3.1
	if b.issued.After(opening) {
		opening = b.issued
	}
	if !b.settled.After(opening) { // a payment at the instant of the opening comes first
		return false, nil
	}
	now, last := opening, time.Time{}
	for _, r := range ladder.rungs {
		at := b.when(r, ladder.gap, now, last, place)
		if !at.Before(b.settled) {
			break
		}
		acts = append(acts, act{at, r.kind, b.number})
		now, last = at, at
	}
	return true, acts
}

// when is section 3.2 to 3.4 for one step: its day, moved by what was paused, then the first window on or after it. Two steps
// are never due on one day, because every policy has a gap, so no step finds its second of the day passed.
func (b bill) when(r rung, gap int, now, last time.Time, place second) time.Time {
	if b.pausedAt(now) {
		now = b.disputeEnd
	}
	day := latest(plus(b.due, r.after+b.moved(b.due, now)), dayOf(now))
	if !last.IsZero() {
		day = latest(day, plus(last, gap+b.moved(last, now)))
	}
	at := window(b, r, day, place)
	if begins := b.disputeFrom; now.Before(begins) && !at.Before(begins) {
		return b.when(r, gap, begins, last, place) // the pause comes before it
	}
	return at
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (b bill) pausedAt(t time.Time) bool {
	return !b.disputeEnd.IsZero() && !t.Before(b.disputeFrom) && t.Before(b.disputeEnd)
}

// moved counts the midnights that the pause saw, later than from: not the one on which it begins, but the one on which it ends.
// A pause that has not ended by now has moved nothing yet.
func (b bill) moved(from, now time.Time) int {
	if b.disputeEnd.IsZero() || now.Before(b.disputeEnd) {
		return 0
	}
	n := 0
	for midnight := plus(b.disputeFrom, 1); !midnight.After(b.disputeEnd); midnight = plus(midnight, 1) {
		if midnight.After(from) {
			n++
		}
	}
	return n
}

// window is the step's second in the first contact window on or after a day.
func window(b bill, r rung, day time.Time, place second) time.Time {
	for !businessDay(day) {
		day = plus(day, 1)
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 9, 0, place(b, r, day), 0, day.Location())
}

// forecast is what the replay of a policy must come to.
type forecast struct {
	opened   int
	messages map[string]int
	acts     []act // in the order of time, then invoice
	last     time.Time
}

func predict(bills []bill, policy string, place second) forecast {
	f := forecast{messages: map[string]int{}}
	for _, b := range bills {
		opened, acts := chase(b, policy, place)
		if opened {
			f.opened++
		}
		for _, a := range acts {
			f.messages[a.kind]++
		}
		f.acts = append(f.acts, acts...)
		if b.settled.After(f.last) {
			f.last = b.settled
		}
	}
	slices.SortFunc(f.acts, func(a, b act) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.number, b.number)) })
	return f
}

// TestForecastDoesNotDependOnTheSecond checks what lets the count do with calendar days: every fact of the ledger lies at 00:00,
// outside all contact hours, so it does not matter at which second of its window a step is performed.
func TestForecastDoesNotDependOnTheSecond(t *testing.T) {
	t.Parallel()
	bills := readBills(t, newYork(t))
	require.Len(t, bills, 2466)
	for policy := range ladders {
		want := predict(bills, policy, spread)
		for name, place := range map[string]second{
			"opening":                         func(bill, rung, time.Time) int { return 0 },
			"closing":                         func(bill, rung, time.Time) int { return contactSeconds - 1 },
			"against the order of the ladder": func(_ bill, r rung, _ time.Time) int { return (400*60*60 - r.after*3600) % contactSeconds },
		} {
			got := predict(bills, policy, place)
			require.Equal(t, want.messages, got.messages, "%s at %s", policy, name)
			require.Equal(t, want.opened, got.opened, "%s at %s", policy, name)
		}
		t.Logf("%s: %d cases, %v", policy, want.opened, want.messages)
	}
}

// TestHolidaysOfTheCount compares with the list of the U.S. Office of Personnel Management for the two years of the ledger.
func TestHolidaysOfTheCount(t *testing.T) {
	t.Parallel()
	zone := newYork(t)
	var kept []string
	for day := time.Date(2012, 1, 1, 0, 0, 0, 0, zone); day.Year() < 2014; day = plus(day, 1) {
		if w := day.Weekday(); w != time.Saturday && w != time.Sunday && federalHoliday(day) {
			kept = append(kept, day.Format(time.DateOnly))
		}
	}
	require.Equal(t, []string{
		"2012-01-02", "2012-01-16", "2012-02-20", "2012-05-28", "2012-07-04", "2012-09-03", "2012-10-08", "2012-11-12", "2012-11-22", "2012-12-25",
		"2013-01-01", "2013-01-21", "2013-02-18", "2013-05-27", "2013-07-04", "2013-09-02", "2013-10-14", "2013-11-11", "2013-11-28", "2013-12-25",
	}, kept)
}
