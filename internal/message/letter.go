package message

import (
	"fmt"
	"strconv"
	"strings"

	"relance/internal/collection"
)

// RenderLetter renders the letter as PDF: the certified letter, or the letter attached to the escalation notice. It is A4,
// or US Letter for a debtor in the United States or Canada, and its address shows through the window of the creditor's
// usual envelope. The bytes depend on the notice alone. Errors: *InvalidError, also where a certified letter lacks a postal
// address; ErrKind; ErrGlyph.
func RenderLetter(n Notice) ([]byte, error) {
	if err := n.Validate(); err != nil {
		return nil, err
	}
	certified := n.Kind == collection.CertifiedLetter
	if !certified && n.Kind != collection.EscalationNotice {
		return nil, fmt.Errorf("render %s as letter: %w", n.Kind, ErrKind)
	}
	n = n.tidied()
	var p problems
	p.when(certified && len(n.Creditor.Lines) == 0, "creditor address: missing, a letter needs a sender")
	p.when(certified && len(n.Debtor.Lines) == 0, "debtor address: missing, the letter has nowhere to go")
	if err := p.err(); err != nil {
		return nil, err
	}

	t := newTeller(n, n.style(), true)
	s := t.letter(n, spacings[0])
	for _, closer := range spacings[1:] {
		if s.pdf.PageCount() == 1 {
			break
		}
		if other := t.letter(n, closer); other.pdf.PageCount() < s.pdf.PageCount() {
			s = other
		}
	}
	return t.finish(s, foot(n.Creditor, n.Reference))
}

// finish closes the sheet and says what went wrong, in the words or on the paper.
func (t *teller) finish(s *sheet, foot string) ([]byte, error) {
	pdf, err := s.finish(foot, t.pageNumber)
	if t.err != nil {
		return nil, t.err
	}
	return pdf, err
}

// letter sets a checked letter with the given spacing. Errors stay in the teller and in the sheet.
func (t *teller) letter(n Notice, spaced spacing) *sheet {
	name := "letter." + string(n.Kind)
	title := t.line(name + ".title")
	s := newSheet(title, n.Creditor.Name, string(n.Language), n.Debtor.Country, n.Today)
	s.spacing = spaced
	s.letterhead(head{
		creditor: n.Creditor, debtor: n.Debtor,
		delivery: t.line("letter.delivery"), facts: t.particulars(n),
	})
	s.place(s.titled(title, t.line("letter.subject")))
	s.place(s.paragraph(t.line("salutation.formal"), regular, ink))
	s.place(s.paragraphs(t.paras(name + "." + string(n.Tone)))...)
	s.place(s.panel(t.details(n), t.owed(), t.line("pay.title"), t.letterPay()))
	s.place(s.paragraphs(t.paras("earlier"))...)
	s.place(s.paragraphs(t.paras(name + ".demand." + string(n.Tone)))...)
	s.place(s.letterEnd(t, n)...)
	return s
}

// letterEnd is what follows the payment details: the consequence, the ways out, and the close. The last paragraph stays with
// the signature, so that no page holds a signature alone.
func (s *sheet) letterEnd(t *teller, n Notice) []piece {
	var texts []string
	if t.view.Follows != "" {
		texts = append(texts, strings.TrimSpace(t.view.Follows+" "+t.line("letter.costs")))
	}
	for _, name := range []string{"letter.dispute", "letter.advice", "letter.paid"} {
		texts = append(texts, t.paras(name)...)
	}
	texts = append(texts, t.paras("reach.letter")...)
	all := s.paragraphs(texts)
	if t.err != nil || len(all) == 0 {
		return nil
	}
	last := all[len(all)-1]
	return append(all[:len(all)-1], together(last, s.signed(t, n)))
}

// signed is the close, room for a signature, who signs, and what is enclosed.
func (s *sheet) signed(t *teller, n Notice) piece {
	pieces := []piece{s.paragraph(t.line("closing.letter"), regular, ink), gap(s.spacing.signature)}
	for i, line := range signature(n.Creditor) {
		w := regular
		if i == 0 {
			w = bold
		}
		p := s.paragraph(line, w, ink)
		p.after = 0
		pieces = append(pieces, p)
	}
	if enclosed := t.line("letter.enclosures"); enclosed != "" {
		pieces = append(pieces, gap(5), s.small(enclosed))
	}
	return together(pieces...)
}

// particulars are the date and the references of a letter.
func (t *teller) particulars(n Notice) []fact {
	facts := []fact{{t.line("label.date"), t.view.Today}}
	if n.Reference != "" {
		facts = append(facts, fact{t.line("label.reference"), n.Reference})
	}
	if n.Debtor.Registration != "" {
		facts = append(facts, fact{t.line("label.debtor"), n.Debtor.Registration})
	}
	return facts
}

