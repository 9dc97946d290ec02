package screen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"relance/internal/ledger"
	"relance/internal/policy"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// Problems lists what is wrong with a file: each error with its place and value, and the warnings, in which the same words
// about the same column are said once for all of their rows.
func Problems(ps ledger.Problems) string {
	var errs, warnings [][]string
	for _, p := range ps {
		if p.Severity == ledger.Error {
			errs = append(errs, []string{place(p), p.Column, p.Value, p.Message})
		}
	}
	for _, group := range alike(ps) {
		value := ""
		if len(group) == 1 {
			value = group[0].Value
		}
		warnings = append(warnings, []string{places(group), group[0].Column, value, group[0].Message})
	}
	var b strings.Builder
	where, widest := "ROW", 19 // delivery_proof_file
	if slices.ContainsFunc(ps, func(p ledger.Problem) bool { return p.Char > 0 }) {
		where, widest = "LINE", 24 // a YAML file: keys stand under keys
	}
	for _, part := range []struct {
		head string
		rows [][]string
	}{{"WHAT IS WRONG", errs}, {"WORTH A LOOK", warnings}} {
		if len(part.rows) == 0 {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(table([]column{
			{head: where, right: true, most: 13}, {head: "COLUMN", most: widest, fold: true}, {head: "VALUE", most: 20, fold: true}, {head: part.head, flow: true},
		}, part.rows))
	}
	return b.String()
}

// place is the row of a spreadsheet, or line:column of a text.
func place(p ledger.Problem) string {
	switch {
	case p.Row > 0:
		return itoa(int64(p.Row))
	case p.Char > 0:
		return fmt.Sprintf("%d:%d", p.Line, p.Char)
	case p.Line > 0:
		return itoa(int64(p.Line))
	}
	return "-"
}

// alike gathers warnings that say the same of the same column, in the order in which they begin.
func alike(ps ledger.Problems) []ledger.Problems {
	type key struct {
		code            ledger.Code
		column, message string
	}
	index := map[key]int{}
	var groups []ledger.Problems
	for _, p := range ps {
		if p.Severity == ledger.Error {
			continue
		}
		k := key{p.Code, p.Column, p.Message}
		i, seen := index[k]
		if !seen {
			i = len(groups)
			index[k], groups = i, append(groups, nil)
		}
		groups[i] = append(groups[i], p)
	}
	return groups
}

// places is the rows of a group: "2-4,9", or its beginning and their number.
func places(group ledger.Problems) string {
	if len(group) == 1 || group[0].Row == 0 {
		return place(group[0])
	}
	var runs []string
	for i := 0; i < len(group); {
		j := i
		for j+1 < len(group) && group[j+1].Row == group[j].Row+1 {
			j++
		}
		switch {
		case j == i:
			runs = append(runs, itoa(int64(group[i].Row)))
		default:
			runs = append(runs, fmt.Sprintf("%d-%d", group[i].Row, group[j].Row))
		}
		i = j + 1
	}
	text := strings.Join(runs, ",")
	if len(text) > 13 {
		return fmt.Sprintf("%s.. (%d)", runs[0], len(group))
	}
	return text
}

// PolicyProblems lists what is wrong with a policy file, each line with a place that an editor can jump to.
func PolicyProblems(p *policy.Problems) string {
	var b strings.Builder
	for _, problem := range p.List {
		at := fmt.Sprintf("%s:%d:%d: ", Clean(p.Source), problem.Line, problem.Column)
		const hanging = 4
		lines := wrap(Clean(at+problem.Text), Width-hanging)
		b.WriteString(strings.Join(lines, "\n"+strings.Repeat(" ", hanging)) + "\n")
	}
	return b.String()
}
