package sandbox

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMailIsKept(t *testing.T) {
	t.Parallel()
	f := start(t)
	got := f.do(t.Context(), http.MethodPost, "/sendgrid/v3/mail/send", sendGridHeader, mailBody("zoe@debtor.example", func(m map[string]any) {
		m["attachments"] = []any{map[string]any{
			"content": base64.StdEncoding.EncodeToString(onePagePDF), "type": "application/pdf", "filename": "notice.pdf",
		}}
		m["reply_to"] = map[string]any{"email": "r+1@reply.creditor.example"}
	}))
	require.Equal(t, http.StatusAccepted, got.status)
	require.Empty(t, got.body)

	ledger := f.Ledger()
	require.Len(t, ledger, 1)
	e := ledger[0]
	require.Equal(t, got.header.Get("X-Message-Id"), e.ProviderID)
	require.Equal(t, Entry{
		Seq: 1, Provider: SendGrid, ProviderID: e.ProviderID, Reference: testDispatch, Attempt: testAttempt, Kind: "email_reminder",
		Tags: map[string]string{"dispatch": testDispatch, "attempt": testAttempt, "kind": "email_reminder"},
		To:   "zoe@debtor.example", ToName: "Zoë Łukasz", From: "invoices@creditor.example", At: businessStart, ReceivedAt: wallStart,
		Subject: "Invoice 2026-114", Text: "Dear Zoë, 120,00 € is open.", HTML: "<p>Dear Zoë, <b>120,00&nbsp;€</b> is open.</p>",
		HTMLSHA256: e.HTMLSHA256,
		Files:      []File{{Name: "notice.pdf", MediaType: "application/pdf", Size: int64(len(onePagePDF)), SHA256: e.Files[0].SHA256}},
		Email: &Email{
			FromName: "Creditor", ReplyTo: "r+1@reply.creditor.example", Categories: []string{"email_reminder"},
			Headers: map[string]string{"Message-ID": "<" + testDispatch + "@creditor.example>"},
		},
	}, e)
	require.Equal(t, ChannelEmail, e.Channel())
	content, err := f.Open(e.Files[0])
	require.NoError(t, err)
	require.Equal(t, onePagePDF, content)
	require.Empty(t, f.Index()[0].HTML, "the index is cheap")
	require.Empty(t, f.Violations())
}

func TestMailInSandboxModeIsNotSent(t *testing.T) {
	t.Parallel()
	f := start(t)
	got := f.do(t.Context(), http.MethodPost, "/sendgrid/v3/mail/send", sendGridHeader, mailBody("zoe@debtor.example", func(m map[string]any) {
		m["mail_settings"] = map[string]any{"sandbox_mode": map[string]any{"enable": true}}
	}))
	require.Equal(t, http.StatusOK, got.status)
	require.Empty(t, got.header.Get("X-Message-Id"))
	require.Empty(t, f.Ledger())
}

func TestMailToSeveral(t *testing.T) {
	t.Parallel()
	f := start(t)
	got := f.do(t.Context(), http.MethodPost, "/sendgrid/v3/mail/send", sendGridHeader, mailBody("zoe@debtor.example", func(m map[string]any) {
		personal := m["personalizations"].([]any)[0].(map[string]any)
		personal["cc"] = []any{map[string]any{"email": "accounts@debtor.example"}}
		personal["subject"] = "Personal"
		personal["custom_args"] = map[string]any{"kind": "escalation_notice"}
		m["custom_args"] = map[string]any{"kind": "general", "dispatch": "d-1"}
	}))
	require.Equal(t, http.StatusAccepted, got.status)
	ledger := f.Ledger()
	require.Len(t, ledger, 2)
	for i, to := range []string{"zoe@debtor.example", "accounts@debtor.example"} {
		require.Equal(t, to, ledger[i].To)
		require.Equal(t, "Personal", ledger[i].Subject)
		require.Equal(t, "escalation_notice", ledger[i].Kind, "a personal argument overrides a general one")
		require.Equal(t, "d-1", ledger[i].Reference)
		require.Equal(t, got.header.Get("X-Message-Id"), ledger[i].ProviderID)
	}
	require.NotEqual(t, ledger[0].logID(), ledger[1].logID())
}

