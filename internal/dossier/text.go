package dossier

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

const (
	textWidth  = 98
	labelWidth = 17
)

// text sets the index as plain text.
func (p page) text() []byte {
	t := &typist{}
	t.line(strings.ToUpper(p.title))
	t.paragraph("", p.subtitle)
	t.line(p.made)
	for _, s := range p.sections {
		t.line("")
		t.line(strings.ToUpper(s.title))
		t.line("")
		if s.lead != "" {
			t.paragraph("", s.lead)
			if s.table != nil || len(s.facts)+len(s.points) > 0 {
				t.line("")
			}
		}
		for _, f := range s.facts {
			t.paragraph(pad(f.label, labelWidth), f.value)
		}
		if s.table != nil {
			t.grid(s.table)
		}
		for _, point := range s.points {
			t.paragraph("- ", point)
		}
	}
	return t.b.Bytes()
}

type typist struct{ b bytes.Buffer }

// unbroken turns the spaces that forbade a break, while the text was wrapped, into plain ones: a text file is searched.
var unbroken = strings.NewReplacer("\u00a0", " ", "\u202f", " ")

func (t *typist) line(s string) {
	t.b.WriteString(strings.TrimRight(unbroken.Replace(s), " "))
	t.b.WriteByte('\n')
}

// paragraph wraps a text behind a mark or label, and sets the lines that follow under its first word.
func (t *typist) paragraph(label, text string) {
	indent := utf8.RuneCountInString(label)
	for i, line := range fold(text, textWidth-indent) {
		if i > 0 {
			label = strings.Repeat(" ", indent)
		}
		t.line(label + line)
	}
}

func (t *typist) grid(g *grid) {
	var titles []string
	var rule string
	for _, c := range g.columns {
		titles = append(titles, c.title)
		rule += strings.Repeat("-", c.chars) + "  "
	}
	t.row(g, titles)
	t.line(rule)
	for _, row := range g.rows {
		t.row(g, row)
	}
}

func (t *typist) row(g *grid, cells []string) {
	folded, height := make([][]string, len(cells)), 1
	for i, cell := range cells {
		for part := range strings.SplitSeq(cell, "\n") {
			folded[i] = append(folded[i], fold(part, g.columns[i].chars)...)
		}
		height = max(height, len(folded[i]))
	}
	for n := range height {
		line := ""
		for i := range cells {
			cell := ""
			if n < len(folded[i]) {
				cell = folded[i][n]
			}
			line += pad(cell, g.columns[i].chars) + "  "
		}
		t.line(line)
	}
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

// fold breaks a text into lines of at most width characters, at spaces; a longer word, such as a path, is
// cut.
func fold(text string, width int) []string {
	var lines []string
	var line []rune
	for word := range strings.SplitSeq(text, " ") {
		rest := []rune(word)
		if len(line) > 0 {
			if len(line)+1+len(rest) <= width {
				line = append(append(line, ' '), rest...)
				continue
			}
			lines = append(lines, string(line))
		}
		for len(rest) > width {
			cut := joint(rest[:width])
			lines, rest = append(lines, string(rest[:cut])), rest[cut:]
		}
		line = rest
	}
	return append(lines, string(line))
}

// joint is where a line that is full of one word is cut: behind its last hyphen or slash, unless that would leave less than
// half of the line.
func joint(full []rune) int {
	for i := len(full); i > len(full)/2; i-- {
		if full[i-1] == '-' || full[i-1] == '/' {
			return i
		}
	}
	return len(full)
}
