package workflows

import (
	"fmt"
	"strings"
	"time"

	"relance/internal/collection"
)

const timeLayout = "2006-01-02 15:04"

// summaryLimit is how many bytes Temporal takes for a summary, 400, less the quotes around it. A command with a longer one
// would be refused, and the case would stand still.
const summaryLimit = 390

// line makes a text fit for a summary: one line, of characters that JSON writes as they are.
func line(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune("\"\\<>&\u2028\u2029\ufffd", r) {
			return '\''
		}
		return r
	}, text)
	return clip(text, summaryLimit)
}

// clip cuts a text to so many bytes, never inside a character.
func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	const more = "…"
	return strings.ToValidUTF8(text[:limit-len(more)], "") + more
}

func stamp(at time.Time) string { return "on " + at.UTC().Format(timeLayout) + " UTC" }

// nextWords is the summary of a timer: what happens when it rings.
func (c *Case) nextWords(what task, at time.Time) string {
	again := ""
	if at.Equal(c.kept.Retry.At) || what == toRecord {
		again = " again"
	}
	switch what {
	case toRecord:
		return "Record a signal" + again + " " + stamp(at)
	case toPerform:
		return kindWords(c.plan.Kind) + again + " " + stamp(at)
	case toReview:
	}
	return "Review" + again + " " + stamp(at)
}

// planWords says what a plan asks for and when.
func planWords(p collection.Plan) string {
	switch p.Form {
	case collection.Perform:
		if p.Kind.Valid() {
			return kindWords(p.Kind) + " " + stamp(p.At)
		}
	case collection.Review:
		return "Review " + stamp(p.At)
	case collection.Person:
		return "Waits for a person; review " + stamp(p.At)
	case collection.Close:
		return "Closed: " + string(p.Ending)
	}
	return "A plan that this version cannot read; it is reviewed"
}

func stepSummary(p collection.Plan) string {
	return line(fmt.Sprintf("%s %s, %s owed", kindWords(p.Kind), clip(string(p.Step), 300), p.Owed))
}

func reviewSummary(p collection.Plan, failed *Failure) string {
	if failed != nil {
		return line(fmt.Sprintf("Review: %s %s failed", kindWords(failed.Kind), clip(string(failed.Step), 300)))
	}
	return line("Review." + because(p.Why))
}

func kindWords(k collection.StepKind) string {
	switch k {
	case collection.EmailReminder:
		return "Email reminder"
	case collection.SMSReminder:
		return "SMS reminder"
	case collection.PhoneCall:
		return "Phone call"
	case collection.EscalationNotice:
		return "Escalation notice"
	case collection.CertifiedLetter:
		return "Certified letter"
	case collection.Referral:
		return "Referral"
	}
	return "Step"
}

// words tells one line of the timeline.
func (e Entry) words() string {
	text := e.sentence()
	if e.Times > 1 {
		text += fmt.Sprintf(" (%d times)", e.Times)
	}
	return text
}

func (e Entry) sentence() string {
	step := kindWords(e.Kind) + " " + code(string(e.Step))
	switch e.What {
	case LogOpened:
		return "Case opened, " + e.Owed + " owed"
	case LogNews:
		return code(e.Signal) + ": new plan, " + e.Owed + " owed"
	case LogStep:
		return step + ": " + resultWords(e.Outcome)
	case LogHandedBack:
		return step + ": not performed"
	case LogReviewed:
		return "Reviewed, " + e.Owed + " owed"
	case LogStepFailed:
		return step + ": failed for good (" + code(e.Cause) + ")"
	case LogReviewFailed:
		return "Review failed (" + code(e.Cause) + "), tried again"
	case LogRecorded:
		return code(e.Signal) + " by hand: recorded, " + e.Owed + " owed"
	case LogUnrecorded:
		return code(e.Signal) + " by hand: could not be recorded (" + code(e.Cause) + "), tried again"
	}
	return code(string(e.What))
}

func answerEntry(done job, result StepResult) Entry {
	next := result.Plan
	asksAgain := next.Form == collection.Perform && next.Step == done.plan.Step && next.Epoch == done.plan.Epoch
	switch {
	case done.what == toReview:
		return Entry{What: LogReviewed, Owed: next.Owed.String()}
	case result.Outcome == "" && (asksAgain || next.Version <= done.plan.Version):
		return Entry{What: LogHandedBack, Step: done.plan.Step, Kind: done.plan.Kind}
	}
	return Entry{What: LogStep, Step: done.plan.Step, Kind: done.plan.Kind, Outcome: result.Outcome}
}

func resultWords(r collection.Result) string {
	switch r {
	case "":
		return "ended"
	case collection.Sent:
		return "sent"
	case collection.Tasked:
		return "now work for a person"
	case collection.Skipped:
		return "skipped"
	case collection.Covered:
		return "covered by another message"
	case collection.Refused:
		return "refused by the provider"
	case collection.GaveUp:
		return "given up"
	case collection.Unknown:
		return "outcome unknown"
	}
	return code(string(r))
}

// because is the reasons of a plan as a sentence of its own, "" without any.
func because(why []collection.Why) string {
	if len(why) == 0 {
		return ""
	}
	var words []string
	for _, w := range why {
		words = append(words, whyWords(w))
	}
	return " Why: " + strings.Join(words, "; ") + "."
}

// reasons is looked up, never ranged over.
var reasons = map[collection.Why]string{
	collection.WhyDelay:         "the policy's delay",
	collection.WhyMinGap:        "the least gap since the last step",
	collection.WhyPaused:        "moved by the time the ladder stood still",
	collection.WhyHours:         "moved into the debtor's contact hours",
	collection.WhyMissedWindow:  "its own contact window passed",
	collection.WhyNoticePeriod:  "the law's period after the final notice",
	collection.WhyProviderLater: "the provider asked to come back later",
	collection.WhyPreferred:     "the debtor's preferred channel",
	collection.WhyNoPreference:  "no preferred channel is known",
	collection.WhyNoEmail:       "no email address that works",
	collection.WhyNoPhone:       "no mobile number that works",
	collection.WhyNoChannel:     "no channel is left",
	collection.WhyHold:          "on hold",
	collection.WhyDispute:       "in dispute",
	collection.WhyAgreement:     "instalments are agreed",
	collection.WhySignal:        "a signal is to be checked by a person",
	collection.WhyUnknown:       "the outcome of a call is not known yet",
	collection.WhyNotPosted:     "the certified letter is not posted yet",
	collection.WhyNotReceived:   "the certified letter's receipt is not known yet",
	collection.WhyNeverOpen:     "the debtor's contact hours never open",
	collection.WhyOnPerson:      "work for a person",
	collection.WhyLadderDone:    "the ladder has ended",
	collection.WhyPaid:          "nothing is owed",
	collection.WhyReferred:      "the debt was referred",
}

func whyWords(w collection.Why) string {
	if words, ok := reasons[w]; ok {
		return words
	}
	return code(string(w))
}
