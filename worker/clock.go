package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"relance/internal/store"
	"relance/internal/store/db"
)

// Opener does the due work that belongs to no workflow: it turns an invoice whose time has come into a case.
type Opener interface {
	Open(ctx context.Context, invoice uuid.UUID) error
	// SettleClosed looks messages of unknown outcome up whose case is over and has no workflow to do it any more.
	SettleClosed(ctx context.Context) error
}

// Story is a source of facts that have their own instants, such as the story of a demo or a ledger that is replayed. Facts of
// an instant come before the plans of that instant.
type Story interface {
	// Next is the instant of the next fact that has not been told; ok is false at the end.
	Next() (at time.Time, ok bool)
	// Tell records the facts of that instant. Recording one twice changes nothing, so that a story can be told again after a
	// crash.
	Tell(ctx context.Context, at time.Time) error
}

// NoStory has no facts of its own.
type NoStory struct{}

// Next is never.
func (NoStory) Next() (time.Time, bool) { return time.Time{}, false }

// Tell does nothing.
func (NoStory) Tell(context.Context, time.Time) error { return nil }

// Driver moves a test clock: instant by instant, it tells the facts, opens what is due, and wakes the cases whose plan is due
// in the order of time, debtor and workflow id, one at a time, until all is quiet. It can be stopped anywhere, by a crash
// too, and goes on where the clock stands.
type Driver struct {
	Store  *store.Store
	Relay  *Relay
	Opener Opener
	Log    *slog.Logger
	// Quiet is called when all of an instant is done; nil: nobody listens.
	Quiet func(context.Context) error

	moved chan uuid.UUID // cases whose plan was stored just now
}

// The driver's errors.
var (
	ErrStopped   = errors.New("sending is stopped, so business time cannot pass: take the stop back with `relance start`")
	ErrBackwards = errors.New("a test clock only moves forward")
	ErrNoClock   = errors.New("this installation lives in real time and has no test clock; make one with `relance demo`")
	ErrStuck     = errors.New("a case does not finish its step")
	ErrDriven    = errors.New("another command moves this clock right now: wait until it is done")
)

// patience is how long one step may take on the wall before the driver says that something is wrong. It is longer than a
// lost activity takes to be found out and tried again.
const patience = 3 * time.Minute

// Listen has the driver hear of stored plans until ctx ends. Run it beside Advance. It is also what makes the driver the only
// one: while it listens, no other driver of the installation does, and a second one gets ErrDriven.
func (d *Driver) Listen(ctx context.Context, ready func()) error {
	d.moved = make(chan uuid.UUID, 1024)
	err := d.Store.Alone(ctx, store.DriveClock, func(ctx context.Context) error {
		return d.Store.Listen(ctx, ready, func(_, payload string) {
			if id, err := uuid.Parse(payload); err == nil {
				select {
				case d.moved <- id:
				default: // nobody waits for this one
				}
			}
		}, store.CaseChannel)
	})
	if errors.Is(err, store.ErrTaken) {
		return ErrDriven
	}
	return err
}

// Advance moves business time to target and returns when all that fell due until then is done.
func (d *Driver) Advance(ctx context.Context, target time.Time, story Story) error {
	if err := d.aim(ctx, target); err != nil {
		return err
	}
	for {
		now, err := d.now(ctx)
		if err != nil {
			return err
		}
		if err := d.settle(ctx, now, story); err != nil {
			return err
		}
		if d.Quiet != nil {
			if err := d.Quiet(ctx); err != nil {
				return err
			}
		}
		next, err := d.next(ctx, now, target, story)
		if err != nil {
			return err
		}
		if next.After(now) {
			if err := d.move(ctx, next); err != nil {
				return err
			}
			continue
		}
		return nil
	}
}

func (d *Driver) aim(ctx context.Context, target time.Time) error {
	return d.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error {
		inst, err := tx.Installation(ctx)
		if err != nil {
			return fmt.Errorf("read the clock: %w", err)
		}
		if inst.BusinessNow == nil {
			return ErrNoClock
		}
		if target.Before(*inst.BusinessNow) {
			return fmt.Errorf("%w: it shows %s, and %s has passed", ErrBackwards, inst.BusinessNow.UTC().Format(time.RFC3339), target.UTC().Format(time.RFC3339))
		}
		return tx.AimClock(ctx, &target)
	})
}

func (d *Driver) now(ctx context.Context) (now time.Time, err error) {
	err = d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		inst, err := tx.Installation(ctx)
		if err != nil {
			return fmt.Errorf("read the clock: %w", err)
		}
		if inst.BusinessNow == nil {
			return ErrNoClock
		}
		now = inst.BusinessNow.UTC()
		return nil
	})
	return now, err
}

func (d *Driver) move(ctx context.Context, to time.Time) error {
	return d.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.MoveClock(ctx, &to) })
}

