package casework

import (
	"context"
	"errors"
	"fmt"
	"time"

	"relance/internal/clock"
	"relance/internal/collection"
	"relance/internal/delivery"
	"relance/internal/store"
	"relance/internal/store/db"
)

// Perform performs a step: a message is claimed, called and recorded; work for a person is raised; then the case is planned
// again. Running it twice is safe: the second run finds the dispatch, task or outcome of the first, and neither the partial
// unique index nor the attempt fence lets two calls through.
func (w *Work) Perform(ctx context.Context, step Step) (collection.Plan, error) {
	const supersessions = 5 // the facts changed between claim and call that often: let the workflow come back
	var plan collection.Plan
	for range supersessions {
		c, planned, err := w.claim(ctx, step)
		if err != nil || c == nil {
			return planned, err
		}
		var v verdict
		if v, err = w.call(ctx, c); err != nil {
			return collection.Plan{}, err
		}
		if plan = v.plan; !v.superseded {
			return plan, nil
		}
	}
	return plan, nil
}

// verdict is what the second transaction came to.
type verdict struct {
	plan       collection.Plan
	superseded bool
}

// call marks the dispatch as being called, and makes the call under the locks. Between the mark and the first byte the
// process knows that nothing was sent, and takes its own mark back on every way out.
func (w *Work) call(ctx context.Context, c *claim) (verdict, error) {
	if err := ctx.Err(); err != nil {
		return verdict{}, err // nothing is marked, so nothing has to be taken back
	}
	marked, err := w.markCalling(context.WithoutCancel(ctx), c) // a cancelled commit would be in doubt
	if err != nil {                                             // a lost connection leaves it in doubt all the same
		return verdict{}, errors.Join(err, w.clearMark(context.WithoutCancel(ctx), c))
	}
	if !marked { // a payment or a block came first and suppressed it
		return verdict{superseded: true}, nil
	}
	var v verdict
	var out *delivery.Outcome
	err = w.Store.Once(ctx, func(ctx context.Context, tx *store.Tx) error {
		v, out, err = w.callTx(ctx, tx, c)
		return err
	})
	switch {
	case err == nil:
		return v, nil
	case out == nil || !out.Written && out.State == delivery.Later:
		// Nothing was written: the lock timed out, the pool was full, the process is stopping.
		return verdict{}, errors.Join(err, w.clearMark(context.WithoutCancel(ctx), c))
	default:
		return verdict{}, err // the call was made and its record is lost: the lease runs out and it becomes unknown
	}
}

func (w *Work) markCalling(ctx context.Context, c *claim) (bool, error) {
	var n int64
	err := w.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if n, err = tx.MarkCalling(ctx, c.dispatch, c.attempt, c.lease); err != nil || n == 0 {
			return err
		}
		now := clock.Now()
		return tx.MarkCalled(ctx, c.attempt, &now)
	})
	if err != nil {
		return false, fmt.Errorf("mark dispatch %s: %w", c.dispatch, err)
	}
	return n == 1, nil
}

// clearMark takes the mark of this attempt back: nothing was sent.
func (w *Work) clearMark(ctx context.Context, c *claim) error {
	ctx, cancel := context.WithTimeout(ctx, store.LockTimeout)
	defer cancel()
	err := w.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.ClearCalling(ctx, c.dispatch, c.attempt)
		if err != nil || n == 0 {
			return err
		}
		return endAttempt(ctx, tx, c.attempt, "not_written", delivery.Outcome{})
	})
	if err != nil {
		return fmt.Errorf("clear the mark of dispatch %s: %w", c.dispatch, err)
	}
	return nil
}

