package ledger

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	yaml "github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxYAML is the size of the largest settings file in bytes; real ones have a few kilobytes.
const maxYAML = 1 << 20

// yamlKind is the shape of a value.
type yamlKind int

const (
	yamlNothing yamlKind = iota
	yamlScalar
	yamlObject
	yamlList
)

// yamlNode is one value of a YAML file, as it is written and where. Scalars stay text: 0012 is not a number here, and no is
// not false.
type yamlNode struct {
	path       string
	line, char int
	kind       yamlKind
	text       string
	raw        string // text with its spaces
	keys       []yamlKey
	items      []*yamlNode
}

type yamlKey struct {
	name       string
	line, char int
	value      *yamlNode
}

// yamlReader walks a YAML file and collects every problem with its line and column, where a decoder would stop at the first.
type yamlReader struct {
	problems Problems
	places   map[string]*yamlNode
}

// readYAML reads one document whose top is an object. It returns nil, with the reason among the problems, when the file is no
// such thing. The error is that of r alone.
func (y *yamlReader) readYAML(r io.Reader) (*yamlNode, error) {
	y.places = map[string]*yamlNode{}
	data, err := io.ReadAll(io.LimitReader(r, maxYAML+1))
	if err != nil {
		return nil, fmt.Errorf("read settings file: %w", err)
	}
	if len(data) > maxYAML {
		y.file(TooLarge, "This file is larger than a megabyte, so it is not a settings file.")
		return nil, nil
	}
	if !utf8.Valid(data) {
		text, _, _ := decode(data, AutoEncoding)
		data = []byte(text)
	}
	data = []byte(strings.TrimPrefix(string(data), "\uFEFF"))
	file := y.parse(data)
	if file == nil {
		return nil, nil
	}
	docs := slices.DeleteFunc(file.Docs, func(d *ast.DocumentNode) bool { return d.Body == nil })
	switch {
	case len(docs) == 0:
		y.file(EmptyFile, "This file is empty.")
		return nil, nil
	case len(docs) > 1:
		y.add(y.node(docs[1].Body, ""), WrongType, "Only one YAML document is expected: remove the line “---” and what follows.")
		return nil, nil
	}
	top := y.node(docs[0].Body, "")
	if top.kind != yamlObject {
		y.add(top, WrongType, "This file must consist of lines of the form “key: value”.")
		return nil, nil
	}
	return top, nil
}

func (y *yamlReader) parse(data []byte) (file *ast.File) {
	defer func() {
		// The parser is a dependency that meets files of strangers: what it cannot take is a problem of the file.
		if recover() != nil {
			file = nil
			y.file(Syntax, "This file cannot be read as YAML.")
		}
	}()
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err == nil {
		return file
	}
	at := &yamlNode{}
	message := "This file cannot be read as YAML."
	var where yaml.Error
	if errors.As(err, &where) {
		message = "This is not valid YAML here: " + where.GetMessage() + "."
		if tk := where.GetToken(); tk != nil && tk.Position != nil {
			at.line, at.char = tk.Position.Line, tk.Position.Column
		}
	}
	y.add(at, Syntax, message)
	return nil
}

func (y *yamlReader) node(n ast.Node, path string) *yamlNode {
	out := &yamlNode{path: path}
	if n == nil {
		return out
	}
	if tk := n.GetToken(); tk != nil && tk.Position != nil {
		out.line, out.char = tk.Position.Line, tk.Position.Column
	}
	y.places[path] = out
	switch v := n.(type) {
	case *ast.MappingNode:
		out.kind = yamlObject
		y.object(out, v.Values)
	case *ast.MappingValueNode:
		out.kind = yamlObject
		y.object(out, []*ast.MappingValueNode{v})
	case *ast.SequenceNode:
		out.kind = yamlList
		for i, item := range v.Values {
			out.items = append(out.items, y.node(item, fmt.Sprintf("%s[%d]", path, i)))
		}
	case *ast.NullNode:
	case *ast.StringNode:
		out.kind, out.text = yamlScalar, v.Value
	case *ast.LiteralNode:
		out.kind, out.text = yamlScalar, v.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		out.kind, out.text = yamlScalar, n.GetToken().Value
	default:
		y.add(out, WrongType, "Anchors, aliases, tags and merge keys are not read here: write the value out.")
	}
	out.raw, out.text = out.text, tidy(out.text)
	return out
}

