package ledger

import (
	"strings"
	"unicode"
)

// folded is a header or key without case, spaces and punctuation: "Invoice No." and "invoice_no" are one.
func folded(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// closest returns the candidate that name was most likely meant to be, or "".
func closest(name string, candidates []string) string {
	want := []rune(folded(name))
	best, bestDistance := "", len(want)/3+2
	for _, c := range candidates {
		have := []rune(folded(c))
		if len(have) == 0 || len(have) > longestShown {
			continue
		}
		if d := distance(want, have); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// didYouMean returns a sentence with a leading space, or "" when nothing is close.
func didYouMean(name string, candidates []string) string {
	if c := closest(name, candidates); c != "" {
		return " Did you mean “" + c + "”?"
	}
	return ""
}

// distance is the Levenshtein distance.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := 1
			if x == y {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(diagonal+cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
