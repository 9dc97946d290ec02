// Package inquiry answers questions: which cases and tasks there are, how one of them stands, what happens next and why.
//
// It reads Postgres and makes typed structs with stable JSON, for the command line now and for the API and the pages later,
// so that all of them show the same. It changes nothing and locks nothing. It must not import Temporal, nor anything that
// draws on a screen.
package inquiry

import (
	"context"
	"fmt"
	"strings"
	"time"

	"relance/internal/intake"
	"relance/internal/store"
	"relance/internal/store/db"
)

// Reader reads. Every method is one snapshot of the database, so what it returns belongs together.
type Reader struct{ Store *store.Store }

// Clock is what time it is for business.
type Clock struct {
	// Kind is "wall" or "test".
	Kind string `json:"kind"`
	// Now is business time in UTC.
	Now time.Time `json:"now"`
	// Target is where a test clock was last told to go; later than Now when that was interrupted.
	Target time.Time `json:"target,omitzero"`
}

// Test reports whether business time stands still until it is moved.
func (c Clock) Test() bool { return c.Kind == "test" }

// Behind reports whether an advance was interrupted.
func (c Clock) Behind() bool { return c.Test() && c.Now.Before(c.Target) }

// Clock reads the clock.
func (r Reader) Clock(ctx context.Context) (c Clock, err error) {
	err = r.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err = readClock(ctx, tx)
		return err
	})
	return c, err
}

func readClock(ctx context.Context, tx *store.Tx) (Clock, error) {
	inst, err := tx.Installation(ctx)
	if err != nil {
		return Clock{}, fmt.Errorf("read the clock: %w", err)
	}
	now, err := tx.Now(ctx)
	if err != nil {
		return Clock{}, err
	}
	c := Clock{Kind: inst.Clock, Now: now}
	if inst.BusinessTarget != nil {
		c.Target = inst.BusinessTarget.UTC()
	}
	return c, nil
}

// Stop says that sending is stopped.
type Stop struct {
	// Creditor is "" for the whole installation.
	Creditor string    `json:"creditor,omitempty"`
	Since    time.Time `json:"since"` // of the machine's clock
	Reason   string    `json:"reason"`
}

// Stops lists the stops that stand: the installation's first, then those of creditors.
func (r Reader) Stops(ctx context.Context) (stops []Stop, err error) {
	stops = []Stop{}
	err = r.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		inst, err := tx.Installation(ctx)
		if err != nil {
			return fmt.Errorf("read the stop switch: %w", err)
		}
		creditors, err := tx.Creditors(ctx)
		if err != nil {
			return fmt.Errorf("read the creditors: %w", err)
		}
		stops = stopsOf(inst, creditors...)
		return nil
	})
	return stops, err
}

func stopsOf(inst db.Installation, creditors ...db.Creditor) []Stop {
	stops := []Stop{}
	if inst.StoppedAt != nil {
		stops = append(stops, Stop{Since: inst.StoppedAt.UTC(), Reason: text(inst.StoppedReason)})
	}
	for _, c := range creditors {
		if c.StoppedAt != nil {
			stops = append(stops, Stop{Creditor: c.ID, Since: c.StoppedAt.UTC(), Reason: text(c.StoppedReason)})
		}
	}
	return stops
}

func refuse(kind intake.Kind, format string, args ...any) error {
	return &intake.Error{Kind: kind, Problems: []string{fmt.Sprintf(format, args...)}}
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// optional turns "" into no condition.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// list joins names for a sentence: "a, b and c".
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
