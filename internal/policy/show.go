package policy

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/law"
	"relance/internal/money"
)

// Example is the invoice for which Show computes dates.
type Example struct {
	DueOn    calendar.Date
	Debtor   calendar.Calendar // contact hours, zone and holidays
	Creditor *time.Location    // due dates count in this zone
	Notice   law.Notice        // the law's period before a referral, where the debtor is
}

// marks are the signs beside a date that is not simply due date plus delay.
var marks = []struct {
	why  collection.Why
	sign string
	text string
}{
	{collection.WhyHours, "h", "the day itself is outside the debtor's contact days"},
	{collection.WhyMinGap, "g", "moved by min_gap after a step that was late itself"},
	{collection.WhyNoticePeriod, "n", "moved by the law's period after the final notice"},
}

// Show prints a policy for people, 80 columns wide: its ladder with the dates it would have for the example if nobody paid,
// and where it leads. The error is the writer's.
func Show(w io.Writer, p collection.Policy, e Example) error {
	out := &strings.Builder{}
	fmt.Fprintf(out, "Policy %s: %d steps, at least %s apart.\n", p.Name, len(p.Steps), p.MinGap)
	fmt.Fprintf(out, "A missed instalment is waited for %d days; a case that waits for a person is\n", p.Grace)
	fmt.Fprintf(out, "looked at again every %d days.\n\n", p.Review)
	if p.Exact() {
		fmt.Fprintf(out, "For tests: steps count from the opening of the case, not from the due date.\n\n")
	} else {
		fmt.Fprintf(out, "Example: due on %s, never paid. Debtor in %s,\ncontact hours %s.\n\n", long(e.DueOn), zoneName(e.Debtor.Zone), hours(e.Debtor))
	}
	used := showSteps(out, p, e)
	for _, m := range marks {
		if used[m.sign] {
			fmt.Fprintf(out, "    %s: %s\n", m.sign, m.text)
		}
	}
	if slices.ContainsFunc(p.Steps, func(s collection.Step) bool { return s.Channel == collection.Preferred }) {
		fmt.Fprintf(out, "    *: or the channel that the debtor prefers\n")
	}
	showRoutes(out, p)
	if _, err := io.WriteString(w, out.String()); err != nil {
		return fmt.Errorf("show policy %s: %w", p.Name, err)
	}
	return nil
}

// showSteps prints the ladder and returns the signs that its dates needed.
func showSteps(out *strings.Builder, p collection.Policy, e Example) map[string]bool {
	dates := map[collection.StepID]collection.Planned{}
	if !p.Exact() {
		for _, planned := range e.Ladder(p) {
			dates[planned.Step] = planned
		}
	}
	used := map[string]bool{}
	for i, s := range p.Steps {
		kind := string(s.Kind)
		if s.Channel == collection.Preferred {
			kind += "*"
		}
		line := fmt.Sprintf("%3d  %-18s  %-17s  %7s  %-8s", i+1, short(string(s.ID), 18), kind, s.After, s.Tone)
		if planned, ok := dates[s.ID]; ok {
			line += "  " + long(calendar.DateOf(planned.At, e.Debtor.Zone)) + " "
			for _, m := range marks {
				if slices.Contains(planned.Why, m.why) {
					used[m.sign] = true
					line += m.sign
				}
			}
		}
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
	return used
}

// Ladder is the dates of the example's case, opened on time, for a debtor who can be reached everywhere and never pays.
func (e Example) Ladder(p collection.Policy) []collection.Planned {
	opened := collection.OpensAt(e.DueOn, p, e.Creditor)
	return collection.Ladder(collection.Facts{
		WorkflowID: "example",
		DueOn:      e.DueOn,
		OpenedAt:   opened,
		Owed:       money.Amount{Minor: 1},
		Calendar:   e.Debtor,
		Zone:       e.Creditor,
		Reach:      collection.Reach{Email: true, SMS: true, Phone: true, Post: true},
		Notice:     e.Notice,
	}, p, opened)
}

func showRoutes(out *strings.Builder, p collection.Policy) {
	if len(p.Routes) == 0 {
		return
	}
	fmt.Fprintf(out, "\nThe referral takes the first of these that is open to the claim:\n")
	for i, r := range p.Routes {
		limits := make([]string, len(r.UpTo))
		for i, limit := range r.UpTo {
			limits[i] = limit.String()
		}
		line := fmt.Sprintf("%3d  %s", i+1, r.Kind)
		if len(limits) > 0 {
			line += " up to"
		}
		for i, limit := range limits {
			if i < len(limits)-1 {
				limit += ","
			}
			if lastLine := line[strings.LastIndex(line, "\n")+1:]; len(lastLine)+1+len(limit) > 80 {
				line += "\n      "
			}
			line += " " + limit
		}
		fmt.Fprintln(out, line)
	}
}

func long(d calendar.Date) string { return d.Weekday().String()[:3] + " " + d.String() }

func hours(c calendar.Calendar) string {
	if c.Hours == (calendar.Hours{}) {
		return calendar.DefaultHours().String()
	}
	return c.Hours.String()
}

func zoneName(zone *time.Location) string {
	if zone == nil {
		return time.UTC.String()
	}
	return zone.String()
}

// short cuts a name that would break the table.
func short(s string, width int) string {
	if len(s) <= width {
		return s
	}
	return s[:width-1] + "…"
}
