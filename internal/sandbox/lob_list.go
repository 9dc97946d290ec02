package sandbox

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// letterPage is Lob's list.
type letterPage struct {
	Object      string      `json:"object"`
	Data        []lobLetter `json:"data"`
	Count       int         `json:"count"`
	TotalCount  *int        `json:"total_count,omitempty"`
	NextURL     *string     `json:"next_url"`
	PreviousURL *string     `json:"previous_url"`
}

const defaultLetterLimit = 10

// letterList filters by metadata and date_created and pages by "after". A filter that it does not have is an error: a list
// that ignored it would show letters that were not asked for.
func (s *Server) letterList(w http.ResponseWriter, r *http.Request) {
	op := s.ops.letterList
	body, ok := s.beginLob(w, r)
	if !ok {
		return
	}
	query := r.URL.Query()
	keeps, problems := letterFilter(lobAccount(r), query)
	if !s.kept(w, s.lob(), op, append(op.check(r, nil, body), problems...)) {
		return
	}
	s.perform(w, r, s.lob(), CallLookup, nil, func(f Fault) answer {
		var found []*Entry
		if f.Mode != ModeBlind {
			found = s.listLetters(keeps)
		}
		return answer{status: http.StatusOK, body: s.letterPage(query, found)}
	})
}

// listLetters returns the newest first.
func (s *Server) listLetters(keeps func(*Entry) bool) []*Entry {
	entries, _ := s.ledger.snapshot()
	entries = slices.DeleteFunc(entries, func(e *Entry) bool { return e.Provider != Lob || !keeps(e) })
	slices.Reverse(entries)
	return entries
}

// letterFilter reads metadata[...] and date_created[...], which compares wall time in milliseconds.
func letterFilter(account string, query url.Values) (func(*Entry) bool, []problem) {
	holds := []func(*Entry) bool{func(e *Entry) bool { return e.Account == account }}
	var problems []problem
	for name := range query {
		value := query.Get(name)
		filter, key, _ := strings.Cut(strings.TrimSuffix(name, "]"), "[")
		switch filter {
		case "limit", "after", "include":
		case "metadata":
			holds = append(holds, func(e *Entry) bool { return e.Tags[key] == value })
		case "date_created":
			compare, err := dateFilter(key, value)
			if err != nil {
				problems = append(problems, problem{name, err.Error()})
				continue
			}
			holds = append(holds, func(e *Entry) bool { return compare(e.ReceivedAt.Truncate(time.Millisecond)) })
		default:
			problems = append(problems, problem{name, "the sandbox has no such filter"})
		}
	}
	keeps := func(e *Entry) bool {
		return !slices.ContainsFunc(holds, func(hold func(*Entry) bool) bool { return !hold(e) })
	}
	return keeps, problems
}

func dateFilter(operator, text string) (func(time.Time) bool, error) {
	limit, err := sendDate(text)
	if err != nil || limit.IsZero() {
		return nil, errors.New("is not a time in ISO 8601")
	}
	switch operator {
	case "gt":
		return func(at time.Time) bool { return at.After(limit) }, nil
	case "gte":
		return func(at time.Time) bool { return !at.Before(limit) }, nil
	case "lt":
		return func(at time.Time) bool { return at.Before(limit) }, nil
	case "lte":
		return func(at time.Time) bool { return !at.After(limit) }, nil
	}
	return nil, errors.New("compares with gt, gte, lt or lte")
}

func (s *Server) letterPage(query url.Values, found []*Entry) letterPage {
	limit := defaultLetterLimit
	if n, err := strconv.Atoi(query.Get("limit")); err == nil {
		limit = n // the contract bounds it
	}
	page := letterPage{Object: "list", Data: []lobLetter{}}
	if slices.Contains(query["include[]"], "total_count") || slices.Contains(query["include"], "total_count") {
		total := len(found)
		page.TotalCount = &total
	}
	start := 0
	if after := query.Get("after"); after != "" {
		start = slices.IndexFunc(found, func(e *Entry) bool { return e.ProviderID == after }) + 1
	}
	end := min(start+limit, len(found))
	for _, e := range found[start:end] {
		page.Data = append(page.Data, s.letter(e))
	}
	page.Count = len(page.Data)
	if end < len(found) {
		next := maps.Clone(query)
		next.Set("after", found[end-1].ProviderID)
		page.NextURL = orNull("https://api.lob.com/v1/letters?" + next.Encode())
	}
	return page
}
