package ledger

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"relance/internal/calendar"
	"relance/internal/money"
)

// What happened in an event.
type What string

// The events, in the order in which those of one instant and one invoice happen.
const (
	Register What = "register" // the invoice becomes known
	Printed  What = "printed"  // a person has posted the letter of a print-and-post task
	Call     What = "call"     // a person has made the call of a phone task
	Agree    What = "agree"    // instalments are agreed
	Hold     What = "hold"     // collecting pauses
	Dispute  What = "dispute"  // the debtor objects
	Release  What = "release"  // the dispute is settled in the creditor's favour
	Resume   What = "resume"   // the hold ends
	Pay      What = "pay"      // money arrives
)

func order() []What {
	return []What{Register, Printed, Call, Agree, Hold, Dispute, Release, Resume, Pay}
}

// Event is one thing that happens to one invoice at one instant of the creditor's day.
type Event struct {
	// ID is the same in every reading of the same file, and different for different events: recording an event under its ID
	// twice records it once. It carries nothing personal.
	ID string
	// Date and Minutes are the instant on the creditor's wall clock: minutes after 00:00.
	Date    calendar.Date
	Minutes int
	What    What
	Invoice string // number
	Debtor  string // external id
	// Amount of a payment; nil is all that is owed.
	Amount *money.Amount
	// Schedule of an agreement.
	Schedule *Schedule
	// Tracking is the number of a posted letter.
	Tracking string
	// Outcome of a call.
	Outcome string
	// Until is the day on which a hold ends by itself; zero: when someone ends it.
	Until calendar.Date
	// Note is free text of the person who wrote the story.
	Note string
	// Row of the file that the event comes from.
	Row int
}

// Instant returns the event's moment; zone is the creditor's.
func (e Event) Instant(zone *time.Location) time.Time { return e.Date.At(zone, e.Minutes) }

// MergeEvents joins events of several sources into one sequence, ordered by instant, invoice number and What; events that tie
// in all of these keep the order in which they were given.
func MergeEvents(sources ...[]Event) []Event {
	all := slices.Concat(sources...)
	rank := map[What]int{}
	for i, w := range order() {
		rank[w] = i
	}
	slices.SortStableFunc(all, func(a, b Event) int {
		return cmp.Or(
			a.Date.Compare(b.Date), cmp.Compare(a.Minutes, b.Minutes), strings.Compare(a.Invoice, b.Invoice),
			cmp.Compare(rank[a.What], rank[b.What]),
		)
	})
	return all
}

// naming gives events their ids: a hash of what the event says and of how often the file said the same before. So a line that
// is added or mended elsewhere in the file does not change it, and a line that stands twice means two events.
type naming map[[sha256.Size]byte]int

func (n naming) name(e *Event) {
	amount, schedule := "", ""
	if e.Amount != nil {
		amount = e.Amount.String()
	}
	if e.Schedule != nil {
		schedule = e.Schedule.String()
	}
	content := fmt.Sprintf("%q", []string{
		e.Date.String(), fmt.Sprint(e.Minutes), string(e.What), e.Invoice, amount, schedule, e.Tracking, e.Outcome, e.Until.String(),
	})
	key := sha256.Sum256([]byte(content))
	n[key]++
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s", n[key], content))
	e.ID = string(e.What) + "-" + hex.EncodeToString(sum[:12])
}
