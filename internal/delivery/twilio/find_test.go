package twilio_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/delivery"
)

var claim = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

const (
	zoe  = "+33612345678"
	text = "Facture 2026-114 : 120,00 € à régler. Réf. K7Q"
)

// sent is one message of the account, newest first.
type sent struct {
	to, body, direction string
	created             time.Time
}

// account lists its messages as Twilio does, a few to a page whatever is asked for.
type account struct {
	messages []sent
	perPage  int
	status   int
	broken   string

	mu      sync.Mutex
	queries []url.Values
}

func sid(n int) string { return fmt.Sprintf("SM%032x", n) }

func (a *account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	const path = "/2010-04-01/Accounts/" + accountSID + "/Messages.json"
	query := r.URL.Query()
	a.queries = append(a.queries, query)
	switch {
	case r.URL.Path != "/twilio"+path:
		http.NotFound(w, r)
		return
	case a.status != 0:
		w.WriteHeader(a.status)
		_, _ = io.WriteString(w, twilioError(20001))
		return
	case a.broken != "":
		_, _ = io.WriteString(w, a.broken)
		return
	}
	matching := []map[string]any{}
	for n, m := range a.messages {
		if to := query.Get("To"); to == "" || to == m.to {
			row := map[string]any{
				"sid": sid(n), "to": m.to, "body": m.body, "direction": m.direction, "status": "queued", "date_sent": nil,
				"date_created": nil,
			}
			if !m.created.IsZero() {
				row["date_created"] = m.created.Format(time.RFC1123Z)
			}
			matching = append(matching, row)
		}
	}
	page, _ := strconv.Atoi(query.Get("Page"))
	from, to := min(page*a.perPage, len(matching)), min((page+1)*a.perPage, len(matching))
	answer := map[string]any{"messages": matching[from:to], "page": page, "next_page_uri": nil}
	if to < len(matching) {
		query.Set("Page", strconv.Itoa(page+1))
		query.Set("PageToken", "PA"+sid(to))
		answer["next_page_uri"] = path + "?" + query.Encode()
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func find(t *testing.T, a *account, q delivery.Query) (delivery.Finding, error) {
	t.Helper()
	if a.perPage == 0 {
		a.perPage = 2
	}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	return client(t, config(server.URL+"/twilio")).Find(t.Context(), q)
}

func query() delivery.Query {
	return delivery.Query{Dispatch: "d-1", Recipient: zoe, Text: text, Since: claim, Called: claim.Add(time.Minute)}
}

func TestFind(t *testing.T) {
	t.Parallel()
	const api, other = "outbound-api", "+48600100200"
	after, before := claim.Add(time.Hour), claim.Add(-time.Hour)
	for name, c := range map[string]struct {
		messages []sent
		want     delivery.Finding
	}{
		"an empty list proves nothing": {nil, delivery.Finding{}},
		"found":                        {[]sent{{zoe, text, api, after}}, delivery.Finding{Found: true, ProviderID: sid(0)}},
		"found on a later page": {
			[]sent{{zoe, "a", api, after}, {zoe, "b", api, after}, {zoe, "c", api, after}, {zoe, text, api, after}},
			delivery.Finding{Found: true, ProviderID: sid(3)},
		},
		"found in the second of the claim": {[]sent{{zoe, text, api, claim}}, delivery.Finding{Found: true, ProviderID: sid(0)}},
		"found without a time":             {[]sent{{zoe, text, api, time.Time{}}}, delivery.Finding{Found: true, ProviderID: sid(0)}},
		"found behind a trial sentence":    {[]sent{{zoe, "Sent from your Twilio trial account - " + text, api, after}}, delivery.Finding{Found: true, ProviderID: sid(0)}},
		"older than the claim":             {[]sent{{zoe, text, api, before}}, delivery.Finding{}},
		"the same text to another":         {[]sent{{other, text, api, after}}, delivery.Finding{Control: true}},
		"their own message to us":          {[]sent{{zoe, text, "inbound", after}}, delivery.Finding{}},
		"absent, with control":             {[]sent{{other, "a", api, after}}, delivery.Finding{Control: true}},
		"control behind inbound messages":  {[]sent{{other, "a", "inbound", after}, {other, "b", "inbound", after}, {other, "c", api, after}}, delivery.Finding{Control: true}},
		"control older than the call":      {[]sent{{other, "a", api, claim.Add(time.Second)}}, delivery.Finding{}},
		"control without a time":           {[]sent{{other, "a", api, time.Time{}}}, delivery.Finding{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &account{messages: c.messages}
			got, err := find(t, a, query())
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			for _, q := range a.queries {
				for _, date := range []string{"DateSent", "DateSent<", "DateSent>"} {
					require.False(t, q.Has(date), "date_sent is null until a message is sent")
				}
			}
			require.Equal(t, zoe, a.queries[0].Get("To"))
		})
	}
}

func TestFindThatProvesNothing(t *testing.T) {
	t.Parallel()
	crowd := make([]sent, 100)
	for n := range crowd {
		crowd[n] = sent{zoe, "a", "outbound-api", claim.Add(time.Hour)}
	}
	blank := query()
	blank.Text = " \r\n"
	nobody := query()
	nobody.Recipient = ""
	for name, c := range map[string]struct {
		account *account
		q       delivery.Query
		code    string
	}{
		"no text":          {&account{}, blank, "bad_query"},
		"no recipient":     {&account{}, nobody, "bad_query"},
		"rate limited":     {&account{status: 429}, query(), "rate_limited"},
		"unauthorized":     {&account{status: 401}, query(), "auth"},
		"failure":          {&account{status: 500}, query(), "http_500"},
		"another's answer": {&account{broken: `{}`}, query(), "unreadable"},
		"no end":           {&account{messages: crowd}, query(), "too_many"},
		"redacted text":    {&account{messages: []sent{{zoe, "", "outbound-api", claim.Add(time.Hour)}}}, query(), "inconclusive"},
		"lost page":        {&account{broken: `{"messages":[{"direction":"x"}],"next_page_uri":"/2010-04-01/x"}`}, query(), "unreadable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			finding, err := find(t, c.account, c.q)
			require.Equal(t, delivery.Finding{}, finding)
			var lookup *delivery.LookupError
			require.ErrorAs(t, err, &lookup)
			require.Equal(t, c.code, lookup.Code)
			require.NotContains(t, err.Error(), "612345678")
		})
	}
}

func TestFindStopsAtOlderMessages(t *testing.T) {
	t.Parallel()
	old := make([]sent, 100)
	for n := range old {
		old[n] = sent{zoe, "a", "outbound-api", claim.Add(-time.Duration(n+1) * time.Hour)}
	}
	a := &account{messages: old}
	finding, err := find(t, a, query())
	require.NoError(t, err)
	require.Equal(t, delivery.Finding{}, finding)
	require.Len(t, a.queries, 2, "one page to the recipient, one for the control")
}
