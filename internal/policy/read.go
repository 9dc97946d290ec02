package policy

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxSize bounds a policy file in bytes; the longest ladder anybody could want has a few thousand.
const maxSize = 32 << 10

// document reads the one YAML document of a file. When it cannot, it reports why and gives nil.
func (r *report) document(source io.Reader) (ast.Node, error) {
	text, err := io.ReadAll(io.LimitReader(source, maxSize+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read policy: %w", err)
	case len(text) > maxSize:
		r.add(top, "the file is longer than %d KiB; a policy is a short list of steps", maxSize>>10)
		return nil, nil
	case !utf8.Valid(text):
		r.add(top, "the file is not UTF-8 text; save it as UTF-8")
		return nil, nil
	}
	file, err := parseYAML([]byte(strings.TrimPrefix(string(text), "\ufeff")))
	if err != nil {
		r.syntax(err)
		return nil, nil
	}
	if len(file.Docs) > 1 {
		r.add(placeOf(file.Docs[1].Body), "the file holds more than one YAML document; write one policy in a file, without directives")
		return nil, nil
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		r.add(top, "the file is empty; a policy has at least one step")
		return nil, nil
	}
	return file.Docs[0].Body, nil
}

// parseYAML keeps a panic of the YAML library from ending the process: the file came from outside.
func parseYAML(text []byte) (file *ast.File, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("unreadable")
		}
	}()
	return parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
}

func (r *report) syntax(err error) {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) && syntax.Token != nil && syntax.Token.Position != nil {
		at := syntax.Token.Position
		r.add(place{at.Line, at.Column}, "this is not YAML: %s", syntax.Message)
		return
	}
	r.add(top, "this cannot be read as YAML")
}

// table is a mapping of the file with its keys known to be allowed.
type table struct {
	at     place
	fields map[string]ast.Node
}

// table reads a mapping strictly. What names the thing in sentences: "a step".
func (r *report) table(n ast.Node, what string, keys ...string) (table, bool) {
	mapping, ok := n.(*ast.MappingNode)
	if !ok {
		r.add(placeOf(n), "%s is written as keys with values (%s)", what, strings.Join(keys, ", "))
		return table{}, false
	}
	t := table{at: placeOf(n), fields: make(map[string]ast.Node, len(mapping.Values))}
	for _, entry := range mapping.Values {
		key := entry.Key.GetToken().Value
		_, twice := t.fields[key]
		switch {
		case !slices.Contains(keys, key):
			r.add(placeOf(entry.Key), "unknown key %q; %s has %s", key, what, strings.Join(keys, ", "))
		case twice:
			r.add(placeOf(entry.Key), "the key %s stands here twice", key)
		default:
			t.fields[key] = entry.Value
		}
	}
	return t, true
}

// entries reads a list that has at least one entry.
func (r *report) entries(n ast.Node, what string) []ast.Node {
	sequence, ok := n.(*ast.SequenceNode)
	switch {
	case !ok:
		r.add(placeOf(n), "%s is a list with a dash before each entry", what)
		return nil
	case len(sequence.Values) == 0:
		r.add(placeOf(n), "%s is an empty list; write at least one entry", what)
	}
	return sequence.Values
}

// text reads a plain value as the characters that stand in the file, so that no number passes through a float. ok is
// false when the key is missing, which is not reported, or holds something else, which is.
func (r *report) text(t table, key string) (value string, at place, ok bool) {
	n, present := t.fields[key]
	if !present {
		return "", t.at, false
	}
	at = placeOf(n)
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, at, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, at, true
	case *ast.NullNode:
		r.add(at, "%s has no value", key)
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		r.add(at, "%s: anchors, aliases and tags of YAML are not used in policies; write the value out", key)
	default:
		r.add(at, "%s takes one plain value", key)
	}
	return "", at, false
}

// required is text that must be there.
func (r *report) required(t table, what, key string) (value string, at place, ok bool) {
	if _, present := t.fields[key]; !present {
		r.add(t.at, "%s needs %s", what, key)
		return "", t.at, false
	}
	return r.text(t, key)
}
