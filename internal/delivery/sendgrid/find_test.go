package sendgrid_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/delivery"
	"relance/internal/delivery/sendgrid"
)

var claim = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

// mail is one message in the Email Logs of the server below.
type mail struct {
	to       string
	dispatch string // "": not ours
	created  time.Time
}

// logs is a server of the Email Logs API that reads the parts of queries which Find uses.
type logs struct {
	mails  []mail
	status int // of every answer; 0: 200
	broken string

	mu      sync.Mutex
	queries []string
	reads   int
}

func (l *logs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.status != 0:
		w.WriteHeader(l.status)
		_, _ = io.WriteString(w, `{"errors":[{"message":"zoe@kunde.example"}]}`)
	case l.broken != "":
		_, _ = io.WriteString(w, l.broken)
	case r.Method == http.MethodPost && r.URL.Path == "/sendgrid/v3/logs":
		l.list(w, r)
	case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/sendgrid/v3/logs/"):
		l.read(w, strings.TrimPrefix(r.URL.Path, "/sendgrid/v3/logs/"))
	default:
		http.NotFound(w, r)
	}
}

func id(n int) string { return fmt.Sprintf("Request%03d.recvd-85abf8d92c-3qfgp-2-7890E356-43C.1", n) }

func (l *logs) list(w http.ResponseWriter, r *http.Request) {
	var request struct {
		Query string
		Limit int
	}
	_ = json.NewDecoder(r.Body).Decode(&request)
	l.queries = append(l.queries, request.Query)
	rows := []map[string]string{}
	for n, m := range l.mails {
		if strings.Contains(request.Query, "to_email = ") && !strings.Contains(request.Query, "to_email = '"+m.to+"' AND ") {
			continue
		}
		if after := between(request.Query, `created_at > TIMESTAMP "`); !m.created.After(after) {
			continue
		}
		if before := between(request.Query, `created_at <= TIMESTAMP "`); !before.IsZero() && m.created.After(before) {
			continue
		}
		if len(rows) < request.Limit {
			rows = append(rows, map[string]string{
				"sg_message_id": id(n), "to_email": m.to, "sg_message_id_created_at": m.created.Format(time.RFC3339),
			})
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"messages": rows})
}

func between(query, begin string) time.Time {
	_, rest, _ := strings.Cut(query, begin)
	text, _, _ := strings.Cut(rest, `"`)
	t, _ := time.Parse(time.RFC3339, text)
	return t
}

func (l *logs) read(w http.ResponseWriter, wanted string) {
	l.reads++
	for n, m := range l.mails {
		if id(n) == wanted {
			answer := map[string]any{"sg_message_id": wanted, "to_email": m.to, "status": "delivered"}
			if m.dispatch != "" {
				answer["custom_args"] = map[string]string{"dispatch": m.dispatch}
			}
			_ = json.NewEncoder(w).Encode(answer)
			return
		}
	}
	w.WriteHeader(http.StatusNotFound)
}

func find(t *testing.T, l *logs, q delivery.Query) (delivery.Finding, error) {
	t.Helper()
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	return client(t, server.URL+"/sendgrid").Find(t.Context(), q)
}

func query(to string) delivery.Query {
	return delivery.Query{Dispatch: "d-1", Recipient: to, Since: claim, Called: claim.Add(time.Minute)}
}

