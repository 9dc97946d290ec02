package sandbox

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// page fetches an HTML page and checks what every page must have.
func (f *fixture) page(path string) string {
	f.t.Helper()
	got := f.get(path)
	require.Equal(f.t, http.StatusOK, got.status, "%s: %s", path, got.body)
	require.Equal(f.t, "text/html; charset=utf-8", got.header.Get("Content-Type"))
	require.Equal(f.t, pagePolicy, got.header.Get("Content-Security-Policy"))
	require.Equal(f.t, "nosniff", got.header.Get("X-Content-Type-Options"))
	text := string(got.body)
	require.Contains(f.t, text, "Nothing leaves this machine.")
	require.NotContains(f.t, text, "style=", "the policy forbids inline styles")
	require.NotContains(f.t, text, "ZgotmplZ", "a value was unfit for its place")
	require.True(f.t, strings.HasSuffix(strings.TrimSpace(text), "</html>"))
	return text
}

func TestEmptyPages(t *testing.T) {
	t.Parallel()
	f := start(t)
	outbox := f.page("/")
	require.Contains(t, outbox, "<title>Relance sandbox · outbox</title>")
	require.Contains(t, outbox, "Nothing has been sent yet")
	require.Contains(t, f.page("/?q=anna"), "Nothing matches")
	require.Contains(t, f.page("/?channel=sms"), "Nothing matches")
	require.Contains(t, f.page("/recipients"), "Nobody yet")
	failures := f.page("/failures")
	require.Contains(t, failures, "sandbox-hang-after@example.com")
	require.Contains(t, failures, "Every request so far kept")
	for _, path := range []string{"/messages/1", "/messages/x", "/messages/1/body", "/messages/1/files/0", "/nowhere", "/assets/nothing.css"} {
		require.Equal(t, http.StatusNotFound, f.get(path).status, path)
	}
}

func TestFullPages(t *testing.T) {
	t.Parallel()
	f := start(t, Fault{Provider: Twilio, Recipient: "+48*", Mode: ModeHold}, Fault{Call: CallLookup, Mode: ModeSlow, Delay: time.Second, Times: 3})
	f.fill()
	require.Equal(t, http.StatusCreated, f.sendSMS(smsForm("+48500100200")).status)
	require.Equal(t, http.StatusOK, f.cancelSMS(f.Index()[3].ProviderID).status)
	f.business.advance(24 * time.Hour)
	require.Equal(t, http.StatusCreated, f.sendSMS(smsForm("+33639980112")).status)
	require.Equal(t, http.StatusNotFound, f.get("/lob/v1/nonsense").status)

	outbox := f.page("/")
	for _, want := range []string{
		"5 messages to 4 recipients from 4 March to 5 March 2031", "Tuesday 4 March 2031", "Wednesday 5 March 2031", "09:30", "Zoë Łukasz",
		"Invoice 2026-114", "Email reminder", "SMS reminder", "Certified letter with return receipt", "Recalled", "1 segment, GSM-7",
	} {
		require.Contains(t, outbox, want)
	}
	require.Less(t, strings.Index(outbox, "Wednesday 5 March"), strings.Index(outbox, "Tuesday 4 March"), "the newest first")

	email := f.page("/messages/1")
	require.Contains(t, email, `src="/messages/1/body" sandbox="allow-popups allow-popups-to-escape-sandbox"`)
	require.NotContains(t, email, "<b>120,00", "the body stays in its frame")
	require.Contains(t, email, "&lt;"+testDispatch+"@creditor.example&gt;")
	require.Contains(t, email, "By the wall clock")
	require.Contains(t, f.page("/messages/1?view=text"), "Dear Zoë, 120,00 € is open.")

	sms := f.page("/messages/2")
	require.Contains(t, sms, "600 seconds, then dropped")
	require.Equal(t, 2, strings.Count(sms, `class="bubble`), "the whole conversation with the number")
	require.Contains(t, f.page("/messages/4"), "Recalled, never arrived")

	letter := f.page("/messages/3")
	require.Contains(t, letter, `data="/messages/3/files/0`)
	require.Contains(t, letter, f.Index()[2].Letter.Tracking)
	require.Contains(t, letter, "San Francisco, CA 94107<br>")

	recipients := f.page("/recipients")
	for _, want := range []string{"Zoë Łukasz", "&#43;33639980112", "Harry Zhang", "210 King St, San Francisco, CA 94107, US", "5 March 2031"} {
		require.Contains(t, recipients, want)
	}
	failures := f.page("/failures")
	for _, want := range []string{
		"Twilio: hold on send", "struck 1 times, always on", "Every provider: slow on lookup, after 1s", "struck 0 of 3 times",
		"the sandbox has no such call",
	} {
		require.Contains(t, failures, want)
	}
}

