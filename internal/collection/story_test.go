package collection_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/law"
	"relance/internal/money"
	"relance/internal/policy"
)

// event is something that happens to a case at an instant, whatever its plan says.
type event struct {
	at   string // local time, "2006-01-02 15:04"
	what string
	do   func(f *collection.Facts, at time.Time)
}

// story is a case that is lived through: events and plans in the order of their instants, facts first where they coincide.
type story struct {
	name   string
	policy string // a built-in one, or YAML
	who    string
	due    string
	opens  string // local time; empty: on time
	until  string // the end of the telling; empty: until the case closes
	begin  func(f *collection.Facts)
	events []event
	// result is how steps end where it is not "sent"; a letter is posted when it is requested unless it is Tasked.
	result map[collection.StepID]collection.Result
	// asleep are stretches in which nothing performs the plans: an outage.
	asleep [][2]string
}

// teller plays the parts of store and workflow in the fewest words: it holds facts, plans, and does what falls due.
type teller struct {
	t      *testing.T
	story  story
	policy collection.Policy
	facts  collection.Facts
	out    strings.Builder
}

func (s story) tell(t *testing.T) string {
	t.Helper()
	w := &teller{t: t, story: s, policy: s.read(t)}
	w.facts = facts(debtors(t)[s.who], w.policy, date(t, s.due))
	if s.opens != "" {
		w.facts.OpenedAt = w.local(s.opens)
	}
	if s.begin != nil {
		s.begin(&w.facts)
	}
	now := w.facts.OpenedAt
	fmt.Fprintf(&w.out, "%s\n", s.name)
	plan := w.replan(now, "opened")
	events := s.events
	for range 100 {
		next := w.awake(plan.At)
		if next.Before(now) {
			next = now
		}
		if len(events) > 0 && (plan.Form == collection.Close || !w.local(events[0].at).After(next)) {
			now = w.local(events[0].at)
			events[0].do(&w.facts, now)
			plan = w.replan(now, events[0].what)
			events = events[1:]
			continue
		}
		if plan.Form == collection.Close || (s.until != "" && next.After(w.local(s.until))) {
			return w.out.String()
		}
		now = next
		plan = w.fall(plan, now)
	}
	require.Fail(t, "the story does not end", w.out.String())
	return ""
}

func (s story) read(t *testing.T) collection.Policy {
	t.Helper()
	if !strings.Contains(s.policy, "\n") {
		return builtin(t, s.policy)
	}
	p, err := policy.Parse("story", strings.NewReader(s.policy))
	require.NoError(t, err)
	return p
}

func (w *teller) local(text string) time.Time {
	w.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", text, w.facts.Zone)
	require.NoError(w.t, err)
	return at
}

// awake is when something due at that instant is really done.
func (w *teller) awake(at time.Time) time.Time {
	for _, outage := range w.story.asleep {
		if from, to := w.local(outage[0]), w.local(outage[1]); !at.Before(from) && at.Before(to) {
			return to
		}
	}
	return at
}

// fall does what a plan asks for at its time.
func (w *teller) fall(plan collection.Plan, now time.Time) collection.Plan {
	w.t.Helper()
	f := &w.facts
	if fresh := collection.Next(*f, w.policy, now); plan.Form == collection.Perform && !fresh.Same(plan) {
		return w.replan(now, "too late for this window")
	}
	switch plan.Form {
	case collection.Perform:
		result := w.story.result[plan.Step]
		if result == "" {
			result = collection.Sent
		}
		f.Outcomes = append(f.Outcomes, collection.Outcome{Step: plan.Step, Kind: plan.Kind, Result: result, At: now})
		f.Flight = nil
		if plan.Kind == collection.CertifiedLetter && result == collection.Sent {
			f.PostedOn = calendar.DateOf(now, f.Calendar.Zone)
		}
		if plan.Kind == collection.Referral {
			f.Referred = true
		}
		return w.replan(now, fmt.Sprintf("%s %s (%s)", plan.Step, result, plan.Kind))
	case collection.Review, collection.Person:
		if at, open := w.missed(); open && !now.Before(at) {
			f.Pauses = append(f.Pauses, collection.Pause{Reason: collection.Agreed, From: f.Agreement.AgreedAt, To: at})
			f.Agreement = nil
			return w.replan(now, "an instalment was missed")
		}
		if f.Flight != nil && f.Flight.State == collection.FlightUnknown {
			f.Flight.ReviewAt = now.Add(6 * time.Hour)
			return w.replan(now, "looked up, nothing found yet")
		}
		next := w.replan(now, "reviewed")
		require.True(w.t, next.Form == collection.Close || next.Form == collection.Perform || next.At.After(now), "a hot loop")
		return next
	case collection.Close:
	}
	require.Fail(w.t, "a closed case fell due")
	return plan
}

