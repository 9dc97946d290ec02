package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"golang.org/x/time/rate"

	"relance/internal/casework"
	"relance/internal/clock"
	"relance/internal/collection"
	"relance/internal/money"
	"relance/internal/store"
	"relance/internal/store/db"
	"relance/workflows"
)

// Relay brings the news of the outbox to Temporal: it starts the workflow of a case that has opened, and signals the one
// whose plan has changed. It sends the plan as it is now, so that however late it comes, nobody acts on an old one. News goes
// before starts, and only starts are throttled.
type Relay struct {
	Store    *store.Store
	Temporal client.Client
	Starts   *rate.Limiter // nil: as fast as it goes
	Log      *slog.Logger
}

const (
	relayLease = 30 * time.Second // after this another relay may take the row
	relayBatch = 50
	relayEach  = 5               // starts of one creditor in a batch
	relayMax   = 5 * time.Minute // between two tries of a row that Temporal refuses
)

// DefaultStarts is what an embedded Temporal on two cores takes beside its other work; it bounds the herd of an import.
func DefaultStarts() *rate.Limiter { return rate.NewLimiter(50, relayBatch) }

// Deliver takes the news that is due and delivers it. It returns how many rows it took; a row that Temporal refuses waits
// longer with every try and blocks no other.
func (r *Relay) Deliver(ctx context.Context) (int, error) {
	rows, err := r.take(ctx)
	if err != nil {
		return 0, fmt.Errorf("take the news: %w", err)
	}
	for _, row := range rows {
		version, refused := r.tell(ctx, row)
		if refused != nil {
			r.Log.Warn("news not delivered", "case", row.CaseID, "tries", row.Tries+1, "error", refused)
			err = errors.Join(err, r.delay(ctx, row))
		} else {
			err = errors.Join(err, r.delivered(ctx, row, version))
		}
	}
	return len(rows), err
}

// take leases a batch: news while there is any, else starts, as many as the limiter lets through.
func (r *Relay) take(ctx context.Context) (rows []db.TakeNewsRow, err error) {
	now := clock.Now()
	lease := now.Add(relayLease)
	err = r.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		rows, err = tx.TakeNews(ctx, &lease, now, relayBatch)
		return err
	})
	most := relayBatch
	if r.Starts != nil {
		most = min(most, int(r.Starts.TokensAt(now)))
	}
	if err != nil || len(rows) > 0 || most <= 0 {
		return rows, err
	}
	err = r.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error {
		starts, err := tx.TakeStarts(ctx, db.TakeStartsParams{Lease: &lease, Now: now, Each: relayEach, Most: int32(most)}) //nolint:gosec // a batch is small
		rows = rows[:0]
		for _, s := range starts {
			rows = append(rows, db.TakeNewsRow(s))
		}
		return err
	})
	if r.Starts != nil {
		r.Starts.AllowN(now, len(rows))
	}
	return rows, err
}

func (r *Relay) delivered(ctx context.Context, row db.TakeNewsRow, version int64) error {
	return r.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tx.NewsDelivered(ctx, version, row.CaseID)
	})
}

// delay puts a row off that Temporal refused. After many tries a person is told; the row is tried on.
func (r *Relay) delay(ctx context.Context, row db.TakeNewsRow) error {
	next := clock.Now().Add(min(time.Second<<min(row.Tries, 10), relayMax))
	return r.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error {
		if row.Tries+1 == triesBeforeTask {
			if err := casework.NewsRefused(ctx, tx, row.CaseID); err != nil {
				return err
			}
		}
		return tx.NewsDelayed(ctx, row.CaseID, next)
	})
}

// triesBeforeTask is about half an hour of back-off: longer than a deploy, shorter than a day without reminders.
const triesBeforeTask = 12

// told is a case as a workflow has to hear of it.
type told struct {
	row       db.Case
	invoice   db.Invoice
	plan      collection.Plan
	testClock bool
	now       time.Time // business time on a test clock, else zero
}

func (r *Relay) read(ctx context.Context, caseID uuid.UUID) (t told, err error) {
	err = r.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		if t.row, err = tx.CaseByID(ctx, caseID); err != nil {
			return err
		}
		if t.invoice, err = tx.Invoice(ctx, t.row.InvoiceID); err != nil {
			return err
		}
		inst, err := tx.Installation(ctx)
		if err != nil {
			return err
		}
		if inst.BusinessNow != nil {
			t.testClock, t.now = true, inst.BusinessNow.UTC()
		}
		return json.Unmarshal(t.row.Plan, &t.plan)
	})
	if err != nil {
		return t, fmt.Errorf("read case %s: %w", caseID, err)
	}
	return t, nil
}