// callTx is the second transaction. It takes every lock it will need before the call, looks at the facts once more, makes
// one call, and records the outcome before anything else. A non-nil outcome means that the provider was called.
func (w *Work) callTx(ctx context.Context, tx *store.Tx, c *claim) (verdict, *delivery.Outcome, error) {
	f, d, err := w.lockForCall(ctx, tx, c)
	if err != nil {
		return verdict{}, nil, err
	}
	if d.State != "calling" || d.AttemptID != c.attempt || clock.Until(c.lease) < w.Deadlines.Call+store.LockTimeout {
		return verdict{}, nil, fmt.Errorf("dispatch %s: %w", c.dispatch, ErrBusy)
	}
	f.Facts.Flight = nil
	if plan := collection.Next(f.Facts, f.Policy, f.Now); !plan.Asks(c.step.Step, c.step.Epoch, f.Now) {
		v, err := w.standDown(ctx, tx, f, d)
		return v, nil, err
	} else if same, err := w.sameMessage(f, plan, c); err != nil {
		return verdict{}, nil, err
	} else if !same {
		return verdict{superseded: true}, nil, putBack(ctx, tx, d, "superseded")
	}
	stopped, err := tx.Stopped(ctx, f.Creditor.ID) // read last, locked by nothing: a stop is complete within one deadline
	if err != nil {
		return verdict{}, nil, err
	}
	if stopped {
		plan, err := f.Plan()
		return verdict{plan: plan}, nil, errors.Join(err, putBack(ctx, tx, d, "not_written"))
	}
	out := w.deliver(ctx, c)
	v, err := w.record(context.WithoutCancel(ctx), tx, f, d, c, out)
	return v, &out, err
}

func (w *Work) lockForCall(ctx context.Context, tx *store.Tx, c *claim) (*File, db.Dispatch, error) {
	row, err := tx.CaseByID(ctx, c.step.CaseID)
	if err != nil {
		return nil, db.Dispatch{}, err
	}
	if err := tx.ShareDebtor(ctx, row.DebtorID); err != nil {
		return nil, db.Dispatch{}, fmt.Errorf("lock debtor %s: %w", row.DebtorID, err)
	}
	if err := lockInvoice(ctx, tx, row.InvoiceID); err != nil {
		return nil, db.Dispatch{}, err
	}
	if c.contact != nil {
		if err := tx.LockContactPoint(ctx, *c.contact); err != nil {
			return nil, db.Dispatch{}, fmt.Errorf("lock contact point %s: %w", *c.contact, err)
		}
	}
	d, err := tx.LockDispatch(ctx, c.dispatch)
	if err != nil {
		return nil, db.Dispatch{}, fmt.Errorf("lock dispatch %s: %w", c.dispatch, err)
	}
	f, err := Load(ctx, tx, row.InvoiceID)
	return f, d, err
}

// standDown ends a dispatch that the facts no longer ask for: a payment, a block or an agreement came while it was claimed.
func (w *Work) standDown(ctx context.Context, tx *store.Tx, f *File, d db.Dispatch) (verdict, error) {
	if err := suppress(ctx, tx, f, d); err != nil {
		return verdict{}, err
	}
	f, err := Load(ctx, tx, f.Invoice.ID)
	if err != nil {
		return verdict{}, err
	}
	plan, err := Replan(ctx, tx, f, Quiet)
	return verdict{plan: plan}, err
}

// putBack returns a dispatch that was not called to the claimed state, for the next attempt to take.
func putBack(ctx context.Context, tx *store.Tx, d db.Dispatch, result string) error {
	if err := tx.PutOffDispatch(ctx, db.PutOffDispatchParams{ID: d.ID}); err != nil {
		return fmt.Errorf("put dispatch %s back: %w", d.ID, err)
	}
	return endAttempt(ctx, tx, d.AttemptID, result, delivery.Outcome{})
}

func (w *Work) deliver(ctx context.Context, c *claim) delivery.Outcome {
	if err := ctx.Err(); err != nil {
		return delivery.NotWritten("stopping", "")
	}
	// A stop of the worker lets a call that has begun finish: cancellation does not reach it, its own deadline does.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.Deadlines.Call)
	defer cancel()
	return c.sender.Send(ctx, c.frozen)
}

// later is how long to leave a provider alone that took nothing: what it asked for, else a little longer with every try.
func later(asked time.Duration, attempt int32) time.Duration {
	if asked > 0 {
		return asked
	}
	wait := time.Minute << min(max(attempt-1, 0), 6)
	return min(wait, time.Hour)
}
