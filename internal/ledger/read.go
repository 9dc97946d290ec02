package ledger

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// sheet is an open CSV file with the mapping that explains it.
type sheet struct {
	*table
	mapping  *compiled
	options  Options
	encoding Encoding
	columns  map[Field]int
	headers  map[string]int
	missing  map[Field]bool
	problems Problems
	phones   phoneBook
}

// progressEvery is the number of rows between two looks at the context and two calls of Progress.
const progressEvery = 1000

// Read reads a ledger. Everything that is wrong with the file stands in the book's Problems: every problem of every row in one
// pass. The error is for what has nothing to do with the file's content: reading r, the context, or a mapping that
// [ReadMapping] would have refused (kind [ErrInvalid]).
//
// Two rows with the same number and the same content count once, with a warning; when their content differs neither is
// usable, because nothing says which is right.
func Read(ctx context.Context, r io.Reader, m Mapping, options Options) (*Book, error) {
	mapping, found := compile(m)
	if err := found.Err(); err != nil {
		return nil, fmt.Errorf("read ledger: mapping: %w", err)
	}
	s, err := openSheet(r, mapping.format, mapping.headers(), options)
	if err != nil {
		return nil, fmt.Errorf("read ledger: %w", err)
	}
	if s.table == nil {
		return &Book{Problems: s.problems, Encoding: s.encoding}, nil
	}
	s.mapping = mapping
	s.findColumns()
	g := newGathering()
	for rec, more := s.next(); more; rec, more = s.next() {
		if rec.row%progressEvery == 0 {
			if err := ctx.Err(); err != nil {
				return nil, fmt.Errorf("read ledger: %w", err)
			}
			s.progress(s.pos)
		}
		s.readRow(rec, g)
	}
	s.progress(len(s.text))
	if g.total == 0 {
		s.report(EmptyFile, "There are no invoices in this file, only a header.")
	}
	var rows []Row
	if len(s.missing) == 0 { // without a column that is needed no row is whole
		rows = g.finish()
	}
	return &Book{
		Rows: rows, Problems: s.problems.sorted(), Total: g.total, Encoding: s.encoding, Delimiter: s.delimiter,
	}, nil
}

// openSheet reads the whole file, decodes it and finds its header, in which the expected names are hoped for; table is nil when the file has none, with the reason among
// the problems.
func openSheet(r io.Reader, format Format, expected []string, options Options) (*sheet, error) {
	s := &sheet{options: options, columns: map[Field]int{}, missing: map[Field]bool{}, phones: phoneBook{}}
	limit := options.MaxBytes
	if limit <= 0 {
		limit = defaultMaxBytes
	}
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		s.report(TooLarge, fmt.Sprintf("This file is larger than %d MiB: split it.", limit>>20))
		return s, nil
	}
	if why := notText(data, format.Encoding); why != "" {
		s.report(NotText, why)
		return s, nil
	}
	text, encoding, guessed := decode(data, format.Encoding)
	s.encoding = encoding
	s.table = openTable(text, format.Delimiter, expected)
	if s.table == nil {
		s.report(EmptyFile, "This file is empty.")
		return s, nil
	}
	if guessed {
		s.guessed()
	}
	return s, nil
}

// guessed warns of an encoding that nothing in the file proves, with the first letters that depend on it.
func (s *sheet) guessed() {
	sample := ""
	for line := range strings.Lines(s.text) {
		if i := strings.IndexFunc(line, func(r rune) bool { return r >= 0x80 }); i >= 0 {
			start := strings.LastIndexAny(line[:i], " \""+delimiters) + 1
			sample = line[start:]
			if end := strings.IndexAny(sample, "\"\r\n"+delimiters); end >= 0 {
				sample = sample[:end]
			}
			break
		}
	}
	s.problems = append(s.problems, Problem{
		Severity: Warning, Code: EncodingGuessed, Row: s.headerRow, Line: s.headerLine, Value: shown(sample),
		Message: "The file was read as " + string(s.encoding) + ". If this value looks wrong, name the encoding under “format” of the " +
			"mapping, for example windows-1250 for Polish.",
	})
}

// report adds a problem of the file as a whole.
func (s *sheet) report(code Code, message string) {
	p := Problem{Severity: Error, Code: code, Message: message}
	if s.table != nil {
		p.Row, p.Line = s.headerRow, s.headerLine
	}
	s.problems = append(s.problems, p)
}

func (s *sheet) progress(done int) {
	if s.options.Progress != nil {
		s.options.Progress(int64(done), int64(len(s.text)))
	}
}

