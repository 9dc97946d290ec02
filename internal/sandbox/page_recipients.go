package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// recipientsView lists everybody who would have received something, the latest first.
type recipientsView struct {
	layout
	Recipients []recipientView
	More       int // how many are not shown
}

type recipientView struct {
	Name, Where, URL, Latest string
	Channel                  Channel
	Messages                 int
	at                       time.Time
}

const maxRecipients = 500

func (s *Server) recipientsPage(w http.ResponseWriter, _ *http.Request) {
	entries, _ := s.ledger.snapshot()
	byTo := map[string]*recipientView{}
	for _, e := range entries {
		key := strings.ToLower(e.To)
		view := byTo[key]
		if view == nil {
			view = &recipientView{Where: e.To, Channel: e.Channel(), URL: "/?" + url.Values{"to": {e.To}}.Encode()}
			if e.Letter != nil {
				view.Where = e.Letter.To.withoutName().Line()
			}
			byTo[key] = view
		}
		if e.ToName != "" {
			view.Name = e.ToName
		}
		view.Messages++
		view.at, view.Latest = e.At, s.local(e.At).Format("2 January 2006")
	}
	page := recipientsView{layout: s.layout("Recipients · Relance sandbox", "recipients", entries)}
	for _, view := range byTo {
		page.Recipients = append(page.Recipients, *view)
	}
	slices.SortFunc(page.Recipients, func(a, b recipientView) int {
		if order := b.at.Compare(a.at); order != 0 {
			return order
		}
		return strings.Compare(a.Where, b.Where)
	})
	if len(page.Recipients) > maxRecipients {
		page.More = len(page.Recipients) - maxRecipients
		page.Recipients = page.Recipients[:maxRecipients]
	}
	s.render(w, http.StatusOK, "recipients", page)
}
