package inquiry

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/words"
)

// Next is what happens next, when, and why.
type Next struct {
	// Sentence tells all of it to a person, in the debtor's zone.
	Sentence string              `json:"sentence"`
	Form     NextForm            `json:"form"`
	At       time.Time           `json:"at,omitzero"`
	Step     collection.StepID   `json:"step,omitempty"`
	Kind     collection.StepKind `json:"kind,omitempty"`
	Why      []collection.Why    `json:"why,omitempty"`
}

// NextForm is a form of a plan, or what stands in its place while there is no case.
type NextForm string

// The forms beside those of a plan (perform, review, person, close).
const (
	NextOpens   NextForm = "opens"   // the invoice becomes a case at At
	NextSettled NextForm = "settled" // nothing: it was paid before it became one
)

// teller has what sentences are made of.
type teller struct {
	file *casework.File
	seen Case
	plan collection.Plan
}

func nextOf(f *casework.File, c Case) (Next, error) {
	t := teller{file: f, seen: c}
	switch c.Status {
	case Settled:
		return Next{Form: NextSettled, Sentence: "Nothing: the invoice was paid before it became a case."}, nil
	case Waiting:
		return Next{Form: NextOpens, At: f.Invoice.OpensAt.UTC(), Sentence: t.opens()}, nil
	case Open, Closed, Referred:
	}
	var err error
	if t.plan, err = f.Plan(); err != nil {
		return Next{}, err
	}
	p := t.plan
	n := Next{Form: NextForm(p.Form), At: p.At, Step: p.Step, Kind: p.Kind, Why: p.Why}
	switch p.Form {
	case collection.Perform:
		n.Sentence = t.performs()
	case collection.Review:
		n.Sentence = t.reviews()
	case collection.Person:
		n.Sentence = t.waits()
	case collection.Close:
		n.Sentence = t.closed()
	default:
		n.Sentence = "The case is looked at again " + t.moment(p.At) + "."
	}
	return n, nil
}

// moment is an instant on the debtor's wall clock.
func (t teller) moment(at time.Time) string {
	zone := t.seen.Debtor.Zone()
	return fmt.Sprintf("on %s (%s)", at.In(zone).Format("Mon 2 Jan 2006 at 15:04"), zone)
}

// day is the day of an instant in the creditor's zone, in which agreements and reviews count.
func (t teller) day(at time.Time) string {
	return at.In(t.file.Facts.Zone).Format("Mon 2 Jan 2006")
}

func (t teller) opens() string {
	at := t.file.Invoice.OpensAt
	if !at.After(t.seen.Now) && t.seen.TestClock {
		return "The case opens as soon as the test clock is advanced."
	}
	if !at.After(t.seen.Now) {
		return "The case opens now, as soon as a worker takes it."
	}
	s := fmt.Sprintf("The case opens on %s if the invoice is still owed", t.day(at))
	if len(t.seen.Ladder) > 0 && t.seen.Ladder[0].State == RungPlanned {
		first := t.seen.Ladder[0]
		s += fmt.Sprintf("; its first step is %s %s", with(first.Kind), t.moment(first.At))
	}
	return s + "."
}

// performs tells the next step: what, when, by which rule, and why on this channel.
func (t teller) performs() string {
	p := t.plan
	if slices.Contains(p.Why, collection.WhyNoChannel) {
		return fmt.Sprintf("The %s is skipped %s, because nothing reaches this debtor.", words.Lower(words.Step(p.Kind)), t.moment(p.At))
	}
	subject, verb := t.subject()
	reasons := t.timing()
	if channel := t.channel(); channel != "" {
		reasons = append(reasons, channel)
	}
	when := t.moment(p.At)
	if flight := t.file.Facts.Flight; flight != nil && flight.State == collection.FlightCalling {
		return fmt.Sprintf("%s is on its way to the provider right now.", subject)
	}
	if !t.seen.Now.Before(p.At) {
		return fmt.Sprintf("%s is due since %s: %s.", subject, strings.TrimPrefix(when, "on "), strings.Join(reasons, ", "))
	}
	return fmt.Sprintf("%s %s %s: %s.", subject, verb, when, strings.Join(reasons, ", "))
}