// columnName is how the person who brought the file knows a field.
func (s *sheet) columnName(f Field) string {
	if at, ok := s.columns[f]; ok {
		return s.header[at]
	}
	return string(f)
}

// findColumns matches the header with the mapping.
func (s *sheet) findColumns() {
	s.headers = map[string]int{}
	twice := map[string]bool{}
	for i, h := range s.header {
		key := folded(h)
		if _, seen := s.headers[key]; seen {
			twice[key] = true
			continue
		}
		s.headers[key] = i
	}
	used := map[string]bool{}
	for _, f := range Fields() {
		source := s.mapping.sources[f.Field]
		if source.header == "" || source.constant != "" {
			continue
		}
		key := folded(source.header)
		used[key] = true
		at, found := s.headers[key]
		switch {
		case !found:
			s.missingColumn(f, source)
			continue
		case twice[key]:
			s.column(Error, DuplicateColumn, source.header, "Two columns have this name: rename or remove one.")
			s.missing[f.Field] = true
		}
		s.columns[f.Field] = at
	}
	s.templateColumns()
	if s.mapping.canonical {
		s.unknownColumns(used)
	}
}

func (s *sheet) missingColumn(f FieldInfo, source *source) {
	if s.mapping.canonical && (!f.Required || source.fallback != "" || source.template != nil) {
		return
	}
	message := "There is no such column (" + f.Meaning + ")." + suggestHeader(f.Field, source.header, s.header)
	if s.mapping.canonical {
		message += " Rename it, or name it under “columns” of a mapping."
	} else {
		message += " Correct the name under “columns” of the mapping. The file has: " + strings.Join(s.header, ", ") + "."
	}
	s.column(Error, MissingColumn, source.header, message)
	s.missing[f.Field] = true
}

func (s *sheet) templateColumns() {
	for _, f := range Fields() {
		t := s.mapping.sources[f.Field].template
		if t == nil {
			continue
		}
		for _, p := range t.parts {
			if _, found := s.headers[folded(p.header)]; p.header != "" && !found {
				s.column(Error, MissingColumn, p.header, "The template of “"+string(f.Field)+"” names this column, and there is none."+
					didYouMean(p.header, s.header))
				s.missing[f.Field] = true
			}
		}
	}
}

// unknownColumns warns of headers that look like fields: a misspelt optional column would silently be nothing.
func (s *sheet) unknownColumns(used map[string]bool) {
	for _, h := range s.header {
		if used[folded(h)] || h == "" {
			continue
		}
		if near := closest(h, fieldNames()); near != "" {
			s.column(Warning, UnknownColumn, h, "This column is not read. Did you mean “"+near+"”?")
		}
	}
}

func (s *sheet) column(severity Severity, code Code, header, message string) {
	s.problems = append(s.problems, Problem{
		Severity: severity, Code: code, Row: s.headerRow, Line: s.headerLine, Column: header, Message: message,
	})
}

// readRow reads one record and hands it to the gathering.
func (s *sheet) readRow(rec record, g *gathering) {
	if rec.fault == "" && rec.blank() {
		return
	}
	g.total++
	r := &rowReader{sheet: s, rec: rec, row: Row{Row: rec.row, Line: rec.line}}
	if !r.shaped() {
		return
	}
	r.read()
	g.add(r)
}

// shaped reports whether a record has one cell for each column; empty cells too many at its end do no harm.
func (r *rowReader) shaped() bool {
	switch {
	case r.rec.fault == UnbalancedQuote:
		r.fail("", UnbalancedQuote, r.rec.cells[0], "A quotation mark is opened and not closed in this row, or stands inside a quoted value: "+
			"close it, or write it twice where it is meant.")
		return false
	case len(r.rec.cells) < len(r.header):
		r.fail("", RaggedRow, strings.Join(r.rec.cells, string(rune(r.delimiter))), fmt.Sprintf("This row has %d cells and the header %d: a "+
			"line break may stand in the middle of it, or a cell is missing.", len(r.rec.cells), len(r.header)))
		return false
	}
	for _, extra := range r.rec.cells[len(r.header):] {
		if strings.TrimSpace(extra) != "" {
			r.fail("", RaggedRow, strings.Join(r.rec.cells, string(rune(r.delimiter))), fmt.Sprintf("This row has %d cells and the header %d: "+
				"a value that contains “%c” must stand in quotation marks.", len(r.rec.cells), len(r.header), r.delimiter))
			return false
		}
	}
	return true
}
