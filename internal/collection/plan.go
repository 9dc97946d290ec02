package collection

import (
	"slices"
	"time"

	"relance/internal/calendar"
	"relance/internal/money"
)

// Form is which of the four things a plan says.
type Form string

// The forms of a plan. A reader that meets a form it does not know reviews.
const (
	Perform Form = "perform" // wait until At, then perform Step
	Review  Form = "review"  // wait until At, then plan again, because something expires
	Person  Form = "person"  // wait for a person; At is the review date
	Close   Form = "close"   // the case is over for the workflow
)

// Phase is how far a case has come, for filters in the Temporal UI.
type Phase string

// The phases, in their order.
const (
	Waiting     Phase = "waiting"
	Reminding   Phase = "reminding"
	FinalNotice Phase = "final_notice"
)

// Ending is the outcome of a case.
type Ending string

// The endings.
const (
	EndPaid     Ending = "paid"
	EndReferred Ending = "referred"
)

// Plan is what the case does next and when. It is a value: the workflow executes it and decides nothing. Version only rises;
// Next leaves it zero, the store sets it.
type Plan struct {
	Version int64     `json:"version"`
	Form    Form      `json:"form"`
	At      time.Time `json:"at,omitzero"` // whole seconds, UTC; zero only for Close
	Step    StepID    `json:"step,omitempty"`
	Kind    StepKind  `json:"kind,omitempty"` // the effective kind: what will really be done
	Epoch   int       `json:"epoch,omitempty"`
	Ending  Ending    `json:"ending,omitempty"`
	Phase   Phase     `json:"phase"`
	// Owed is the amount outstanding when the plan was made, for the operator's eyes and the search attribute.
	Owed money.Amount `json:"owed"`
	// Why holds the codes of the rules that decided, strongest first.
	Why []Why `json:"why,omitempty"`
}

// Why is the code of a rule that shaped a plan.
type Why string

// The rules a plan can name.
const (
	WhyDelay         Why = "policy_delay"    // the policy's delay after the due date (or the opening)
	WhyMinGap        Why = "min_gap"         // the least gap since the last step
	WhyPaused        Why = "shifted_by_hold" // moved by the time the ladder stood still
	WhyHours         Why = "contact_hours"   // moved to another day by the debtor's contact days and holidays
	WhyMissedWindow  Why = "missed_window"   // its own window passed without the step
	WhyNoticePeriod  Why = "notice_period"   // the law's period after the final notice
	WhyProviderLater Why = "provider_later"  // the provider asked to come back later
	WhyPreferred     Why = "preferred_channel"
	WhyNoPreference  Why = "no_known_preference"
	WhyNoEmail       Why = "no_email_address"
	WhyNoPhone       Why = "no_mobile_number"
	WhyNoChannel     Why = "no_channel_left"
	WhyHold          Why = "on_hold"
	WhyDispute       Why = "in_dispute"
	WhyAgreement     Why = "instalments_agreed"
	WhySignal        Why = "signal_to_check"
	WhyUnknown       Why = "outcome_unknown"
	WhyNotPosted     Why = "letter_not_posted"
	WhyNotReceived   Why = "letter_not_received" // the law counts from the receipt, which is not known
	WhyNeverOpen     Why = "no_contact_hours"    // the debtor's contact hours never open
	WhyOnPerson      Why = "work_for_a_person"
	WhyLadderDone    Why = "ladder_ended"
	WhyPaid          Why = "nothing_owed"
	WhyReferred      Why = "referred"
)

// Same reports whether two plans say the same thing, versions apart. A plan rises in version only when this is false.
func (p Plan) Same(o Plan) bool {
	return p.Form == o.Form && p.At.Equal(o.At) && p.Step == o.Step && p.Kind == o.Kind && p.Epoch == o.Epoch &&
		p.Ending == o.Ending && p.Phase == o.Phase && p.Owed == o.Owed && slices.Equal(p.Why, o.Why)
}

// Due reports whether the plan asks for something at that instant.
func (p Plan) Due(now time.Time) bool { return p.Form != Close && !now.Before(p.At) }

// Asks reports whether the plan is to perform this step of this epoch, and its time has come.
func (p Plan) Asks(step StepID, epoch int, now time.Time) bool {
	return p.Form == Perform && p.Step == step && p.Epoch == epoch && p.Due(now)
}

// Next says what happens next. It is pure: the same facts, policy and instant always give the same plan. Until the plan's
// time the answer does not depend on the instant; from then to the end of its contact window it stays the same, and only
// past the window does it move, into a later one.
//
// A plan to review whose time has come is the only one that asks for something to be recorded first, because no fact can
// expire by itself: when an agreement has been missed, the reviewing transaction records its end (Agreement.MissedAt) and
// plans again; when a look-up of an unknown outcome is due, it looks, records what it found or when to look next, and plans
// again. Every other review and every wait for a person lies ahead of now.
func Next(f Facts, p Policy, now time.Time) Plan {
	plan := next(f, p, now)
	plan.Phase = phase(f)
	plan.Owed = f.Owed
	if !plan.At.IsZero() {
		plan.At = wholeSecond(plan.At)
	}
	return plan
}

