// Package judge says after a run what was sent and whether a promise was broken.
//
// What a debtor received is read from the sandbox's own ledger, never from ours; our tables only say what should have been.
// It plans nothing and shares no code with the planner.
package judge

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/sandbox"
	"relance/internal/store"
	"relance/internal/store/db"
)

// Report is the account of a run.
type Report struct {
	Policy     string         `json:"policy"`
	From       calendar.Date  `json:"from"`
	To         calendar.Date  `json:"to"`
	Cases      Cases          `json:"cases"`
	Messages   map[string]int `json:"messages"` // by step kind: what was sent, and the tasks that steps became
	Violations Violations     `json:"violations"`
	Seconds    float64        `json:"seconds"` // on the wall
}

// Cases counts cases. A referred case is closed for the workflow, not for the claim.
type Cases struct {
	Opened int            `json:"opened"`
	Closed map[string]int `json:"closed"` // by ending
	Open   int            `json:"open"`
}

// Violations counts broken promises.
type Violations struct {
	AfterPayment      int `json:"after_payment"` // a demand although it was paid, blocked, or agreed upon
	Duplicate         int `json:"duplicate"`     // a second message for one step, or one that no step asked for
	OutsideHours      int `json:"outside_hours"` // outside the debtor's contact hours and days
	Lost              int `json:"lost"`          // a step that has no outcome, or an outcome that no message stands behind
	UnknownUnresolved int `json:"unknown_unresolved"`
}

// Any reports whether a promise was broken.
func (v Violations) Any() bool { return v != Violations{} }

// book is what our tables say.
type book struct {
	cases      map[uuid.UUID]db.JudgedCasesRow
	dispatches map[uuid.UUID][]db.JudgedDispatchesRow
	payments   map[uuid.UUID][]db.JudgedPaymentsRow
	blocks     map[uuid.UUID][]span
	outcomes   map[uuid.UUID][]db.JudgedOutcomesRow
	tasks      []db.JudgedTasksRow
	debtors    map[uuid.UUID]calendar.Calendar
	policies   map[string]policySteps
	now        time.Time
}

// span is a stretch during which nothing may be demanded; a zero end means that it stands.
type span struct{ from, to time.Time }

func (s span) covers(t time.Time) bool { return !t.Before(s.from) && (s.to.IsZero() || t.Before(s.to)) }

type policySteps []collection.StepID

// Judge compares the sandbox's ledger with our tables.
func Judge(ctx context.Context, s *store.Store, received []sandbox.Entry) (Report, error) {
	b, err := read(ctx, s)
	if err != nil {
		return Report{}, err
	}
	r := Report{Cases: b.count(), Messages: map[string]int{}}
	seen := map[stepOf]int{}
	arrived := map[uuid.UUID]bool{}
	for _, e := range received {
		if e.Canceled {
			continue
		}
		r.Messages[e.Kind]++
		b.weigh(e, &r.Violations, seen)
		if id, err := uuid.Parse(e.Reference); err == nil {
			arrived[id] = true
		}
	}
	for _, n := range seen {
		r.Violations.Duplicate += n - 1
	}
	for _, list := range b.outcomes {
		for _, o := range list {
			if o.Result == string(collection.Tasked) {
				r.Messages[o.Kind]++
			}
		}
	}
	r.Violations.Lost = b.lost(arrived)
	r.Violations.UnknownUnresolved = b.unresolved()
	return r, nil
}

type stepOf struct {
	caseID uuid.UUID
	epoch  int32
	step   string
}

// weigh judges one message that a debtor, or an agency, received.
func (b *book) weigh(e sandbox.Entry, v *Violations, seen map[stepOf]int) {
	id, err := uuid.Parse(e.Reference)
	covered := b.dispatches[id]
	if err != nil || len(covered) == 0 {
		v.Duplicate++
		return
	}
	late := false
	for _, d := range covered {
		seen[stepOf{d.CaseID, d.Epoch, d.StepID}]++
		c := b.cases[d.CaseID]
		late = late || b.settled(c, e.At)
	}
	if late {
		v.AfterPayment++
	}
	if e.Kind == string(collection.Referral) {
		return // it goes to the agency, whose office hours are its own
	}
	cal := b.debtors[b.cases[covered[0].CaseID].DebtorID]
	if w, open := cal.Window(calendar.DateOf(e.At, cal.Zone)); !open || !w.Contains(e.At) {
		v.OutsideHours++
	}
}

// settled reports whether at that instant nothing was owed any more, or nothing could be demanded. A fact of the same
// instant comes first.
func (b *book) settled(c db.JudgedCasesRow, at time.Time) bool {
	owed := c.AmountMinor
	for _, p := range b.payments[c.InvoiceID] {
		if !p.RecordedAt.After(at) {
			owed -= p.AmountMinor
		}
	}
	return owed <= 0 || slices.ContainsFunc(b.blocks[c.InvoiceID], func(s span) bool { return s.covers(at) })
}

// lost counts the steps that disappeared: a message we hold for sent that never arrived, an outcome without the message or
// task it names, a rung that was passed over, a step whose time has passed in an open case.
func (b *book) lost(arrived map[uuid.UUID]bool) int {
	n := 0
	for id := range b.dispatches {
		if b.accepted(id) && !arrived[id] {
			n++
		}
	}
	for id, c := range b.cases {
		n += b.passedOver(id, c)
		if c.Status == "open" && c.PlanForm == string(collection.Perform) && c.PlanAt.Before(b.now) {
			n++
		}
	}
	return n
}

// passedOver counts rungs without an outcome below one that has one, and outcomes without what they name.
func (b *book) passedOver(id uuid.UUID, c db.JudgedCasesRow) int {
	done := map[string]bool{}
	n := 0
	for _, o := range b.outcomes[id] {
		if o.Epoch != c.Epoch {
			continue
		}
		done[o.StepID] = true
		sent := o.Result == string(collection.Sent) && (o.DispatchID == nil || !b.accepted(*o.DispatchID))
		tasked := o.Result == string(collection.Tasked) && o.TaskID == nil
		if sent || tasked {
			n++
		}
	}
	open := 0
	for _, step := range b.policies[policyKey(c.PolicyName, c.PolicyVersion)] {
		if done[string(step)] {
			n += open
			open = 0
			continue
		}
		open++
	}
	return n
}

// accepted reports whether our record says that a provider took the message.
func (b *book) accepted(dispatch uuid.UUID) bool {
	list := b.dispatches[dispatch]
	return len(list) > 0 && list[0].State == "accepted"
}

// unresolved counts the messages of which nobody knows whether they arrived.
func (b *book) unresolved() int {
	n := 0
	for _, list := range b.dispatches {
		switch d := list[0]; d.State {
		case "unknown", "calling":
			n++
		case "unproved":
			if slices.ContainsFunc(b.tasks, func(t db.JudgedTasksRow) bool {
				return t.CaseID == d.CaseID && t.Kind == "unknown_outcome" && t.Status == "open"
			}) {
				n++
			}
		}
	}
	return n
}

func (b *book) count() Cases {
	c := Cases{Opened: len(b.cases), Closed: map[string]int{}}
	for _, row := range b.cases {
		switch row.Status {
		case "open":
			c.Open++
		case "referred":
			c.Closed["referred"]++
		default:
			c.Closed["paid"]++
		}
	}
	return c
}

func policyKey(name string, version int32) string { return fmt.Sprintf("%s@%d", name, version) }

// JSON is the report as it is written to a file.
func (r Report) JSON() ([]byte, error) {
	raw, err := json.MarshalIndent(r, "", "  ")
	return append(raw, '\n'), err
}
