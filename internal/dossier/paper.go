package dossier

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/unicode/norm"

	"relance/internal/message"
)

// Measures of the printed index, in millimetres and points.
const (
	margin   = 18.0
	footRoom = 18.0
	leading  = 4.3
	cellGap  = 2.5

	bodySize, smallSize, headSize, titleSize = 9.0, 7.5, 11.0, 16.0
)

const (
	regular = ""
	bold    = "B"
)

// colour is an RGB triple, one of the inks of the letters.
type colour [3]int

var (
	ink    = colour{0x1d, 0x1b, 0x18}
	quiet  = colour{0x5c, 0x57, 0x4e}
	line   = colour{0xd3, 0xcf, 0xc5}
	accent = colour{0x0e, 0x5a, 0x4d}
)

// paper sets the index as PDF, on the paper of the debtor's country, where it is filed. Like a letter it takes its dates from
// the day it is about.
func (b *builder) paper(p page) ([]byte, error) {
	format := "A4"
	if country := b.in.Notice.Debtor.Country; country == "US" || country == "CA" {
		format = "Letter"
	}
	pdf := fpdf.New("P", "mm", format, "")
	day := b.today.Start(time.UTC)
	pdf.SetCreationDate(day)
	pdf.SetModificationDate(day)
	pdf.SetCatalogSort(true)
	pdf.SetProducer("Relance", true)
	pdf.SetLang("en")
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(0, 0, 0)
	pdf.SetCellMargin(0)
	plain, heavy := message.Typeface()
	// fpdf appends to the bytes of a font, which all documents share.
	pdf.AddUTF8FontFromBytes("face", regular, bytes.Clone(plain))
	pdf.AddUTF8FontFromBytes("face", bold, bytes.Clone(heavy))
	pdf.AddPage()
	s := &sheet{pdf: pdf, y: margin}
	s.width, s.height = pdf.GetPageSize()
	pdf.SetTitle(s.printable(p.title), true)
	s.page(p)
	return s.finish(p.title + " · " + p.made)
}

// sheet lays out pages from top to bottom.
type sheet struct {
	pdf           *fpdf.Fpdf
	width, height float64
	y             float64
	holes         bool // a character could not be printed
}

func (s *sheet) page(p page) {
	s.pdf.SetFillColor(accent[0], accent[1], accent[2])
	s.pdf.Rect(margin, s.y, 9, 1.1, "F")
	s.y += 3.5
	s.block(p.title, bold, titleSize, ink, 7.5)
	s.block(p.subtitle, regular, headSize, ink, 5.4)
	s.block(p.made, regular, smallSize, quiet, 4)
	for _, part := range p.sections {
		s.section(part)
	}
	if s.holes {
		s.y += 3
		s.block("A box (□) or question mark stands for a character that cannot be printed here; 00-index.txt has it.", regular, smallSize, quiet, 3.8)
	}
}

func (s *sheet) section(p section) {
	s.y += 5
	s.room(headSize + 3*leading) // a heading keeps company with what follows it
	s.block(p.title, bold, headSize, accent, 6)
	if p.lead != "" {
		s.block(p.lead, regular, smallSize, quiet, 3.7)
		s.y++
	}
	for _, f := range p.facts {
		s.row([]cell{{f.label, 31, quiet}, {f.value, s.measure() - 31, ink}}, regular)
	}
	if p.table != nil {
		s.grid(p.table)
	}
	for _, point := range p.points {
		s.row([]cell{{"–", 4, quiet}, {point, s.measure() - 4, ink}}, regular)
	}
}

// measure is the width of the text.
func (s *sheet) measure() float64 { return s.width - 2*margin }

// grid sets a table. Its heading returns on every page.
func (s *sheet) grid(g *grid) {
	heading := func() {
		s.row(s.cells(g, titles(g), quiet), bold)
		s.rule()
	}
	s.room(4 * leading)
	heading()
	for _, row := range g.rows {
		cells := s.cells(g, row, ink)
		if s.turns(s.heightOf(cells, regular)) {
			s.turn()
			heading()
		}
		s.row(cells, regular)
		s.rule()
	}
}

func titles(g *grid) []string {
	var all []string
	for _, c := range g.columns {
		all = append(all, c.title)
	}
	return all
}