func (w *teller) missed() (time.Time, bool) {
	if w.facts.Agreement == nil {
		return time.Time{}, false
	}
	return w.facts.Agreement.MissedAt(w.policy.Grace, w.facts.Zone)
}

func (w *teller) replan(now time.Time, what string) collection.Plan {
	plan := collection.Next(w.facts, w.policy, now)
	fmt.Fprintf(&w.out, "  %s  %s\n      %s\n", now.In(w.facts.Zone).Format("Mon 2006-01-02 15:04:05"), what, w.say(plan))
	return plan
}

func (w *teller) say(p collection.Plan) string {
	at := p.At.In(w.facts.Zone).Format("Mon 2006-01-02 15:04:05")
	switch p.Form {
	case collection.Perform:
		return fmt.Sprintf("-> %s: %s as %s (%s) [%s]", at, p.Step, p.Kind, join(p.Why), p.Phase)
	case collection.Review:
		return fmt.Sprintf("-> %s: review (%s) [%s]", at, join(p.Why), p.Phase)
	case collection.Person:
		return fmt.Sprintf("-> a person, looked at on %s (%s) [%s]", at, join(p.Why), p.Phase)
	case collection.Close:
		return fmt.Sprintf("-> closed, %s (%s) [%s]", p.Ending, join(p.Why), p.Phase)
	}
	return "-> ?"
}

func hold(reason collection.PauseReason) func(*collection.Facts, time.Time) {
	return func(f *collection.Facts, at time.Time) {
		f.Pauses = append(f.Pauses, collection.Pause{Reason: reason, From: at, ReviewAt: at.AddDate(0, 0, 7)})
	}
}

func holdUntil(text string) func(*collection.Facts, time.Time) {
	return func(f *collection.Facts, at time.Time) {
		expires, err := time.ParseInLocation("2006-01-02 15:04", text, f.Zone)
		if err != nil {
			panic(err)
		}
		f.Pauses = append(f.Pauses, collection.Pause{Reason: collection.OnHold, From: at, Expires: expires})
	}
}

// release ends the oldest pause of that reason which still stands.
func release(reason collection.PauseReason) func(*collection.Facts, time.Time) {
	return func(f *collection.Facts, at time.Time) {
		for i, p := range f.Pauses {
			if p.Reason == reason && p.Standing(at) {
				f.Pauses[i].To = at
				return
			}
		}
	}
}

func pay(minor int64) func(*collection.Facts, time.Time) {
	return func(f *collection.Facts, _ time.Time) {
		f.Owed.Minor -= minor
		if f.Agreement != nil {
			f.Agreement.Paid.Minor += minor
		}
	}
}

func agree(minor int64, dues ...calendar.Date) func(*collection.Facts, time.Time) {
	return func(f *collection.Facts, at time.Time) {
		f.Agreement = &collection.Agreement{AgreedAt: at}
		for _, due := range dues {
			f.Agreement.Instalments = append(f.Agreement.Instalments, collection.Instalment{DueOn: due, Amount: money.Amount{Minor: minor, Currency: "EUR"}})
		}
	}
}

func flight(state collection.FlightState, notBefore, review time.Duration) func(*collection.Facts, time.Time) {
	return func(f *collection.Facts, at time.Time) {
		f.Flight = &collection.Flight{State: state}
		if notBefore > 0 {
			f.Flight.NotBefore = at.Add(notBefore)
		}
		if review > 0 {
			f.Flight.ReviewAt = at.Add(review)
		}
	}
}