func TestFind(t *testing.T) {
	t.Parallel()
	const zoe = "zoe@kunde.example"
	after := claim.Add(time.Hour)
	for name, c := range map[string]struct {
		to    string
		mails []mail
		want  delivery.Finding
	}{
		"empty logs prove nothing":           {zoe, nil, delivery.Finding{}},
		"found":                              {zoe, []mail{{zoe, "d-0", after}, {zoe, "d-1", claim.Add(time.Second)}}, delivery.Finding{Found: true, ProviderID: "Request001"}},
		"absent, with control":               {zoe, []mail{{"a@b.example", "d-2", after}}, delivery.Finding{Control: true}},
		"another message to them is control": {zoe, []mail{{zoe, "d-2", after}}, delivery.Finding{Control: true}},
		"control older than the call":        {zoe, []mail{{"a@b.example", "d-2", claim.Add(time.Second)}}, delivery.Finding{}},
		"message that is not ours":           {zoe, []mail{{"a@b.example", "", after}}, delivery.Finding{}},
		"older than the claim":               {zoe, []mail{{zoe, "d-1", claim.Add(-time.Second)}}, delivery.Finding{}},
		"capitals, logged as sent":           {"Zoe@Kunde.example", []mail{{"Zoe@Kunde.example", "d-1", after}}, delivery.Finding{Found: true, ProviderID: "Request000"}},
		"capitals, logged in lower case":     {"Zoe@Kunde.example", []mail{{zoe, "d-1", after}}, delivery.Finding{Found: true, ProviderID: "Request000"}},
		"quote in the address":               {"o'brien@b.example", []mail{{"a@b.example", "d-2", after}, {"o'brien@b.example", "d-1", after}}, delivery.Finding{Found: true, ProviderID: "Request001"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &logs{mails: c.mails}
			got, err := find(t, l, query(c.to))
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestFindAsksAsDocumented(t *testing.T) {
	t.Parallel()
	l := &logs{}
	q := query("zoe@kunde.example")
	q.Until = claim.Add(2 * time.Hour)
	_, err := find(t, l, q)
	require.NoError(t, err)
	require.Equal(t, []string{
		`to_email = 'zoe@kunde.example' AND sg_message_id_created_at > TIMESTAMP "2026-11-21T09:00:00Z"`,
		`sg_message_id_created_at > TIMESTAMP "2026-11-21T09:01:00Z" AND sg_message_id_created_at <= TIMESTAMP "2026-11-21T11:00:00Z"`,
	}, l.queries)
}

func TestFindThatProvesNothing(t *testing.T) {
	t.Parallel()
	crowd := make([]mail, 60)
	for n := range crowd {
		crowd[n] = mail{"zoe@kunde.example", "d-2", claim.Add(time.Hour)}
	}
	for name, c := range map[string]struct {
		logs *logs
		q    delivery.Query
		code string
	}{
		"no recipient":       {&logs{}, delivery.Query{Dispatch: "d-1", Since: claim}, "bad_query"},
		"no time":            {&logs{}, delivery.Query{Dispatch: "d-1", Recipient: "a@b.example"}, "bad_query"},
		"rate limited":       {&logs{status: 429}, query("zoe@kunde.example"), "rate_limited"},
		"forbidden":          {&logs{status: 403}, query("zoe@kunde.example"), "auth"},
		"failure":            {&logs{status: 500}, query("zoe@kunde.example"), "http_500"},
		"another's answer":   {&logs{broken: `{"data":[]}`}, query("zoe@kunde.example"), "unreadable"},
		"no answer":          {&logs{broken: "{"}, query("zoe@kunde.example"), "unreadable"},
		"too many to read":   {&logs{mails: crowd}, query("zoe@kunde.example"), "too_many"},
		"row without detail": {&logs{broken: `{"messages":[{"sg_message_id":"a"}],"sg_message_id":"b"}`}, query("zoe@kunde.example"), "unreadable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			finding, err := find(t, c.logs, c.q)
			require.Equal(t, delivery.Finding{}, finding)
			var lookup *delivery.LookupError
			require.ErrorAs(t, err, &lookup)
			require.Equal(t, c.code, lookup.Code)
			require.NotContains(t, err.Error(), "kunde")
		})
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	for logged, want := range map[string]string{
		"Xj5LmNkWSOqRbdvOpR34BA.recvd-85abf8d92c-3qfgp-2-7890E356-43C.1":    "Xj5LmNkWSOqRbdvOpR34BA",
		"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0":               "14c5d75ce93.dfd.64b469",
		"Xj5LmNkWSOqRbdvOpR34BA":                                            "Xj5LmNkWSOqRbdvOpR34BA",
		"Aq-_5LmNkWSOqRbdvOpR34.recvd-5f4c9d7b6-abcde-1-5F3B1C2D-18.0-more": "Aq-_5LmNkWSOqRbdvOpR34",
	} {
		require.Equal(t, want, sendgrid.RequestID(logged))
	}
}
