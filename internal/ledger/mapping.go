package ledger

import (
	"io"
)

// Mapping explains a file: which column holds which field, how dates and amounts are written, and where values come from
// that the file does not have. The zero Mapping is not useful; start from [DefaultMapping] or [ReadMapping].
//
// The value of a field is, in this order: its constant; the cell of its column, translated by its value map; its template; its
// default. A file has an answer to each question once, so a field cannot have both a constant and something else.
type Mapping struct {
	Format Format
	// Columns names the header of each field's column.
	Columns map[Field]string
	// Defaults are used where the cell is empty or there is no column.
	Defaults map[Field]string
	// Constants are used for every row, whatever the file says.
	Constants map[Field]string
	// Templates make values out of others; [TemplateHelp] explains how.
	Templates map[Field]string
	// Values translates cells, for example Disputed: Yes to true. Case does not matter; other cells stay as they are.
	Values map[Field]map[string]string
	// Canonical says that no column was named: every column whose header is a field's name is read.
	Canonical bool
}

// Format is how a file is written.
type Format struct {
	Encoding Encoding
	// Delimiter between columns: one of , ; tab | or 0 to find out.
	Delimiter byte
	// Dates are the layouts in use, for example "M/D/YYYY"; none means YYYY-MM-DD and nothing else.
	Dates []string
	// Decimal mark, "." or ",".
	Decimal string
	// Thousands mark: "", ".", ",", " " or "'".
	Thousands string
}

// DefaultMapping reads files whose headers are the names of the fields (see [Fields]), with dates as YYYY-MM-DD, a decimal
// point, and encoding and delimiter found out.
func DefaultMapping() Mapping {
	columns := map[Field]string{}
	for _, f := range Fields() {
		columns[f.Field] = string(f.Field)
	}
	return Mapping{Format: defaultFormat(), Columns: columns, Canonical: true}
}

func defaultFormat() Format {
	return Format{Encoding: AutoEncoding, Decimal: "."}
}

// ReadMapping reads a mapping file (YAML). Every problem in it is reported at once, with line and column; the mapping is
// usable when none of them is an error. The error is that of r alone.
func ReadMapping(r io.Reader) (Mapping, Problems, error) {
	m := Mapping{
		Format: defaultFormat(), Columns: map[Field]string{}, Defaults: map[Field]string{}, Constants: map[Field]string{},
		Templates: map[Field]string{}, Values: map[Field]map[string]string{},
	}
	y := &yamlReader{}
	top, err := y.readYAML(r)
	if err != nil {
		return Mapping{}, nil, err
	}
	if top == nil {
		return Mapping{}, y.problems, nil
	}
	y.each(top, map[string]func(*yamlNode){
		"format":    func(n *yamlNode) { y.format(n, &m.Format) },
		"columns":   y.byField(m.Columns),
		"defaults":  y.byField(m.Defaults),
		"constants": y.byField(m.Constants),
		"templates": y.byField(m.Templates),
		"values":    func(n *yamlNode) { y.values(n, m.Values) },
	})
	if len(m.Columns) == 0 {
		def := DefaultMapping()
		m.Columns, m.Canonical = def.Columns, true
	}
	_, found := compile(m)
	y.placed(found)
	return m, y.problems.sorted(), nil
}

func (y *yamlReader) format(n *yamlNode, f *Format) {
	var encoding, delimiter string
	y.each(n, map[string]func(*yamlNode){
		"encoding":  y.into(&encoding),
		"delimiter": func(n *yamlNode) { delimiter = y.scalarAsWritten(n) },
		"dates":     y.lines(&f.Dates),
		"decimal":   y.into(&f.Decimal),
		"thousands": func(n *yamlNode) { f.Thousands = y.scalarAsWritten(n) },
	})
	if encoding != "" {
		f.Encoding = Encoding(encoding)
	}
	switch delimiter {
	case "", "auto":
	case "tab", "\t", `\t`:
		f.Delimiter = '\t'
	case ",", ";", "|":
		f.Delimiter = delimiter[0]
	default:
		at := *y.nearest("format.delimiter")
		at.text = delimiter
		y.add(&at, BadValue, "The delimiter is one of “,” “;” “|” tab, or auto.")
	}
}

// scalarAsWritten keeps spaces: a space can be a thousands mark.
func (y *yamlReader) scalarAsWritten(n *yamlNode) string {
	y.scalar(n)
	switch n.raw {
	case "none", "space":
		return map[string]string{"none": "", "space": " "}[n.raw]
	}
	return n.raw
}

func (y *yamlReader) byField(target map[Field]string) func(*yamlNode) {
	return y.pairs(func(key yamlKey, value string) {
		if y.checkField(key) {
			target[Field(key.name)] = value
		}
	})
}

func (y *yamlReader) values(n *yamlNode, target map[Field]map[string]string) {
	if n.kind == yamlNothing {
		return
	}
	if n.kind != yamlObject {
		y.add(n, WrongType, "This must name fields, each with a block of lines “value in the file: value”.")
		return
	}
	for _, k := range n.keys {
		if !y.checkField(k) {
			continue
		}
		translated := map[string]string{}
		y.pairs(func(key yamlKey, value string) { translated[key.name] = value })(k.value)
		target[Field(k.name)] = translated
	}
}

func (y *yamlReader) checkField(k yamlKey) bool {
	if knownField(k.name) {
		return true
	}
	at := &yamlNode{path: k.value.path, line: k.line, char: k.char}
	y.add(at, UnknownKey, "There is no such field."+didYouMean(k.name, fieldNames())+" “relance import --help” lists them.")
	return false
}