// next is the next instant at which something happens, at most target.
func (d *Driver) next(ctx context.Context, now, target time.Time, story Story) (time.Time, error) {
	next := target
	if at, ok := story.Next(); ok && at.After(now) && at.Before(next) {
		next = at
	}
	err := d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, query := range []func(context.Context) (time.Time, error){tx.NextOpening, tx.NextReview, tx.NextLookupOfClosedCases} {
			at, err := query(ctx)
			if err != nil && !store.NoRows(err) {
				return fmt.Errorf("look for the next instant: %w", err)
			}
			if err == nil && at.Before(next) {
				next = at.UTC()
			}
		}
		return nil
	})
	if next.Before(now) {
		next = now
	}
	return next, err
}

// settle does all that is due at one instant: facts, then openings, then plans, until nothing is left.
func (d *Driver) settle(ctx context.Context, now time.Time, story Story) error {
	for at, ok := story.Next(); ok && !at.After(now); at, ok = story.Next() {
		if err := story.Tell(ctx, at); err != nil {
			return fmt.Errorf("tell the facts of %s: %w", at.Format(time.RFC3339), err)
		}
	}
	for {
		if err := d.open(ctx, now); err != nil {
			return err
		}
		if err := d.Opener.SettleClosed(ctx); err != nil {
			return err
		}
		if err := d.drain(ctx); err != nil {
			return err
		}
		due, err := d.due(ctx, now)
		if err != nil || len(due) == 0 {
			return err
		}
		if err := d.perform(ctx, due[0], now); err != nil {
			return err
		}
	}
}

func (d *Driver) open(ctx context.Context, now time.Time) error {
	for {
		ids, err := dueOpenings(ctx, d.Store, now)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			if err := d.Opener.Open(ctx, id); err != nil {
				return fmt.Errorf("open invoice %s: %w", id, err)
			}
		}
	}
}

func dueOpenings(ctx context.Context, s *store.Store, now time.Time) (ids []uuid.UUID, err error) {
	err = s.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		ids, err = tx.DueOpenings(ctx, now, relayBatch)
		return err
	})
	return ids, err
}

// drain delivers the news until none is left. A row that another relay holds is waited for, because its lease ends.
func (d *Driver) drain(ctx context.Context) error {
	deadline := time.Now().Add(patience) //nolint:forbidigo // technical time: how long the wall may take
	for {
		n, err := d.Relay.Deliver(ctx)
		if err != nil {
			return err
		}
		if n > 0 {
			continue
		}
		left, err := d.pending(ctx)
		if err != nil || left == 0 {
			return err
		}
		if time.Now().After(deadline) { //nolint:forbidigo // as above
			return fmt.Errorf("%w: %d pieces of news do not reach Temporal", ErrStuck, left)
		}
		if err := d.wait(ctx, uuid.Nil, 5*time.Millisecond); err != nil {
			return err
		}
	}
}

func (d *Driver) pending(ctx context.Context) (left int64, err error) {
	err = d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		left, err = tx.PendingNews(ctx)
		return err
	})
	return left, err
}

func (d *Driver) due(ctx context.Context, now time.Time) (due []db.DueCasesRow, err error) {
	err = d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		due, err = tx.DueCases(ctx, &now, 1)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for due plans: %w", err)
	}
	return due, nil
}

// perform wakes one case and waits until its plan has moved on. A case that stays silent is woken again: a worker that died
// with its step is found out by Temporal after the activity's time.
func (d *Driver) perform(ctx context.Context, c db.DueCasesRow, now time.Time) error {
	if stopped, err := d.stopped(ctx, c.ID); err != nil {
		return err
	} else if stopped {
		return ErrStopped
	}
	again := time.Second
	for spent := time.Duration(0); spent < patience; spent += again {
		again = min(2*again, 15*time.Second)
		if err := d.Relay.Wake(ctx, c.ID); err != nil {
			return fmt.Errorf("wake case %s: %w", c.ID, err)
		}
		moved, err := d.movedOn(ctx, c, now, again)
		if err != nil || moved {
			return err
		}
	}
	return fmt.Errorf("%w: case %s, plan due %s", ErrStuck, c.ID, c.PlanAt.UTC().Format(time.RFC3339))
}

// movedOn waits until the case's plan is another one.
func (d *Driver) movedOn(ctx context.Context, c db.DueCasesRow, now time.Time, most time.Duration) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for {
		err := d.wait(ctx, c.ID, 250*time.Millisecond)
		if errors.Is(err, context.DeadlineExceeded) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		version, err := d.version(ctx, c.ID)
		if err != nil || version != c.PlanVersion {
			return err == nil, err
		}
	}
}

func (d *Driver) version(ctx context.Context, id uuid.UUID) (version int64, err error) {
	err = d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		row, err := tx.CaseByID(ctx, id)
		version = row.PlanVersion
		return err
	})
	return version, err
}

func (d *Driver) stopped(ctx context.Context, id uuid.UUID) (stopped bool, err error) {
	err = d.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		row, err := tx.CaseByID(ctx, id)
		if err != nil {
			return err
		}
		stopped, err = tx.Stopped(ctx, row.CreditorID)
		return err
	})
	return stopped, err
}

// wait returns when a plan of this case was stored, or after most, in case the notification was lost.
func (d *Driver) wait(ctx context.Context, id uuid.UUID, most time.Duration) error {
	timer := time.NewTimer(most)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return nil
		case heard := <-d.moved:
			if heard == id {
				return nil
			}
		}
	}
}
