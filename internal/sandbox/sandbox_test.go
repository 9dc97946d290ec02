package sandbox

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain lets the test binary also be a sandbox that can be killed; see TestSurvivesKill.
func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDirVariable); dir != "" {
		runUntilKilled(dir)
		return
	}
	os.Exit(m.Run())
}

const (
	testAccount  = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	testDispatch = "6b1f8c52-0d3e-4f6a-9c51-2f4f1d0a0001"
	testAttempt  = "0f1e2d3c-4b5a-4978-8695-a4b3c2d1e001"
)

// The two clocks stand far apart, so that no test can mistake one for the other.
var (
	businessStart = time.Date(2031, 3, 4, 9, 30, 0, 0, time.UTC)
	wallStart     = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
)

// testClock stands still until it is moved.
type testClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *testClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// fixture is a started sandbox, and a client that checks every answer against the published contracts.
type fixture struct {
	*Server
	t              *testing.T
	business, wall *testClock
}

func start(t *testing.T, faults ...Fault) *fixture {
	t.Helper()
	return startIn(t, t.TempDir(), faults...)
}

func startIn(t *testing.T, dir string, faults ...Fault) *fixture {
	t.Helper()
	f := &fixture{t: t, business: &testClock{at: businessStart}, wall: &testClock{at: wallStart}}
	server, err := New(Config{
		Addr: "127.0.0.1:0", Dir: dir, Now: f.business.Now, Wall: f.wall.Now, Zone: time.UTC, Faults: faults,
	})
	require.NoError(t, err)
	require.NoError(t, server.Start())
	f.Server = server
	t.Cleanup(func() { require.NoError(t, server.Stop(context.Background())) })
	return f
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   []byte
	err    error
}

func (r reply) json(t *testing.T) map[string]any {
	t.Helper()
	var object map[string]any
	require.NoError(t, json.Unmarshal(r.body, &object), "%s", r.body)
	return object
}

// client makes one call for one request and follows nothing.
func client(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (f *fixture) do(ctx context.Context, method, path string, header http.Header, body string) reply {
	f.t.Helper()
	request, err := http.NewRequestWithContext(ctx, method, f.URL()+path, strings.NewReader(body))
	require.NoError(f.t, err)
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := client(f.t).Do(request)
	if err != nil {
		return reply{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	require.NoError(f.t, err)
	got := reply{status: response.StatusCode, header: response.Header, body: content}
	checkAnswer(f.t, f.Server, request, got)
	return got
}

func (f *fixture) get(path string) reply {
	f.t.Helper()
	return f.do(f.t.Context(), http.MethodGet, path, nil, "")
}

var (
	sendGridHeader = http.Header{"Authorization": {"Bearer SG.key"}, "Content-Type": {"application/json"}}
	twilioHeader   = http.Header{"Authorization": {basic(testAccount, "secret")}, "Content-Type": {"application/x-www-form-urlencoded"}}
	lobHeader      = http.Header{"Authorization": {basic("test_key", "")}}
)

func basic(user, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+secret))
}

func with(header http.Header, name, value string) http.Header {
	copied := header.Clone()
	copied.Set(name, value)
	return copied
}

// mailBody is a mail/send request; change edits it.
func mailBody(to string, change func(map[string]any)) string {
	m := map[string]any{
		"personalizations": []any{map[string]any{
			"to":          []any{map[string]any{"email": to, "name": "Zoë Łukasz"}},
			"custom_args": map[string]any{"dispatch": testDispatch, "attempt": testAttempt, "kind": "email_reminder"},
			"headers":     map[string]any{"Message-ID": "<" + testDispatch + "@creditor.example>"},
		}},
		"from":    map[string]any{"email": "invoices@creditor.example", "name": "Creditor"},
		"subject": "Invoice 2026-114",
		"content": []any{
			map[string]any{"type": "text/plain", "value": "Dear Zoë, 120,00 € is open."},
			map[string]any{"type": "text/html", "value": "<p>Dear Zoë, <b>120,00&nbsp;€</b> is open.</p>"},
		},
		"categories": []any{"email_reminder"},
	}
	if change != nil {
		change(m)
	}
	text, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (f *fixture) sendMail(to string) reply {
	f.t.Helper()
	return f.do(f.t.Context(), http.MethodPost, "/sendgrid/v3/mail/send", sendGridHeader, mailBody(to, nil))
}

func messagesPath(rest string) string {
	return "/twilio/2010-04-01/Accounts/" + testAccount + "/Messages" + rest
}

func smsForm(to string) url.Values {
	return url.Values{
		"To": {to}, "From": {"Creditor"}, "Body": {"120,00 € is open."}, "ValidityPeriod": {"600"},
		"StatusCallback": {"https://relance.example/hooks/twilio?dispatch=" + testDispatch + "&attempt=" + testAttempt + "&kind=sms_reminder#rc=5"},
	}
}

func (f *fixture) sendSMS(form url.Values) reply {
	f.t.Helper()
	return f.do(f.t.Context(), http.MethodPost, messagesPath(".json"), twilioHeader, form.Encode())
}

var onePagePDF = []byte("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")

// letterFields is a letter in Lob's form notation.
func letterFields(name string) map[string]string {
	return map[string]string{
		"description": "final notice", "to[name]": name, "to[address_line1]": "210 King St", "to[address_city]": "San Francisco",
		"to[address_state]": "CA", "to[address_zip]": "94107", "to[address_country]": "US", "from[name]": "Creditor Inc",
		"from[address_line1]": "1 Main St", "from[address_city]": "Albany", "from[address_state]": "NY", "from[address_zip]": "12207",
		"color": "false", "double_sided": "true", "use_type": "operational", "extra_service": "certified_return_receipt",
		"metadata[dispatch]": testDispatch, "metadata[attempt]": testAttempt, "metadata[kind]": "certified_letter",
	}
}

func letterForm(fields map[string]string, file []byte) (contentType, body string) {
	var out bytes.Buffer
	writer := multipart.NewWriter(&out)
	for name, value := range fields {
		if err := writer.WriteField(name, value); err != nil {
			panic(err)
		}
	}
	part, err := writer.CreateFormFile("file", "notice.pdf")
	if err != nil {
		panic(err)
	}
	if _, err := part.Write(file); err != nil {
		panic(err)
	}
	if err := writer.Close(); err != nil {
		panic(err)
	}
	return writer.FormDataContentType(), out.String()
}

// sendLetter posts a letter; an empty key sends none.
func (f *fixture) sendLetter(fields map[string]string, key string) reply {
	f.t.Helper()
	contentType, body := letterForm(fields, onePagePDF)
	header := with(lobHeader, "Content-Type", contentType)
	if key != "" {
		header.Set("Idempotency-Key", key)
	}
	return f.do(f.t.Context(), http.MethodPost, "/lob/v1/letters", header, body)
}

func (f *fixture) askLob(method, path string) reply {
	f.t.Helper()
	return f.do(f.t.Context(), method, "/lob/v1"+path, lobHeader, "")
}

// fill sends one message on each channel.
func (f *fixture) fill() {
	f.t.Helper()
	require.Equal(f.t, http.StatusAccepted, f.sendMail("zoe@debtor.example").status)
	require.Equal(f.t, http.StatusCreated, f.sendSMS(smsForm("+33639980112")).status)
	require.Equal(f.t, http.StatusOK, f.sendLetter(letterFields("Harry Zhang"), "").status)
}
