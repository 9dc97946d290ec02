package ledger

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// TemplateHelp explains the templates of a mapping to the person who writes one.
const TemplateHelp = `A template makes a value that the ledger lacks out of values that it has:

  Customer {debtor_id}
  {@First name} {@Last name}
  billing@{debtor_id|slug}.example.com
  +1{debtor_id|pick:212/315/332}55501{debtor_id|digits:2}

{field} is the value of a field, {@Header} that of any column of the file; {{ and }} are
braces. Where a placeholder has no value, the template has none. Filters follow after |,
from left to right:

  lower, upper   letter case
  slug           lower-case ASCII letters and digits, one hyphen for everything else
  digits:N       N digits (1 to 18) that depend on the value alone, the same in every run
  pick:A/B/C     one of the choices, likewise
`

// template is a parsed template: see [TemplateHelp].
type template struct {
	parts []templatePart
}

type templatePart struct {
	literal string
	field   Field
	header  string
	filters []func(string) string
}

// parseTemplate returns an error whose text is for the person who wrote the template.
func parseTemplate(text string) (*template, error) {
	t := &template{}
	var literal strings.Builder
	flush := func() {
		if literal.Len() > 0 {
			t.parts = append(t.parts, templatePart{literal: literal.String()})
			literal.Reset()
		}
	}
	for text != "" {
		i := strings.IndexAny(text, "{}")
		if i < 0 {
			literal.WriteString(text)
			break
		}
		literal.WriteString(text[:i])
		brace, rest := text[i], text[i+1:]
		if rest != "" && rest[0] == brace {
			literal.WriteByte(brace)
			text = rest[1:]
			continue
		}
		inside, after, closed := strings.Cut(rest, "}")
		if brace == '}' || !closed {
			return nil, errors.New("a brace stands alone; write {{ or }} for a brace that is meant")
		}
		part, err := parsePlaceholder(inside)
		if err != nil {
			return nil, err
		}
		flush()
		t.parts = append(t.parts, part)
		text = after
	}
	flush()
	if len(t.parts) == 0 {
		return nil, errors.New("the template is empty")
	}
	return t, nil
}

func parsePlaceholder(inside string) (templatePart, error) {
	pieces := strings.Split(inside, "|")
	name := strings.TrimSpace(pieces[0])
	part := templatePart{field: Field(name)}
	if header, ok := strings.CutPrefix(name, "@"); ok {
		part = templatePart{header: tidy(header)}
	} else if !knownField(name) {
		return part, fmt.Errorf("{%s} is not a field.%s Write {@%s} for a column of that name", name, didYouMean(name, fieldNames()), name)
	}
	for _, text := range pieces[1:] {
		filter, err := parseFilter(strings.TrimSpace(text))
		if err != nil {
			return part, err
		}
		part.filters = append(part.filters, filter)
	}
	return part, nil
}

func parseFilter(text string) (func(string) string, error) {
	name, argument, _ := strings.Cut(text, ":")
	switch name {
	case "lower":
		return strings.ToLower, nil
	case "upper":
		return strings.ToUpper, nil
	case "slug":
		return slug, nil
	case "digits":
		n, err := strconv.Atoi(argument)
		if err != nil || n < 1 || n > 18 {
			return nil, errors.New("digits needs a number from 1 to 18, as in digits:4")
		}
		return func(v string) string { return digits(text, v, n) }, nil
	case "pick":
		choices := strings.Split(argument, "/")
		if len(choices) < 2 {
			return nil, errors.New("pick needs choices, as in pick:212/315/332")
		}
		return func(v string) string { return choices[stable(text, v)%uint64(len(choices))] }, nil
	}
	return nil, fmt.Errorf("there is no filter “%s”; known: lower, upper, slug, digits:N, pick:A/B/C", name)
}

// stable is a number that depends on the value and on the filter's own text, so that two filters on one value are
// independent of each other.
func stable(filter, value string) uint64 {
	sum := sha256.Sum256([]byte(filter + "\x00" + value))
	return binary.BigEndian.Uint64(sum[:8])
}

func digits(filter, value string, n int) string {
	limit := uint64(1)
	for range n {
		limit *= 10
	}
	return fmt.Sprintf("%0*d", n, stable(filter, value)%limit)
}

func slug(value string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(norm.NFD.String(value)) {
		switch {
		case r == 'ł':
			r = 'l'
		case unicode.Is(unicode.Mn, r):
			continue
		}
		if (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') {
			if gap && b.Len() > 0 {
				b.WriteByte('-')
			}
			gap = false
			b.WriteRune(r)
			continue
		}
		gap = true
	}
	return b.String()
}

// fill returns the value of the template, "" when a placeholder has none.
func (t *template) fill(value func(templatePart) string) string {
	var b strings.Builder
	for _, p := range t.parts {
		if p.field == "" && p.header == "" {
			b.WriteString(p.literal)
			continue
		}
		v := value(p)
		if v == "" {
			return ""
		}
		for _, f := range p.filters {
			v = f(v)
		}
		b.WriteString(v)
	}
	return b.String()
}
