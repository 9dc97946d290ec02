package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLetterIsKept(t *testing.T) {
	t.Parallel()
	f := start(t)
	got := f.sendLetter(letterFields("Harry Zhang"), "")
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	answer := got.json(t)
	require.Equal(t, "2031-03-04T09:35:00.000Z", answer["send_date"], "five minutes later, business clock")
	require.Equal(t, "2026-11-21T12:00:00.000Z", answer["date_created"], "wall time")
	require.Equal(t, "HARRY ZHANG", answer["to"].(map[string]any)["name"])
	require.Equal(t, "150", got.header.Get("ratelimit-limit"))
	ledger := f.Ledger()
	require.Len(t, ledger, 1)
	e := ledger[0]
	require.Equal(t, answer["tracking_number"], e.Letter.Tracking)
	require.Regexp(t, `^9407\d{18}$`, e.Letter.Tracking)
	require.Equal(t, Entry{
		Seq: 1, Provider: Lob, ProviderID: answer["id"].(string), Account: "test", Reference: testDispatch, Attempt: testAttempt,
		Kind: "certified_letter",
		Tags: map[string]string{"dispatch": testDispatch, "attempt": testAttempt, "kind": "certified_letter"},
		To:   "Harry Zhang, 210 King St, San Francisco, CA 94107, US", ToName: "Harry Zhang", From: "Creditor Inc, 1 Main St, Albany, NY 12207",
		At: businessStart, ReceivedAt: wallStart, Subject: "final notice",
		Files: []File{{Name: "letter.pdf", MediaType: "application/pdf", Size: int64(len(onePagePDF)), SHA256: e.Files[0].SHA256}},
		Letter: &Letter{
			To:      Address{Name: "Harry Zhang", Line1: "210 King St", City: "San Francisco", State: "CA", Zip: "94107", Country: "US"},
			From:    Address{Name: "Creditor Inc", Line1: "1 Main St", City: "Albany", State: "NY", Zip: "12207"},
			Service: "certified_return_receipt", MailType: "usps_first_class", Placement: "top_first_page", UseType: "operational",
			DoubleSided: true, SendDate: businessStart.Add(5 * time.Minute), Tracking: e.Letter.Tracking,
		},
	}, e)
	require.Equal(t, ChannelLetter, e.Channel())
	read := f.askLob(http.MethodGet, "/letters/"+e.ProviderID)
	require.Equal(t, http.StatusOK, read.status)
	require.JSONEq(t, string(got.body), string(read.body))
	require.Empty(t, f.Violations())
}

// TestLetterInEveryForm: the three forms that Lob takes mean the same.
func TestLetterInEveryForm(t *testing.T) {
	t.Parallel()
	f := start(t)
	fields := letterFields("Harry Zhang")
	asForm := url.Values{"file": {"<html>Notice</html>"}}
	asObject := map[string]any{"file": "<html>Notice</html>"}
	for name, value := range fields {
		asForm.Set(name, value)
		letterRequest{fields: asObject}.set(name, value)
	}
	asJSON, err := json.Marshal(asObject)
	require.NoError(t, err)
	contentType, multipartBody := letterForm(fields, []byte("<html>Notice</html>"))
	for media, body := range map[string]string{
		"application/json": string(asJSON), "application/x-www-form-urlencoded": asForm.Encode(), contentType: multipartBody,
	} {
		got := f.do(t.Context(), http.MethodPost, "/lob/v1/letters", with(lobHeader, "Content-Type", media), body)
		require.Equal(t, http.StatusOK, got.status, "%s: %s", media, got.body)
	}
	ledger := f.Ledger()
	require.Len(t, ledger, 3)
	for _, e := range ledger {
		require.Equal(t, ledger[0].Letter.To, e.Letter.To)
		require.Equal(t, ledger[0].Tags, e.Tags)
		require.Equal(t, ledger[0].Files, e.Files)
		require.Equal(t, "text/html", e.Files[0].MediaType)
	}
	require.Empty(t, f.Violations())
}