func TestOutboxFilters(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.fill()
	require.Equal(t, http.StatusAccepted, f.sendMail("other@debtor.example").status)
	rows := func(query string) int { return strings.Count(f.page("/?"+query), `<li class="row`) }
	for query, want := range map[string]int{
		"": 4, "channel=email": 2, "channel=sms": 1, "channel=letter": 1, "channel=fax": 4, "to=ZOE@debtor.example": 1, "to=nobody": 0,
		"q=zoë": 2, "q=OTHER": 1, "q=114": 2, "q=" + testDispatch: 4, "q=certified": 1, "q=%2B336": 1, "q=zoë&channel=sms": 0,
		"q=" + url.QueryEscape("120,00 €") + "&channel=sms": 1,
	} {
		require.Equal(t, want, rows(query), query)
	}
	require.Contains(t, f.page("/?to=zoe@debtor.example&channel=email"), `href="/?channel=email"`)
	require.Contains(t, f.page("/?to=zoe@debtor.example&q=x"), `name="to" value="zoe@debtor.example"`, "searching stays within the filter")
}

func TestOutboxIsPaged(t *testing.T) {
	t.Parallel()
	f := start(t)
	for i := range 2*rowsPerPage + 1 {
		_, err := f.ledger.accept([]Entry{{
			Provider: SendGrid, To: fmt.Sprintf("debtor%d@debtor.example", i), Subject: fmt.Sprintf("Invoice %d.", i), Email: &Email{},
		}})
		require.NoError(t, err)
	}
	first, second, last := f.page("/"), f.page("/?page=2"), f.page("/?page=3")
	require.Contains(t, first, "Invoice 100.")
	require.Contains(t, first, "live.js", "the first page follows the ledger")
	require.NotContains(t, first, "Newer")
	require.Contains(t, second, "51 to 100 of 101")
	require.NotContains(t, second, "live.js")
	require.Contains(t, second, `href="/" rel="prev"`)
	require.Contains(t, last, "Invoice 0.")
	require.NotContains(t, last, "Older")
	require.Equal(t, last, f.page("/?page=99"))
	require.Equal(t, first, f.page("/?page=-1"))
	require.Contains(t, f.page("/?q=invoice&channel=email"), `href="/?channel=email&amp;page=2&amp;q=invoice"`)
}

// TestPagesEscape: what a sender wrote is text on our pages, whatever it looks like.
func TestPagesEscape(t *testing.T) {
	t.Parallel()
	f := start(t)
	const evil = `"><script>alert(1)</script>`
	got := f.do(t.Context(), http.MethodPost, "/sendgrid/v3/mail/send", sendGridHeader, mailBody("a@debtor.example", func(m map[string]any) {
		m["subject"] = evil
		m["from"] = map[string]any{"email": "x@creditor.example", "name": evil}
		firstTo(m)["name"] = evil
		m["content"] = []any{map[string]any{"type": "text/plain", "value": evil}}
		attach(m, "JVBERg==")["filename"] = evil
		personal(m)["custom_args"] = map[string]any{"kind": evil, "dispatch": evil, evil: evil}
	}))
	require.Equal(t, http.StatusAccepted, got.status, "%s", got.body)
	form := smsForm("+33639980112")
	form.Set("Body", evil)
	require.Equal(t, http.StatusCreated, f.sendSMS(form).status)
	fields := letterFields(`<script>alert(1)</script>`)
	fields["description"] = evil
	require.Equal(t, http.StatusOK, f.sendLetter(fields, "").status)
	require.NoError(t, f.SetFaults(Fault{Mode: ModeDrop, Recipient: evil}))
	f.violate(Lob, "GET", []problem{{"", evil}})
	for _, path := range []string{
		"/", "/messages/1", "/messages/2", "/messages/3", "/recipients", "/failures", "/?q=" + url.QueryEscape(evil), "/?to=" + url.QueryEscape(evil),
	} {
		require.NotContains(t, f.page(path), "<script>alert", path)
	}
}

