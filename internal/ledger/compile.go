package ledger

import (
	"slices"
	"strings"
)

// source says where the values of one field come from.
type source struct {
	field    Field
	header   string
	constant string
	fallback string
	template *template
	values   map[string]string
}

// compiled is a mapping made ready for a file.
type compiled struct {
	format    Format
	sources   map[Field]*source
	layouts   []layout
	numbers   numberFormat
	canonical bool
}

// compile checks a mapping as a whole. Problems carry the path of the key in Column.
func compile(m Mapping) (*compiled, Problems) {
	var found Problems
	report := func(path string, code Code, value, message string) {
		found = append(found, Problem{Severity: Error, Code: code, Column: path, Value: shown(value), Message: message})
	}
	c := &compiled{format: m.Format, sources: map[Field]*source{}, canonical: m.Canonical}
	c.checkFormat(report)
	for _, f := range Fields() {
		s := &source{field: f.Field, header: m.Columns[f.Field], constant: m.Constants[f.Field], fallback: m.Defaults[f.Field]}
		s.translate(m.Values[f.Field])
		c.template(s, m, report)
		_, constant := m.Constants[f.Field]
		_, template := m.Templates[f.Field]
		_, fallback := m.Defaults[f.Field]
		switch {
		case constant && (template || fallback || (s.header != "" && !m.Canonical)):
			report("constants."+string(f.Field), TwiceAnswered, s.constant, "This field has a constant and another source: keep one. "+
				"A value for empty cells belongs under “defaults”.")
		case template && fallback:
			report("defaults."+string(f.Field), TwiceAnswered, s.fallback, "This field has a template and a default: keep one.")
		}
		if s.values != nil && s.header == "" {
			report("values."+string(f.Field), BadValue, "", "This field has no column whose values could be translated: name it "+
				"under “columns”.")
		}
		if f.Required && s.empty() && !template {
			path := "columns"
			if _, blank := m.Columns[f.Field]; blank {
				path += "." + string(f.Field)
			}
			report(path, MissingColumn, "", "Nothing says where “"+string(f.Field)+"” comes from ("+f.Meaning+
				"): name its column under “columns”, or a value under “defaults”.")
		}
		c.sources[f.Field] = s
	}
	return c, found
}

func (s *source) translate(values map[string]string) {
	for from, to := range values {
		if s.values == nil {
			s.values = map[string]string{}
		}
		s.values[strings.ToLower(from)] = to
	}
}

func (s *source) empty() bool {
	return s.header == "" && s.constant == "" && s.fallback == "" && s.template == nil
}

func (c *compiled) template(s *source, m Mapping, report func(path string, code Code, value, message string)) {
	text, ok := m.Templates[s.field]
	if !ok {
		return
	}
	path := "templates." + string(s.field)
	t, err := parseTemplate(text)
	if err != nil {
		report(path, BadTemplate, text, "This template cannot be read: "+err.Error()+".")
		return
	}
	for _, p := range t.parts {
		if p.field == "" {
			continue
		}
		if _, templated := m.Templates[p.field]; templated {
			report(path, BadTemplate, text, "{"+string(p.field)+"} comes from a template itself: use a field that the file has.")
			return
		}
		if m.Columns[p.field] == "" && m.Constants[p.field] == "" && m.Defaults[p.field] == "" {
			report(path, BadTemplate, text, "{"+string(p.field)+"} has no value: name its column under “columns”, or write "+
				"{@Header} for a column of the file.")
			return
		}
	}
	s.template = t
}

func (c *compiled) checkFormat(report func(path string, code Code, value, message string)) {
	f := &c.format
	if f.Encoding == "" {
		f.Encoding = AutoEncoding
	}
	if f.Decimal == "" {
		f.Decimal = "."
	}
	if !slices.Contains(encodings(), string(f.Encoding)) {
		report("format.encoding", BadValue, string(f.Encoding), "This encoding is not known. Known: "+strings.Join(encodings(), ", ")+".")
	}
	if f.Delimiter != 0 && strings.IndexByte(delimiters, f.Delimiter) < 0 {
		report("format.delimiter", BadValue, string(rune(f.Delimiter)), "The delimiter is one of “,” “;” “|” tab, or auto.")
	}
	if f.Decimal != "." && f.Decimal != "," {
		report("format.decimal", BadValue, f.Decimal, "The decimal mark is “.” or “,”.")
	}
	if !slices.Contains([]string{"", ".", ",", " ", "'", "’"}, f.Thousands) {
		report("format.thousands", BadValue, f.Thousands, "The thousands mark is “.”, “,”, “'”, space or none.")
	}
	if f.Thousands == f.Decimal {
		report("format.thousands", BadValue, f.Thousands, "The thousands mark and the decimal mark are the same.")
	}
	c.numbers = numberFormat{decimal: f.Decimal, thousands: f.Thousands}
	texts := f.Dates
	if len(texts) == 0 {
		texts = []string{isoDate}
	}
	for _, text := range texts {
		l, err := parseLayout(text)
		if err != nil {
			report("format.dates", BadLayout, text, "This layout cannot be read: "+err.Error()+".")
			continue
		}
		c.layouts = append(c.layouts, l)
	}
}

// headers lists the column names that the file is hoped to have.
func (c *compiled) headers() []string {
	var names []string
	for _, f := range Fields() {
		if h := c.sources[f.Field].header; h != "" {
			names = append(names, h)
		}
	}
	return names
}