func (t teller) subject() (subject, verb string) {
	switch t.plan.Kind {
	case collection.EmailReminder:
		return "A reminder by email", "goes out"
	case collection.SMSReminder:
		return "A reminder by SMS", "goes out"
	case collection.PhoneCall:
		return "A call to the debtor", "becomes a task"
	case collection.EscalationNotice:
		if slices.Contains(t.plan.Why, collection.WhyNoEmail) {
			return "The escalation notice", "becomes a task to print and post"
		}
		return "The escalation notice", "goes out by email"
	case collection.CertifiedLetter:
		return "The certified letter", "goes out"
	case collection.Referral:
		return "The debt", "is referred"
	}
	return "The step " + string(t.plan.Step), "is performed"
}

// timing says which rules chose the day.
func (t teller) timing() []string {
	var reasons []string
	for _, w := range t.plan.Why {
		switch w {
		case collection.WhyDelay:
			reasons = append(reasons, t.delay())
		case collection.WhyMinGap:
			reasons = append(reasons, fmt.Sprintf("%s after the step before it, the least gap of policy %s", span(t.file.Policy.MinGap), t.seen.Policy))
		case collection.WhyNoticePeriod:
			reasons = append(reasons, fmt.Sprintf("when the %d days that the law leaves after the final notice have passed", t.file.Facts.Notice.Days))
		case collection.WhyPaused, collection.WhyHours:
			reasons = append(reasons, words.Why(w))
		case collection.WhyMissedWindow, collection.WhyProviderLater:
			reasons = append(reasons, "because "+words.Why(w))
		default: // the channel is told apart
		}
	}
	return reasons
}

func (t teller) delay() string {
	step, _ := t.file.Policy.Step(t.plan.Step)
	by := fmt.Sprintf(" (policy %s)", t.seen.Policy)
	days := step.After.Days
	switch {
	case step.After.Exact():
		return fmt.Sprintf("%s after the case opened%s", step.After, by)
	case days < 0:
		return fmt.Sprintf("%s before the due date%s", span(collection.Days(-days)), by)
	case days == 0:
		return "on the due date" + by
	}
	return fmt.Sprintf("%s after the due date%s", span(step.After), by)
}

// channel says why a reminder takes the way it takes.
func (t teller) channel() string {
	way := ""
	switch t.plan.Kind {
	case collection.EmailReminder:
		way = "by email"
	case collection.SMSReminder:
		way = "by SMS"
	case collection.EscalationNotice:
		if slices.Contains(t.plan.Why, collection.WhyNoEmail) {
			return "on paper because no email address works"
		}
		return ""
	case collection.PhoneCall, collection.CertifiedLetter, collection.Referral:
		return ""
	}
	var because []string
	for _, w := range t.plan.Why {
		switch w {
		case collection.WhyPreferred:
			because = append(because, "the debtor prefers it")
		case collection.WhyNoPreference, collection.WhyNoEmail, collection.WhyNoPhone:
			because = append(because, words.Why(w))
		default: // the timing is told apart
		}
	}
	if len(because) == 0 {
		return way + " as the policy has it"
	}
	return way + " because " + strings.Join(because, " and ")
}

// reviews tells what expires.
func (t teller) reviews() string {
	at := t.plan.At
	switch {
	case t.has(collection.WhyUnknown):
		return "It is not known whether the last message arrived: the provider is asked again " + t.moment(at) + ", and nothing else goes out before."
	case t.has(collection.WhyAgreement):
		return t.agreed()
	case len(t.seen.Blocks) > 0:
		return fmt.Sprintf("Nothing until %s: %s%s; then the ladder goes on where it stood.", t.day(at), t.blocks(), t.note())
	}
	return "The case is looked at again " + t.moment(at) + "."
}

