package demo

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"relance/internal/collection"
	"relance/internal/judge"
	"relance/internal/policy"
	"relance/internal/store"
	"relance/internal/store/db"
	"relance/internal/words"
)

// readPolicy reads what --policy names: one that comes with the binary, or a file. Empty leaves the creditor's own.
func readPolicy(given string) (name string, body []byte, err error) {
	if given == "" || slices.Contains(policy.Names(), given) {
		return given, nil, nil
	}
	if body, err = os.ReadFile(given); err != nil {
		return "", nil, unusable{fmt.Errorf("there is no policy %q (%s), and no such file", given, strings.Join(policy.Names(), ", "))}
	}
	name = strings.TrimSuffix(filepath.Base(given), filepath.Ext(given))
	if _, err := policy.Parse(name, bytes.NewReader(body)); err != nil {
		return "", nil, fmt.Errorf("%s: %w", given, err)
	}
	return name, body, nil
}

// publish makes the policy of a file known.
func (d *demo) publish(ctx context.Context) error {
	if d.body == nil {
		return nil
	}
	_, err := d.e.Desk.PublishPolicy(ctx, d.policy, d.body)
	return err
}

func (d *demo) lastLine(ctx context.Context) (last int64, err error) {
	err = d.e.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		last, err = tx.LastTimelineID(ctx)
		return err
	})
	return last, err
}

// print tells what has happened since it was last called, a line for each event.
func (d *demo) print(ctx context.Context) error {
	if d.Quiet {
		return nil
	}
	var rows []db.TimelineSinceRow
	err := d.e.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		rows, err = tx.TimelineSince(ctx, d.last)
		return err
	})
	if err != nil {
		return fmt.Errorf("read what happened: %w", err)
	}
	for _, r := range rows {
		d.last = r.ID
		if text := words.Event(r.Kind, r.Data, d.zone); text != "" {
			d.say("%s  %-14s %s", r.At.In(d.zone).Format("Mon 02 Jan 15:04"), r.Number, text)
		}
	}
	return nil
}

// Summary prints the report as a table of at most 80 columns.
func Summary(w io.Writer, r judge.Report) error {
	var b strings.Builder
	fmt.Fprintf(&b, "\nPolicy %s, %s to %s, in %s\n\n", r.Policy, r.From, r.To, time.Duration(r.Seconds*float64(time.Second)).Round(time.Second))
	fmt.Fprintf(&b, "Cases      %6d opened\n", r.Cases.Opened)
	for _, ending := range slices.Sorted(maps.Keys(r.Cases.Closed)) {
		fmt.Fprintf(&b, "           %6d %s\n", r.Cases.Closed[ending], ending)
	}
	fmt.Fprintf(&b, "           %6d open\n\nMessages and tasks\n", r.Cases.Open)
	for _, k := range collection.StepKinds() {
		if n := r.Messages[string(k)]; n > 0 {
			fmt.Fprintf(&b, "           %6d %s\n", n, words.Plain(string(k)))
		}
	}
	v := r.Violations
	fmt.Fprintf(&b, "\nPromises\n")
	for _, row := range []struct {
		n    int
		what string
	}{
		{v.AfterPayment, "demands after payment, or while on hold"}, {v.Duplicate, "sent twice"},
		{v.OutsideHours, "outside contact hours"}, {v.Lost, "lost"}, {v.UnknownUnresolved, "of unknown outcome"},
	} {
		fmt.Fprintf(&b, "           %6d %s\n", row.n, row.what)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