func TestMailCompressed(t *testing.T) {
	t.Parallel()
	f := start(t)
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, err := writer.Write([]byte(mailBody("zoe@debtor.example", nil)))
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	header := with(sendGridHeader, "Content-Encoding", "gzip")
	require.Equal(t, http.StatusAccepted, f.do(t.Context(), http.MethodPost, "/sendgrid/v3/mail/send", header, packed.String()).status)
	require.Equal(t, http.StatusBadRequest, f.do(t.Context(), http.MethodPost, "/sendgrid/v3/mail/send", header, "not gzip").status)
	require.Len(t, f.Ledger(), 1)
}

func TestSendGridWantsAKey(t *testing.T) {
	t.Parallel()
	f := start(t)
	for _, authorization := range []string{"", "Bearer ", basic("user", "secret")} {
		header := with(sendGridHeader, "Authorization", authorization)
		require.Equal(t, http.StatusUnauthorized, f.do(t.Context(), http.MethodPost, "/sendgrid/v3/mail/send", header, mailBody("a@debtor.example", nil)).status)
		require.Equal(t, http.StatusUnauthorized, f.do(t.Context(), http.MethodPost, "/sendgrid/v3/logs", header, `{}`).status)
		require.Equal(t, http.StatusUnauthorized, f.do(t.Context(), http.MethodGet, "/sendgrid/v3/logs/x", header, ``).status)
	}
	require.Empty(t, f.Violations(), "a wrong key is not a broken contract")
	require.Empty(t, f.Ledger())
}

// brokenMails are requests that SendGrid refuses.
var brokenMails = map[string]func(map[string]any){
	"no sender":          func(m map[string]any) { delete(m, "from") },
	"nobody":             func(m map[string]any) { m["personalizations"] = []any{map[string]any{}} },
	"bad address":        func(m map[string]any) { firstTo(m)["email"] = "nobody" },
	"address is no text": func(m map[string]any) { firstTo(m)["email"] = 5 },
	"empty subject":      func(m map[string]any) { m["subject"] = "" },
	"empty content":      func(m map[string]any) { m["content"] = []any{map[string]any{"type": "text/plain", "value": ""}} },
	"many categories":    func(m map[string]any) { m["categories"] = strings.Split("abcdefghijk", "") },
	"same category":      func(m map[string]any) { m["categories"] = []any{"a", "a"} },
	"long category":      func(m map[string]any) { m["categories"] = []any{strings.Repeat("x", 256)} },
	"disposition":        func(m map[string]any) { attach(m, "JVBERg==")["disposition"] = "sideways" },
	"sandbox mode is no boolean": func(m map[string]any) {
		m["mail_settings"] = map[string]any{"sandbox_mode": map[string]any{"enable": "true"}}
	},
	"message arguments are no texts": func(m map[string]any) { m["custom_args"] = map[string]any{"a": 1} },
}

// refusedMails keep the OpenAPI file and break a rule that stands on the error page.
var refusedMails = map[string]func(map[string]any){
	"no personalization":   func(m map[string]any) { m["personalizations"] = []any{} },
	"empty recipient list": func(m map[string]any) { personal(m)["to"] = []any{} },
	"no subject":           func(m map[string]any) { delete(m, "subject") },
	"no content":           func(m map[string]any) { delete(m, "content") },
	"HTML before text": func(m map[string]any) {
		m["content"] = []any{map[string]any{"type": "text/html", "value": "x"}, map[string]any{"type": "text/plain", "value": "x"}}
	},
	"text twice": func(m map[string]any) {
		m["content"] = []any{map[string]any{"type": "text/plain", "value": "x"}, map[string]any{"type": "text/plain", "value": "x"}}
	},
	"same recipient":              func(m map[string]any) { personal(m)["cc"] = []any{map[string]any{"email": "A@debtor.example"}} },
	"reserved header":             func(m map[string]any) { personal(m)["headers"] = map[string]any{"Reply-To": "x"} },
	"reserved message header":     func(m map[string]any) { m["headers"] = map[string]any{"to": "x"} },
	"personal argument no text":   func(m map[string]any) { personal(m)["custom_args"] = map[string]any{"a": 1} },
	"too many arguments":          func(m map[string]any) { m["custom_args"] = map[string]any{"a": strings.Repeat("x", 10_001)} },
	"attachment is not in base64": func(m map[string]any) { attach(m, "%%%") },
	"too far ahead":               func(m map[string]any) { m["send_at"] = businessStart.Add(73 * time.Hour).Unix() },
	"misspelt field":              func(m map[string]any) { m["sandbox_mode"] = map[string]any{"enable": true} },
}