func (t teller) agreed() string {
	a := t.seen.Agreement
	if a == nil {
		return "Instalments are agreed; the case is looked at again " + t.moment(t.plan.At) + "."
	}
	for _, i := range a.Instalments {
		if !i.Paid {
			return fmt.Sprintf("Instalments are agreed: %s is due on %s; if it has not come by %s the ladder goes on where it stood.",
				i.Left, i.DueOn, a.MissedAt.Add(-time.Second).In(t.file.Facts.Zone).Format("Mon 2 Jan 2006"))
		}
	}
	return "Every agreed instalment is paid and " + t.seen.Owed.String() + " is still owed: a person looks at the rest."
}

// waits tells what a person has to do before anything happens.
func (t teller) waits() string {
	again := fmt.Sprintf("; it comes up again on %s", t.day(t.plan.At))
	switch {
	case len(t.seen.Blocks) > 0:
		return fmt.Sprintf("Nothing until a person ends it: %s%s%s.", t.blocks(), t.note(), again)
	case t.has(collection.WhyAgreement):
		return t.agreed()
	case t.has(collection.WhyOnPerson):
		return fmt.Sprintf("Nothing until a person has done this: %s%s.", t.work(), again)
	case t.has(collection.WhyLadderDone):
		return "Every step of the policy is done; a person decides what comes next" + again + "."
	case t.has(collection.WhyNotPosted), t.has(collection.WhyNotReceived), t.has(collection.WhyNeverOpen):
		s := "Nothing goes on, because " + words.Why(t.plan.Why[0])
		if work := t.work(); work != "" {
			s += ": " + work
		}
		return s + again + "."
	}
	return "A person looks at the case" + again + "."
}

// work names the open tasks, or what the case waits for when there is none.
func (t teller) work() string {
	var open []string
	for _, task := range t.seen.Tasks {
		if task.Status == "open" {
			open = append(open, fmt.Sprintf("%s (task %s)", task.What, task.ID.String()[:8]))
		}
	}
	if len(open) == 0 && t.file.Facts.OnPerson != "" {
		return words.Task(t.file.Facts.OnPerson)
	}
	return list(open)
}

func (t teller) blocks() string {
	var names []string
	for _, b := range t.seen.Blocks {
		if name := words.Pause(b.Reason); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return "the case is " + list(names)
}

// note quotes what was written with the newest block.
func (t teller) note() string {
	for _, b := range slices.Backward(t.seen.Blocks) {
		if b.Note != "" {
			return fmt.Sprintf(" (%s)", b.Note)
		}
	}
	return ""
}

func (t teller) closed() string {
	on := ""
	if !t.seen.ClosedAt.IsZero() {
		on = " on " + t.day(t.seen.ClosedAt)
	}
	if t.plan.Ending == collection.EndReferred {
		if t.seen.Owed.Minor <= 0 {
			return fmt.Sprintf("Nothing: the debt was referred%s and has been paid since.", on)
		}
		return fmt.Sprintf("Nothing here: the debt was referred%s; payments are booked all the same.", on)
	}
	return fmt.Sprintf("Nothing: paid in full, closed%s.", on)
}

func (t teller) has(w collection.Why) bool { return slices.Contains(t.plan.Why, w) }

// with is a step in the middle of a sentence: "an email reminder".
func with(kind collection.StepKind) string {
	name := words.Lower(words.Step(kind))
	if strings.ContainsRune("aeiouS", rune(name[0])) { // "an SMS"
		return "an " + name
	}
	return "a " + name
}

func span(d collection.Delay) string {
	switch {
	case d.Exact():
		return d.String()
	case d.Days == 1:
		return "1 day"
	}
	return fmt.Sprintf("%d days", d.Days)
}
