package message

import (
	"embed"
	"fmt"
	"regexp"
	"strings"
	"text/template"
)

//go:embed templates
var templates embed.FS

// books holds the words of each language. They are parsed once; a template that does not parse is a broken build, and every
// test of the package then fails.
var books = func() map[Language]*template.Template {
	all := map[Language]*template.Template{}
	for _, l := range Languages() {
		all[l] = template.Must(template.New(string(l)).Option("missingkey=error").ParseFS(templates, "templates/"+string(l)+"/*.tmpl"))
	}
	return all
}()

// teller speaks one notice in one language: it looks templates up by name and keeps the first error, so that composing a
// message reads as a list of its parts.
type teller struct {
	language Language
	data     any   // what the templates see: view, or the data of a statement
	view     *view // the same, where a notice is told
	bank     []BankLine
	// fine asks for the typography of print: spaces that keep punctuation and one-letter words from the wrong line.
	fine bool
	err  error
}

// say renders one named template as it is.
func (t *teller) say(name string) string {
	if t.err != nil {
		return ""
	}
	var b strings.Builder
	if err := books[t.language].ExecuteTemplate(&b, name, t.data); err != nil {
		t.err = fmt.Errorf("render %s/%s: %w", t.language, name, err)
		return ""
	}
	return b.String()
}

// line renders a template that is one line or one sentence.
func (t *teller) line(name string) string { return t.polish(squeeze(t.say(name))) }

// paras renders a template of several paragraphs, separated by blank lines in the template.
func (t *teller) paras(name string) []string {
	all := paragraphs(t.say(name))
	for i := range all {
		all[i] = t.polish(all[i])
	}
	return all
}

// A sentence that ends with an abbreviation ("Inc.", "sp. z o.o.", the "r." of a Polish date) has one full stop, not two.
var doubleStop = regexp.MustCompile(`([^.])\.\.($|[^.])`)

// The places where a line must not break: before French double punctuation and inside French quotes, after "n°", after a
// Polish word of one letter.
var (
	beforeColon = regexp.MustCompile(` ([:»])`)
	beforeMark  = regexp.MustCompile(` ([;!?])`)
	afterQuote  = regexp.MustCompile(`(«|n°) `)
	oneLetter   = regexp.MustCompile(`((?:^|[ \x{a0}(])[aeiouwzAEIOUWZ]) `)
)

func (t *teller) polish(s string) string {
	s = doubleStop.ReplaceAllString(s, "$1.$2")
	if !t.fine {
		return s
	}
	switch t.language {
	case French:
		s = beforeColon.ReplaceAllString(s, noBreak+"$1")
		s = beforeMark.ReplaceAllString(s, narrowNoBreak+"$1")
		s = afterQuote.ReplaceAllString(s, "$1"+noBreak)
	case Polish:
		// Twice, because the space after one short word is the space before the next.
		s = oneLetter.ReplaceAllString(oneLetter.ReplaceAllString(s, "$1"+noBreak), "$1"+noBreak)
	case English:
	}
	return s
}
