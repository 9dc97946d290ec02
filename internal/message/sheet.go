package message

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"relance/internal/calendar"
)

// Measures of the sheet, in millimetres and points.
const (
	footRoom = 20.0 // kept free at the bottom
	topEdge  = 20.0

	bodySize, detailSize, smallSize, titleSize = 10.0, 9.5, 8.5, 15.0
	smallLine, titleLine                       = 4.0, 7.0
)

// spacing is how generously a sheet is set: the distance between lines, the space after a paragraph, above the title, and
// for a signature.
type spacing struct{ line, paragraph, title, signature float64 }

// spacings go from the usual one to the closest that still reads well. A closer one is taken when it saves a page, which
// would hold little more than a signature.
var spacings = []spacing{
	{line: 4.9, paragraph: 2.6, title: 6, signature: 10},
	{line: 4.7, paragraph: 2.2, title: 3, signature: 9},
	{line: 4.5, paragraph: 1.9, title: 2, signature: 8},
}

// weight is a cut of the typeface, as the PDF writer names it.
type weight string

const (
	regular weight = ""
	bold    weight = "B"
)

// colour is an RGB triple. The inks are those of the product; on paper they stay dark enough for a black and white printer.
type colour [3]int

var (
	ink    = colour{0x1d, 0x1b, 0x18}
	quiet  = colour{0x5c, 0x57, 0x4e}
	rule   = colour{0xd3, 0xcf, 0xc5}
	accent = colour{0x0e, 0x5a, 0x4d}
	tint   = colour{0xf1, 0xef, 0xea}
)

// sheet lays out pages of text from top to bottom. Lengths are millimetres. The first error stays in err and everything
// after it is a no-op.
type sheet struct {
	pdf           *fpdf.Fpdf
	spacing       spacing
	width, height float64
	left, right   float64 // the x of the text's edges
	y             float64 // where the next piece goes
	err           error
}

// newSheet opens a document with one page: US Letter where that is the paper of the debtor's country, else A4. Dates are
// taken from the day of sending, so that the bytes do not depend on when they are made.
func newSheet(title, author, language, country string, today calendar.Date) *sheet {
	format, margin := "A4", 25.0
	if country == "US" || country == "CA" {
		format, margin = "Letter", 25.4
	}
	pdf := fpdf.New("P", "mm", format, "")
	day := today.Start(time.UTC)
	pdf.SetCreationDate(day)
	pdf.SetModificationDate(day)
	pdf.SetCatalogSort(true)
	pdf.SetProducer("Relance", true)
	pdf.SetTitle(title, true)
	pdf.SetAuthor(author, true)
	pdf.SetLang(language)
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(0, 0, 0)
	pdf.SetCellMargin(0)
	// fpdf appends to the bytes of a font, which all documents share.
	pdf.AddUTF8FontFromBytes("lato", string(regular), bytes.Clone(latoRegular))
	pdf.AddUTF8FontFromBytes("lato", string(bold), bytes.Clone(latoBold))
	pdf.AddPage()
	s := &sheet{pdf: pdf, spacing: spacings[0], y: topEdge}
	s.width, s.height = pdf.GetPageSize()
	s.left, s.right = margin, s.width-20
	return s
}

// text prints one line with its baseline at y.
func (s *sheet) text(x, y float64, line string, w weight, size float64, c colour) {
	if s.err != nil || line == "" {
		return
	}
	if line, s.err = printable(line); s.err != nil {
		return
	}
	s.font(w, size)
	s.pdf.SetTextColor(c[0], c[1], c[2])
	s.pdf.Text(x, y, line)
}

// textRight prints one line that ends at x.
func (s *sheet) textRight(x, y float64, line string, w weight, size float64, c colour) {
	s.text(x-s.measure(line, w, size), y, line, w, size, c)
}

func (s *sheet) font(w weight, size float64) { s.pdf.SetFont("lato", string(w), size) }

// measure is the width of a line. A character that cannot be printed is an error, and has to be kept from the PDF writer,
// which would panic on one beyond the basic plane.
func (s *sheet) measure(line string, w weight, size float64) float64 {
	if s.err != nil {
		return 0
	}
	if line, s.err = printable(line); s.err != nil {
		return 0
	}
	s.font(w, size)
	return s.pdf.GetStringWidth(line)
}