// tell delivers one row and returns the version that the workflow has heard of.
func (r *Relay) tell(ctx context.Context, row db.TakeNewsRow) (int64, error) {
	t, err := r.read(ctx, row.CaseID)
	if err != nil {
		return 0, err
	}
	switch closed := t.plan.Form == collection.Close; {
	case closed: // never started for this: it may run all the same, when a relay died before it could note the start
		err = r.signal(ctx, t, row.Kind, row.Events)
		if gone := (*serviceerror.NotFound)(nil); errors.As(err, &gone) {
			err = nil // its workflow has ended, or never began: there is nobody to tell
		}
	case !row.Started:
		err = r.start(ctx, t, row)
	default:
		err = r.signalWithStart(ctx, t, row.Kind, row.Events)
	}
	return t.plan.Version, err
}

// start begins the workflow of a case. One that runs already, because an earlier relay died before it could note the start,
// is signalled instead: it may hold an older plan.
func (r *Relay) start(ctx context.Context, t told, row db.TakeNewsRow) error {
	options := t.options()
	options.WorkflowExecutionErrorWhenAlreadyStarted = true
	_, err := r.Temporal.ExecuteWorkflow(ctx, options, workflows.WorkflowType, t.input())
	if already := (*serviceerror.WorkflowExecutionAlreadyStarted)(nil); errors.As(err, &already) {
		return r.signal(ctx, t, row.Kind, row.Events)
	}
	return err
}

func (r *Relay) signal(ctx context.Context, t told, name string, events []string) error {
	return r.Temporal.SignalWorkflow(ctx, t.row.WorkflowID, "", name, t.envelope(events))
}

func (r *Relay) signalWithStart(ctx context.Context, t told, name string, events []string) error {
	_, err := r.Temporal.SignalWithStartWorkflow(ctx, t.row.WorkflowID, name, t.envelope(events), t.options(), workflows.WorkflowType, t.input())
	return err
}

// Wake tells a case on a test clock what time it is: business time and the plan go with the signal.
func (r *Relay) Wake(ctx context.Context, caseID uuid.UUID) error {
	t, err := r.read(ctx, caseID)
	if err != nil {
		return err
	}
	return r.signalWithStart(ctx, t, workflows.SignalChanged, nil)
}

func (t told) envelope(events []string) workflows.Envelope {
	return workflows.Envelope{Events: events, Version: t.plan.Version, Plan: &t.plan, Now: t.now}
}

func (t told) input() workflows.CaseInput {
	return workflows.CaseInput{
		CaseID: t.row.ID.String(), Creditor: t.row.CreditorID, Debtor: t.row.DebtorID.String(), Invoice: t.invoice.Number,
		DueOn: store.Date(t.invoice.DueOn), Amount: money.Amount{Minor: t.invoice.AmountMinor, Currency: money.Currency(t.invoice.Currency)},
		Plan: t.plan, TestClock: t.testClock, Now: t.now,
	}
}

func (t told) options() client.StartWorkflowOptions {
	in := t.input()
	return client.StartWorkflowOptions{
		ID: t.row.WorkflowID, TaskQueue: workflows.QueueCases,
		// A reversed payment reopens a case under its old id; the unique key that keeps it single is the row in Postgres.
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		TypedSearchAttributes:    workflows.SearchAttributesFor(in),
		StaticSummary:            workflows.StaticSummary(in),
		Priority:                 temporal.Priority{FairnessKey: t.row.CreditorID}, // one creditor's backlog never stands before another's
	}
}

// Run delivers news as it comes until ctx ends: notified by Postgres, and looking by itself now and then in case a
// notification was lost. opens is called as often, to open what is due; nil where something else does that.
func (r *Relay) Run(ctx context.Context, opens func(context.Context) error) {
	ring := make(chan struct{}, 1)
	poke := func() {
		select {
		case ring <- struct{}{}:
		default:
		}
	}
	go r.listen(ctx, poke)
	for {
		n, err := r.Deliver(ctx)
		if err == nil && opens != nil {
			err = opens(ctx)
		}
		if err != nil && ctx.Err() == nil {
			r.Log.Warn("the relay stumbled", "error", err)
		}
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-ring:
		case <-time.After(relayPoll):
		}
	}
}

const relayPoll = 2 * time.Second

func (r *Relay) listen(ctx context.Context, poke func()) {
	for ctx.Err() == nil {
		err := r.Store.Listen(ctx, poke, func(string, string) { poke() }, store.OutboxChannel)
		if ctx.Err() == nil {
			r.Log.Warn("the relay does not hear Postgres", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(relayPoll):
		}
	}
}