func (y *yamlReader) object(out *yamlNode, values []*ast.MappingValueNode) {
	seen := map[string]bool{}
	for i, kv := range values {
		key := yamlKey{}
		if kv.Key == nil {
			continue
		}
		if tk := kv.Key.GetToken(); tk != nil && tk.Position != nil {
			key.name, key.line, key.char = tidy(tk.Value), tk.Position.Line, tk.Position.Column
		}
		switch kv.Key.(type) {
		case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		default:
			y.add(&yamlNode{line: key.line, char: key.char}, WrongType, "A key must be plain text.")
			continue
		}
		if i == 0 {
			out.line, out.char = key.line, key.char
		}
		path := key.name
		if out.path != "" {
			path = out.path + "." + key.name
		}
		at := &yamlNode{path: path, line: key.line, char: key.char}
		if seen[key.name] {
			y.add(at, DuplicateKey, "This key stands here twice: keep one.")
			continue
		}
		seen[key.name] = true
		key.value = y.node(kv.Value, path)
		if key.value.line == 0 {
			key.value.line, key.value.char = key.line, key.char
		}
		out.keys = append(out.keys, key)
	}
}

// each calls the handler of every key of n and reports the keys that have none.
func (y *yamlReader) each(n *yamlNode, handlers map[string]func(*yamlNode)) {
	if n.kind == yamlNothing {
		return
	}
	if n.kind != yamlObject {
		y.add(n, WrongType, "This must be a block of lines “key: value”.")
		return
	}
	for _, k := range n.keys {
		handle, ok := handlers[k.name]
		if !ok {
			names := make([]string, 0, len(handlers))
			for name := range handlers {
				names = append(names, name)
			}
			slices.Sort(names)
			at := &yamlNode{path: k.value.path, line: k.line, char: k.char}
			y.add(at, UnknownKey, "This key is not known here."+didYouMean(k.name, names)+" Known: "+strings.Join(names, ", ")+".")
			continue
		}
		handle(k.value)
	}
}

// into returns a handler that stores a scalar.
func (y *yamlReader) into(target *string) func(*yamlNode) {
	return func(n *yamlNode) { *target = y.scalar(n) }
}

func (y *yamlReader) scalar(n *yamlNode) string {
	if n.kind == yamlObject || n.kind == yamlList {
		y.add(n, WrongType, "This must be one value.")
	}
	return n.text
}

// lines returns a handler that stores a list of scalars; a single scalar counts as a list of its lines.
func (y *yamlReader) lines(target *[]string) func(*yamlNode) {
	return func(n *yamlNode) {
		switch n.kind {
		case yamlNothing:
		case yamlScalar:
			for line := range strings.Lines(n.text) {
				*target = append(*target, tidy(line))
			}
		case yamlList:
			for _, item := range n.items {
				*target = append(*target, y.scalar(item))
			}
		case yamlObject:
			y.add(n, WrongType, "This must be a list, one item per line, each after “- ”.")
		}
	}
}

// pairs returns a handler that calls set for every key of an object of scalars.
func (y *yamlReader) pairs(set func(key yamlKey, value string)) func(*yamlNode) {
	return func(n *yamlNode) {
		if n.kind == yamlNothing {
			return
		}
		if n.kind != yamlObject {
			y.add(n, WrongType, "This must be a block of lines “key: value”.")
			return
		}
		for _, k := range n.keys {
			set(k, y.scalar(k.value))
		}
	}
}

func (y *yamlReader) add(n *yamlNode, code Code, message string) {
	y.problems = append(y.problems, Problem{
		Severity: Error, Code: code, Line: n.line, Char: n.char, Column: n.path, Value: shown(n.text), Message: message,
	})
}

func (y *yamlReader) file(code Code, message string) {
	y.problems = append(y.problems, Problem{Severity: Error, Code: code, Message: message})
}

// placed takes over problems that were found by path and gives them their line and column.
func (y *yamlReader) placed(found Problems) {
	for _, p := range found {
		if at := y.nearest(p.Column); at != nil {
			p.Line, p.Char = at.line, at.char
		}
		y.problems = append(y.problems, p)
	}
}

// nearest finds the node of a path, or of the closest parent that stands in the file.
func (y *yamlReader) nearest(path string) *yamlNode {
	for {
		if at, ok := y.places[path]; ok {
			return at
		}
		i := strings.LastIndexAny(path, ".[")
		if i < 0 {
			return y.places[""]
		}
		path = path[:i]
	}
}
