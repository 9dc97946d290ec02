// Package demo lives through a ledger and its story on a test clock, day by day, and says at the end what was sent and
// whether a promise was broken.
//
// It runs the production path: the real workflow, activities, providers' clients and database, against a sandbox instead of
// the providers. Nothing leaves the machine.
package demo

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"time"

	"relance/internal/app"
	"relance/internal/calendar"
	"relance/internal/casework"
	"relance/internal/clock"
	"relance/internal/judge"
	"relance/internal/ledger"
	"relance/internal/replay"
	"relance/internal/sandbox"
	"relance/internal/store"
)

// Options are the flags of the demo.
type Options struct {
	Files    Files
	Policy   string        // name of a policy, or a YAML file; empty: the creditor's own
	From     calendar.Date // zero: the day before the first invoice date
	Day      time.Duration // how long a business day lasts on the wall; 0 is as fast as it goes
	Exit     bool          // stop when nothing is left to do
	Dir      string
	PortBase int
	NoUI     bool
	Faults   []sandbox.Fault
	Log      *slog.Logger
	Out      io.Writer // where the story goes
	Quiet    bool      // no line per event: a progress bar instead, on a terminal
	Progress func(day calendar.Date, done float64)
}

// deadlines are shorter than in production: a demo is killed on purpose, and nobody wants to wait for production leases then. Their order is
// the same.
func deadlines() casework.Deadlines {
	return casework.Deadlines{Call: 5 * time.Second, Lease: 10 * time.Second}
}

// Run lives through the story. The report is that of everything the data directory has seen.
//
// Who interrupts it gets the report as it stands, and the same call on the same directory goes on from there.
func Run(ctx context.Context, o Options) (report judge.Report, err error) {
	began := clock.Now()
	script, err := o.Files.load(ctx)
	if err != nil {
		return judge.Report{}, err
	}
	from := o.From
	if from.IsZero() {
		from = script.first.AddDays(-1)
	}
	d := &demo{Options: o, script: script, from: from, zone: script.zone}
	if d.policy, d.body, err = readPolicy(o.Policy); err != nil {
		return judge.Report{}, err
	}
	d.e, err = app.StartEmbedded(ctx, app.Options{
		Dir: o.Dir, PortBase: o.PortBase, Start: from.Start(script.zone), NoSync: true, NoUI: o.NoUI, Faults: o.Faults, Zone: script.zone,
		Deadlines: deadlines(), Log: o.Log, Progress: func(doing string) { d.say("starting %s", doing) },
	})
	if err != nil {
		return judge.Report{}, err
	}
	defer func() {
		if err := d.e.Stop(context.WithoutCancel(ctx)); err != nil { // the report stands all the same
			o.Log.Warn("the installation did not stop cleanly", "error", err)
		}
	}()
	if err = d.prepare(ctx); err != nil {
		return judge.Report{}, err
	}
	if err = d.live(ctx); err != nil && ctx.Err() == nil {
		return judge.Report{}, err
	}
	return d.judge(context.WithoutCancel(ctx), began)
}

type demo struct {
	Options
	script *script
	e      *app.Embedded
	from   calendar.Date
	zone   *time.Location
	policy string
	body   []byte // of a policy that comes from a file
	teller *replay.Teller
	last   int64 // the newest line of the timeline that was printed
	ended  bool
}

func (d *demo) say(format string, args ...any) {
	if !d.Quiet {
		_, _ = fmt.Fprintf(d.Out, format+"\n", args...)
	}
}

