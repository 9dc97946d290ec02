package ledger

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// record is one row of a CSV file as it stands there.
type record struct {
	row, line int
	cells     []string
	// fault is UnbalancedQuote when the row could not be split; cells then holds its first line.
	fault Code
}

func (r record) blank() bool {
	for _, c := range r.cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// splitter splits text into records. It differs from encoding/csv where files of strangers ask for it: a quote that is never
// closed costs its own row and not the rest of the file, a quote inside an unquoted cell is a quote, and rows and lines
// are counted as spreadsheets and editors count them.
type splitter struct {
	text      string
	delimiter byte
	pos       int
	row, line int
	cells     []string
}

func newSplitter(text string, delimiter byte) *splitter {
	return &splitter{text: text, delimiter: delimiter}
}

// next returns the next record; its cells are valid until the following call.
func (s *splitter) next() (record, bool) {
	if s.pos >= len(s.text) {
		return record{}, false
	}
	s.row++
	rec := record{row: s.row, line: s.line + 1}
	start := s.pos
	s.cells = s.cells[:0]
	for pos := start; ; {
		cell, end, ok := s.cell(pos)
		if !ok {
			return s.broken(rec, start), true
		}
		s.cells = append(s.cells, cell)
		if end < len(s.text) && s.text[end] == s.delimiter {
			pos = end + 1
			continue
		}
		s.pos = s.afterBreak(end)
		s.line += strings.Count(s.text[start:s.pos], "\n")
		rec.cells = s.cells
		return rec, true
	}
}

// broken gives up on the record that begins at start and goes on with the line after its first.
func (s *splitter) broken(rec record, start int) record {
	end := len(s.text)
	if i := strings.IndexByte(s.text[start:], '\n'); i >= 0 {
		end = start + i
	}
	s.line++
	s.pos = min(end+1, len(s.text))
	rec.fault = UnbalancedQuote
	rec.cells = append(s.cells[:0], strings.TrimRight(s.text[start:end], "\r"))
	return rec
}

// cell reads one cell from pos and returns it with the position of the delimiter or line break behind it.
func (s *splitter) cell(pos int) (cell string, end int, ok bool) {
	first := pos
	for first < len(s.text) && s.text[first] == ' ' {
		first++
	}
	if first < len(s.text) && s.text[first] == '"' {
		return s.quoted(first + 1)
	}
	end = pos
	for end < len(s.text) && s.text[end] != s.delimiter && s.text[end] != '\n' && !s.atCRLF(end) {
		end++
	}
	return s.text[pos:end], end, true
}

func (s *splitter) quoted(pos int) (cell string, end int, ok bool) {
	var b strings.Builder
	for {
		i := strings.IndexByte(s.text[pos:], '"')
		if i < 0 {
			return "", 0, false
		}
		after := pos + i + 1
		if after < len(s.text) && s.text[after] == '"' {
			b.WriteString(s.text[pos:after])
			pos = after + 1
			continue
		}
		cell = s.text[pos : after-1]
		if b.Len() > 0 {
			b.WriteString(cell)
			cell = b.String()
		}
		for after < len(s.text) && s.text[after] == ' ' {
			after++
		}
		closed := after == len(s.text) || s.text[after] == s.delimiter || s.text[after] == '\n' || s.atCRLF(after)
		return cell, after, closed
	}
}

func (s *splitter) atCRLF(i int) bool {
	return s.text[i] == '\r' && (i+1 == len(s.text) || s.text[i+1] == '\n')
}

func (s *splitter) afterBreak(end int) int {
	if end < len(s.text) && s.text[end] == '\r' {
		end++
	}
	return min(end+1, len(s.text))
}

// table is a decoded CSV file behind its header.
type table struct {
	*splitter
	header     []string
	headerRow  int
	headerLine int
}

// delimiters are the candidates, the likeliest first.
const delimiters = ",;\t|"

// openTable finds the delimiter and reads the header. want is the delimiter set by the mapping or 0; expected are the
// headers that the caller hopes for, which tell delimiters apart. It returns nil when the file has no header.
func openTable(text string, want byte, expected []string) *table {
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	skip := 0
	if named, lines := namedDelimiter(text); named != 0 {
		want, skip = named, lines
	}
	if want == 0 {
		want = likeliest(text, expected)
	}
	t := &table{splitter: newSplitter(text, want)}
	for {
		rec, ok := t.next()
		if !ok {
			return nil
		}
		if rec.row <= skip || rec.blank() {
			continue
		}
		for _, c := range rec.cells {
			t.header = append(t.header, tidy(c))
		}
		t.headerRow, t.headerLine = rec.row, rec.line
		return t
	}
}

// namedDelimiter reads the line "sep=;" that spreadsheets write for themselves.
func namedDelimiter(text string) (delimiter byte, lines int) {
	first, _, _ := strings.Cut(text, "\n")
	first = strings.Trim(first, "\r\"")
	if len(first) == 5 && strings.EqualFold(first[:4], "sep=") && strings.IndexByte(delimiters, first[4]) >= 0 {
		return first[4], 1
	}
	return 0, 0
}

func likeliest(text string, expected []string) byte {
	hoped := map[string]bool{}
	for _, h := range expected {
		hoped[folded(h)] = true
	}
	best, bestScore := delimiters[0], -1
	for i := range len(delimiters) {
		s := newSplitter(text, delimiters[i])
		rec, ok := s.next()
		for ok && rec.blank() {
			rec, ok = s.next()
		}
		score := len(rec.cells)
		for _, c := range rec.cells {
			if hoped[folded(c)] {
				score += 1000
			}
		}
		if score > bestScore {
			best, bestScore = delimiters[i], score
		}
	}
	return best
}

// tidy trims a cell and brings accents to their composed form, so that one name typed on two systems is one name.
func tidy(cell string) string {
	cell = strings.TrimSpace(cell)
	for i := range len(cell) {
		if cell[i] >= 0x80 {
			return norm.NFC.String(cell)
		}
	}
	return cell
}