// wrap breaks a text into lines of at most width, at ordinary spaces only: no-break spaces hold. A word that is wider than
// the line, such as a long address, is cut.
func (s *sheet) wrap(text string, w weight, size, width float64) []string {
	var lines []string
	line := ""
	for word := range strings.SplitSeq(text, " ") {
		joined := word
		if line != "" {
			joined = line + " " + word
		}
		if s.measure(joined, w, size) <= width {
			line = joined
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		head, tail := s.cut(word, w, size, width)
		lines = append(lines, head...)
		line = tail
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// cut splits a word into full lines and a rest that fits.
func (s *sheet) cut(word string, w weight, size, width float64) (full []string, rest string) {
	for _, r := range word {
		if rest != "" && s.measure(rest+string(r), w, size) > width {
			full, rest = append(full, rest), ""
		}
		rest += string(r)
	}
	return full, rest
}

// line draws a rule from x1 to x2.
func (s *sheet) line(x1, x2, y, thickness float64, c colour) {
	s.pdf.SetDrawColor(c[0], c[1], c[2])
	s.pdf.SetLineWidth(thickness)
	s.pdf.Line(x1, y, x2, y)
}

// box fills a rectangle.
func (s *sheet) box(x, y, width, height float64, c colour) {
	s.pdf.SetFillColor(c[0], c[1], c[2])
	s.pdf.Rect(x, y, width, height, "F")
}

// piece is something of a known height that is never cut by the end of a page.
type piece struct {
	height float64
	after  float64 // space that follows, unless a page ends here
	draw   func(y float64)
}

// place puts pieces under each other and turns the page when one does not fit.
func (s *sheet) place(pieces ...piece) {
	for _, p := range pieces {
		if s.y+p.height > s.height-footRoom && s.y > topEdge {
			s.pdf.AddPage()
			s.y = topEdge
		}
		p.draw(s.y)
		s.y += p.height + p.after
	}
}

// together makes one piece of several, so that they stay on one page.
func together(pieces ...piece) piece {
	var all piece
	for i, p := range pieces {
		all.height += p.height
		if i < len(pieces)-1 {
			all.height += p.after
		} else {
			all.after = p.after
		}
	}
	all.draw = func(y float64) {
		for _, p := range pieces {
			p.draw(y)
			y += p.height + p.after
		}
	}
	return all
}

// gap is empty space that disappears at the top of a page only with what it belongs to.
func gap(height float64) piece { return piece{height: height, draw: func(float64) {}} }

// paragraph is wrapped text across the whole measure.
func (s *sheet) paragraph(text string, w weight, c colour) piece {
	lines := s.wrap(text, w, bodySize, s.right-s.left)
	return piece{
		height: float64(len(lines)) * s.spacing.line,
		after:  s.spacing.paragraph,
		draw: func(y float64) {
			for i, line := range lines {
				s.text(s.left, y+s.spacing.line*float64(i)+3.7, line, w, bodySize, c)
			}
		},
	}
}

func (s *sheet) paragraphs(texts []string) []piece {
	var all []piece
	for _, text := range texts {
		all = append(all, s.paragraph(text, regular, ink))
	}
	return all
}

// finish writes the foot of every page, now that their number is known, and returns the document.
func (s *sheet) finish(foot string, number func(page, pages int) string) ([]byte, error) {
	pages := s.pdf.PageCount()
	for page := 1; page <= pages; page++ {
		s.pdf.SetPage(page)
		// The writer skips a font that is already set, though another page has not seen it.
		s.font(regular, smallSize)
		s.font(regular, 7.5)
		y := s.height - 12
		s.line(s.left, s.right, y-4.5, 0.2, rule)
		mark := number(page, pages)
		room := s.right - s.left - s.measure(mark, regular, 7.5) - 6
		if lines := s.wrap(foot, regular, 7.5, room); len(lines) > 0 {
			s.text(s.left, y, lines[0], regular, 7.5, quiet)
		}
		s.textRight(s.right, y, mark, regular, 7.5, quiet)
	}
	if s.err != nil {
		return nil, s.err
	}
	var b bytes.Buffer
	if err := s.pdf.Output(&b); err != nil {
		return nil, fmt.Errorf("write pdf: %w", err)
	}
	return b.Bytes(), nil
}
