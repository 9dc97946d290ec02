package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// messagePage is the list resource. URIs are relative to the provider's root, as Twilio's are.
type messagePage struct {
	Messages        []message `json:"messages"`
	Start           int       `json:"start"`
	End             int       `json:"end"`
	Page            int       `json:"page"`
	PageSize        int       `json:"page_size"`
	URI             string    `json:"uri"`
	FirstPageURI    string    `json:"first_page_uri"`
	NextPageURI     *string   `json:"next_page_uri"`
	PreviousPageURI *string   `json:"previous_page_uri"`
}

const (
	defaultPageSize = 50
	maxPageSize     = 1000
	pageTokenPrefix = "PA"
	day             = 24 * time.Hour
)

func (s *Server) messageList(w http.ResponseWriter, r *http.Request) {
	p, op := s.twilio(), s.ops.messageList
	if _, ok := s.beginTwilio(w, r, op, map[string]string{}); !ok {
		return
	}
	account, query := r.PathValue("account"), r.URL.Query()
	filter, problems := s.messageFilter(account, query)
	if !s.kept(w, p, op, problems) {
		return
	}
	var recipients []string
	if to := query.Get("To"); to != "" {
		recipients = []string{to}
	}
	s.perform(w, r, p, CallLookup, recipients, func(f Fault) answer {
		var found []*Entry
		if f.Mode != ModeBlind {
			found = s.listMessages(query.Get("To"), filter)
		}
		return answer{status: http.StatusOK, body: s.messagePage(account, query, found)}
	})
}

// listMessages returns the newest first.
func (s *Server) listMessages(to string, filter func(*Entry) bool) []*Entry {
	var entries []*Entry
	if to != "" {
		entries = s.ledger.sentTo(to)
	} else {
		entries, _ = s.ledger.snapshot()
	}
	entries = slices.DeleteFunc(entries, func(e *Entry) bool { return e.Provider != Twilio || !filter(e) })
	slices.Reverse(entries)
	return entries
}

// messageFilter understands To, From and the three forms of DateSent, which match sent messages only.
func (s *Server) messageFilter(account string, query url.Values) (func(*Entry) bool, []problem) {
	sent := func(*Entry) bool { return true }
	for name, holds := range map[string]func(at, limit time.Time) bool{
		"DateSent":  func(at, limit time.Time) bool { return at.Truncate(day).Equal(limit.Truncate(day)) },
		"DateSent<": func(at, limit time.Time) bool { return !at.After(limit) },
		"DateSent>": func(at, limit time.Time) bool { return !at.Before(limit) },
	} {
		text := query.Get(name)
		if text == "" {
			continue
		}
		limit, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, []problem{{name, "is not a time in ISO 8601"}}
		}
		before := sent
		sent = func(e *Entry) bool {
			return before(e) && s.messageStatus(e) == statusDelivered && holds(e.ReceivedAt, limit)
		}
	}
	from := query.Get("From")
	return func(e *Entry) bool { return e.Account == account && (from == "" || e.From == from) && sent(e) }, nil
}

// messagePage cuts a page out of all that was found. A page token names the last message of the page before, so that new
// messages do not shift the pages.
func (s *Server) messagePage(account string, query url.Values, found []*Entry) messagePage {
	size := defaultPageSize
	if n, err := strconv.Atoi(query.Get("PageSize")); err == nil && n > 0 {
		size = min(n, maxPageSize)
	}
	number, _ := strconv.Atoi(query.Get("Page")) // none: the first
	start := 0
	if sid, isToken := strings.CutPrefix(query.Get("PageToken"), pageTokenPrefix); isToken {
		start = slices.IndexFunc(found, func(e *Entry) bool { return e.ProviderID == sid }) + 1
	}
	end := min(start+size, len(found))
	page := messagePage{Messages: []message{}, Start: start, End: max(end-1, 0), Page: number, PageSize: size}
	for _, e := range found[start:end] {
		page.Messages = append(page.Messages, e.message(s.messageStatus(e)))
	}
	page.URI = pageURI(account, query, size, number, query.Get("PageToken"))
	page.FirstPageURI = pageURI(account, query, size, 0, "")
	if end < len(found) {
		page.NextPageURI = orNull(pageURI(account, query, size, number+1, pageTokenPrefix+found[end-1].ProviderID))
	}
	if start > 0 {
		token := ""
		if before := start - size; before > 0 {
			token = pageTokenPrefix + found[before-1].ProviderID
		}
		page.PreviousPageURI = orNull(pageURI(account, query, size, max(number-1, 0), token))
	}
	return page
}

func pageURI(account string, query url.Values, size, number int, token string) string {
	q := url.Values{"PageSize": {strconv.Itoa(size)}, "Page": {strconv.Itoa(number)}}
	for _, name := range []string{"To", "From", "DateSent", "DateSent<", "DateSent>"} {
		if query.Has(name) {
			q.Set(name, query.Get(name))
		}
	}
	if token != "" {
		q.Set("PageToken", token)
	}
	return "/2010-04-01/Accounts/" + account + "/Messages.json?" + q.Encode()
}
