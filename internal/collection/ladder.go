package collection

import (
	"slices"
	"time"

	"relance/internal/calendar"
)

// Planned is one rung of the ladder as it would happen if nobody paid, spoke or failed.
type Planned struct {
	Step StepID
	Kind StepKind
	At   time.Time
	Why  []Why
}

// Ladder plays the rest of the ladder forward from the facts: each step is performed at its time, or now where that has come;
// a letter is posted and received on the day it is asked for. It is empty while the case does not climb. "What follows and
// when" in a message, the preview of a policy and the goldens are made of it.
func Ladder(f Facts, p Policy, now time.Time) []Planned {
	var ladder []Planned
	f.Outcomes = append([]Outcome(nil), f.Outcomes...)
	f.OnPerson = ""
	for range p.Steps {
		plan := Next(f, p, now)
		if plan.Form != Perform {
			return ladder
		}
		now = latest(now, plan.At)
		ladder = append(ladder, Planned{Step: plan.Step, Kind: plan.Kind, At: now, Why: plan.Why})
		f = performed(f, plan, now)
	}
	return ladder
}

// After is the ladder that follows a step performed at that instant: its first entry is what happens next if nobody pays.
func After(f Facts, p Policy, plan Plan, now time.Time) []Planned {
	f.Outcomes = append([]Outcome(nil), f.Outcomes...)
	return Ladder(performed(f, plan, now), p, now)
}

func performed(f Facts, plan Plan, at time.Time) Facts {
	outcome := Outcome{Step: plan.Step, Kind: plan.Kind, Result: Sent, At: at}
	if slices.Contains(plan.Why, WhyNoChannel) {
		outcome.Result = Skipped
	}
	f.Outcomes = append(f.Outcomes, outcome)
	f.Flight = nil
	switch plan.Kind {
	case CertifiedLetter:
		f.PostedOn = calendar.DateOf(at, f.Calendar.Zone)
		f.ReceivedOn = f.PostedOn
	case Referral:
		f.Referred = true
	case EmailReminder, SMSReminder, PhoneCall, EscalationNotice:
	}
	return f
}

// OpensAt is when an invoice that is still owed becomes a case: the day after its due date at 00:00 in the creditor's zone,
// or the day before the policy's first step if that is earlier.
func OpensAt(due calendar.Date, p Policy, creditor *time.Location) time.Time {
	day := due.AddDays(1)
	if before := due.AddDays(p.FirstDay() - 1); !p.Exact() && before.Before(day) {
		day = before
	}
	return day.Start(creditor)
}

// EnterByAge lists the rungs that a case opened late leaves out when it enters by age: the reminders whose day has passed,
// but for the newest of them. Notice, letter and referral are never left out, because each of them is owed its own.
func EnterByAge(f Facts, p Policy, now time.Time) []StepID {
	if p.Exact() {
		return nil
	}
	today := calendar.DateOf(now, f.Calendar.Zone)
	var passed []StepID
	for _, s := range p.Steps {
		day := f.DueOn.AddDays(s.After.Days)
		if !day.Before(today) {
			break
		}
		if s.Kind.Legal() {
			return passed // the oldest legal rung that has passed is where the case enters
		}
		passed = append(passed, s.ID)
	}
	if len(passed) == 0 {
		return nil
	}
	return passed[:len(passed)-1]
}
