package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/judge"
	"relance/internal/money"
	"relance/internal/policy"
	"relance/internal/store"
	"relance/internal/store/db"
)

// publish makes the policy of --policy known and returns its name; empty leaves the creditor's own.
func (d *demo) publish(ctx context.Context) (string, error) {
	if d.Policy == "" || slices.Contains(policy.Names(), d.Policy) {
		return d.Policy, nil
	}
	body, err := os.ReadFile(d.Policy)
	if err != nil {
		return "", fmt.Errorf("there is no policy %q (%s), and no such file: %w", d.Policy, strings.Join(policy.Names(), ", "), err)
	}
	name := strings.TrimSuffix(filepath.Base(d.Policy), filepath.Ext(d.Policy))
	if _, err := d.e.Desk.PublishPolicy(ctx, name, body); err != nil {
		return "", fmt.Errorf("%s: %w", d.Policy, err)
	}
	return name, nil
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
		if words := line(r.Kind, r.Data); words != "" {
			d.say("%s  %-14s %s", r.At.In(d.zone).Format("Mon 02 Jan 15:04"), r.Number, words)
		}
	}
	return nil
}

// entry is what the lines of a timeline have in their data.
type entry struct {
	Kind        string
	Step        string
	Reason      string
	Why         string
	Route       string
	Ending      string
	Tracking    string
	Code        string
	Outcome     string
	Verdict     string
	Until       string
	On          string
	Owed        money.Amount
	Amount      money.Amount
	Left        money.Amount
	Instalments []json.RawMessage
	Plan        *collection.Plan
}

// line says one event in plain words; empty for what interests nobody who watches.
func line(kind string, data json.RawMessage) string {
	var e entry
	if err := json.Unmarshal(data, &e); err != nil {
		return kind
	}
	switch kind {
	case "registered":
		return fmt.Sprintf("invoice registered, %s", e.Amount)
	case "case_opened":
		return fmt.Sprintf("case opened, %s owed%s", e.Owed, next(e.Plan))
	case "case_closed":
		if e.Ending == string(collection.EndPaid) {
			return "case closed: paid"
		}
		return "case closed: " + e.Ending
	case "payment":
		if e.Left.Minor <= 0 {
			return fmt.Sprintf("payment of %s, nothing is owed any more", e.Amount)
		}
		return fmt.Sprintf("payment of %s, %s left", e.Amount, e.Left)
	case "step_sent":
		return fmt.Sprintf("%s sent, %s", stepWords(e.Kind), e.Owed)
	case "step_skipped":
		return fmt.Sprintf("%s skipped: %s", stepWords(e.Kind), plain(e.Reason))
	case "step_refused":
		return fmt.Sprintf("%s refused by the provider (%s)", stepWords(e.Kind), e.Reason)
	case "step_gave_up":
		return fmt.Sprintf("%s given up: %s", stepWords(e.Kind), plain(e.Reason))
	case "task_raised":
		return "task: " + taskWords(e.Kind) + " (" + plain(e.Why) + ")"
	case "task_done":
		return "done: " + taskWords(e.Kind)
	case "task_withdrawn":
		return "task withdrawn: " + taskWords(e.Kind)
	case "task_reopened":
		return "task again: " + taskWords(e.Kind)
	case "letter_posted":
		return "letter posted, tracking number " + e.Tracking
	case "case_referred":
		return fmt.Sprintf("referred to %s, %s", plain(e.Route), e.Owed)
	case "agreement":
		return fmt.Sprintf("instalments agreed: %d", len(e.Instalments))
	case "agreement_broken":
		return "agreement broken, the ladder goes on"
	default:
		return lesser(kind, e)
	}
}

// lesser are the lines that are rarer.
func lesser(kind string, e entry) string {
	switch kind {
	case "pause_begun":
		return "on hold: " + plain(e.Reason)
	case "pause_ended":
		return "released: " + plain(e.Reason)
	case "message_suppressed":
		return stepWords(e.Kind) + " withdrawn before it was sent"
	case "outcome_unknown":
		return stepWords(e.Kind) + ": did it arrive? looking it up"
	case "proved_absent":
		return "it did not arrive, it is sent again"
	case "contact_invalid":
		return "this address does not work, another way is tried"
	case "contact_opted_out":
		return "opted out of this channel"
	case "raw_signal":
		return "signal from an operator: " + plain(e.Verdict)
	case "step_tasked":
		return "" // the task says it
	}
	return plain(kind)
}

func next(p *collection.Plan) string {
	if p == nil || p.Form != collection.Perform {
		return ""
	}
	return fmt.Sprintf("; next %s on %s", strings.ToLower(stepWords(string(p.Kind))), p.At.Format("2 Jan"))
}

func stepWords(kind string) string {
	switch collection.StepKind(kind) {
	case collection.EmailReminder:
		return "Email reminder"
	case collection.SMSReminder:
		return "SMS reminder"
	case collection.PhoneCall:
		return "Phone call"
	case collection.EscalationNotice:
		return "Escalation notice"
	case collection.CertifiedLetter:
		return "Certified letter"
	case collection.Referral:
		return "Placement with the agency"
	}
	return plain(kind)
}

func taskWords(kind string) string {
	switch casework.TaskKind(kind) {
	case casework.TaskCall:
		return "call the debtor"
	case casework.TaskPrintAndPost:
		return "print and post the letter"
	case casework.TaskFileClaim:
		return "file the claim"
	case casework.TaskChooseRoute:
		return "choose where the debt goes"
	case casework.TaskFindDebtor:
		return "find the debtor"
	case casework.TaskUnknown:
		return "find out whether it arrived"
	case casework.TaskGivenUp:
		return "a step was given up"
	case casework.TaskUnreadable:
		return "a signal could not be read"
	case casework.TaskConfirm:
		return "confirm what an operator said"
	case casework.TaskReview:
		return "look at the case"
	}
	return plain(kind)
}

// plain makes words of a code.
func plain(code string) string { return strings.ReplaceAll(code, "_", " ") }

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
			fmt.Fprintf(&b, "           %6d %s\n", n, plain(string(k)))
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
