package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Problem is one thing that is wrong with a policy file, at a place that an editor can jump to.
type Problem struct {
	Line   int // from 1
	Column int // from 1
	Text   string
}

// Problems is the error of a file that is not a policy: everything that is wrong with it, from top to bottom. There is
// always at least one.
type Problems struct {
	Source string // the name that Parse was given
	List   []Problem
}

// Error has a line for each problem: "gentle.yaml:7:26: ...".
func (p *Problems) Error() string {
	lines := make([]string, len(p.List))
	for i, problem := range p.List {
		lines[i] = fmt.Sprintf("%s:%d:%d: %s", p.Source, problem.Line, problem.Column, problem.Text)
	}
	return strings.Join(lines, "\n")
}

// place is where something stands in the file.
type place struct{ line, column int }

// top is the place of what concerns the file as a whole.
var top = place{1, 1}

// placeOf is where a node begins. A mapping in block style has no sign of its own; it begins with its first key.
func placeOf(n ast.Node) place {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key
	}
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return top
	}
	at := n.GetToken().Position
	return place{at.Line, at.Column}
}

// report collects problems while a file is read, so that one pass names them all.
type report struct{ list []Problem }

func (r *report) add(at place, format string, args ...any) {
	r.list = append(r.list, Problem{Line: at.line, Column: at.column, Text: fmt.Sprintf(format, args...)})
}

// err is nil when nothing was reported.
func (r *report) err(source string) error {
	if len(r.list) == 0 {
		return nil
	}
	slices.SortStableFunc(r.list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return &Problems{Source: source, List: r.list}
}
