package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"relance/internal/app"
	"relance/internal/argument"
	"relance/internal/casework"
	"relance/internal/inquiry"
	"relance/internal/screen"
	"relance/internal/store"
	"relance/internal/store/db"
	"relance/internal/words"
	"relance/worker"
)

func newClockAdvance() *cobra.Command {
	var by, to string
	var events bool
	cmd := &cobra.Command{
		Use:   "advance [--by SPAN | --to DATE]",
		Short: "Move a test clock forward, and do all that falls due on the way",
		Long: `Moves a test clock forward instant by instant: cases open, steps are performed, plans
come due, in their order, and the command returns when all is quiet. Interrupted, even
by a crash, it leaves the clock where it stands; without flags it finishes that.

Days are those of the creditor's zone; --to 2026-03-01 means 00:00 of that day. Real
time cannot be moved.`,
		Example: examples("relance clock advance --by 7d", "relance clock advance --by 12h --events", "relance clock advance --to 2026-03-01", "relance clock advance   # finish an interrupted one"),
		Args:    noArgs,
		RunE: onOffice(func(ctx context.Context, cmd *cobra.Command, o *office, _ []string) error {
			if by != "" && to != "" {
				return usagef("say either --by or --to")
			}
			clock, err := o.Ask.Clock(ctx)
			if err != nil {
				return err
			}
			if !clock.Test() {
				return worker.ErrNoClock
			}
			zone := businessZone(ctx, o.Ask)
			target, err := advanceTarget(clock, zone, by, to)
			if err != nil {
				return err
			}
			return runAdvance(ctx, cmd, o, &advance{from: clock.Now, target: target, zone: zone, events: events, Counts: map[string]int{}})
		}),
	}
	cmd.Flags().StringVar(&by, "by", "", "how far: a `SPAN` such as 7d, 2w, 12h or 1d12h")
	cmd.Flags().StringVar(&to, "to", "", "until when: a `DAY`, or an instant such as 2026-03-01T09:00:00Z")
	cmd.Flags().BoolVar(&events, "events", false, "print a line for each event as it happens")
	dataDirFlag(cmd)
	return cmd
}

func advanceTarget(c inquiry.Clock, zone *time.Location, by, to string) (time.Time, error) {
	switch {
	case by != "":
		span, err := argument.ParseSpan(by)
		if err != nil {
			return time.Time{}, usagef("--by %w", err)
		}
		return span.After(c.Now, zone), nil
	case to != "":
		at, err := argument.ParseInstant("--to", to, zone)
		if err != nil {
			return at, usageError{err}
		}
		return at, nil
	case c.Behind():
		return c.Target, nil
	}
	return time.Time{}, usagef("say how far with --by 7d or --to 2026-03-01: no advance was interrupted that could be finished")
}

// advance is one move of the clock on its way.
type advance struct {
	from, target time.Time
	zone         *time.Location
	events       bool
	last         int64 // the newest line of the timeline that was seen
	shown        *bar
	Counts       map[string]int
}

// advanced is what a move of the clock did, for scripts.
type advanced struct {
	From   time.Time      `json:"from"`
	To     time.Time      `json:"to"`
	Events map[string]int `json:"events"` // by the kind of their lines in the timeline and of the step or task in it
}

func runAdvance(ctx context.Context, cmd *cobra.Command, o *office, a *advance) error {
	if o.embedded() && !o.alive {
		return fmt.Errorf("%w: its workers must run for the clock to move; start it with `relance up`", app.ErrNotRunning)
	}
	temporal, err := dialFor(ctx, o)
	if err != nil {
		return err
	}
	defer temporal.Close()
	if a.last, err = lastEvent(ctx, o); err != nil {
		return err
	}
	a.shown = newBar(cmd)
	if a.events || wantsJSON(cmd) {
		a.shown.out = nil
	}
	work, err := o.Work(o.providers(), casework.DefaultDeadlines())
	if err != nil {
		return err
	}
	driver := &worker.Driver{
		Store: o.Store, Relay: &worker.Relay{Store: o.Store, Temporal: temporal, Log: o.Log}, Opener: work, Log: o.Log,
		Quiet: func(ctx context.Context) error { return a.look(ctx, cmd, o) },
	}
	err = driver.Drive(ctx, func(ctx context.Context) error { return driver.Advance(ctx, a.target, worker.NoStory{}) })
	a.shown.clear()
	return a.finish(ctx, cmd, o, err)
}

func dialFor(ctx context.Context, o *office) (client.Client, error) {
	if o.embedded() {
		return app.DialEmbedded(ctx, o.Where, o.Log)
	}
	return app.DialTemporal(ctx, o.Log)
}

func lastEvent(ctx context.Context, o *office) (last int64, err error) {
	err = o.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		last, err = tx.LastTimelineID(ctx)
		return err
	})
	return last, err
}

// look counts what has happened since it last looked, and draws how far the clock has come.
func (a *advance) look(ctx context.Context, cmd *cobra.Command, o *office) error {
	var rows []db.TimelineSinceRow
	var now time.Time
	err := o.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if now, err = tx.Now(ctx); err != nil {
			return err
		}
		rows, err = tx.TimelineSince(ctx, a.last)
		return err
	})
	if err != nil {
		return fmt.Errorf("read what happened: %w", err)
	}
	for _, r := range rows {
		a.last = r.ID
		if r.Kind != "step_tasked" { // its task is counted
			a.Counts[words.TallyKey(r.Kind, r.Data)]++
		}
		if a.events && !wantsJSON(cmd) {
			fmt.Fprint(cmd.OutOrStdout(), screen.Event(r.At.In(a.zone), r.Number, r.Kind, r.Data))
		}
	}
	a.shown.tell("advancing", int64(now.Sub(a.from)/time.Second), int64(a.target.Sub(a.from)/time.Second))
	a.shown.describe(now.In(a.zone).Format("Mon 2 Jan 2006"))
	return nil
}

func (a *advance) finish(ctx context.Context, cmd *cobra.Command, o *office, err error) error {
	clock, clockErr := o.Ask.Clock(context.WithoutCancel(ctx))
	if err != nil {
		if clockErr == nil && clock.Behind() && !errors.Is(err, worker.ErrDriven) {
			return fmt.Errorf("%w; the clock stands at %s, and `relance clock advance` goes on", sentenceError(err), clock.Now.Format(time.RFC3339))
		}
		return err
	}
	if clockErr != nil {
		return clockErr
	}
	return answer(cmd, advanced{a.from, clock.Now, a.Counts}, func() string { return screen.Advanced(a.from, clock.Now, a.zone, a.Counts) })
}

// sentenceError keeps what an error is and says it to a person.
func sentenceError(err error) error {
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted")
	}
	return err
}
