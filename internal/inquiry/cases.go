package inquiry

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/money"
	"relance/internal/store"
	"relance/internal/store/db"
)

// Status is where an invoice stands.
type Status string

// The statuses of an invoice. The first two have no case.
const (
	Waiting  Status = "waiting"  // its time has not come: it is not pursued yet
	Settled  Status = "settled"  // paid before it became a case
	Open     Status = "open"     // its case is open
	Closed   Status = "closed"   // its case ended paid
	Referred Status = "referred" // the debt was handed over
)

// Statuses lists them in the order of an invoice's life.
func Statuses() []Status { return []Status{Waiting, Settled, Open, Closed, Referred} }

// Valid reports whether s is one of them.
func (s Status) Valid() bool { return slices.Contains(Statuses(), s) }

// CaseFilter picks the lines of a list. Zero values do not restrict it.
type CaseFilter struct {
	Creditor string
	Status   Status
	Limit    int // 0: 50
}

// CaseLine is one invoice of a list.
type CaseLine struct {
	Creditor string        `json:"creditor"`
	Invoice  string        `json:"invoice"`
	DebtorID string        `json:"debtor_id"` // the creditor's own id of the debtor
	Debtor   string        `json:"debtor"`
	Status   Status        `json:"status"`
	DueOn    calendar.Date `json:"due_on"`
	Amount   money.Amount  `json:"amount"` // as invoiced
	Owed     money.Amount  `json:"owed"`
	// OpensAt is when a waiting invoice becomes a case, OpensOn the day of that in the creditor's zone.
	OpensAt time.Time     `json:"opens_at,omitzero"`
	OpensOn calendar.Date `json:"opens_on,omitzero"`
	// Next is what the case does next; nil without an open case.
	Next *NextLine `json:"next,omitempty"`
}

// NextLine is a plan in short.
type NextLine struct {
	Form collection.Form `json:"form"`
	At   time.Time       `json:"at,omitzero"`
	// On is the day of At: the debtor's for a step, the creditor's for what only concerns the creditor.
	On   calendar.Date       `json:"on,omitzero"`
	Step collection.StepID   `json:"step,omitempty"`
	Kind collection.StepKind `json:"kind,omitempty"`
	Why  []collection.Why    `json:"why,omitempty"`
}

// Sum is a number of invoices and what is owed on them, in one currency.
type Sum struct {
	Status   Status       `json:"status"`
	Invoices int64        `json:"invoices"`
	Owed     money.Amount `json:"owed"`
}

// CaseList is the lines that a filter picks, in the order of their due dates, and the sums of the whole book.
type CaseList struct {
	Cases []CaseLine `json:"cases"`
	// Matching is how many the filter picks; more than Cases has when the limit cut it off.
	Matching int64 `json:"matching"`
	// Book counts every invoice of the creditor, whatever the status asked for.
	Book []Sum `json:"book"`
}

const defaultLimit = 50

// Cases lists invoices with what is owed on each and what happens next.
func (r Reader) Cases(ctx context.Context, f CaseFilter) (l CaseList, err error) {
	if f.Status != "" && !f.Status.Valid() {
		return l, refuse(intake.Invalid, "%q is no status of a case; use open, closed, referred, waiting, settled or all", f.Status)
	}
	if f.Limit <= 0 {
		f.Limit = defaultLimit
	}
	err = r.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		rows, err := tx.BrowseBook(ctx, optional(string(f.Status)), int32(min(f.Limit, 1<<30)), optional(f.Creditor)) //nolint:gosec // bounded
		if err != nil {
			return fmt.Errorf("read the cases: %w", err)
		}
		zones, err := creditorZones(ctx, tx)
		if err != nil {
			return err
		}
		l.Cases = make([]CaseLine, 0, len(rows))
		for _, row := range rows {
			line, err := caseLine(row, zones[row.CreditorID])
			if err != nil {
				return err
			}
			l.Cases = append(l.Cases, line)
		}
		sums, err := tx.SumBook(ctx, optional(f.Creditor))
		if err != nil {
			return fmt.Errorf("add the cases up: %w", err)
		}
		l.add(sums, f.Status)
		return nil
	})
	return l, err
}

func (l *CaseList) add(sums []db.SumBookRow, picked Status) {
	l.Book = make([]Sum, 0, len(sums))
	for _, s := range sums {
		sum := Sum{Status: Status(s.Status), Invoices: s.Invoices, Owed: money.Amount{Minor: s.OwedMinor, Currency: money.Currency(s.Currency)}}
		l.Book = append(l.Book, sum)
		if picked == "" || picked == sum.Status {
			l.Matching += s.Invoices
		}
	}
	slices.SortStableFunc(l.Book, func(a, b Sum) int {
		return slices.Index(Statuses(), a.Status) - slices.Index(Statuses(), b.Status)
	})
}

func caseLine(row db.BrowseBookRow, creditor *time.Location) (CaseLine, error) {
	currency := money.Currency(row.Currency)
	line := CaseLine{
		Creditor: row.CreditorID, Invoice: row.Number, DebtorID: row.ExternalID, Debtor: row.DebtorName, Status: Status(row.Status),
		DueOn: store.Date(row.DueOn), Amount: money.Amount{Minor: row.AmountMinor, Currency: currency},
		Owed: money.Amount{Minor: row.OwedMinor, Currency: currency},
	}
	if line.Status == Waiting {
		line.OpensAt, line.OpensOn = row.OpensAt.UTC(), calendar.DateOf(row.OpensAt, creditor)
	}
	if line.Status != Open {
		return line, nil
	}
	var plan collection.Plan
	if err := json.Unmarshal(row.Plan, &plan); err != nil {
		return line, fmt.Errorf("read the plan of invoice %s: %w", row.Number, err)
	}
	zone := creditor
	if plan.Form == collection.Perform {
		var err error
		if zone, err = time.LoadLocation(row.TimeZone); err != nil {
			return line, fmt.Errorf("time zone of the debtor of invoice %s: %w", row.Number, err)
		}
	}
	line.Next = &NextLine{
		Form: plan.Form, At: plan.At, On: calendar.DateOf(plan.At, zone), Step: plan.Step, Kind: plan.Kind, Why: plan.Why,
	}
	return line, nil
}
