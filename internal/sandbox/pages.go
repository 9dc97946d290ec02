package sandbox

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets/*
var assetFiles embed.FS

// pagePolicy lets a page use only what this server serves. The body of an email has a policy of its own, see body.
const pagePolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; " +
	"object-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func (s *Server) routePages(mux *http.ServeMux) {
	assets, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	mux.Handle("GET /assets/", http.StripPrefix("/assets/", http.FileServerFS(assets)))
	mux.HandleFunc("GET /{$}", s.outboxPage)
	mux.HandleFunc("GET /messages/{seq}", s.messageShow)
	mux.HandleFunc("GET /messages/{seq}/body", s.body)
	mux.HandleFunc("GET /messages/{seq}/files/{n}", s.file)
	mux.HandleFunc("GET /recipients", s.recipientsPage)
	mux.HandleFunc("GET /failures", s.failuresPage)
	mux.HandleFunc("/", s.nothingHere)
}

// templates holds one set for each page, so that each can define its own "main".
var templates = func() map[string]*template.Template {
	layout := template.Must(template.New("layout.html").Funcs(template.FuncMap{
		"count": count, "kind": kindWords, "plural": plural,
	}).ParseFS(templateFiles, "templates/layout.html", "templates/icons.html", "templates/message.html"))
	sets := map[string]*template.Template{}
	for _, name := range []string{"outbox", "email", "sms", "letter", "recipients", "failures", "nothing"} {
		sets[name] = template.Must(template.Must(layout.Clone()).ParseFS(templateFiles, "templates/"+name+".html"))
	}
	return sets
}()

// layout is what every page shows around its content.
type layout struct {
	Title   string
	Section string // which entry of the navigation is current
	Counts  counts
	Live    bool // the page follows the ledger
}

type counts struct{ All, Email, SMS, Letters, Recipients int }

func (s *Server) layout(title, section string, entries []*Entry) layout {
	c := counts{All: len(entries)}
	recipients := map[string]bool{}
	for _, e := range entries {
		recipients[strings.ToLower(e.To)] = true
		switch e.Channel() {
		case ChannelEmail:
			c.Email++
		case ChannelSMS:
			c.SMS++
		case ChannelLetter:
			c.Letters++
		}
	}
	c.Recipients = len(recipients)
	return layout{Title: title, Section: section, Counts: c}
}

// render writes a page. It is made whole before the first byte leaves, so that a broken template cannot show half a page.
func (s *Server) render(w http.ResponseWriter, status int, name string, page any) {
	var out bytes.Buffer
	if err := templates[name].Execute(&out, page); err != nil {
		s.log.Error("render sandbox page", "page", name, "error", err)
		http.Error(w, "This page could not be shown.", http.StatusInternalServerError)
		return
	}
	secure(w, pagePolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(out.Bytes()) // the client may be gone
}

func secure(w http.ResponseWriter, policy string) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
}

func (s *Server) nothingHere(w http.ResponseWriter, _ *http.Request) {
	entries, _ := s.ledger.snapshot()
	s.render(w, http.StatusNotFound, "nothing", s.layout("Nothing here", "", entries))
}

// count writes 12 408 with a thin space, which reads the same in every language.
func count(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "\u202f" + text[i:]
	}
	return text
}

func plural(n int, one, many string) string {
	if n == 1 {
		return count(n) + " " + one
	}
	return count(n) + " " + many
}

// kindWords turns "sms_reminder" into "SMS reminder".
func kindWords(kind string) string {
	words := strings.ReplaceAll(strings.ReplaceAll(kind, "_", " "), "-", " ")
	if rest, isSMS := strings.CutPrefix(words, "sms"); isSMS {
		return "SMS" + rest
	}
	first, size := utf8.DecodeRuneInString(words)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + words[size:]
}

// excerpt is the beginning of a text on one line.
func excerpt(text string, runes int) string {
	line := strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(line) <= runes {
		return line
	}
	return strings.TrimSpace(string([]rune(line)[:runes])) + "…"
}

// How dates are shown, in the zone of the page.
const (
	dayFormat    = "Monday 2 January 2006"
	clockFormat  = "15:04"
	momentFormat = "Mon 2 January 2006, 15:04:05"
)

func (s *Server) local(t time.Time) time.Time { return t.In(s.config.Zone) }
