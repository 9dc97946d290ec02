package message

import (
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// window is where the address must stand to show through the window of the envelope that the creditor's country uses. The
// creditor's own particulars stand on the other side.
type window struct {
	right    bool
	top      float64 // the first line of the address, in millimetres from the upper edge
	backLine bool    // a small line with the sender's address above it (DIN 5008)
}

// windowOf knows the usual envelopes: DIN 5008 form B (window on the left from 45 mm, of which 17.7 mm are for the sender
// and remarks) in Germany and Austria; the window on the right of the DL envelope in France (NF Z 11-001), Poland, Belgium,
// Italy and Spain; the left window of the British DL and of the US number 10 envelope elsewhere. Letters that Lob prints
// need no free area: they are ordered with address_placement insert_blank_page.
func windowOf(country string) window {
	switch country {
	case "DE", "AT":
		return window{top: 62.7, backLine: true}
	case "FR", "MC", "PL", "BE", "IT", "ES":
		return window{right: true, top: 52}
	}
	return window{top: 54}
}

// head is the upper part of a letter's first page.
type head struct {
	creditor Creditor
	debtor   Debtor
	delivery string // how it travels, above the particulars; empty: not said
	facts    []fact // date, references
}

const (
	columnWidth  = 78.0
	addressLine  = 4.6
	addressLines = 6 // what a window shows
)

// letterhead prints the creditor, the address for the window and the particulars, and leaves y below them.
func (s *sheet) letterhead(h head) {
	w := windowOf(h.creditor.Country)
	ownX, addressX := s.right-columnWidth+10, s.left
	if w.right {
		ownX, addressX = s.left, 112
	}
	below := s.letterheadOwn(h, ownX, w.top)
	if w.backLine {
		s.backLine(h.creditor, addressX, w.top-3)
	}
	y := w.top
	for _, line := range addressOf(h.debtor, h.creditor) {
		for _, part := range s.wrap(line, regular, bodySize, columnWidth) {
			s.text(addressX, y+3.7, part, regular, bodySize, ink)
			y += addressLine
		}
	}
	s.y = max(below, y, w.top+addressLines*addressLine) + s.spacing.title
}

// letterheadOwn prints the creditor's name, address and the particulars of the letter, and returns where they end.
func (s *sheet) letterheadOwn(h head, x, windowTop float64) float64 {
	width := columnWidth - 10
	y := 17.0
	s.box(x, y, 9, 1.1, accent)
	y += 4
	for _, line := range s.wrap(h.creditor.Name, bold, 13, width) {
		s.text(x, y+4.4, line, bold, 13, ink)
		y += 5.8
	}
	y++
	for _, line := range particulars(h.creditor) {
		for _, part := range s.wrap(line, regular, smallSize, width) {
			s.text(x, y+3, part, regular, smallSize, quiet)
			y += smallLine
		}
	}
	y = max(y+4, windowTop)
	if h.delivery != "" {
		for _, part := range s.wrap(h.delivery, bold, smallSize, width) {
			s.text(x, y+3, part, bold, smallSize, ink)
			y += smallLine
		}
		y++
	}
	return s.pairs(h.facts, x, y, twoColumns{label: 27, width: width, size: smallSize, line: smallLine})
}

// twoColumns is a label with its value beside it.
type twoColumns struct{ label, width, size, line float64 }

// pairs prints labels with their values beside them and returns where they end.
func (s *sheet) pairs(facts []fact, x, y float64, c twoColumns) float64 {
	for _, f := range facts {
		y = s.pair(f, x, y, c, false)
	}
	return y
}

// pair prints one label with its value and returns where it ends; dry, it only measures.
func (s *sheet) pair(f fact, x, y float64, c twoColumns, dry bool) float64 {
	labels := s.wrap(f.Label, regular, c.size, c.label-2)
	values := s.wrap(f.Value, regular, c.size, c.width-c.label)
	lines := max(len(labels), len(values))
	for i := range lines {
		base := y + c.line*float64(i) + 0.75*c.line
		if i < len(labels) && !dry {
			s.text(x, base, labels[i], regular, c.size, quiet)
		}
		if i < len(values) && !dry {
			s.text(x+c.label, base, values[i], regular, c.size, ink)
		}
	}
	return y + c.line*float64(lines)
}

func (s *sheet) backLine(c Creditor, x, y float64) {
	back := strings.Join(append([]string{c.Name}, c.Lines...), " · ")
	if lines := s.wrap(back, regular, 6.5, columnWidth); len(lines) > 0 {
		s.text(x, y, lines[0], regular, 6.5, quiet)
	}
}

// particulars are the creditor's address and numbers, one line each.
func particulars(c Creditor) []string {
	lines := append([]string(nil), c.Lines...)
	for _, line := range []string{c.Phone, c.Email, c.Website, c.Registration} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// addressOf is the postal address as it is written on an envelope. The country is named, in capitals and in the language of
// the country that posts the letter, only where the letter crosses a border, as the Universal Postal Union asks.
func addressOf(d Debtor, c Creditor) []string {
	lines := []string{d.Name}
	if d.Contact != "" {
		lines = append(lines, d.Contact)
	}
	lines = append(lines, d.Lines...)
	if name := countryName(d.Country, c.Country); name != "" {
		lines = append(lines, name)
	}
	return lines
}

func countryName(of, from string) string {
	if of == "" || of == from {
		return ""
	}
	region, err := language.ParseRegion(of)
	if err != nil {
		return ""
	}
	namer := display.Regions(language.English)
	switch from {
	case "FR", "BE", "LU", "MC":
		namer = display.Regions(language.French)
	case "PL":
		namer = display.Regions(language.Polish)
	}
	return strings.ToUpper(namer.Name(region))
}