func personal(m map[string]any) map[string]any {
	return m["personalizations"].([]any)[0].(map[string]any)
}

func firstTo(m map[string]any) map[string]any { return personal(m)["to"].([]any)[0].(map[string]any) }

func attach(m map[string]any, content string) map[string]any {
	attachment := map[string]any{"content": content, "filename": "x.pdf"}
	m["attachments"] = []any{attachment}
	return attachment
}

func TestMailThatBreaksTheContract(t *testing.T) {
	t.Parallel()
	f := start(t)
	sent := 0
	for _, table := range []map[string]func(map[string]any){brokenMails, refusedMails} {
		for name, change := range table {
			got := f.do(t.Context(), http.MethodPost, "/sendgrid/v3/mail/send", sendGridHeader, mailBody("a@debtor.example", change))
			require.Equal(t, http.StatusBadRequest, got.status, name)
			require.NotEmpty(t, got.json(t)["errors"], name)
			sent++
			require.Len(t, f.Violations(), sent, name)
		}
	}
	for _, body := range []string{`{"personalizations":`, ``, `[]`} {
		require.Equal(t, http.StatusBadRequest, f.do(t.Context(), http.MethodPost, "/sendgrid/v3/mail/send", sendGridHeader, body).status)
	}
	require.Empty(t, f.Ledger())
	violation := f.Violations()[0]
	require.Equal(t, SendGrid, violation.Provider)
	require.Equal(t, "POST /v3/mail/send", violation.Call)
	require.NotEmpty(t, violation.Reason)
	require.Equal(t, wallStart, violation.At)
}

func TestMailErrorNamesTheField(t *testing.T) {
	t.Parallel()
	f := start(t)
	got := f.do(t.Context(), http.MethodPost, "/sendgrid/v3/mail/send", sendGridHeader, mailBody("a@debtor.example", brokenMails["bad address"]))
	var body sendGridErrors
	require.NoError(t, json.Unmarshal(got.body, &body))
	require.Len(t, body.Errors, 1)
	require.Equal(t, "personalizations.0.to.0.email", *body.Errors[0].Field)
}

func TestMailByTemplateNeedsNoContent(t *testing.T) {
	t.Parallel()
	f := start(t)
	got := f.do(t.Context(), http.MethodPost, "/sendgrid/v3/mail/send", sendGridHeader, mailBody("a@debtor.example", func(m map[string]any) {
		delete(m, "content")
		delete(m, "subject")
		delete(personal(m), "custom_args")
		m["template_id"] = "d-1"
	}))
	require.Equal(t, http.StatusAccepted, got.status)
	require.Equal(t, "email_reminder", f.Ledger()[0].Kind, "without a tag the first category is the kind")
}

func TestUnknownCallsAreCounted(t *testing.T) {
	t.Parallel()
	f := start(t)
	for i, path := range []string{"/sendgrid/v3/nonsense", "/twilio/nonsense", "/lob/v1/nonsense"} {
		require.Equal(t, http.StatusNotFound, f.get(path).status)
		require.Len(t, f.Violations(), i+1)
	}
}

func (f *fixture) askLogs(query string, limit int) []map[string]any {
	f.t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "limit": limit})
	require.NoError(f.t, err)
	got := f.do(f.t.Context(), http.MethodPost, "/sendgrid/v3/logs", sendGridHeader, string(body))
	require.Equal(f.t, http.StatusOK, got.status, "%s: %s", query, got.body)
	var answer struct{ Messages []map[string]any }
	require.NoError(f.t, json.Unmarshal(got.body, &answer))
	return answer.Messages
}

