package policy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"relance/internal/collection"
)

// oneOf reads a word of a closed set; the zero value after a report.
func oneOf[T ~string](r *report, at place, what, key, text string, words []T) T {
	if slices.Contains(words, T(text)) {
		return T(text)
	}
	r.add(at, "%s: there is no %s %q; write %s", what, key, text, orList(words))
	return ""
}

// orList is "a, b or c".
func orList[T ~string](words []T) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i > 0 && i == len(words)-1:
			b.WriteString(" or ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}

var (
	slugForm = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)
	daysForm = regexp.MustCompile(`^(-?[0-9]{1,6})d$`)
)

// slug checks a name that other records refer to. The words of YAML itself would be read back as something else.
func (r *report) slug(at place, what, text string) {
	if !slugForm.MatchString(text) || slices.Contains([]string{"null", "true", "false"}, text) {
		r.add(at, "%s cannot be %q; it begins with a small letter and has at most 32 of a-z, 0-9, _ and -", what, text)
	}
}

// delay reads "30d", "-3d" or a duration such as "2s"; nil after a report.
func (r *report) delay(at place, what, text string) *delay {
	if m := daysForm.FindStringSubmatch(text); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil || n < -maxDays || n > maxDays {
			r.add(at, "%s: %s is too far; delays lie within %d days of the due date", what, text, maxDays)
			return nil
		}
		return &delay{Delay: collection.Days(n), at: at}
	}
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		r.add(at, "%s: %s of what? Write %sd for days", what, text, text)
		return nil
	}
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		r.add(at, "%s: %q is not a delay; write days as 30d or, in a policy for tests, a duration as 2s", what, text)
		return nil
	case d%time.Second != 0:
		r.add(at, "%s: %s is not a whole number of seconds", what, text)
		return nil
	case d.Abs() > maxDays*24*time.Hour:
		r.add(at, "%s: %s is too far; delays lie within %d days", what, text, maxDays)
		return nil
	}
	return &delay{Delay: collection.Delay{Duration: d}, exact: true, at: at}
}

// days reads a setting that is always in whole days.
func (r *report) days(t table, key string, least, otherwise int) int {
	text, at, said := r.text(t, key)
	if !said {
		return otherwise
	}
	m := daysForm.FindStringSubmatch(text)
	if m == nil {
		r.add(at, "%s: %q is not a number of days; write it as 14d", key, text)
		return otherwise
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n < least || n > maxDays {
		r.add(at, "%s: %s is out of range; it is at least %dd and at most %dd", key, text, least, maxDays)
		return otherwise
	}
	return n
}