func TestLetterAbroadAndPlain(t *testing.T) {
	t.Parallel()
	f := start(t)
	fields := letterFields("Studio Próba")
	maps.Copy(fields, map[string]string{
		"to[address_city]": "Toronto", "to[address_state]": "ON", "to[address_zip]": "M5H 2N2", "to[address_country]": "CA", "extra_service": "registered",
		"color": "true",
	})
	got := f.sendLetter(fields, "")
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	require.Equal(t, "CANADA", got.json(t)["to"].(map[string]any)["address_country"])
	require.NotNil(t, got.json(t)["tracking_number"])
	delete(fields, "extra_service")
	delete(fields, "to[address_state]")
	fields["to[address_country]"] = "CZ"
	got = f.sendLetter(fields, "")
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	require.Equal(t, "CZECH REPUBLIC", got.json(t)["to"].(map[string]any)["address_country"])
	require.Nil(t, got.json(t)["tracking_number"])
	require.Empty(t, f.Violations())
}

func TestLetterByReference(t *testing.T) {
	t.Parallel()
	f := start(t)
	for _, file := range []string{"https://files.example/notice.pdf", "tmpl_1a2b3c"} {
		values := url.Values{"file": {file}}
		for name, value := range letterFields("Harry Zhang") {
			values.Set(name, value)
		}
		got := f.do(t.Context(), http.MethodPost, "/lob/v1/letters", with(lobHeader, "Content-Type", "application/x-www-form-urlencoded"), values.Encode())
		require.Equal(t, http.StatusOK, got.status, "%s", got.body)
	}
	require.Equal(t, "https://files.example/notice.pdf", f.Index()[0].Letter.FileReference)
	require.Empty(t, f.Index()[0].Files)
}

func TestLetterThatIsRefused(t *testing.T) {
	t.Parallel()
	f := start(t)
	set := func(name, value string) func(map[string]string) {
		return func(fields map[string]string) { fields[name] = value }
	}
	drop := func(name string) func(map[string]string) {
		return func(fields map[string]string) { delete(fields, name) }
	}
	for name, change := range map[string]func(map[string]string){
		"no name":               drop("to[name]"),
		"no state":              drop("to[address_state]"),
		"bad ZIP":               set("to[address_zip]", "9410"),
		"no such country":       set("to[address_country]", "XX"),
		"certified abroad":      func(m map[string]string) { m["to[address_country]"] = "FR"; delete(m, "to[address_state]") },
		"sender abroad":         func(m map[string]string) { m["from[address_country]"] = "FR"; delete(m, "from[address_state]") },
		"sender by id":          func(m map[string]string) { dropAddress(m, "from"); m["from"] = "adr_1a2b" },
		"recipient by id":       func(m map[string]string) { dropAddress(m, "to"); m["to"] = "adr_1a2b"; delete(m, "extra_service") },
		"no colour":             drop("color"),
		"colour is no boolean":  set("color", "grey"),
		"no use":                drop("use_type"),
		"unknown use":           set("use_type", "dunning"),
		"unknown service":       set("extra_service", "pigeon"),
		"service by cheap mail": set("mail_type", "usps_standard"),
		"misspelt":              set("descripton", "x"),
		"quotes in metadata":    set("metadata[note]", `say "hello"`),
		"long metadata":         set("metadata[note]", strings.Repeat("x", 501)),
		"long metadata key":     set("metadata["+strings.Repeat("x", 41)+"]", "x"),
		"much metadata": func(m map[string]string) {
			for i := range 21 {
				m[fmt.Sprintf("metadata[k%d]", i)] = "x"
			}
		},
		"date no date":  set("send_date", "tomorrow"),
		"date gone":     set("send_date", "2031-03-04T09:28:00Z"),
		"date far away": set("send_date", "2031-12-24"),
	} {
		before := len(f.Violations())
		fields := letterFields("Harry Zhang")
		change(fields)
		got := f.sendLetter(fields, "")
		require.Equal(t, http.StatusUnprocessableEntity, got.status, "%s: %s", name, got.body)
		require.Len(t, f.Violations(), before+1, name)
	}
	counted := len(f.Violations())
	fields := letterFields("Harry Zhang")
	fields["to[address_line2]"] = strings.Repeat("x", 40)
	got := f.sendLetter(fields, "")
	require.Equal(t, "address_length_exceeds_limit", got.json(t)["error"].(map[string]any)["code"])
	require.Len(t, f.Violations(), counted, "a long address is the debtor's, not a mistake of the program")
	require.Empty(t, f.Ledger())
}

func dropAddress(fields map[string]string, which string) {
	maps.DeleteFunc(fields, func(name, _ string) bool { return strings.HasPrefix(name, which+"[") })
}

func TestLetterBodiesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	f := start(t)
	_, good := letterForm(letterFields("Harry Zhang"), onePagePDF)
	for media, body := range map[string]string{
		"text/plain": "x", "": "x", "application/json": "{", "multipart/form-data; boundary=other": good,
		"multipart/form-data; boundary=b": "--b\r\nContent-Disposition: form-data; name=\"to\"\r\nContent-Type: application/json\r\n\r\n{\r\n--b--\r\n",
	} {
		got := f.do(t.Context(), http.MethodPost, "/lob/v1/letters", with(lobHeader, "Content-Type", media), body)
		require.Equal(t, http.StatusUnprocessableEntity, got.status, media)
	}
	for _, file := range [][]byte{[]byte("GIF89a"), append([]byte("%PDF-"), make([]byte, maxLetterFile)...)} {
		contentType, body := letterForm(letterFields("Harry Zhang"), file)
		got := f.do(t.Context(), http.MethodPost, "/lob/v1/letters", with(lobHeader, "Content-Type", contentType), body)
		require.Equal(t, http.StatusUnprocessableEntity, got.status)
	}
	got := f.do(t.Context(), http.MethodPost, "/lob/v1/letters", with(lobHeader, "Authorization", "Bearer x"), "")
	require.Equal(t, http.StatusUnauthorized, got.status)
	require.Empty(t, f.Ledger())
}

func TestLetterWithJSONParts(t *testing.T) {
	t.Parallel()
	f := start(t)
	fields := letterFields("Harry Zhang")
	dropAddress(fields, "to")
	contentType, body := letterForm(fields, onePagePDF)
	boundary := strings.TrimPrefix(contentType, "multipart/form-data; boundary=")
	part := "--" + boundary + "\r\nContent-Disposition: form-data; name=\"to\"\r\nContent-Type: application/json\r\n\r\n" +
		`{"name": "Harry Zhang", "address_line1": "210 King St", "address_city": "San Francisco", "address_state": "CA", "address_zip": "94107"}` + "\r\n"
	got := f.do(t.Context(), http.MethodPost, "/lob/v1/letters", with(lobHeader, "Content-Type", contentType), part+body)
	require.Equal(t, http.StatusOK, got.status, "%s", got.body)
}

func TestLetterIsReplayed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := startIn(t, dir)
	first := f.sendLetter(letterFields("Harry Zhang"), testDispatch)
	require.Equal(t, http.StatusOK, first.status)
	again := f.sendLetter(letterFields("Somebody Else"), testDispatch)
	require.JSONEq(t, string(first.body), string(again.body), "whatever the body, the key decides")
	require.Equal(t, http.StatusOK, f.sendLetter(letterFields("Harry Zhang"), "another").status)
	require.Equal(t, http.StatusOK, f.sendLetter(letterFields("Harry Zhang"), "").status)
	require.Equal(t, http.StatusOK, f.sendLetter(letterFields("Harry Zhang"), "").status)
	require.Len(t, f.Ledger(), 4)

	contentType, body := letterForm(letterFields("Harry Zhang"), onePagePDF)
	live := http.Header{"Authorization": {basic("live_key", "")}, "Content-Type": {contentType}}
	byQuery := f.do(t.Context(), http.MethodPost, "/lob/v1/letters?idempotency_key="+testDispatch, live, body)
	require.Equal(t, http.StatusOK, byQuery.status)
	require.Len(t, f.Ledger(), 5, "keys of the live mode are apart")
	live.Set("Idempotency-Key", "x")
	require.Equal(t, http.StatusUnprocessableEntity, f.do(t.Context(), http.MethodPost, "/lob/v1/letters?idempotency_key=y", live, body).status)
	require.NoError(t, f.Stop(t.Context()))

	f = startIn(t, dir)
	f.wall.advance(24*time.Hour - time.Second)
	require.JSONEq(t, string(first.body), string(f.sendLetter(letterFields("Harry Zhang"), testDispatch).body), "also after a restart")
	f.wall.advance(time.Second)
	late := f.sendLetter(letterFields("Harry Zhang"), testDispatch)
	require.Equal(t, http.StatusOK, late.status)
	require.NotEqual(t, first.json(t)["id"], late.json(t)["id"], "the key is forgotten after a day")
	require.Len(t, f.Ledger(), 6)
}

