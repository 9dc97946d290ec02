package message

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// tidy makes one clean line of a value that comes from outside: composed characters, no control or invisible formatting
// characters (a line break in a name would break a subject; a direction mark could turn an amount around), runs of white
// space as one space. Spaces that forbid a break stay as they are.
func tidy(s string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\r', r == '\t', r == '\v', r == '\f', r == '\u2028', r == '\u2029':
			return ' '
		case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, norm.NFC.String(s))
	return squeeze(clean)
}

// squeeze joins the words of a text with single spaces. Only breaking white space separates words.
func squeeze(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return r == ' ' || r == '\n' || r == '\t' || r == '\r'
	}), " ")
}

var blankLines = regexp.MustCompile(`\n[ \t\r]*\n`)

// paragraphs cuts a rendered template at its blank lines.
func paragraphs(s string) []string {
	var all []string
	for _, block := range blankLines.Split(s, -1) {
		if text := squeeze(block); text != "" {
			all = append(all, text)
		}
	}
	return all
}

// tidied is the notice with every text made one clean line; the validity of addresses was checked before.
func (n Notice) tidied() Notice {
	n.Creditor = n.Creditor.tidied()
	n.Debtor = n.Debtor.tidied()
	n.Invoice.Number = tidy(n.Invoice.Number)
	n.Reference = tidy(n.Reference)
	return n
}

func (c Creditor) tidied() Creditor {
	c.Party = c.Party.tidied()
	for _, field := range []*string{&c.ShortName, &c.Phone, &c.Email, &c.Website, &c.Registration, &c.Signatory} {
		*field = tidy(*field)
	}
	var bank []BankLine
	for _, kind := range BankKinds() {
		for _, line := range c.Bank {
			if line.Kind == kind {
				bank = append(bank, BankLine{Kind: kind, Value: bankValue(kind, tidy(line.Value))})
			}
		}
	}
	c.Bank = bank
	return c
}

func (d Debtor) tidied() Debtor {
	d.Party = d.Party.tidied()
	for _, field := range []*string{&d.Contact, &d.Salutation, &d.Registration} {
		*field = tidy(*field)
	}
	return d
}

func (p Party) tidied() Party {
	p.Name = tidy(p.Name)
	p.Country = strings.ToUpper(tidy(p.Country))
	var lines []string
	for _, line := range p.Lines {
		if line = tidy(line); line != "" {
			lines = append(lines, line)
		}
	}
	p.Lines = lines
	return p
}

// bankValue prints an IBAN in groups of four (ISO 13616), the form people copy without mistakes.
func bankValue(kind BankKind, value string) string {
	if kind != BankIBAN {
		return value
	}
	var b strings.Builder
	for i, r := range strings.ReplaceAll(value, " ", "") {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