func (s *sheet) cells(g *grid, texts []string, c colour) []cell {
	var row []cell
	for i, text := range texts {
		row = append(row, cell{text, s.measure() * g.columns[i].share / 100, c})
	}
	return row
}

func (s *sheet) rule() {
	s.pdf.SetDrawColor(line[0], line[1], line[2])
	s.pdf.SetLineWidth(0.15)
	s.pdf.Line(margin, s.y, s.width-margin, s.y)
	s.y += 0.7
}

// cell is a text of some width.
type cell struct {
	text  string
	width float64
	colour
}

// row sets cells side by side. It is never cut by the end of a page.
func (s *sheet) row(cells []cell, weight string) {
	s.room(s.heightOf(cells, weight))
	height, x := 0.0, margin
	for _, c := range cells {
		lines := s.wrap(c.text, weight, bodySize, c.width-cellGap)
		for i, text := range lines {
			s.print(x, s.y+leading*float64(i)+3.2, text, weight, bodySize, c.colour)
		}
		height, x = max(height, leading*float64(len(lines))), x+c.width
	}
	s.y += height + 0.5
}

func (s *sheet) heightOf(cells []cell, weight string) float64 {
	height := 0.0
	for _, c := range cells {
		height = max(height, leading*float64(len(s.wrap(c.text, weight, bodySize, c.width-cellGap))))
	}
	return height
}

// block sets a text across the page.
func (s *sheet) block(text, weight string, size float64, c colour, height float64) {
	for _, part := range s.wrap(text, weight, size, s.measure()) {
		s.room(height)
		s.print(margin, s.y+0.75*height, part, weight, size, c)
		s.y += height
	}
}

func (s *sheet) turns(height float64) bool { return s.y+height > s.height-footRoom }

func (s *sheet) turn() {
	s.pdf.AddPage()
	s.y = margin
}

func (s *sheet) room(height float64) {
	if s.turns(height) && s.y > margin {
		s.turn()
	}
}

func (s *sheet) print(x, y float64, text, weight string, size float64, c colour) {
	s.pdf.SetFont("face", weight, size)
	s.pdf.SetTextColor(c[0], c[1], c[2])
	s.pdf.Text(x, y, text)
}

// wrap breaks a text at line ends and ordinary spaces; a word that is wider than the line is cut.
func (s *sheet) wrap(text, weight string, size, width float64) []string {
	s.pdf.SetFont("face", weight, size)
	var lines []string
	for part := range strings.SplitSeq(s.printable(text), "\n") {
		current := ""
		for word := range strings.SplitSeq(part, " ") {
			if joined := strings.TrimLeft(current+" "+word, " "); s.pdf.GetStringWidth(joined) <= width {
				current = joined
				continue
			}
			if current != "" {
				lines = append(lines, current)
			}
			full, rest := s.cut(word, width)
			lines, current = append(lines, full...), rest
		}
		lines = append(lines, current)
	}
	return lines
}

func (s *sheet) cut(word string, width float64) (full []string, rest string) {
	for _, r := range word {
		if rest != "" && s.pdf.GetStringWidth(rest+string(r)) > width {
			full, rest = append(full, rest), ""
		}
		rest += string(r)
	}
	return full, rest
}

// printable puts a box for every character that the typeface lacks. An index with a hole that shows is of use; the text beside
// it is whole.
func (s *sheet) printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || message.Drawable(r) {
			return r
		}
		s.holes = true
		if message.Drawable('□') {
			return '□'
		}
		return '?'
	}, norm.NFC.String(text))
}

// finish writes the foot of every page, now that their number is known.
func (s *sheet) finish(foot string) ([]byte, error) {
	foot = s.wrap(foot, regular, smallSize, s.measure()-25)[0]
	pages := s.pdf.PageCount()
	for n := 1; n <= pages; n++ {
		s.pdf.SetPage(n)
		s.pdf.SetFont("face", regular, smallSize+1) // the writer skips a font that is set, though another page has not seen it
		y := s.height - 10
		number := fmt.Sprintf("Page %d of %d", n, pages)
		s.print(margin, y, foot, regular, smallSize, quiet)
		s.print(s.width-margin-s.pdf.GetStringWidth(number), y, number, regular, smallSize, quiet)
	}
	var out bytes.Buffer
	if err := s.pdf.Output(&out); err != nil {
		return nil, fmt.Errorf("write the index as pdf: %w", err)
	}
	return out.Bytes(), nil
}
