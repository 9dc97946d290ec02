// Package argument reads what people type behind flags: spans of time, days, amounts, instalments.
//
// It exists so that the same words mean the same behind every command, and so that what is typed wrongly is answered with
// what to type. Its errors are sentences for the person at the keyboard. It is pure and imports the domain only.
package argument

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"relance/internal/calendar"
	"relance/internal/ledger"
	"relance/internal/money"
)

// Span is a stretch of time as a person counts it: calendar days, and hours and minutes on top.
type Span struct {
	Days int
	Rest time.Duration
}

var spanPart = regexp.MustCompile(`^(\d{1,6})([wdhms])`)

// ParseSpan reads "7d", "2w", "12h", "1d12h" or "90m". It must be more than nothing.
func ParseSpan(text string) (Span, error) {
	wrong := fmt.Errorf("%q is not a span of time: write 7d, 2w, 12h or 1d12h", text)
	var s Span
	rest := text
	for rest != "" {
		m := spanPart.FindStringSubmatch(rest)
		if m == nil {
			return Span{}, wrong
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return Span{}, wrong
		}
		switch m[2] {
		case "w":
			s.Days += 7 * n
		case "d":
			s.Days += n
		case "h":
			s.Rest += time.Duration(n) * time.Hour
		case "m":
			s.Rest += time.Duration(n) * time.Minute
		case "s":
			s.Rest += time.Duration(n) * time.Second
		}
		rest = rest[len(m[0]):]
	}
	if s == (Span{}) {
		return Span{}, wrong
	}
	return s, nil
}

// After is the instant a span later: so many days later at the same time of a wall clock in zone, whatever daylight saving
// does in between, and then the hours.
func (s Span) After(t time.Time, zone *time.Location) time.Time {
	return t.In(zone).AddDate(0, 0, s.Days).Add(s.Rest).UTC()
}

// ParseDate reads a day such as 2026-01-31; flag names it in the error. An empty text is no day.
func ParseDate(flag, text string) (calendar.Date, error) {
	if text == "" {
		return calendar.Date{}, nil
	}
	d, err := calendar.ParseDate(text)
	if err != nil {
		return d, fmt.Errorf("%s %q is not a date such as 2026-01-31", flag, text)
	}
	return d, nil
}

// ParseInstant reads a day, which means its 00:00 in zone, or an instant such as 2026-01-31T15:00:00Z.
func ParseInstant(flag, text string, zone *time.Location) (time.Time, error) {
	if d, err := calendar.ParseDate(text); err == nil {
		return d.Start(zone).UTC(), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s %q is neither a day such as 2026-01-31 nor an instant such as 2026-01-31T15:00:00Z", flag, text)
	}
	return at.UTC(), nil
}

// ParseAmount reads an amount such as 120.00 in a currency.
func ParseAmount(flag, text string, currency money.Currency) (money.Amount, error) {
	a, err := money.Parse(text, currency)
	if err != nil {
		example := money.Amount{Minor: 12000, Currency: currency}
		return a, fmt.Errorf("%s %q is not an amount in %s: write digits and a point, as in %s", flag, text, currency, example.Decimal())
	}
	return a, nil
}

var everyDays = regexp.MustCompile(`^([1-9]\d{0,2})d$`)

// ParseParts makes a schedule of equal parts: "monthly", "weekly" or "14d" apart from the first day on.
func ParseParts(parts int, first, every string) (ledger.Schedule, error) {
	s := ledger.Schedule{Count: parts}
	const most = 120
	if parts < 1 || parts > most {
		return s, fmt.Errorf("--parts %d: agree on 1 to %d instalments", parts, most)
	}
	if first == "" {
		return s, fmt.Errorf("say when the first instalment is due with --first, such as 2026-02-01")
	}
	var err error
	if s.First, err = ParseDate("--first", first); err != nil {
		return s, err
	}
	switch m := everyDays.FindStringSubmatch(every); {
	case every == "monthly":
		s.Months = 1
	case every == "weekly":
		s.Days = 7
	case m != nil:
		s.Days, err = strconv.Atoi(m[1])
	default:
		return s, fmt.Errorf("--every %q: write monthly, weekly or a number of days such as 14d", every)
	}
	return s, err
}

// ParseInstalments makes a schedule of a list such as 2026-02-01:100.00, one text for each.
func ParseInstalments(list []string, currency money.Currency) (ledger.Schedule, error) {
	var s ledger.Schedule
	for _, text := range list {
		day, sum, ok := strings.Cut(text, ":")
		due, err := calendar.ParseDate(strings.TrimSpace(day))
		if !ok || err != nil {
			return s, fmt.Errorf("--instalment %q: write day and amount, as in 2026-02-01:100.00", text)
		}
		amount, err := ParseAmount("--instalment "+day, strings.TrimSpace(sum), currency)
		if err != nil {
			return s, err
		}
		s.List = append(s.List, ledger.Instalment{Due: due, Amount: amount})
	}
	return s, nil
}
