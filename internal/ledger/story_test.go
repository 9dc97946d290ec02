package ledger

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
	"relance/internal/money"
)

func story(t *testing.T, lines ...string) *Story {
	t.Helper()
	file := "date,time,who,what,amount,detail,note\n" + strings.Join(lines, "\n") + "\n"
	s, err := ReadStory(t.Context(), strings.NewReader(file), demoBook(t))
	require.NoError(t, err)
	return s
}

func TestStoryEvents(t *testing.T) {
	t.Parallel()
	s := story(t,
		"2026-03-02,10:30,RL-2026-001,pay,,,",
		"2026-03-02,10:30,RL-2026-001,resolve,,,",
		"2026-03-01,,RL-2026-019,pay_part,500.5,,by transfer",
		"2026-03-01,,C-01,hold,,until 2026-03-09,",
		"2026-03-03,,RL-2026-005,agree,,3 from 2026-03-31 monthly,",
		"2026-03-03,,RL-2026-003,printed,,1A 000 000 0003 1,",
		"2026-03-03,,RL-2026-003,call,,no answer,",
	)
	require.Empty(t, s.Problems)
	for i := range s.Events {
		require.Regexp(t, `^[a-z]+-[0-9a-f]{24}$`, s.Events[i].ID)
		s.Events[i].ID = ""
	}
	part := money.Amount{Minor: 50050, Currency: "EUR"}
	may := date("2026-03-09")
	require.Equal(t, []Event{
		{Date: date("2026-03-01"), What: Hold, Invoice: "RL-2026-001", Debtor: "C-01", Until: may, Row: 5},
		{Date: date("2026-03-01"), What: Hold, Invoice: "RL-2026-002", Debtor: "C-01", Until: may, Row: 5},
		{Date: date("2026-03-01"), What: Pay, Invoice: "RL-2026-019", Debtor: "C-11", Amount: &part, Note: "by transfer", Row: 4},
		{Date: date("2026-03-02"), Minutes: 630, What: Release, Invoice: "RL-2026-001", Debtor: "C-01", Row: 3},
		{Date: date("2026-03-02"), Minutes: 630, What: Pay, Invoice: "RL-2026-001", Debtor: "C-01", Row: 2},
		{Date: date("2026-03-03"), What: Printed, Invoice: "RL-2026-003", Debtor: "C-02", Tracking: "1A 000 000 0003 1", Row: 7},
		{Date: date("2026-03-03"), What: Call, Invoice: "RL-2026-003", Debtor: "C-02", Outcome: "no answer", Row: 8},
		{
			Date: date("2026-03-03"), What: Agree, Invoice: "RL-2026-005", Debtor: "C-03", Row: 6,
			Schedule: &Schedule{Count: 3, First: date("2026-03-31"), Months: 1},
		},
	}, s.Events)
	paris, err := calendar.ZoneOf("FR", "")
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC), s.Events[3].Instant(paris).UTC())
}

func TestStoryIDsSurviveEdits(t *testing.T) {
	t.Parallel()
	const pay, part = "2026-03-02,,RL-2026-001,pay,,,", "2026-03-02,,RL-2026-002,pay_part,5.00,,"
	ids := func(lines ...string) map[string]bool {
		all := map[string]bool{}
		for _, e := range story(t, lines...).Events {
			require.False(t, all[e.ID], "an id stands for one event")
			all[e.ID] = true
		}
		return all
	}
	before := ids(pay, part)
	require.Equal(t, before, ids(pay, part), "the same file, the same ids")
	require.Equal(t, before, ids(part, pay), "order does not matter")
	require.Equal(t, before, ids(pay+"a note", part), "nor do notes")
	twice := ids(pay, part, part)
	require.Len(t, twice, 3, "a line that stands twice means two events")
	for id := range before {
		require.True(t, twice[id], "and leaves the others as they are")
	}
}

func TestStoryFailsOnlyOnWhatIsNotTheFile(t *testing.T) {
	t.Parallel()
	book := demoBook(t)
	_, err := ReadStory(t.Context(), iotest.ErrReader(io.ErrClosedPipe), book)
	require.ErrorIs(t, err, io.ErrClosedPipe)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = ReadStory(ctx, strings.NewReader("date,who,what\n"+strings.Repeat("2026-03-02,C-01,pay\n", 2000)), book)
	require.ErrorIs(t, err, context.Canceled)

	for file, want := range map[string][]Code{
		"":                                       {EmptyFile},
		"date,who\n2026,C-1\n":                   {MissingColumn},
		"date,who,what\n2026-03-02,C-01,pay,,\n": nil,
		"date;who;what\n2026-03-02;C-01;pay\xE9\n": {EncodingGuessed, BadEvent},
	} {
		s, err := ReadStory(t.Context(), strings.NewReader(file), book)
		require.NoError(t, err)
		require.Equal(t, want, codes(s.Problems), "%q: %v", file, s.Problems)
	}
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	eur := func(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "EUR"} }
	tests := []struct {
		text string
		owed money.Amount
		want []Instalment
	}{
		{"3 from 2026-01-31 monthly", eur(10000), []Instalment{
			{date("2026-01-31"), eur(3334)}, {date("2026-02-28"), eur(3333)}, {date("2026-03-31"), eur(3333)},
		}},
		{"2  from 2026-12-01  weekly", eur(3), []Instalment{{date("2026-12-01"), eur(2)}, {date("2026-12-08"), eur(1)}}},
		{"2 from 2026-12-25 every 14 days", eur(4), []Instalment{{date("2026-12-25"), eur(2)}, {date("2027-01-08"), eur(2)}}},
		{"2026-03-01:100.00 ; 2026-04-01:0.50;", eur(10050), []Instalment{
			{date("2026-03-01"), eur(10000)}, {date("2026-04-01"), eur(50)},
		}},
		{"2026-03-01:100.00", eur(10001), nil},
		{"2026-03-01:100.00", money.Amount{Minor: 10000, Currency: "USD"}, nil},
		{"3 from 2026-03-01 weekly", eur(2), nil},
	}
	for _, test := range tests {
		s, why := parseSchedule(test.text, "EUR")
		require.Empty(t, why, test.text)
		parts, err := s.Instalments(test.owed)
		require.Equal(t, test.want, parts, test.text)
		if test.want == nil {
			require.ErrorIs(t, err, ErrSchedule)
		}
		again, why := parseSchedule(s.String(), "EUR")
		require.Empty(t, why, s.String())
		require.Equal(t, s, again, "what is written can be read")
	}
	for _, bad := range []string{
		"", ";", "soon", "0 from 2026-03-01 weekly", "121 from 2026-03-01 weekly", "2 from 2026-02-30 weekly", "2 from 2026-03-01 every 0 days",
		"2026-03-01", "2026-03-01:0.00", "2026-03-01:1.005", "2026-03-01:1.00;2026-03-01:1.00", "2026-04-01:1.00;2026-03-01:1.00",
	} {
		_, why := parseSchedule(bad, "EUR")
		require.NotEmpty(t, why, bad)
	}
}

