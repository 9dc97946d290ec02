package words

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"relance/internal/collection"
	"relance/internal/money"
)

// entry is what the lines of a timeline have in their data. Each kind of line has some of it.
type entry struct {
	Kind        string
	Reason      string
	Why         string
	Route       string
	Ending      string
	Tracking    string
	Outcome     string
	Verdict     string
	Name        string
	Until       string
	On          string
	Code        string
	Owed        money.Amount
	Amount      money.Amount
	Left        money.Amount
	Instalments []json.RawMessage
	Plan        *collection.Plan
}

func (e entry) step() string { return Step(collection.StepKind(e.Kind)) }

// Event says one line of a timeline: kind and data are those of the table. It is empty for what another line says already.
// Days are told in zone, which is the debtor's. A kind that is newer than these words is shown as it is.
func Event(kind string, data json.RawMessage, zone *time.Location) string {
	var e entry
	if err := json.Unmarshal(data, &e); err != nil {
		return Plain(kind)
	}
	switch {
	case kind == "step_tasked":
		return "" // the task says it
	case strings.HasPrefix(kind, "step_"):
		return e.stepLine(kind)
	case strings.HasPrefix(kind, "task_"):
		return e.taskLine(kind)
	case strings.HasPrefix(kind, "case_"):
		return e.caseLine(kind, zone)
	case strings.HasPrefix(kind, "pause_"):
		return e.pauseLine(kind)
	}
	return e.otherLine(kind)
}

func (e entry) caseLine(kind string, zone *time.Location) string {
	switch kind {
	case "case_opened":
		return fmt.Sprintf("case opened, %s owed%s", e.Owed, e.next(zone))
	case "case_closed":
		if e.Ending == string(collection.EndPaid) {
			return "case closed: paid"
		}
		return "case closed: " + Plain(e.Ending)
	case "case_referred":
		return fmt.Sprintf("referred to %s, %s owed", Route(collection.RouteKind(e.Route)), e.Owed)
	}
	return Plain(kind)
}

func (e entry) next(zone *time.Location) string {
	if e.Plan == nil || e.Plan.Form != collection.Perform {
		return ""
	}
	return fmt.Sprintf("; next: %s on %s", Lower(Step(e.Plan.Kind)), e.Plan.At.In(zone).Format("Mon 2 Jan"))
}

func (e entry) stepLine(kind string) string {
	switch kind {
	case "step_sent":
		if collection.StepKind(e.Kind) == collection.Referral {
			return fmt.Sprintf("placed with the agency, %s owed", e.Owed)
		}
		return fmt.Sprintf("%s sent, %s owed", e.step(), e.Owed)
	case "step_skipped":
		return fmt.Sprintf("%s skipped: %s", e.step(), Reason(e.Reason))
	case "step_covered":
		return e.step() + " covered by another message"
	case "step_refused":
		return fmt.Sprintf("%s refused by the provider (%s)", e.step(), Plain(e.Reason))
	case "step_gave_up":
		return fmt.Sprintf("%s given up: %s", e.step(), Reason(e.Reason))
	case "step_unknown":
		return fmt.Sprintf("%s: %s", e.step(), Reason(e.Reason))
	}
	return e.step() + ": " + Plain(strings.TrimPrefix(kind, "step_"))
}

func (e entry) taskLine(kind string) string {
	switch kind {
	case "task_raised":
		if e.Why == "" || e.Why == e.Kind {
			return "task: " + Task(e.Kind)
		}
		return fmt.Sprintf("task: %s (%s)", Task(e.Kind), Reason(e.Why))
	case "task_done":
		if e.Outcome == "" || e.Outcome == "done" {
			return "done: " + Task(e.Kind)
		}
		return fmt.Sprintf("done: %s (%s)", Task(e.Kind), Plain(e.Outcome))
	case "task_withdrawn":
		return "task withdrawn: " + Task(e.Kind)
	case "task_reopened":
		return "task again: " + Task(e.Kind)
	}
	return Plain(kind) + ": " + Task(e.Kind)
}

func (e entry) pauseLine(kind string) string {
	reason := collection.PauseReason(e.Reason)
	switch {
	case kind == "pause_begun" && e.Until != "":
		return fmt.Sprintf("%s until %s", Pause(reason), e.Until)
	case kind == "pause_begun":
		return Pause(reason)
	case reason == collection.InDispute:
		return "dispute settled, the ladder goes on"
	}
	return "released, the ladder goes on"
}

func (e entry) otherLine(kind string) string {
	switch kind {
	case "registered":
		return fmt.Sprintf("invoice registered, %s", e.Amount)
	case "payment":
		if e.Left.Minor <= 0 {
			return fmt.Sprintf("payment of %s, nothing is owed any more", e.Amount)
		}
		return fmt.Sprintf("payment of %s, %s left", e.Amount, e.Left)
	case "letter_posted":
		if e.Tracking == "" {
			return "letter posted"
		}
		return "letter posted, tracking number " + e.Tracking
	case "agreement":
		return fmt.Sprintf("instalments agreed: %d", len(e.Instalments))
	case "agreement_broken":
		return "an instalment was missed, the ladder goes on"
	case "message_suppressed":
		return e.step() + " withdrawn before it was sent"
	case "outcome_unknown":
		return e.step() + ": did it arrive? The provider is asked"
	case "proved_absent":
		return "it did not go out, it is sent again"
	case "contact_invalid":
		return "this address does not work, another way is tried"
	case "contact_opted_out":
		return "the debtor opted out of this channel"
	case "raw_signal":
		return fmt.Sprintf("signal %s from an operator: %s", e.Name, Plain(e.Verdict))
	}
	return Plain(kind)
}

// Lower lets a phrase of this package stand inside a sentence: "email reminder"; "SMS reminder" keeps its capitals.
func Lower(phrase string) string {
	if len(phrase) < 2 || phrase[1] >= 'A' && phrase[1] <= 'Z' {
		return phrase
	}
	return strings.ToLower(phrase[:1]) + phrase[1:]
}

// TallyKey is under what one line of a timeline is counted: its kind, and the kind of step or task in it.
func TallyKey(kind string, data json.RawMessage) string {
	var e entry
	if err := json.Unmarshal(data, &e); err != nil || e.Kind == "" {
		return kind
	}
	return kind + "/" + e.Kind
}

// Tally says what a TallyKey counts: "email reminder sent".
func Tally(key string) string {
	kind, of, found := strings.Cut(key, "/")
	what, isTask := strings.CutPrefix(kind, "task_")
	result, isStep := strings.CutPrefix(kind, "step_")
	switch {
	case !found:
		return Plain(kind)
	case isTask:
		return "task " + Plain(what) + ": " + Task(of)
	case isStep:
		return Lower(Step(collection.StepKind(of))) + " " + Result(collection.Result(result))
	}
	return Plain(kind) + ": " + Lower(Step(collection.StepKind(of)))
}
