package collection

import (
	"fmt"
	"time"

	"relance/internal/money"
)

// Policy is an ordered ladder of steps with delays, tones and conditions. A published version never changes: a case keeps
// the one it opened with until someone moves it.
type Policy struct {
	Name    string
	Version int
	// MinGap is the least time between two steps of one case, so that a ladder entered late does not fall down on the debtor
	// in one week.
	MinGap Delay
	// Grace is how many days after an instalment's due date it may still come before the agreement counts as missed.
	Grace int
	// Review is after how many days a case that waits for a person is looked at again.
	Review int
	Steps  []Step
	// Routes are tried in their order when the referral is due.
	Routes []Route
}

// Step is one rung.
type Step struct {
	ID   StepID
	Kind StepKind
	// After counts from the due date (days) or from the opening of the case (a duration, for tests). It may be negative days.
	After Delay
	Tone  Tone
	// Channel is empty for the channel its kind names, or Preferred for the one the debtor answers. Only reminders have one.
	Channel   Channel
	OnUnknown OnUnknown
}

// OnUnknown says what becomes of a message whose outcome cannot be found out.
type OnUnknown string

// Hold gives it to a person. Resend sends it again after a proof of absence, or, without one, after the quarantine; legal
// steps are always held.
const (
	Hold   OnUnknown = "hold"
	Resend OnUnknown = "resend"
)

// Valid reports whether o is one of the two.
func (o OnUnknown) Valid() bool { return o == Hold || o == Resend }

// Route is one way to refer a debt, and up to which amounts it is taken.
type Route struct {
	Kind RouteKind
	// UpTo bounds the amount owed, one bound for each currency; a currency without a bound is not taken by this route unless
	// UpTo is empty, which means any amount in any currency.
	UpTo []money.Amount
}

// RouteKind is where a debt can be referred to.
type RouteKind string

// The routes.
const (
	SmallClaims RouteKind = "small_claims"
	Agency      RouteKind = "agency"
)

// Valid reports whether k is a known route.
func (k RouteKind) Valid() bool { return k == SmallClaims || k == Agency }

// Takes reports whether the route's own bounds admit the amount.
func (r Route) Takes(owed money.Amount) bool {
	if len(r.UpTo) == 0 {
		return true
	}
	for _, limit := range r.UpTo {
		if limit.Currency == owed.Currency {
			return owed.Minor <= limit.Minor
		}
	}
	return false
}

// Delay is a number of calendar days, or a duration in a policy meant for tests. Exactly one of the two is used.
type Delay struct {
	Days     int
	Duration time.Duration
}

// Days makes a delay of n calendar days.
func Days(n int) Delay { return Delay{Days: n} }

// Exact reports whether the delay is a duration and not a number of days.
func (d Delay) Exact() bool { return d.Duration != 0 }

// String is "30d" or "2s".
func (d Delay) String() string {
	if d.Exact() {
		return d.Duration.String()
	}
	return fmt.Sprintf("%dd", d.Days)
}

// Exact reports whether the policy counts in durations after opening. Mixed policies are refused when they are read.
func (p Policy) Exact() bool {
	for _, s := range p.Steps {
		if s.After.Exact() {
			return true
		}
	}
	return false
}

// Step finds a rung by its id.
func (p Policy) Step(id StepID) (Step, bool) {
	for _, s := range p.Steps {
		if s.ID == id {
			return s, true
		}
	}
	return Step{}, false
}

// Rung is the 1-based position of a step in the ladder, or 0 when the policy does not have it.
func (p Policy) Rung(id StepID) int {
	for i, s := range p.Steps {
		if s.ID == id {
			return i + 1
		}
	}
	return 0
}

// FirstDay is the day of the first step relative to the due date; 0 for a policy that counts from the opening.
func (p Policy) FirstDay() int {
	if len(p.Steps) == 0 || p.Exact() {
		return 0
	}
	return p.Steps[0].After.Days
}
