package collection_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/law"
	"relance/internal/money"
	"relance/internal/policy"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run with -update to write it")
	require.Equal(t, string(want), got)
}

func builtin(t testing.TB, name string) collection.Policy {
	t.Helper()
	p, _, err := policy.Builtin(name)
	require.NoError(t, err)
	return p
}

func date(t testing.TB, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	require.NoError(t, err)
	return d
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	require.NoError(t, err)
	return loc
}

// debtor is one of the people whose timelines the goldens tell. The creditor sits in the same place.
type debtor struct {
	name   string
	place  calendar.Calendar
	notice law.Notice
}

func debtors(t testing.TB) map[string]debtor {
	t.Helper()
	posting := func(days int) law.Notice { return law.Notice{Days: days, From: law.FromPosting, Status: law.Confirmed} }
	return map[string]debtor{
		"fr_company":     {"a French company", calendar.Calendar{Zone: zone(t, "Europe/Paris"), Hours: calendar.DefaultHours(), Country: "FR"}, posting(8)},
		"us_consumer":    {"a consumer in New York", calendar.Calendar{Zone: zone(t, "America/New_York"), Hours: calendar.DefaultHours(), Country: "US", Region: "NY"}, posting(0)},
		"pl_sole_trader": {"a Polish sole trader", calendar.Calendar{Zone: zone(t, "Europe/Warsaw"), Hours: calendar.DefaultHours(), Country: "PL"}, posting(7)},
		"gb_consumer":    {"a Scottish consumer", calendar.Calendar{Zone: zone(t, "Europe/London"), Hours: calendar.DefaultHours(), Country: "GB", Region: "SCT"}, posting(30)},
	}
}

// facts are those of an untouched case that opened on time.
func facts(d debtor, p collection.Policy, due calendar.Date) collection.Facts {
	owed := money.Amount{Minor: 120000, Currency: "EUR"}
	return collection.Facts{
		WorkflowID: "case/acme/INV-" + due.String(),
		DueOn:      due,
		OpenedAt:   collection.OpensAt(due, p, d.place.Zone),
		Invoiced:   owed,
		Owed:       owed,
		Calendar:   d.place,
		Zone:       d.place.Zone,
		Reach:      collection.Reach{Email: true, SMS: true, Phone: true, Post: true},
		Notice:     d.notice,
	}
}

const clockForm = "Mon 2006-01-02 15:04:05 MST"

// printLadder writes one line for each rung: id, kind, local time, days after the due date, and the rules that decided.
func printLadder(b *strings.Builder, f collection.Facts, ladder []collection.Planned) {
	for _, rung := range ladder {
		local := rung.At.In(f.Calendar.Zone)
		fmt.Fprintf(b, "  %-17s  %-17s  %-28s  day %3d  %s\n", rung.Step, rung.Kind, local.Format(clockForm),
			calendar.DateOf(rung.At, f.Calendar.Zone).Sub(f.DueOn), join(rung.Why))
	}
}

func join(why []collection.Why) string {
	words := make([]string, len(why))
	for i, w := range why {
		words[i] = string(w)
	}
	return strings.Join(words, ", ")
}

// Every policy for a company in France, a consumer in New York and a sole trader in Poland, with due dates chosen so that
// the rungs fall on what can be awkward about a date.
func TestTimelines(t *testing.T) {
	t.Parallel()
	dues := []struct{ on, why string }{
		{"2026-01-30", "29 February is missing this year; 1 March is a Sunday"},
		{"2026-03-05", "Easter Monday (6 April), 1, 3 and 8 May, and British notice"},
		{"2026-03-27", "clocks go forward on the 29th (8 March in New York)"},
		{"2026-02-28", "clocks go forward in New York on 8 March"},
		{"2026-04-03", "Good Friday; 3 May is a Sunday; Whit Monday"},
		{"2026-06-13", "14 July; 4 July is a Saturday, kept on the 3rd; a Saturday"},
		{"2026-09-25", "clocks go back on 25 October (1 November in New York), All Saints, 11 November"},
		{"2026-10-27", "Thanksgiving is 30 days away"},
		{"2026-11-25", "Christmas is 30 days away, New Year 37"},
		{"2026-12-31", "the year ends"},
		{"2028-02-29", "due on 29 February"},
	}
	for _, name := range policy.Names() {
		for _, who := range []string{"fr_company", "us_consumer", "pl_sole_trader"} {
			t.Run(name+"_"+who, func(t *testing.T) {
				t.Parallel()
				p, d := builtin(t, name), debtors(t)[who]
				var b strings.Builder
				fmt.Fprintf(&b, "Policy %s for %s.\n", name, d.name)
				for _, due := range dues {
					f := facts(d, p, date(t, due.on))
					fmt.Fprintf(&b, "\nDue %s %s (%s). Opens %s.\n", f.DueOn.Weekday().String()[:3], f.DueOn, due.why, f.OpenedAt.In(f.Zone).Format(clockForm))
					printLadder(&b, f, collection.Ladder(f, p, f.OpenedAt))
				}
				golden(t, "timeline/"+name+"_"+who+".txt", b.String())
			})
		}
	}
}

// Contact hours that never close: the window is the whole local day, 23 or 25 hours long when the clocks change.
func TestTimelineAlwaysOpen(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	p := builtin(t, "brisk")
	for _, due := range []string{"2026-03-28", "2026-10-24", "2026-12-24", "2028-02-29"} {
		f := facts(debtors(t)["fr_company"], p, date(t, due))
		f.Calendar.Hours = calendar.Hours{Always: true}
		fmt.Fprintf(&b, "Due %s %s.\n", f.DueOn.Weekday().String()[:3], f.DueOn)
		printLadder(&b, f, collection.Ladder(f, p, f.OpenedAt))
		b.WriteString("\n")
	}
	golden(t, "timeline/always_open.txt", b.String())
}

// An invoice that is 200 days old when it becomes a case, and one that is 50 days old: the rungs keep their order and the
// least gap, and entering by age leaves out the reminders that are past but for the newest.
func TestTimelineOfALateEntry(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, name := range policy.Names() {
		p := builtin(t, name)
		for _, age := range []int{200, 50, 12} {
			f := facts(debtors(t)["gb_consumer"], p, date(t, "2026-02-10"))
			f.OpenedAt = f.DueOn.AddDays(age).At(f.Zone, 12*60)
			fmt.Fprintf(&b, "Policy %s, opened %d days after the due date, %s, at noon.\n first:\n", name, age, f.OpenedAt.In(f.Zone).Format(clockForm))
			printLadder(&b, f, collection.Ladder(f, p, f.OpenedAt))
			b.WriteString(" by-age:\n")
			for _, step := range collection.EnterByAge(f, p, f.OpenedAt) {
				rung, _ := p.Step(step)
				fmt.Fprintf(&b, "  %-17s  left out\n", step)
				f.Outcomes = append(f.Outcomes, collection.Outcome{Step: step, Kind: rung.Kind, Result: collection.Skipped, At: f.OpenedAt})
			}
			printLadder(&b, f, collection.Ladder(f, p, f.OpenedAt))
			b.WriteString("\n")
		}
	}
	golden(t, "timeline/late_entry.txt", b.String())
}