func TestLetterCanBeCancelledUntilItsDate(t *testing.T) {
	t.Parallel()
	f := start(t)
	later := letterFields("Harry Zhang")
	later["send_date"] = "2031-03-05"
	require.Equal(t, http.StatusOK, f.sendLetter(later, "").status)
	require.Equal(t, http.StatusOK, f.sendLetter(later, "").status)
	require.Equal(t, http.StatusOK, f.sendLetter(letterFields("At Once"), "").status)
	ids := []string{f.Index()[0].ProviderID, f.Index()[1].ProviderID, f.Index()[2].ProviderID}

	f.wall.advance(48 * time.Hour) // does not count
	f.business.advance(5 * time.Minute)
	late := f.askLob(http.MethodDelete, "/letters/"+ids[2])
	require.Equal(t, http.StatusUnprocessableEntity, late.status)
	require.Equal(t, "not_deletable", late.json(t)["error"].(map[string]any)["code"])
	got := f.askLob(http.MethodDelete, "/letters/"+ids[0])
	require.Equal(t, map[string]any{"id": ids[0], "deleted": true}, got.json(t))
	require.Equal(t, true, f.askLob(http.MethodGet, "/letters/"+ids[0]).json(t)["deleted"])
	require.Equal(t, http.StatusUnprocessableEntity, f.askLob(http.MethodDelete, "/letters/"+ids[0]).status)
	f.business.advance(15 * time.Hour)
	require.Equal(t, http.StatusUnprocessableEntity, f.askLob(http.MethodDelete, "/letters/"+ids[1]).status)
	require.Equal(t, http.StatusNotFound, f.askLob(http.MethodDelete, "/letters/ltr_0").status)
	require.Equal(t, http.StatusNotFound, f.askLob(http.MethodGet, "/letters/ltr_0").status)
	ledger := f.Ledger()
	require.True(t, ledger[0].Canceled)
	require.False(t, ledger[1].Canceled)
	require.False(t, ledger[2].Canceled)
	require.Empty(t, f.Violations())
}

func TestLetterList(t *testing.T) {
	t.Parallel()
	f := start(t)
	for i := range 5 {
		fields := letterFields("Harry Zhang")
		fields["metadata[dispatch]"] = fmt.Sprintf("d-%d", i%2)
		require.Equal(t, http.StatusOK, f.sendLetter(fields, "").status)
		f.wall.advance(time.Hour)
	}
	list := func(query string) map[string]any {
		got := f.askLob(http.MethodGet, "/letters"+query)
		require.Equal(t, http.StatusOK, got.status, "%s: %s", query, got.body)
		return got.json(t)
	}
	for query, want := range map[string]int{
		"":                                        5,
		"?metadata[dispatch]=d-0":                 3,
		"?metadata%5Bdispatch%5D=d-1":             2,
		"?metadata[dispatch]=d-9":                 0,
		"?date_created[gt]=2026-11-21T14:00:00Z":  2,
		"?date_created[gte]=2026-11-21T14:00:00Z": 3,
		"?date_created[lt]=2026-11-21T14:00:00Z":  2,
		"?date_created[lte]=2026-11-21T14:00:00Z": 3,
		"?date_created[gt]=2026-11-22":            0,
		"?metadata[dispatch]=d-0&date_created[gt]=2026-11-21T14:00:00Z": 1,
	} {
		require.Len(t, list(query)["data"], want, query)
	}
	page := list("?limit=2&include[]=total_count")
	require.Equal(t, f.Index()[4].ProviderID, page["data"].([]any)[0].(map[string]any)["id"], "the newest first")
	require.EqualValues(t, 5, page["total_count"])
	seen := 2
	for page["next_url"] != nil {
		next, err := url.Parse(page["next_url"].(string))
		require.NoError(t, err)
		page = list("?" + next.RawQuery)
		seen += len(page["data"].([]any))
	}
	require.Equal(t, 5, seen)
	require.Empty(t, f.Violations())
	for i, query := range []string{"?limit=101", "?sort=up", "?date_created[gt]=yesterday", "?date_created[near]=2026-11-21", "?status=processed"} {
		require.Equal(t, http.StatusUnprocessableEntity, f.askLob(http.MethodGet, "/letters"+query).status, query)
		require.Len(t, f.Violations(), i+1)
	}
}