const seconds = `
steps:
  - {id: first_reminder, kind: email_reminder, after: 2s, tone: friendly}
  - {id: second_reminder, kind: sms_reminder, after: 4s, tone: neutral}
  - {id: escalation_notice, kind: escalation_notice, after: 6s, tone: firm}
  - {id: final_notice, kind: certified_letter, after: 8s, tone: final}
  - {id: referral, kind: referral, after: 10s}
routes:
  - {to: agency}
min_gap: 1s
`

func TestStories(t *testing.T) {
	t.Parallel()
	for file, list := range stories(t) {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			told := make([]string, len(list))
			for i, s := range list {
				told[i] = s.tell(t)
			}
			golden(t, "story/"+file+".txt", strings.Join(told, "\n"))
		})
	}
}

func stories(t *testing.T) map[string][]story {
	t.Helper()
	postedOn := func(f *collection.Facts, at time.Time) {
		f.PostedOn, f.OnPerson = calendar.DateOf(at, f.Zone), ""
	}
	return map[string][]story{
		"pauses": {
			{name: "A dispute of ten days between the first and the second reminder moves all that follows by ten days.",
				policy: "standard", who: "fr_company", due: "2026-01-05",
				events: []event{
					{"2026-02-06 14:00", "disputed", hold(collection.InDispute)},
					{"2026-02-16 11:00", "dispute settled", release(collection.InDispute)},
				}},
			{name: "A dispute that begins when the invoice falls due and ends after four weeks, before the case would have done anything.",
				policy: "brisk", who: "us_consumer", due: "2026-03-02",
				begin: func(f *collection.Facts) {
					f.Pauses = []collection.Pause{{Reason: collection.InDispute, From: f.DueOn.Start(f.Zone), ReviewAt: f.DueOn.AddDays(14).Start(f.Zone)}}
				},
				events: []event{{"2026-03-30 00:00", "dispute settled", release(collection.InDispute)}}},
			{name: "Two pauses that overlap count once; a pause within one day moves nothing.",
				policy: "brisk", who: "pl_sole_trader", due: "2026-02-02",
				events: []event{
					{"2026-02-04 10:00", "held", hold(collection.OnHold)},
					{"2026-02-06 10:00", "disputed", hold(collection.InDispute)},
					{"2026-02-09 10:00", "released", release(collection.OnHold)},
					{"2026-02-11 10:00", "dispute settled", release(collection.InDispute)},
					{"2026-02-12 08:00", "held", hold(collection.OnHold)},
					{"2026-02-12 20:00", "released", release(collection.OnHold)},
				}},
			{name: "A hold that expires by itself, and one that a person ends before it would have expired.",
				policy: "brisk", who: "fr_company", due: "2026-02-02",
				events: []event{
					{"2026-02-04 09:00", "held until the 9th", holdUntil("2026-02-09 12:00")},
					{"2026-02-12 09:00", "held until the 20th", holdUntil("2026-02-20 00:00")},
					{"2026-02-16 09:00", "released", release(collection.OnHold)},
				}},
			{name: "A hold that nobody ends is looked at again and again.",
				policy: "standard", who: "fr_company", due: "2026-01-05", until: "2026-05-01 00:00",
				events: []event{{"2026-02-06 14:00", "held", hold(collection.OnHold)}}},
		},
		"worked_example": {
			{name: "The worked example of docs/policies.md, with its dispute from 9 to 20 April.",
				policy: "standard", who: "fr_company", due: "2026-03-05",
				events: []event{
					{"2026-04-09 15:00", "disputed", hold(collection.InDispute)},
					{"2026-04-20 10:00", "dispute settled", release(collection.InDispute)},
				}},
		},
		"final_notice": {
			{name: "British law gives a consumer thirty whole days after posting.",
				policy: "brisk", who: "gb_consumer", due: "2026-02-02"},
			{name: "The letter is printed by a person and posted four days after it was asked for; the law counts from there.",
				policy: "brisk", who: "fr_company", due: "2026-02-02",
				result: map[collection.StepID]collection.Result{"final_notice": collection.Tasked},
				events: []event{
					{"2026-02-16 23:00", "print and post is open", func(f *collection.Facts, _ time.Time) { f.OnPerson = "print_and_post" }},
					{"2026-02-20 10:00", "posted", postedOn},
				}},
			{name: "A letter that was never posted never leads to a referral.",
				policy: "standard", who: "fr_company", due: "2026-02-02", until: "2026-07-01 00:00",
				result: map[collection.StepID]collection.Result{"final_notice": collection.Refused}},
			{name: "Where the law counts from the receipt, a person must know the receipt.",
				policy: "brisk", who: "fr_company", due: "2026-02-02",
				begin: func(f *collection.Facts) {
					f.Notice = law.Notice{Days: 30, From: law.FromReceipt}
				},
				events: []event{{"2026-03-10 10:00", "the receipt came back", func(f *collection.Facts, _ time.Time) {
					f.ReceivedOn = calendar.Date{Year: 2026, Month: 2, Day: 18}
				}}}},
		},
		"agreements": {
			{name: "Instalments kept: the case closes when the last is paid.",
				policy: "standard", who: "fr_company", due: "2026-01-05",
				events: []event{
					{"2026-02-06 14:00", "agreed to three instalments", agree(40000, date(t, "2026-02-28"), date(t, "2026-03-31"), date(t, "2026-04-30"))},
					{"2026-02-27 00:00", "paid 400.00", pay(40000)},
					{"2026-04-03 00:00", "paid 400.00", pay(40000)},
					{"2026-05-01 00:00", "paid 400.00", pay(40000)},
				}},
			{name: "The second instalment is missed: three days of grace, then the ladder resumes where it stood.",
				policy: "standard", who: "fr_company", due: "2026-01-05",
				events: []event{
					{"2026-02-06 14:00", "agreed to three instalments", agree(40000, date(t, "2026-02-28"), date(t, "2026-03-31"), date(t, "2026-04-30"))},
					{"2026-02-28 00:00", "paid 400.00", pay(40000)},
				}},
			{name: "Part of an instalment is not the instalment; paid on the very instant at which it would count as missed, it counts as kept.",
				policy: "standard", who: "fr_company", due: "2026-01-05", until: "2026-06-20 00:00",
				events: []event{
					{"2026-02-06 14:00", "agreed to two instalments", agree(60000, date(t, "2026-02-28"), date(t, "2026-03-31"))},
					{"2026-02-28 00:00", "paid 100.00", pay(10000)},
					{"2026-03-04 00:00", "paid 500.00", pay(50000)},
				}},
			{name: "Missed during an outage: noticed two weeks late, the ladder resumes as if it had been noticed at once.",
				policy: "standard", who: "fr_company", due: "2026-01-05", asleep: [][2]string{{"2026-03-01 00:00", "2026-03-20 10:00"}},
				events: []event{
					{"2026-02-06 14:00", "agreed to one instalment", agree(120000, date(t, "2026-02-28"))},
				}},
			{name: "All that was agreed is paid and something is still owed: a person looks.",
				policy: "standard", who: "fr_company", due: "2026-01-05", until: "2026-03-10 00:00",
				events: []event{
					{"2026-02-06 14:00", "agreed to pay half", agree(60000, date(t, "2026-02-28"))},
					{"2026-02-20 00:00", "paid 600.00", pay(60000)},
				}},
			{name: "Disputed while an agreement is in force.",
				policy: "standard", who: "fr_company", due: "2026-01-05", until: "2026-03-20 00:00",
				events: []event{
					{"2026-02-06 14:00", "agreed to pay at once", agree(120000, date(t, "2026-02-28"))},
					{"2026-02-20 00:00", "disputed", hold(collection.InDispute)},
					{"2026-02-25 00:00", "dispute settled", release(collection.InDispute)},
				}},
		},
		"delivery": {
			{name: "The provider asks to come back in a minute, then tomorrow.",
				policy: "brisk", who: "fr_company", due: "2026-02-02", until: "2026-02-04 15:00",
				asleep: [][2]string{{"2026-02-03 08:00", "2026-02-03 16:11"}},
				events: []event{
					{"2026-02-03 16:10", "come back in a minute", flight(collection.FlightClaimed, time.Minute, 0)},
					{"2026-02-03 16:11", "come back in two hours", flight(collection.FlightClaimed, 2*time.Hour, 0)},
				}},
			{name: "An outage over two windows: the step moves into the window in which the worker wakes, not to the same second of it.",
				policy: "brisk", who: "fr_company", due: "2026-02-02", asleep: [][2]string{{"2026-02-03 08:00", "2026-02-05 11:00"}}},
			{name: "A short outage within the window: late by minutes, not by a day.",
				policy: "brisk", who: "fr_company", due: "2026-02-02", until: "2026-02-06 00:00", asleep: [][2]string{{"2026-02-03 08:00", "2026-02-03 17:55"}}},
			{name: "An unknown outcome is looked up whatever else stands, even a hold, and then counts as what it was.",
				policy: "brisk", who: "fr_company", due: "2026-02-02", until: "2026-02-16 00:00",
				asleep: [][2]string{{"2026-02-03 08:00", "2026-02-03 16:00"}},
				events: []event{
					{"2026-02-03 16:00", "the process died in the call", flight(collection.FlightUnknown, 0, 30*time.Minute)},
					{"2026-02-03 17:00", "held", hold(collection.OnHold)},
					{"2026-02-04 02:00", "found: it was sent", func(f *collection.Facts, at time.Time) {
						f.Flight = nil
						f.Outcomes = append(f.Outcomes, collection.Outcome{Step: "first_reminder", Kind: collection.EmailReminder, Result: collection.Sent, At: at.Add(-10 * time.Hour)})
					}},
					{"2026-02-05 09:00", "released", release(collection.OnHold)},
				}},
			{name: "Steps that reach nobody leave no gap: late, without email or phone, both reminders are skipped in turn.",
				policy: "standard", who: "fr_company", due: "2025-06-02", opens: "2026-02-02 12:00",
				begin: func(f *collection.Facts) { f.Reach = collection.Reach{Post: true} },
				result: map[collection.StepID]collection.Result{
					"first_reminder": collection.Skipped, "second_reminder": collection.Skipped, "escalation_notice": collection.Tasked,
				}},
		},
		"money": {
			{name: "Part of it is paid: the plan stands, only the amount changes. The rest is paid: closed.",
				policy: "standard", who: "us_consumer", due: "2026-01-05",
				events: []event{
					{"2026-01-20 00:00", "paid 200.00", pay(20000)},
					{"2026-02-10 00:00", "paid 1000.00", pay(100000)},
				}},
			{name: "Paid at the very instant at which a step falls due: facts come first.",
				policy: seconds, who: "fr_company", due: "2026-01-05", opens: "2026-01-06 09:59",
				begin:  func(f *collection.Facts) { f.OpenedAt = f.OpenedAt.Add(58 * time.Second) },
				events: []event{{"2026-01-06 10:00", "paid", pay(120000)}}},
			{name: "Referred, then paid to the agency: it stays referred.",
				policy: "brisk", who: "us_consumer", due: "2026-01-05",
				events: []event{{"2026-03-10 00:00", "paid", pay(120000)}}},
		},
		"seconds": {
			{name: "A ladder of ten seconds with contact at any hour.",
				policy: seconds, who: "us_consumer", due: "2026-01-05", opens: "2026-01-10 23:59",
				begin: func(f *collection.Facts) {
					f.Calendar.Hours = calendar.Hours{Always: true}
					f.OpenedAt = f.OpenedAt.Add(56*time.Second + 300*time.Millisecond)
				}},
			{name: "The same with office hours, opened four seconds before they end on a Friday.",
				policy: seconds, who: "us_consumer", due: "2026-01-05", opens: "2026-01-09 17:59",
				begin: func(f *collection.Facts) { f.OpenedAt = f.OpenedAt.Add(56 * time.Second) }},
			{name: "The law's days hold in a ladder of seconds too.",
				policy: seconds, who: "gb_consumer", due: "2026-01-05", opens: "2026-01-12 10:00"},
			{name: "Held for two hours, asleep over the window's end.",
				policy: seconds, who: "fr_company", due: "2026-01-05", opens: "2026-01-12 10:00", until: "2026-01-14 00:00",
				begin: func(f *collection.Facts) {
					f.Pauses = []collection.Pause{{Reason: collection.OnHold, From: f.OpenedAt, Expires: f.OpenedAt.Add(2 * time.Hour)}}
				},
				asleep: [][2]string{{"2026-01-12 12:00", "2026-01-12 19:00"}}},
		},
	}
}
