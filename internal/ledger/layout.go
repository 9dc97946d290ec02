package ledger

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"relance/internal/calendar"
)

// layout is a way to write dates: YYYY, YY (20YY), MM and DD with two digits, M and D with one or two, hh, mm, ss for a time
// of day that is read over, everything else as it stands.
type layout struct {
	text    string
	pattern *regexp.Regexp
}

// isoDate is the one layout that needs no telling.
const isoDate = "YYYY-MM-DD"

var layoutTokens = []struct{ token, pattern string }{
	{"YYYY", `(?P<year>\d{4})`},
	{"YY", `(?P<short>\d{2})`},
	{"MM", `(?P<month>\d{2})`},
	{"M", `(?P<month>\d{1,2})`},
	{"DD", `(?P<day>\d{2})`},
	{"D", `(?P<day>\d{1,2})`},
	{"hh", `\d{1,2}`},
	{"mm", `\d{2}`},
	{"ss", `\d{2}`},
}

// parseLayout returns an error whose text is for the person who wrote the layout.
func parseLayout(text string) (layout, error) {
	pattern, groups := "^", map[string]int{}
	for rest := text; rest != ""; {
		matched := false
		for _, t := range layoutTokens {
			if after, ok := strings.CutPrefix(rest, t.token); ok {
				pattern += t.pattern
				groups[t.token[:1]]++
				rest, matched = after, true
				break
			}
		}
		if matched {
			continue
		}
		c := rest[:1]
		if c != "T" && c != "Z" && strings.ContainsAny(strings.ToLower(c), "abcdefghijklmnopqrstuvwxyz") {
			return layout{}, fmt.Errorf("“%s” is not part of a date layout: write day, month and year as D or DD, M or MM, YYYY, "+
				"as in M/D/YYYY or DD.MM.YYYY", c)
		}
		pattern += regexp.QuoteMeta(c)
		rest = rest[1:]
	}
	if groups["Y"] != 1 || groups["M"] != 1 || groups["D"] != 1 {
		return layout{}, errors.New("a date layout has one year, one month and one day, as in M/D/YYYY or DD.MM.YYYY")
	}
	re, err := regexp.Compile(pattern + "$")
	if err != nil {
		return layout{}, errors.New("this layout cannot be read: write one such as M/D/YYYY or DD.MM.YYYY")
	}
	return layout{text: text, pattern: re}, nil
}

// date reads text; ok is false when it has another form or there is no such day.
func (l layout) date(text string) (d calendar.Date, ok bool) {
	groups := l.pattern.FindStringSubmatch(text)
	if groups == nil {
		return d, false
	}
	for i, name := range l.pattern.SubexpNames() {
		n, _ := strconv.Atoi(groups[i])
		switch name {
		case "year":
			d.Year = n
		case "short":
			d.Year = 2000 + n
		case "month":
			d.Month = time.Month(n)
		case "day":
			d.Day = n
		}
	}
	t := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
	return d, t.Year() == d.Year && t.Month() == d.Month && t.Day() == d.Day
}

// The years in which an invoice is believable.
const firstYear, lastYear = 1970, 2199

var (
	slashDate  = regexp.MustCompile(`^\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}$`)
	serialDate = regexp.MustCompile(`^[3-5]\d{4}(\.\d+)?$`)
)

// parseDate reads a date in one of the layouts. On failure it says why, for the person who brought the file.
func parseDate(text string, layouts []layout) (d calendar.Date, code Code, why string) {
	found := false
	for _, l := range layouts {
		got, ok := l.date(text)
		if !ok {
			continue
		}
		if found && got != d {
			return d, AmbiguousDate, fmt.Sprintf("This could be %s or %s: the mapping allows both ways of writing. Keep one "+
				"layout under “dates”.", d, got)
		}
		d, found = got, true
	}
	if !found {
		return d, BadDate, dateAdvice(text, layouts)
	}
	if d.Year < firstYear || d.Year > lastYear {
		return d, BadDate, fmt.Sprintf("The year %d cannot be right.", d.Year)
	}
	return d, "", ""
}

func dateAdvice(text string, layouts []layout) string {
	names := make([]string, 0, len(layouts))
	for _, l := range layouts {
		if l.pattern.MatchString(text) {
			return "There is no such day."
		}
		names = append(names, l.text)
	}
	want := "Write the date as " + strings.Join(names, " or ")
	switch {
	case serialDate.MatchString(text):
		return "This is a spreadsheet's own day number: format the column as a date and export again. " + want + "."
	case len(names) == 1 && names[0] == isoDate && slashDate.MatchString(text):
		return want + ", or add the file's own layout under “format: dates” of the mapping, such as D/M/YYYY or M/D/YYYY; " +
			"day and month are never guessed."
	}
	return want + "."
}