func TestALedgerAsEvents(t *testing.T) {
	t.Parallel()
	row := func(number, issued, due, settled string, disputed bool) Row {
		r := Row{Number: number, IssuedOn: date(issued), DueOn: date(due), Settlement: Settlement{Disputed: disputed}}
		if settled != "" {
			r.Settlement.SettledOn = date(settled)
		}
		return r
	}
	paris, err := calendar.ZoneOf("FR", "")
	require.NoError(t, err)
	france := calendar.Calendar{Zone: paris, Hours: calendar.DefaultHours(), Country: "FR"}
	tests := map[string]struct {
		row  Row
		want string
	}{
		"paid in time":       {row("1", "2026-01-05", "2026-02-04", "2026-01-20", true), "register 2026-01-05, pay 2026-01-20"},
		"paid on the day":    {row("1", "2026-01-05", "2026-02-04", "2026-02-04", true), "register 2026-01-05, pay 2026-02-04"},
		"paid late":          {row("1", "2026-01-05", "2026-02-04", "2026-02-20", false), "register 2026-01-05, pay 2026-02-20"},
		"paid when issued":   {row("1", "2026-01-05", "2026-02-04", "2026-01-05", false), "register 2026-01-05, pay 2026-01-05"},
		"never paid":         {row("1", "2026-01-05", "2026-02-04", "", false), "register 2026-01-05"},
		"disputed, unpaid":   {row("1", "2026-01-05", "2026-02-04", "", true), "register 2026-01-05, dispute 2026-02-04"},
		"disputed and late":  {row("1", "2026-01-05", "2026-02-04", "2026-02-20", true), "register 2026-01-05, dispute 2026-02-04, release 2026-02-17, pay 2026-02-20"},
		"over a weekend":     {row("1", "2026-01-05", "2026-02-04", "2026-02-16", true), "register 2026-01-05, dispute 2026-02-04, release 2026-02-11, pay 2026-02-16"},
		"over a holiday":     {row("1", "2026-01-05", "2026-02-04", "2026-04-08", true), "register 2026-01-05, dispute 2026-02-04, release 2026-04-02, pay 2026-04-08"},
		"settled at once":    {row("1", "2026-01-05", "2026-02-04", "2026-02-05", true), "register 2026-01-05, dispute 2026-02-04, release 2026-02-04, pay 2026-02-05"},
		"released when due":  {row("1", "2026-01-05", "2026-02-04", "2026-02-09", true), "register 2026-01-05, dispute 2026-02-04, release 2026-02-04, pay 2026-02-09"},
		"the day after that": {row("1", "2026-01-05", "2026-02-04", "2026-02-10", true), "register 2026-01-05, dispute 2026-02-04, release 2026-02-05, pay 2026-02-10"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var told []string
			for _, e := range (&Book{Rows: []Row{test.row}}).Events(france) {
				require.Zero(t, e.Minutes)
				told = append(told, string(e.What)+" "+e.Date.String())
			}
			require.Equal(t, test.want, strings.Join(told, ", "))
		})
	}
}

func TestMergeEventsOrder(t *testing.T) {
	t.Parallel()
	at := func(day string, minutes int, invoice string, what What) Event {
		return Event{Date: date(day), Minutes: minutes, Invoice: invoice, What: what}
	}
	ordered := []Event{
		at("2026-01-01", 0, "B", Pay),
		at("2026-01-02", 0, "A", Register),
		at("2026-01-02", 0, "A", Dispute),
		at("2026-01-02", 0, "A", Release),
		at("2026-01-02", 0, "A", Pay),
		at("2026-01-02", 0, "B", Register),
		at("2026-01-02", 1, "A", Register),
	}
	var odd, even []Event
	for i := len(ordered) - 1; i >= 0; i-- {
		if i%2 == 1 {
			odd = append(odd, ordered[i])
			continue
		}
		even = append(even, ordered[i])
	}
	require.Equal(t, ordered, MergeEvents(odd, even))
}