func TestBodyIsIsolated(t *testing.T) {
	t.Parallel()
	f := start(t)
	for html, want := range map[string]string{
		`<!doctype html><html><HEAD lang="x"><title>t</title></HEAD><body>b</body></html>`: `<!doctype html><html><HEAD lang="x"><base target="_blank"><title>t</title></HEAD><body>b</body></html>`,
		`<p>no head</p>`: `<p>no head</p><base target="_blank">`,
	} {
		require.Equal(t, http.StatusAccepted, f.do(t.Context(), http.MethodPost, "/sendgrid/v3/mail/send", sendGridHeader, mailBody("a@debtor.example", func(m map[string]any) {
			m["content"] = []any{map[string]any{"type": "text/html", "value": html}}
		})).status)
		last := f.Index()[len(f.Index())-1].Seq
		got := f.get(fmt.Sprintf("/messages/%d/body", last))
		require.Equal(t, want, string(got.body))
		policy := got.header.Get("Content-Security-Policy")
		require.Contains(t, policy, "sandbox allow-popups")
		require.NotContains(t, policy, "allow-scripts")
		require.NotContains(t, policy, "allow-same-origin")
		require.Contains(t, policy, "default-src 'none'")
		require.NotContains(t, f.page(fmt.Sprintf("/messages/%d", last)), "Plain text", "there is none")
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	f := start(t)
	for _, content := range []string{"JVBERi0xLjQ=", "PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="} { // a PDF, and a script that says it is one
		require.Equal(t, http.StatusAccepted, f.do(t.Context(), http.MethodPost, "/sendgrid/v3/mail/send", sendGridHeader, mailBody("a@debtor.example", func(m map[string]any) {
			attachment := attach(m, content)
			attachment["type"], attachment["filename"] = "application/pdf", "Rückstand \"3\".pdf"
		})).status)
	}
	pdf := f.get("/messages/1/files/0")
	require.Equal(t, "application/pdf", pdf.header.Get("Content-Type"))
	require.Contains(t, pdf.header.Get("Content-Disposition"), "inline")
	require.Equal(t, "%PDF-1.4", string(pdf.body))
	require.Contains(t, f.get("/messages/1/files/0?download").header.Get("Content-Disposition"), "attachment")
	script := f.get("/messages/2/files/0")
	require.Equal(t, "application/octet-stream", script.header.Get("Content-Type"))
	require.Contains(t, script.header.Get("Content-Disposition"), "attachment")
	for _, n := range []string{"1", "-1", "x"} {
		require.Equal(t, http.StatusNotFound, f.get("/messages/1/files/"+n).status)
	}
	_, body := letterForm(letterFields("Harry Zhang"), []byte("<p>Notice</p>"))
	contentType := "multipart/form-data; boundary=" + strings.TrimPrefix(strings.SplitN(body, "\r\n", 2)[0], "--")
	require.Equal(t, http.StatusOK, f.do(t.Context(), http.MethodPost, "/lob/v1/letters", with(lobHeader, "Content-Type", contentType), body).status)
	html := f.get("/messages/3/files/0")
	require.Contains(t, html.header.Get("Content-Security-Policy"), "sandbox")
	require.Contains(t, f.page("/messages/3"), `<iframe src="/messages/3/files/0"`)
}

func TestAssets(t *testing.T) {
	t.Parallel()
	f := start(t)
	for path, media := range map[string]string{"style.css": "text/css", "live.js": "text/javascript", "icon.svg": "image/svg+xml"} {
		got := f.get("/assets/" + path)
		require.Equal(t, http.StatusOK, got.status)
		require.Contains(t, got.header.Get("Content-Type"), media)
	}
}

func TestEventsFollowTheLedger(t *testing.T) {
	t.Parallel()
	f := start(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.URL()+"/events", nil)
	require.NoError(t, err)
	response, err := client(t).Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	require.True(t, lines.Scan())
	require.Equal(t, "data: 0", lines.Text())
	require.Equal(t, http.StatusAccepted, f.sendMail("a@debtor.example").status)
	require.True(t, lines.Scan())
	require.True(t, lines.Scan())
	require.Equal(t, "data: 1", lines.Text())
}

func TestWords(t *testing.T) {
	t.Parallel()
	require.Equal(t, "0", count(0))
	require.Equal(t, "999", count(999))
	require.Equal(t, "1\u202f000", count(1000))
	require.Equal(t, "1\u202f234\u202f567", count(1_234_567))
	require.Equal(t, "1 message", plural(1, "message", "messages"))
	require.Equal(t, "2 messages", plural(2, "message", "messages"))
	require.Equal(t, "SMS reminder", kindWords("sms_reminder"))
	require.Equal(t, "Thank you", kindWords("thank_you"))
	require.Equal(t, "Élan", kindWords("élan"))
	require.Empty(t, kindWords(""))
	require.Equal(t, "a b…", excerpt("a  b\nc", 4))
	require.Equal(t, "a b c", excerpt(" a  b\nc ", 5))
	require.Equal(t, "12 bytes", sizeWords(12))
	require.Equal(t, "2 kB", sizeWords(1500))
	require.Equal(t, "1.3 MB", sizeWords(1_250_000))
	require.Equal(t, "Registered letter", serviceWords("registered"))
	require.Equal(t, "Certified letter", serviceWords("certified"))
	require.Equal(t, "Letter", serviceWords(""))
	abroad := Address{Company: "Studio Próba", Line1: "ul. Niebyła 14/2", City: "Kraków", Zip: "30-000", Country: "PL"}
	require.Equal(t, []string{"Studio Próba", "ul. Niebyła 14/2", "30-000 Kraków", "POLAND"}, abroad.lines())
	require.Equal(t, "ul. Niebyła 14/2, 30-000 Kraków, PL", abroad.withoutName().Line())
}
