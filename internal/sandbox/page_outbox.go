package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// outboxView is the list of everything sent, newest first.
type outboxView struct {
	layout
	Filter   filter
	Days     []dayView
	From, To int // which of the found are on this page, from 1
	Found    int
	Newer    string // URL of the page before; empty: none
	Older    string
	Heading  string
	Span     string // "from 3 March to 20 November 2026"
}

// dayView is one day of the business clock.
type dayView struct {
	Name string
	Rows []rowView
}

type rowView struct {
	URL, Clock, Who, Where, Title, Excerpt, Kind string
	Channel                                      Channel
	Files                                        int
	Canceled                                     bool
}

// filter is what the reader asked for; its fields are the query of the page.
type filter struct {
	Channel Channel
	Query   string
	To      string
	Page    int // from 1
}

const (
	rowsPerPage  = 50
	excerptRunes = 140
)

func readFilter(query url.Values) filter {
	f := filter{Channel: Channel(query.Get("channel")), Query: strings.TrimSpace(query.Get("q")), To: query.Get("to")}
	if !f.Channel.Valid() {
		f.Channel = ""
	}
	f.Page, _ = strconv.Atoi(query.Get("page")) // none: the first
	f.Page = max(f.Page, 1)
	return f
}

// url is the outbox under this filter at another page.
func (f filter) url(page int) string {
	q := url.Values{}
	for name, value := range map[string]string{"channel": string(f.Channel), "q": f.Query, "to": f.To} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return "/"
	}
	return "/?" + q.Encode()
}

func (f filter) keeps(e *Entry) bool {
	if f.Channel != "" && e.Channel() != f.Channel || f.To != "" && !strings.EqualFold(e.To, f.To) {
		return false
	}
	if f.Query == "" {
		return true
	}
	wanted := strings.ToLower(f.Query)
	return slices.ContainsFunc([]string{e.To, e.ToName, e.Subject, e.Text, e.Reference, kindWords(e.Kind)}, func(text string) bool {
		return strings.Contains(strings.ToLower(text), wanted)
	})
}

// Filtered reports whether the list shows less than everything.
func (f filter) Filtered() bool { return f.Channel != "" || f.Query != "" || f.To != "" }

func (s *Server) outboxPage(w http.ResponseWriter, r *http.Request) {
	entries, _ := s.ledger.snapshot()
	f := readFilter(r.URL.Query())
	found := slices.DeleteFunc(slices.Clone(entries), func(e *Entry) bool { return !f.keeps(e) })
	slices.Reverse(found)
	f.Page = min(f.Page, max(1, (len(found)+rowsPerPage-1)/rowsPerPage))
	start := (f.Page - 1) * rowsPerPage
	end := min(start+rowsPerPage, len(found))

	section := string(f.Channel)
	if section == "" {
		section = "all"
	}
	page := outboxView{layout: s.layout("Relance sandbox · outbox", section, entries), Filter: f, From: start + 1, To: end, Found: len(found)}
	page.Live = f.Page == 1
	page.Heading = f.heading()
	page.Span = s.span(entries)
	page.Days = s.days(found[start:end])
	if f.Page > 1 {
		page.Newer = f.url(f.Page - 1)
	}
	if end < len(found) {
		page.Older = f.url(f.Page + 1)
	}
	s.render(w, http.StatusOK, "outbox", page)
}

func (f filter) heading() string {
	if f.To != "" {
		return "Sent to " + f.To
	}
	switch f.Channel {
	case ChannelEmail:
		return "Emails"
	case ChannelSMS:
		return "Text messages"
	case ChannelLetter:
		return "Letters"
	}
	return "Outbox"
}

func (s *Server) span(entries []*Entry) string {
	if len(entries) == 0 {
		return ""
	}
	first, last := s.local(entries[0].At), s.local(entries[len(entries)-1].At)
	const dayMonth, dayMonthYear = "2 January", "2 January 2006"
	switch {
	case first.Format(dayMonthYear) == last.Format(dayMonthYear):
		return "on " + first.Format(dayMonthYear)
	case first.Year() == last.Year():
		return "from " + first.Format(dayMonth) + " to " + last.Format(dayMonthYear)
	default:
		return "from " + first.Format(dayMonthYear) + " to " + last.Format(dayMonthYear)
	}
}

func (s *Server) days(entries []*Entry) []dayView {
	var days []dayView
	for _, e := range entries {
		name := s.local(e.At).Format(dayFormat)
		if len(days) == 0 || days[len(days)-1].Name != name {
			days = append(days, dayView{Name: name})
		}
		last := &days[len(days)-1]
		last.Rows = append(last.Rows, s.row(e))
	}
	return days
}

func (s *Server) row(e *Entry) rowView {
	row := rowView{
		URL: messageURL(e.Seq), Clock: s.local(e.At).Format(clockFormat), Who: e.ToName, Where: e.To, Title: e.Subject,
		Excerpt: excerpt(e.Text, excerptRunes), Kind: e.Kind, Channel: e.Channel(), Files: len(e.Files), Canceled: e.Canceled,
	}
	switch row.Channel {
	case ChannelSMS:
		row.Title, row.Excerpt = row.Excerpt, plural(e.Segments, "segment", "segments")+", "+string(e.SMS.Encoding)
	case ChannelLetter:
		row.Title, row.Excerpt, row.Files = serviceWords(e.Letter.Service), e.Subject, 0
		if e.Letter.Tracking != "" {
			row.Excerpt = "Tracking number " + e.Letter.Tracking
		}
		row.Where = e.Letter.To.withoutName().Line()
	case ChannelEmail:
	}
	if row.Who == "" {
		row.Who, row.Where = row.Where, ""
	}
	return row
}

func messageURL(seq int64) string { return "/messages/" + strconv.FormatInt(seq, 10) }

func (a Address) withoutName() Address {
	if a.Name == "" {
		a.Company = ""
	}
	a.Name = ""
	return a
}

// serviceWords says how a letter travels.
func serviceWords(service string) string {
	switch service {
	case "certified":
		return "Certified letter"
	case "certified_return_receipt":
		return "Certified letter with return receipt"
	case "registered":
		return "Registered letter"
	}
	return "Letter"
}
