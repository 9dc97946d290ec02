package ledger

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrInvalid is the kind of every error that [Problems.Err] returns: the file was read, and something in it must be mended.
var ErrInvalid = errors.New("the file has errors")

// Severity says whether a problem keeps its row out.
type Severity string

// The severities. A row with an error is not imported; a row with warnings only is.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Problem is one thing that is wrong with a file, in the words of the person who has to mend it.
//
// Column and Value come from the file and may be personal data: show a Problem to whoever brought the file, and keep it out
// of logs and of errors.
type Problem struct {
	Severity Severity `json:"severity"`
	Code     Code     `json:"code"`
	// Row is the row a spreadsheet shows: the header is row 1. 0 in YAML files and for problems of the file as a whole.
	Row int `json:"row,omitempty"`
	// Line is the line a text editor shows, from 1; it differs from Row once a cell holds a line break.
	Line int `json:"line,omitempty"`
	// Char is the place within the line, from 1; known in YAML files only.
	Char int `json:"char,omitempty"`
	// Column is the header of the CSV column, else the name of the field; in YAML files the path of the key.
	Column string `json:"column,omitempty"`
	Value  string `json:"value,omitempty"`
	// Message says what is wrong and what to do, as one or two sentences without the place.
	Message string `json:"message"`
}

// String returns the problem as one line: place, column, value, message.
func (p Problem) String() string {
	var b strings.Builder
	switch {
	case p.Row > 0:
		fmt.Fprintf(&b, "row %d", p.Row)
	case p.Char > 0:
		fmt.Fprintf(&b, "line %d, column %d", p.Line, p.Char)
	case p.Line > 0:
		fmt.Fprintf(&b, "line %d", p.Line)
	}
	if p.Column != "" {
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.Column)
	}
	if p.Value != "" {
		if b.Len() > 0 {
			b.WriteString(" ")
		}
		b.WriteString(strconv.Quote(p.Value))
	}
	if b.Len() > 0 {
		b.WriteString(": ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// Problems are the problems of one file, in the order of its rows or lines.
type Problems []Problem

// Errors returns how many of them are errors.
func (ps Problems) Errors() int {
	n := 0
	for _, p := range ps {
		if p.Severity == Error {
			n++
		}
	}
	return n
}

// Warnings returns how many of them are warnings.
func (ps Problems) Warnings() int { return len(ps) - ps.Errors() }

// HasErrors reports whether one of them is an error.
func (ps Problems) HasErrors() bool {
	return slices.ContainsFunc(ps, func(p Problem) bool { return p.Severity == Error })
}

// Err returns nil when there is no error among them, else an error of the kind [ErrInvalid]. It counts the problems and
// never quotes them, so that it may travel where personal data may not.
func (ps Problems) Err() error {
	if n := ps.Errors(); n > 0 {
		return fmt.Errorf("%w: %d of them", ErrInvalid, n)
	}
	return nil
}

func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Char - b.Char
	})
	return ps
}

// longestShown is the number of characters of a value that a problem repeats: enough to find it, and a runaway quoted cell
// cannot fill the screen.
const longestShown = 120

func shown(value string) string {
	if utf8.RuneCountInString(value) <= longestShown {
		return value
	}
	return string([]rune(value)[:longestShown]) + "…"
}