func TestLogs(t *testing.T) {
	t.Parallel()
	f := start(t)
	for i := range 12 {
		require.Equal(t, http.StatusAccepted, f.sendMail(fmt.Sprintf("debtor%d@debtor.example", i%3)).status)
		f.wall.advance(time.Minute)
	}
	require.Equal(t, http.StatusCreated, f.sendSMS(smsForm("+33639980112")).status)
	at := func(minutes int) string {
		return `TIMESTAMP "` + wallStart.Add(time.Duration(minutes)*time.Minute).Format(time.RFC3339) + `"`
	}
	all := f.askLogs("", 100)
	require.Len(t, all, 12)
	require.Equal(t, "debtor2@debtor.example", all[0]["to_email"], "the newest first")
	require.Equal(t, "2026-11-21T12:11:00.000Z", all[0]["sg_message_id_created_at"], "wall time")
	id := all[0]["sg_message_id"].(string)
	for query, want := range map[string]int{
		"to_email = 'debtor1@debtor.example'":                                               4,
		`to_email = "debtor1@debtor.example"`:                                               4,
		"to_email = 'DEBTOR1@debtor.example'":                                               0,
		"to_email = 'debtor1@debtor.example' AND sg_message_id_created_at > " + at(4):       2,
		"sg_message_id_created_at > " + at(9):                                               2,
		"sg_message_id_created_at >= " + at(9):                                              3,
		"sg_message_id_created_at < " + at(2):                                               2,
		"sg_message_id_created_at <= " + at(2):                                              3,
		"sg_message_id_created_at >= " + at(2) + " AND sg_message_id_created_at < " + at(5): 3,
		"sg_message_id = '" + id + "'":                                                      1,
		"subject = 'Invoice 2026-114'":                                                      12,
		"subject = 'Invoice'":                                                               0,
		"status IN ('delivered', 'processed')":                                              12,
		"status IN ('bounced')":                                                             0,
		"categories IN ('email_reminder')":                                                  12,
		"categories IN ('other')":                                                           0,
		"reason = 'x'":                                                                      0,
	} {
		require.Len(t, f.askLogs(query, 100), want, query)
	}
	require.Len(t, f.askLogs("", 5), 5)
	got := f.do(t.Context(), http.MethodPost, "/sendgrid/v3/logs", sendGridHeader, `{}`)
	require.Len(t, got.json(t)["messages"], 10, "ten by default")

	detail := f.do(t.Context(), http.MethodGet, "/sendgrid/v3/logs/"+id, sendGridHeader, "")
	require.Equal(t, http.StatusOK, detail.status)
	require.Equal(t, testDispatch, detail.json(t)["custom_args"].(map[string]any)["dispatch"])
	require.Equal(t, []any{"email_reminder"}, detail.json(t)["category"])
	for _, unknown := range []string{"x", id + "9", f.Index()[12].ProviderID} {
		require.Equal(t, http.StatusNotFound, f.do(t.Context(), http.MethodGet, "/sendgrid/v3/logs/"+unknown, sendGridHeader, "").status)
	}
	require.Empty(t, f.Violations())
}

func TestLogQueryRoundTripsQuotes(t *testing.T) {
	t.Parallel()
	f := start(t)
	require.Equal(t, http.StatusAccepted, f.sendMail("o'brien@debtor.example").status)
	require.Len(t, f.askLogs(`to_email = 'o''brien@debtor.example'`, 10), 1)
	require.Len(t, f.askLogs(`to_email = "o'brien@debtor.example"`, 10), 1)
}

func TestLogsThatCannotBeSearched(t *testing.T) {
	t.Parallel()
	f := start(t)
	for i, query := range []string{
		"to = 'x'", "to_email > 'x'", "to_email = x", "to_email = 'x", "to_email = 'x' OR status IN ('a')", "status = 'x'", "status IN 'x'",
		"status IN ('x'", "status IN ('x' 'y')", "sg_message_id_created_at > '2025-01-01'", `sg_message_id_created_at > TIMESTAMP "yesterday"`,
		"to_email = 'x' AND", "to_email =", "(to_email = 'x')", "to_email = 'x' 'y'", "#",
	} {
		body, err := json.Marshal(map[string]any{"query": query})
		require.NoError(t, err)
		got := f.do(t.Context(), http.MethodPost, "/sendgrid/v3/logs", sendGridHeader, string(body))
		require.Equal(t, http.StatusBadRequest, got.status, query)
		require.Len(t, f.Violations(), i+1, query)
	}
	for _, body := range []string{`{"limit": 0}`, `{"limit": 1001}`, `{"quary": ""}`, `{`} {
		require.Equal(t, http.StatusBadRequest, f.do(t.Context(), http.MethodPost, "/sendgrid/v3/logs", sendGridHeader, body).status, body)
	}
}