// letterPay are the bank lines and the payment address, for print.
func (t *teller) letterPay() []fact {
	facts := t.howToPay("pay.ask.letter")
	if t.view.PayURL != "" {
		_, shown, _ := strings.Cut(t.view.PayURL, "://") // on paper it is typed, not clicked
		facts = append(facts, fact{t.line("label.online"), shown})
	}
	return facts
}

func foot(c Creditor, reference string) string {
	if reference == "" {
		return c.Name
	}
	return c.Name + " · " + reference
}

func (t *teller) pageNumber(page, pages int) string {
	numbers := &teller{language: t.language, data: map[string]string{"Page": strconv.Itoa(page), "Pages": strconv.Itoa(pages)}}
	text := numbers.line("page")
	if t.err == nil {
		t.err = numbers.err
	}
	return text
}

// titled is the title of a document with the line that says what it is about.
func (s *sheet) titled(title, subject string) piece {
	titles := s.wrap(title, bold, titleSize, s.right-s.left)
	subjects := s.wrap(subject, bold, bodySize, s.right-s.left)
	return piece{
		height: float64(len(titles))*titleLine + float64(len(subjects))*s.spacing.line + 1,
		after:  5,
		draw: func(y float64) {
			for _, line := range titles {
				s.text(s.left, y+5.2, line, bold, titleSize, ink)
				y += titleLine
			}
			y++
			for _, line := range subjects {
				s.text(s.left, y+3.7, line, bold, bodySize, ink)
				y += s.spacing.line
			}
		},
	}
}

// panel sets what is owed beside how to pay it, so that an ordinary letter fills one page.
func (s *sheet) panel(details []fact, owed fact, payTitle string, pay []fact) piece {
	const gutter, share = 7.0, 0.53
	leftEnd := s.left + (s.right-s.left-gutter)*share
	left, right := s.claim(details, owed, leftEnd), s.payment(payTitle, pay, leftEnd+gutter)
	return piece{height: max(left.height, right.height), after: 5.5, draw: func(y float64) {
		left.draw(y)
		right.draw(y)
	}}
}

// claim is the table that leads to the amount owed.
func (s *sheet) claim(details []fact, owed fact, end float64) piece {
	const line, air = 4.4, 1.0
	values, lines := make([][]string, len(details)), 0
	for i, f := range details {
		room := end - 2.5 - s.left - s.measure(f.Label, regular, detailSize) - 4
		values[i] = s.wrap(f.Value, regular, detailSize, room)
		lines += max(1, len(values[i]))
	}
	height := float64(lines)*line + float64(len(details))*air
	return piece{height: height + 8.6, draw: func(y float64) {
		for i, f := range details {
			s.text(s.left, y+3.8, f.Label, regular, detailSize, quiet)
			for j, value := range values[i] {
				s.textRight(end-2.5, y+3.8+line*float64(j), value, regular, detailSize, ink)
			}
			y += line*float64(max(1, len(values[i]))) + air
			s.line(s.left, end, y, 0.2, rule)
		}
		s.box(s.left, y+0.6, end-s.left, 8, tint)
		s.text(s.left+2.5, y+6, owed.Label, bold, bodySize, ink)
		s.textRight(end-2.5, y+6, owed.Value, bold, 11, ink)
	}}
}

// payment is the box with the bank details, beside a rule.
func (s *sheet) payment(title string, facts []fact, x float64) piece {
	const label, line = 27.0, 4.5
	inner := x + 4
	width := s.right - inner
	draw := func(y float64, dry bool) float64 {
		y += 5.6
		for _, f := range facts {
			if f.Label == "" {
				for _, text := range s.wrap(f.Value, regular, detailSize, width) {
					if !dry {
						s.text(inner, y+3.4, text, regular, detailSize, ink)
					}
					y += line
				}
				continue
			}
			y = s.pair(f, inner, y, twoColumns{label: label, width: width, size: detailSize, line: line}, dry)
		}
		return y
	}
	height := draw(0, true) + 0.6
	return piece{height: height, draw: func(y float64) {
		s.box(x, y, 0.8, height, accent)
		s.text(inner, y+3.7, title, bold, bodySize, ink)
		draw(y, false)
	}}
}

// small is a paragraph in small print.
func (s *sheet) small(text string) piece {
	lines := s.wrap(text, regular, smallSize, s.right-s.left)
	return piece{
		height: float64(len(lines)) * smallLine,
		draw: func(y float64) {
			for i, line := range lines {
				s.text(s.left, y+smallLine*float64(i)+3, line, regular, smallSize, quiet)
			}
		},
	}
}
