package sandbox

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// messageView is the page of one message. Entry is shown escaped; an email's HTML is not part of it, see body.
type messageView struct {
	layout
	Entry    Entry
	Heading  string
	Facts    []fact
	Tags     []fact
	SentTo   string // URL: everything to this recipient
	Plain    bool   // email: the plain text instead of the HTML
	HasHTML  bool
	Files    []fileView
	Bubbles  []bubbleView // SMS: the conversation on the debtor's phone
	Sender   string
	Lines    []string // letter: the address in the window
	Service  string
	Embedded string // letter: URL of a file that the browser can show
	IsPDF    bool
}

// fact is a line of the side column. An ID is shown in letters of one width.
type fact struct {
	Name, Value string
	ID          bool
}

type fileView struct{ URL, Name, Size string }

type bubbleView struct {
	URL, Day, Clock, Text, Footnote string
	Current, Canceled               bool
}

func (s *Server) messageShow(w http.ResponseWriter, r *http.Request) {
	e, found := s.pathEntry(r)
	if !found {
		s.nothingHere(w, r)
		return
	}
	entries, _ := s.ledger.snapshot()
	page := messageView{Entry: *e, Heading: e.Subject, Tags: tagFacts(e), SentTo: "/?" + url.Values{"to": {e.To}}.Encode()}
	page.Facts = s.timeFacts(e)
	name := "email"
	switch e.Channel() {
	case ChannelEmail:
		s.showEmail(&page, e, r.URL.Query().Get("view"))
	case ChannelSMS:
		name = "sms"
		s.showSMS(&page, e)
	case ChannelLetter:
		name = "letter"
		s.showLetter(&page, e)
	}
	page.layout = s.layout(page.Heading+" · Relance sandbox", string(e.Channel()), entries)
	page.Facts = slices.DeleteFunc(page.Facts, func(f fact) bool { return f.Value == "" })
	s.render(w, http.StatusOK, name, page)
}

// timeFacts shows the wall clock only where it differs, which is on a test clock.
func (s *Server) timeFacts(e *Entry) []fact {
	facts := []fact{{Name: "Accepted", Value: s.local(e.At).Format(momentFormat)}}
	if e.Canceled {
		facts = append(facts, fact{Name: "Recalled", Value: s.local(e.CanceledAt).Format(momentFormat)})
	}
	if e.ReceivedAt.Sub(e.At).Abs() > time.Minute {
		facts = append(facts, fact{Name: "By the wall clock", Value: s.local(e.ReceivedAt).Format(momentFormat)})
	}
	return facts
}

func (s *Server) pathEntry(r *http.Request) (*Entry, bool) {
	seq, err := strconv.ParseInt(r.PathValue("seq"), 10, 64)
	if err != nil {
		return nil, false
	}
	return s.ledger.entry(seq)
}

func (s *Server) showEmail(page *messageView, e *Entry, view string) {
	page.HasHTML = e.HTMLSHA256 != ""
	page.Plain = view == "text" && e.Text != "" || !page.HasHTML
	page.Files = fileViews(e)
	page.Facts = append(page.Facts,
		fact{Name: "Message-ID", Value: e.Email.Headers["Message-ID"], ID: true},
		fact{Name: "Provider's id", Value: e.ProviderID, ID: true},
	)
	page.Heading = cmp.Or(page.Heading, "(no subject)")
}

// showSMS shows the debtor's phone: everything that this sender wrote to this number.
func (s *Server) showSMS(page *messageView, e *Entry) {
	page.Heading = "Text message to " + e.To
	page.Sender = cmp.Or(e.From, "Messaging service")
	day := ""
	for _, other := range s.ledger.sentTo(e.To) {
		if other.Provider != Twilio || other.From != e.From {
			continue
		}
		b := bubbleView{
			URL: messageURL(other.Seq), Clock: s.local(other.At).Format(clockFormat), Text: other.Text,
			Footnote: plural(other.Segments, "segment", "segments") + ", " + string(other.SMS.Encoding),
			Current:  other.Seq == e.Seq, Canceled: other.Canceled,
		}
		if name := s.local(other.At).Format(dayFormat); name != day {
			b.Day, day = name, name
		}
		page.Bubbles = append(page.Bubbles, b)
	}
	valid := ""
	if e.SMS.ValidSecs > 0 {
		valid = plural(e.SMS.ValidSecs, "second", "seconds") + ", then dropped"
	}
	page.Facts = append(page.Facts,
		fact{Name: "Length", Value: plural(len([]rune(e.Text)), "character", "characters")},
		fact{Name: "Billed as", Value: plural(e.Segments, "segment", "segments") + ", " + string(e.SMS.Encoding)},
		fact{Name: "Valid for", Value: valid},
		fact{Name: "Provider's id", Value: e.ProviderID, ID: true},
	)
}

func (s *Server) showLetter(page *messageView, e *Entry) {
	l := e.Letter
	page.Service = serviceWords(l.Service)
	page.Heading = page.Service + " to " + e.ToName
	page.Lines = l.To.lines()
	page.Files = fileViews(e)
	if len(e.Files) > 0 {
		page.IsPDF = e.Files[0].MediaType == "application/pdf"
		page.Embedded = page.Files[0].URL
	}
	printed := []string{"black and white", "on one side"}
	if l.Color {
		printed[0] = "in colour"
	}
	if l.DoubleSided {
		printed[1] = "on both sides"
	}
	page.Facts = append(page.Facts,
		fact{Name: "Print date", Value: s.local(l.SendDate).Format(momentFormat)},
		fact{Name: "Tracking number", Value: l.Tracking, ID: true},
		fact{Name: "Print", Value: strings.Join(printed, ", ")},
		fact{Name: "Description", Value: e.Subject},
		fact{Name: "File", Value: l.FileReference},
		fact{Name: "Provider's id", Value: e.ProviderID, ID: true},
	)
}

// lines is the address as it stands on the envelope.
func (a Address) lines() []string {
	country := ""
	if !a.isUS() {
		country = lobCountry(a.Country)
	}
	lines := []string{a.Name, a.Company, a.Line1, a.Line2, a.cityLine(), country}
	return slices.DeleteFunc(lines, func(line string) bool { return line == "" })
}

func tagFacts(e *Entry) []fact {
	facts := []fact{{"Step", kindWords(e.Kind), false}, {"Dispatch", e.Reference, true}, {"Attempt", e.Attempt, true}}
	var names []string
	for name := range e.Tags {
		if name != "kind" && name != "dispatch" && name != "attempt" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		facts = append(facts, fact{kindWords(name), e.Tags[name], true})
	}
	return slices.DeleteFunc(facts, func(f fact) bool { return f.Value == "" })
}

func fileViews(e *Entry) []fileView {
	views := make([]fileView, len(e.Files))
	for i, f := range e.Files {
		views[i] = fileView{messageURL(e.Seq) + "/files/" + strconv.Itoa(i), f.Name, sizeWords(f.Size)}
	}
	return views
}

func sizeWords(bytes int64) string {
	switch {
	case bytes < 1000:
		return plural(int(bytes), "byte", "bytes")
	case bytes < 1_000_000:
		return count(int((bytes+500)/1000)) + " kB"
	}
	tenths := (bytes + 50_000) / 100_000
	return strconv.FormatInt(tenths/10, 10) + "." + strconv.FormatInt(tenths%10, 10) + " MB"
}
