package ledger

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"relance/internal/calendar"
	"relance/internal/money"
)

// ErrSchedule is the kind of error for a schedule that does not fit the amount owed.
var ErrSchedule = errors.New("the instalments do not fit the amount owed")

// Schedule is an agreement on instalments: a list, or a number of equal parts.
type Schedule struct {
	// List holds the instalments when they were agreed one by one.
	List []Instalment
	// Count equal parts are due from First on, every Days days or every Months months, when List is empty.
	Count  int
	First  calendar.Date
	Days   int
	Months int
}

// Instalment is one part of an agreement.
type Instalment struct {
	Due    calendar.Date
	Amount money.Amount
}

// maxInstalments is ten years of monthly payments.
const maxInstalments = 120

// Instalments returns the parts for what is owed. Equal parts differ by at most one minor unit, the larger ones first. A list
// must add up to what is owed, and every part must be more than nothing: else an error of the kind [ErrSchedule].
func (s Schedule) Instalments(owed money.Amount) ([]Instalment, error) {
	if len(s.List) > 0 {
		sum, err := s.sum(owed.Currency)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSchedule, err)
		}
		if sum != owed {
			return nil, fmt.Errorf("%w: they add up to %s of %s", ErrSchedule, sum, owed)
		}
		return s.List, nil
	}
	if s.Count < 1 || owed.Minor < int64(s.Count) {
		return nil, fmt.Errorf("%w: %s in %d parts", ErrSchedule, owed, s.Count)
	}
	parts := make([]Instalment, s.Count)
	share, rest := owed.Minor/int64(s.Count), owed.Minor%int64(s.Count)
	for i := range parts {
		minor := share
		if int64(i) < rest {
			minor++
		}
		parts[i] = Instalment{Due: s.due(i), Amount: money.Amount{Minor: minor, Currency: owed.Currency}}
	}
	return parts, nil
}

// sum adds up a list; another currency and an overflow are errors of money.
func (s Schedule) sum(currency money.Currency) (money.Amount, error) {
	sum := money.Amount{Currency: currency}
	for _, i := range s.List {
		var err error
		if sum, err = sum.Add(i.Amount); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

func (s Schedule) firstDue() calendar.Date {
	if len(s.List) > 0 {
		return s.List[0].Due
	}
	return s.First
}

// due is the day of instalment i. A month too short for the first day's number ends with its last day.
func (s Schedule) due(i int) calendar.Date {
	if s.Months == 0 {
		return s.First.AddDays(i * s.Days)
	}
	first := time.Date(s.First.Year, s.First.Month+time.Month(i*s.Months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return calendar.Date{Year: first.Year(), Month: first.Month(), Day: min(s.First.Day, last)}
}

// String returns the form that a story has it in.
func (s Schedule) String() string {
	if len(s.List) > 0 {
		parts := make([]string, len(s.List))
		for i, p := range s.List {
			parts[i] = p.Due.String() + ":" + p.Amount.Decimal()
		}
		return strings.Join(parts, "; ")
	}
	every := fmt.Sprintf("every %d days", s.Days)
	switch {
	case s.Months == 1:
		every = "monthly"
	case s.Days == 7:
		every = "weekly"
	}
	return fmt.Sprintf("%d from %s %s", s.Count, s.First, every)
}

var equalParts = regexp.MustCompile(`^(\d{1,3}) from (\S+) (monthly|weekly|every (\d{1,3}) days)$`)

// parseSchedule reads "3 from 2026-03-16 monthly", "4 from 2026-03-16 weekly", "2 from 2026-03-16 every 14 days" or
// "2026-02-01:100.00; 2026-03-01:50.00". On failure it says what to write.
func parseSchedule(text string, currency money.Currency) (*Schedule, string) {
	const forms = "Write the instalments as “3 from 2026-03-16 monthly” (or weekly, or every 14 days), or one by one as " +
		"“2026-03-16:100.00; 2026-04-16:50.00”."
	if m := equalParts.FindStringSubmatch(strings.Join(strings.Fields(text), " ")); m != nil {
		return parseEqualParts(m, forms)
	}
	s := &Schedule{}
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		day, sum, ok := strings.Cut(part, ":")
		due, err := calendar.ParseDate(strings.TrimSpace(day))
		if !ok || err != nil {
			return nil, forms
		}
		amount, code, why := parseAmount(sum, numberFormat{decimal: "."}, currency)
		if code != "" {
			return nil, "The instalment of " + due.String() + ": " + why
		}
		if n := len(s.List); n > 0 && !s.List[n-1].Due.Before(due) {
			return nil, "The instalments must be in the order of their dates, one for each date."
		}
		s.List = append(s.List, Instalment{Due: due, Amount: amount})
	}
	if len(s.List) == 0 || len(s.List) > maxInstalments {
		return nil, forms
	}
	return s, ""
}

func parseEqualParts(m []string, forms string) (*Schedule, string) {
	s := &Schedule{}
	first, err := calendar.ParseDate(m[2])
	s.Count, _ = strconv.Atoi(m[1])
	if err != nil || s.Count < 1 {
		return nil, forms
	}
	if s.Count > maxInstalments {
		return nil, fmt.Sprintf("At most %d instalments can be agreed.", maxInstalments)
	}
	s.First = first
	switch m[3] {
	case "monthly":
		s.Months = 1
	case "weekly":
		s.Days = 7
	default:
		s.Days, _ = strconv.Atoi(m[4])
		if s.Days < 1 {
			return nil, forms
		}
	}
	return s, ""
}
