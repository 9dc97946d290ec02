// Package screen sets what commands have to say on a terminal of 80 columns: tables, files and sentences, as plain text.
//
// It exists so that how something looks can be tested without running a command. Everything that comes from a file or a
// person is cleaned of control characters, so that no invoice number can repaint a terminal. It decides nothing and reads
// nothing: structs go in, text comes out.
package screen

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Width is the number of columns that everything fits into.
const Width = 80

// Clean makes a text of strangers safe to print on one line: control characters and those that turn the direction of
// writing become a middle dot.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == unicode.ReplacementChar, r == '\u2028', r == '\u2029':
			return '·'
		}
		return r
	}, s)
}

// columns is how many columns a text takes on a terminal.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// cut shortens a text to so many columns.
func cut(s string, limit int) string {
	if columns(s) <= limit {
		return s
	}
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n += runeColumns(r); n > limit-1 {
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimRight(b.String(), " ") + "…"
}

func pad(s string, to int, right bool) string {
	gap := strings.Repeat(" ", max(to-columns(s), 0))
	if right {
		return gap + s
	}
	return s + gap
}

// wrap breaks a text into lines of at most so many columns. A word that is longer than a line is broken inside.
func wrap(s string, limit int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		for columns(word) > limit {
			if line != "" {
				lines, line = append(lines, line), ""
			}
			head := cut(word, limit+1)
			head = strings.TrimSuffix(head, "…")
			lines, word = append(lines, head), strings.TrimPrefix(word, head)
		}
		switch {
		case line == "":
			line = word
		case columns(line)+1+columns(word) <= limit:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}

// Paragraph is a text in lines of 80 columns, ending with a line break.
func Paragraph(s string) string { return strings.Join(wrap(Clean(s), Width), "\n") + "\n" }

// Labelled is a text behind a label, so many columns from the left, with its further lines under the first one.
func Labelled(label string, indent int, s string) string {
	lines := wrap(Clean(s), Width-indent)
	return pad(label, indent, false) + strings.Join(lines, "\n"+strings.Repeat(" ", indent)) + "\n"
}

// column is one column of a table.
type column struct {
	head  string
	right bool // numbers
	most  int  // cut here; 0: no limit
	fold  bool // goes on below instead of being cut
	flow  bool // takes what room is left, and goes on below; at most one, the last
}

const gutter = "  "

// table sets rows under heads. Columns are as wide as what they hold, up to their limit; cells are cleaned.
func table(cols []column, rows [][]string) string {
	widths := make([]int, len(cols))
	for i, c := range cols {
		widths[i] = columns(c.head)
		for _, row := range rows {
			widths[i] = max(widths[i], columns(Clean(row[i])))
		}
		if c.most > 0 {
			widths[i] = min(widths[i], max(c.most, columns(c.head)))
		}
	}
	shrink(cols, widths)
	var b strings.Builder
	heads := make([]string, len(cols))
	for i, c := range cols {
		heads[i] = c.head
	}
	if strings.Join(heads, "") != "" {
		b.WriteString(tableRow(cols, widths, heads))
	}
	for _, row := range rows {
		b.WriteString(tableRow(cols, widths, row))
	}
	return b.String()
}

// shrink makes a table fit: the flowing column gives way, else the widest of those that may be cut.
func shrink(cols []column, widths []int) {
	total := -len(gutter)
	for i, w := range widths {
		if i == 0 || w > 0 {
			total += w + len(gutter)
		}
	}
	for total > Width {
		give := -1
		for i, c := range cols {
			if c.flow {
				give = i
				break
			}
			if c.most > 0 && (give < 0 || widths[i] > widths[give]) {
				give = i
			}
		}
		const least = 8
		if give < 0 || widths[give] <= least {
			return
		}
		over := min(total-Width, widths[give]-least)
		if !cols[give].flow {
			over = 1
		}
		widths[give] -= over
		total -= over
	}
}

// tableRow sets one row, on as many lines as its longest cell needs.
func tableRow(cols []column, widths []int, cells []string) string {
	lines := make([][]string, len(cols))
	height := 1
	for i, c := range cols {
		if cell := Clean(cells[i]); c.flow || c.fold {
			lines[i] = wrap(cell, max(widths[i], 1))
		} else {
			lines[i] = []string{cut(cell, widths[i])}
		}
		height = max(height, len(lines[i]))
	}
	var b strings.Builder
	for n := range height {
		line := ""
		for i, c := range cols {
			if i > 0 && widths[i] == 0 { // nothing in all of it
				continue
			}
			if i > 0 {
				line += gutter
			}
			cell := ""
			if n < len(lines[i]) {
				cell = lines[i][n]
			}
			line += pad(cell, widths[i], c.right)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

// count is a number with its noun: "1 row", "20 rows".
func count[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return itoa(int64(n)) + " " + many
}

// entry is an indented line of help: what it explains, a gap, and the explanation.
var entry = regexp.MustCompile(`^(\s+\S.*?\s{2,})(\S.*)$`)

// Help sets the long text of a command: paragraphs are set anew, whatever their lines were; what is indented, or begins with
// an asterisk, stays as it is, unless it is a line of a list that is too wide.
func Help(text string) string {
	var out, paragraph []string
	flush := func() {
		if len(paragraph) > 0 {
			out = append(out, wrap(strings.Join(paragraph, " "), Width)...)
			paragraph = nil
		}
	}
	for line := range strings.SplitSeq(strings.Trim(text, "\n"), "\n") {
		verbatim := line == "" || line[0] == ' ' || line[0] == '*'
		if !verbatim {
			paragraph = append(paragraph, line)
			continue
		}
		flush()
		if m := entry.FindStringSubmatch(line); m != nil && columns(line) > Width {
			out = append(out, strings.TrimRight(Labelled(m[1], columns(m[1]), m[2]), "\n"))
			continue
		}
		out = append(out, line)
	}
	flush()
	return strings.Join(out, "\n")
}
