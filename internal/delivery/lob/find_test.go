package lob_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/delivery"
)

var claim = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// posted is one letter of the account.
type posted struct {
	id, dispatch string
	created      time.Time
	deleted      bool
}

// account keeps letters as Lob does.
type account struct {
	letters  []posted
	unsorted bool // the metadata filter is not applied
	status   int  // of every list
	broken   string
	refuses  string // error code of a deletion; "": deletes
	lost     bool   // a single letter cannot be read
}

func (p posted) json() map[string]any {
	row := map[string]any{"id": p.id, "date_created": p.created.Format("2006-01-02T15:04:05.000Z"), "metadata": map[string]string{}}
	if p.dispatch != "" {
		row["metadata"] = map[string]string{"dispatch": p.dispatch}
	}
	if p.deleted {
		row["deleted"] = true
	}
	return row
}

func (a *account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	single := "/lob/v1/letters/" + letterID
	switch {
	case r.URL.Path == "/lob/v1/letters" && r.Method == http.MethodGet:
		a.list(w, r)
	case r.URL.Path == single && r.Method == http.MethodDelete && a.refuses == "":
		_, _ = io.WriteString(w, `{"id":"`+letterID+`","deleted":true}`)
	case r.URL.Path == single && r.Method == http.MethodDelete:
		status := http.StatusUnprocessableEntity
		if a.refuses == "not_found" {
			status = http.StatusNotFound
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, lobError(status, a.refuses).Body)
	case r.URL.Path == single && r.Method == http.MethodGet && !a.lost:
		_ = json.NewEncoder(w).Encode(a.letters[0].json())
	default:
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, lobError(404, "not_found").Body)
	}
}

func (a *account) list(w http.ResponseWriter, r *http.Request) {
	if a.status != 0 {
		w.WriteHeader(a.status)
		return
	}
	if a.broken != "" {
		_, _ = io.WriteString(w, a.broken)
		return
	}
	query := r.URL.Query()
	wanted := query.Get("metadata[dispatch]")
	after, _ := time.Parse(time.RFC3339, query.Get("date_created[gt]"))
	before, _ := time.Parse(time.RFC3339, query.Get("date_created[lte]"))
	rows := []map[string]any{}
	for _, p := range a.letters {
		if (wanted != "" && wanted != p.dispatch && !a.unsorted) || !p.created.After(after) || (!before.IsZero() && p.created.After(before)) {
			continue
		}
		rows = append(rows, p.json())
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"object": "list", "count": len(rows), "data": rows, "next_url": nil})
}

func start(t *testing.T, a *account) string {
	t.Helper()
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	return server.URL + "/lob"
}

func query() delivery.Query {
	return delivery.Query{Dispatch: "d-1", Since: claim, Called: claim.Add(time.Minute), Until: claim.Add(24 * time.Hour)}
}

func TestFind(t *testing.T) {
	t.Parallel()
	after := claim.Add(time.Hour)
	for name, c := range map[string]struct {
		letters []posted
		want    delivery.Finding
	}{
		"an empty list proves nothing": {nil, delivery.Finding{}},
		"found":                        {[]posted{{"ltr_0", "d-0", after, false}, {"ltr_1", "d-1", after, false}}, delivery.Finding{Found: true, ProviderID: "ltr_1"}},
		"found though deleted":         {[]posted{{"ltr_1", "d-1", after, true}}, delivery.Finding{Found: true, ProviderID: "ltr_1"}},
		"absent, with control":         {[]posted{{"ltr_0", "d-0", after, false}}, delivery.Finding{Control: true}},
		"control older than the call":  {[]posted{{"ltr_0", "d-0", claim.Add(time.Second), false}}, delivery.Finding{}},
		"control too late":             {[]posted{{"ltr_0", "d-0", claim.Add(48 * time.Hour), false}}, delivery.Finding{}},
		"letter that is not ours":      {[]posted{{"ltr_0", "", after, false}}, delivery.Finding{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := client(t, start(t, &account{letters: c.letters})).Find(t.Context(), query())
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestFindThatProvesNothing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		account *account
		q       delivery.Query
		code    string
	}{
		"no dispatch":        {&account{}, delivery.Query{Since: claim}, "bad_query"},
		"no time":            {&account{}, delivery.Query{Dispatch: "d-1"}, "bad_query"},
		"failure":            {&account{status: 500}, query(), "http_500"},
		"rate limited":       {&account{status: 429}, query(), "rate_limited"},
		"another's answer":   {&account{broken: `{}`}, query(), "unreadable"},
		"filter not applied": {&account{letters: []posted{{"ltr_0", "d-0", claim, false}}, unsorted: true}, query(), "inconclusive"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			finding, err := client(t, start(t, c.account)).Find(t.Context(), c.q)
			require.Equal(t, delivery.Finding{}, finding)
			var lookup *delivery.LookupError
			require.ErrorAs(t, err, &lookup)
			require.Equal(t, c.code, lookup.Code)
		})
	}
}

func TestRecall(t *testing.T) {
	t.Parallel()
	there, gone := []posted{{letterID, "d-1", claim, false}}, []posted{{letterID, "d-1", claim, true}}
	for name, c := range map[string]struct {
		account *account
		want    delivery.Recall
		code    string
	}{
		"deleted":                        {&account{letters: there}, delivery.Recalled, ""},
		"too late":                       {&account{letters: there, refuses: "not_deletable"}, delivery.TooLate, ""},
		"deleted by an earlier recall":   {&account{letters: gone, refuses: "not_deletable"}, delivery.Recalled, ""},
		"not found, deleted earlier":     {&account{letters: gone, refuses: "not_found"}, delivery.Recalled, ""},
		"not found, though it is there":  {&account{letters: there, refuses: "not_found"}, "", "http_404"},
		"refused, and not to be read":    {&account{lost: true, refuses: "not_deletable"}, "", "http_404"},
		"refused for some other reason":  {&account{letters: there, refuses: "bad_request"}, "", "http_422"},
		"refused with nobody's own code": {&account{letters: there, refuses: "Nobody"}, "", "http_422"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := client(t, start(t, c.account)).Recall(t.Context(), letterID)
			require.Equal(t, c.want, got)
			if c.code == "" {
				require.NoError(t, err)
				return
			}
			var lookup *delivery.LookupError
			require.ErrorAs(t, err, &lookup)
			require.Equal(t, c.code, lookup.Code)
		})
	}
	_, err := client(t, "http://127.0.0.1:1").Recall(t.Context(), "ltr_1/../../x")
	var lookup *delivery.LookupError
	require.ErrorAs(t, err, &lookup)
	require.Equal(t, delivery.CodeBadQuery, lookup.Code)
}
