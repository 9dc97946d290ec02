package collection

import (
	"time"

	"relance/internal/calendar"
	"relance/internal/law"
	"relance/internal/money"
)

// Facts is everything about one case that decides what happens next. It is read under the case's locks and never holds
// more than the plan needs; names, addresses and texts are not in it.
type Facts struct {
	// WorkflowID seeds the jitter, so that two runs of the same book give the same instants.
	WorkflowID string
	DueOn      calendar.Date
	OpenedAt   time.Time
	Invoiced   money.Amount
	// Owed is what is outstanding now: invoiced less payments and credits. Zero or less closes the case.
	Owed     money.Amount
	Calendar calendar.Calendar // the debtor's contact hours, zone and holidays
	Zone     *time.Location    // the creditor's zone: due dates and payments count in it
	Reach    Reach
	Epoch    int
	Outcomes []Outcome // of this epoch, in the order they were recorded
	Pauses   []Pause   // holds, disputes and past agreements, in any order
	// Agreement is the one in force, nil without one. An agreement that has ended is a Pause.
	Agreement *Agreement
	// Flight is the dispatch of the next step that is already on its way or was put off, nil without one.
	Flight *Flight
	// PostedOn is the day the final notice was handed to the post; zero while it was not.
	PostedOn calendar.Date
	// ReceivedOn is the day the debtor is proved to have received it; zero while that is not known.
	ReceivedOn calendar.Date
	// Notice is the least time that the law of the debtor's jurisdiction leaves between the final notice and a referral.
	Notice law.Notice
	// Referred tells that the debt was handed over (or filed) and not recalled.
	Referred bool
	// OnPerson names what a person must do before the ladder goes on, for example "print_and_post" or "file_claim".
	OnPerson string
}

// noticeFrom is the day from which the law counts the period after the final notice; zero while it has not come.
func (f Facts) noticeFrom() calendar.Date {
	if f.Notice.From == law.FromReceipt {
		return f.ReceivedOn
	}
	return f.PostedOn
}

// putOffUntil is the instant before which the provider asked not to be called again, zero without such a wish.
func (f Facts) putOffUntil() time.Time {
	if f.Flight == nil {
		return time.Time{}
	}
	return wholeSecond(f.Flight.NotBefore)
}

// Reach says on which channels this debtor can be written to right now.
type Reach struct {
	Email, SMS, Phone, Post bool
	Preferred               Channel // "" when not known
}

// Outcome is how one step ended. A step has exactly one.
type Outcome struct {
	Step   StepID
	Kind   StepKind // as performed: an SMS rung that went out by email has EmailReminder
	Result Result
	At     time.Time
}

// Result is the one recorded end of a step.
type Result string

// The results. Tasked means that the step is now work for a person (call, print and post, file).
const (
	Sent    Result = "sent"
	Tasked  Result = "tasked"
	Skipped Result = "skipped"
	Covered Result = "covered"
	Refused Result = "refused"
	GaveUp  Result = "gave_up"
	Unknown Result = "unknown"
)

// Valid reports whether r is one of the results.
func (r Result) Valid() bool {
	switch r {
	case Sent, Tasked, Skipped, Covered, Refused, GaveUp, Unknown:
		return true
	}
	return false
}

// Spoke reports whether the debtor was, or may have been, contacted by the step.
func (r Result) Spoke() bool {
	switch r {
	case Sent, Tasked, Covered, Unknown:
		return true
	case Skipped, Refused, GaveUp:
		return false
	}
	return true
}

// Pause is a stretch of time during which the ladder stood still.
type Pause struct {
	Reason PauseReason
	From   time.Time
	To     time.Time // zero: it stands
	// Expires ends the pause by itself; zero: a person ends it.
	Expires time.Time
	// ReviewAt is when somebody must look at a pause that does not expire.
	ReviewAt time.Time
}

// Standing reports whether the pause holds the case at that instant.
func (p Pause) Standing(now time.Time) bool {
	return p.To.IsZero() && (p.Expires.IsZero() || now.Before(wholeSecond(p.Expires)))
}

// ended is when a pause that no longer stands ended: when a person ended it or when it expired, whichever came first. It is
// zero for a pause that only a person can end and nobody has.
func (p Pause) ended() time.Time {
	if p.To.IsZero() || (!p.Expires.IsZero() && p.Expires.Before(p.To)) {
		return p.Expires
	}
	return p.To
}

// PauseReason says why the ladder stands still.
type PauseReason string

// The reasons of a pause.
const (
	OnHold     PauseReason = "hold"
	InDispute  PauseReason = "dispute"
	Agreed     PauseReason = "agreement"
	Unread     PauseReason = "unreadable_signal"
	Unverified PauseReason = "unverified_signal"
)

// Valid reports whether r is one of the reasons.
func (r PauseReason) Valid() bool {
	switch r {
	case OnHold, InDispute, Agreed, Unread, Unverified:
		return true
	}
	return false
}

// Agreement is the schedule of instalments in force. Paid is what came in since it was agreed; it counts against the oldest
// instalment first.
type Agreement struct {
	AgreedAt    time.Time
	Instalments []Instalment
	Paid        money.Amount
}

// Instalment is one part payment and its day.
type Instalment struct {
	DueOn  calendar.Date
	Amount money.Amount
}

// MissedOn is the first day on which the agreement counts as missed, given what was paid until now and the days of grace;
// ok is false when everything agreed has been paid.
func (a Agreement) MissedOn(grace int) (day calendar.Date, ok bool) {
	var due int64
	for _, i := range a.Instalments {
		due += i.Amount.Minor
		if a.Paid.Minor < due {
			return i.DueOn.AddDays(grace + 1), true
		}
	}
	return calendar.Date{}, false
}

// MissedAt is the instant at which the agreement counts as missed: 00:00 of MissedOn in the creditor's zone. From then on the
// end of the agreement is to be recorded, as a Pause from AgreedAt to this instant, however late that is noticed: so the
// ladder resumes where it would have without the delay.
func (a Agreement) MissedAt(grace int, creditor *time.Location) (at time.Time, ok bool) {
	day, ok := a.MissedOn(grace)
	if !ok {
		return time.Time{}, false
	}
	return day.Start(creditor), true
}

// Flight is a dispatch that exists for the next step and has no outcome yet.
type Flight struct {
	State     FlightState
	NotBefore time.Time // put off until then by the provider; zero: not put off
	ReviewAt  time.Time // unknown: when the next look-up is due
}

// FlightState is how far a dispatch without an outcome has come.
type FlightState string

// The states of a dispatch that a plan distinguishes.
const (
	FlightClaimed FlightState = "claimed"
	FlightCalling FlightState = "calling"
	FlightUnknown FlightState = "unknown"
)