func next(f Facts, p Policy, now time.Time) Plan {
	switch {
	case f.Referred:
		return Plan{Form: Close, Ending: EndReferred, Why: []Why{WhyReferred}}
	case f.Owed.Minor <= 0:
		return Plan{Form: Close, Ending: EndPaid, Why: []Why{WhyPaid}}
	case f.Flight != nil && f.Flight.State == FlightUnknown:
		// Whatever stands against the next message, this one is looked up: it may have gone out.
		return Plan{Form: Review, At: f.Flight.ReviewAt, Why: []Why{WhyUnknown}}
	}
	if plan, standing := pausedPlan(f, p, now); standing {
		return plan
	}
	if f.Agreement != nil {
		return agreedPlan(f, p, now)
	}
	if f.OnPerson != "" {
		return personPlan(f, p, now, WhyOnPerson)
	}
	step, ok := nextStep(f, p)
	if !ok {
		return personPlan(f, p, now, WhyLadderDone)
	}
	if why, barred := referralBarred(f, step); barred {
		return personPlan(f, p, now, why)
	}
	if f.Calendar.WindowFrom(now).IsZero() {
		return personPlan(f, p, now, WhyNeverOpen)
	}
	at, why := schedule(f, p, step, now)
	kind, chosen := effectiveKind(step, f.Reach)
	return Plan{Form: Perform, At: at, Step: step.ID, Kind: kind, Epoch: f.Epoch, Why: append(why, chosen...)}
}

// pausedPlan answers while a block stands: at its expiry the case is planned again, and a block that only a person ends has
// a review date.
func pausedPlan(f Facts, p Policy, now time.Time) (Plan, bool) {
	plan := Plan{Form: Review}
	for _, b := range f.Pauses {
		if !b.Standing(now) {
			continue
		}
		at := b.Expires
		if at.IsZero() {
			plan.Form, at = Person, pauseReview(b, f, p, now)
		}
		if plan.At.IsZero() || at.Before(plan.At) {
			plan.At = at
		}
		if why := pauseWhy(b.Reason); !slices.Contains(plan.Why, why) {
			plan.Why = append(plan.Why, why)
		}
	}
	slices.Sort(plan.Why)
	return plan, !plan.At.IsZero()
}

// pauseReview is when somebody must look at a pause that does not expire; a review that came and went is followed by
// another, never by silence.
func pauseReview(b Pause, f Facts, p Policy, now time.Time) time.Time {
	switch {
	case b.ReviewAt.IsZero():
		return reviewAfter(b.From, f, p, now)
	case now.Before(wholeSecond(b.ReviewAt)):
		return b.ReviewAt
	}
	return reviewAfter(b.ReviewAt, f, p, now)
}

func pauseWhy(r PauseReason) Why {
	switch r {
	case OnHold:
		return WhyHold
	case InDispute:
		return WhyDispute
	case Agreed:
		return WhyAgreement
	case Unread, Unverified:
		return WhySignal
	}
	return WhyHold
}

// agreedPlan answers while an agreement is in force: its due dates replace the ladder until one is missed.
func agreedPlan(f Facts, p Policy, now time.Time) Plan {
	missed, open := f.Agreement.MissedAt(p.Grace, f.Zone)
	if !open {
		// All that was agreed is paid and something is still owed: a person looks at the rest.
		return personPlan(f, p, now, WhyAgreement)
	}
	return Plan{Form: Review, At: missed, Why: []Why{WhyAgreement}}
}

// personPlan waits for a person and is looked at again some days after the last contact, or after the opening.
func personPlan(f Facts, p Policy, now time.Time, why Why) Plan {
	from, ok := lastContact(f)
	if !ok {
		from = f.OpenedAt
	}
	return Plan{Form: Person, At: reviewAfter(from, f, p, now), Why: []Why{why}}
}

// reviewAfter is the next of the reviews that follow from, one each p.Review days at 00:00 of the creditor, that lies ahead
// of now. They are counted from a fact, so that the date does not creep with every plan.
func reviewAfter(from time.Time, f Facts, p Policy, now time.Time) time.Time {
	every := max(p.Review, 1)
	day := calendar.DateOf(from, f.Zone)
	passed := max(calendar.DateOf(now, f.Zone).Sub(day), 0)
	return day.AddDays((passed/every + 1) * every).Start(f.Zone)
}

// nextStep is the first rung without an outcome in this epoch.
func nextStep(f Facts, p Policy) (Step, bool) {
	for _, s := range p.Steps {
		if !slices.ContainsFunc(f.Outcomes, func(o Outcome) bool { return o.Step == s.ID }) {
			return s, true
		}
	}
	return Step{}, false
}

// referralBarred reports that the final notice has not reached the point from which the law counts: a letter that was never
// posted, or never received where that is what counts, never leads to a referral.
func referralBarred(f Facts, s Step) (Why, bool) {
	switch {
	case s.Kind != Referral:
		return "", false
	case f.PostedOn.IsZero():
		return WhyNotPosted, true
	case f.noticeFrom().IsZero():
		return WhyNotReceived, true
	}
	return "", false
}

// lastContact is when the debtor last heard, or may have heard, from this case. A step that reached nobody leaves no gap.
func lastContact(f Facts) (time.Time, bool) {
	var last time.Time
	for _, o := range f.Outcomes {
		if o.Result.Spoke() && o.At.After(last) {
			last = o.At
		}
	}
	return last, !last.IsZero()
}

func phase(f Facts) Phase {
	at := Waiting
	for _, o := range f.Outcomes {
		switch {
		case o.Kind == CertifiedLetter && o.Result.Spoke():
			return FinalNotice
		case o.Result.Spoke():
			at = Reminding
		}
	}
	return at
}

// wholeSecond rounds up, so that at the plan's time what it waited for has come.
func wholeSecond(t time.Time) time.Time {
	t = t.UTC()
	if whole := t.Truncate(time.Second); !whole.Equal(t) {
		return whole.Add(time.Second)
	}
	return t
}