// prepare applies the creditor and the policy, keeps the documents, and places the story where the clock stands.
func (d *demo) prepare(ctx context.Context) error {
	if err := d.publish(ctx); err != nil {
		return err
	}
	if err := d.e.Desk.ApplyCreditor(ctx, d.script.creditor, ledger.Trusted); err != nil {
		return err
	}
	attached, err := d.e.Desk.Attach(ctx, d.script.folder, d.script.book.Rows)
	if err != nil {
		return err
	}
	now, _, err := d.e.Core.Now(ctx)
	if err != nil {
		return err
	}
	if now.After(d.from.Start(d.zone)) {
		d.say("going on where the clock stands: %s", now.In(d.zone).Format("Mon 2 Jan 2006 15:04"))
		if d.last, err = d.lastLine(ctx); err != nil {
			return err
		}
	}
	d.teller = replay.New(d.e.Desk, replay.Script{
		Creditor: d.script.creditor.ID, Zone: d.zone, Policy: d.policy, Book: d.script.book, Documents: attached, Events: d.script.events,
	}, now)
	d.addresses()
	return nil
}

func (d *demo) addresses() {
	if d.e.Where.UI != "" {
		d.say("Temporal UI      %s", d.e.Where.UI)
	}
	d.say("Outbox           %s", d.e.Where.Sandbox)
	d.say("Data             %s", d.Dir)
	d.say("\nTimes are the creditor's (%s).\n", d.zone)
}

// live passes the days. A day never ends before all that fell due in it is done.
func (d *demo) live(ctx context.Context) error {
	listening, cancel := context.WithCancel(ctx)
	defer cancel()
	ready, gone := make(chan struct{}), make(chan error, 1)
	go func() { gone <- d.e.Driver.Listen(listening, func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-gone:
		return err
	}
	d.e.Driver.Quiet = d.print
	for first := true; ; first = false {
		now, _, err := d.e.Core.Now(ctx)
		if err != nil {
			return err
		}
		today, begun := calendar.DateOf(now, d.zone), clock.Now()
		end := today.AddDays(1).Start(d.zone)
		if first && now.Equal(today.Start(d.zone)) {
			end = now // an interrupted run may have ended within this instant; if it was the last one, no day follows it
		}
		if err := d.e.Driver.Advance(ctx, end, d.teller); err != nil {
			return err
		}
		d.advanced(today)
		if done, err := d.done(ctx); err != nil || done {
			return d.stay(ctx, err)
		}
		if end.Equal(now) {
			continue
		}
		if err := sleepUntil(ctx, begun.Add(d.Day)); err != nil {
			return err
		}
	}
}

func (d *demo) advanced(today calendar.Date) {
	if d.Progress == nil {
		return
	}
	whole := d.script.last.Sub(d.from)
	d.Progress(today, min(float64(today.Sub(d.from))/float64(max(whole, 1)), 1))
}

// stay keeps everything up for looking around, unless the demo was asked to leave.
func (d *demo) stay(ctx context.Context, err error) error {
	d.ended = err == nil
	if err != nil || d.Exit {
		return err
	}
	d.say("\nEvery case is closed or waits for a person. Press Ctrl-C to stop.")
	<-ctx.Done()
	return nil
}

// done reports that the story has ended and nothing happens by itself any more: what is left waits for a person.
func (d *demo) done(ctx context.Context) (bool, error) {
	if _, more := d.teller.Next(); more {
		return false, nil
	}
	done := false
	err := d.e.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.NextOpening(ctx); !store.NoRows(err) {
			return err
		}
		if _, err := tx.NextPlan(ctx); !store.NoRows(err) {
			return err
		}
		done = true
		return nil
	})
	return done, err
}

func sleepUntil(ctx context.Context, t time.Time) error {
	wait := clock.Until(t)
	if wait <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (d *demo) judge(ctx context.Context, began time.Time) (judge.Report, error) {
	report, err := judge.Judge(ctx, d.e.Store, d.e.Sandbox.Ledger())
	if err != nil {
		return report, err
	}
	now, _, err := d.e.Core.Now(ctx)
	if err != nil {
		return report, err
	}
	report.Policy, report.From, report.To = d.policy, d.from, calendar.DateOf(now, d.zone)
	if report.Policy == "" {
		report.Policy = d.script.creditor.Policy
	}
	report.Seconds = float64(clock.Now().Sub(began).Milliseconds()) / 1000
	return report, nil
}
