package sandbox

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSMSIsKept(t *testing.T) {
	t.Parallel()
	f := start(t)
	got := f.sendSMS(smsForm("+33639980112"))
	require.Equal(t, http.StatusCreated, got.status)
	answer := got.json(t)
	require.Equal(t, "queued", answer["status"])
	require.Equal(t, "1", answer["num_segments"])
	require.Equal(t, "Sat, 21 Nov 2026 12:00:00 +0000", answer["date_created"], "wall time")
	require.Nil(t, answer["date_sent"])
	ledger := f.Ledger()
	require.Len(t, ledger, 1)
	require.Equal(t, Entry{
		Seq: 1, Provider: Twilio, ProviderID: answer["sid"].(string), Account: testAccount, Reference: testDispatch,
		Attempt: testAttempt, Kind: "sms_reminder",
		Tags: map[string]string{"dispatch": testDispatch, "attempt": testAttempt, "kind": "sms_reminder"},
		To:   "+33639980112", From: "Creditor", At: businessStart, ReceivedAt: wallStart, Text: "120,00 € is open.", Segments: 1,
		SMS: &SMS{Encoding: GSM7, Callback: smsForm("")["StatusCallback"][0], ValidSecs: 600},
	}, ledger[0])
	require.Equal(t, ChannelSMS, ledger[0].Channel())

	read := f.do(t.Context(), http.MethodGet, messagesPath("/"+ledger[0].ProviderID+".json"), twilioHeader, "")
	require.Equal(t, http.StatusOK, read.status)
	require.Equal(t, statusDelivered, read.json(t)["status"])
	require.NotNil(t, read.json(t)["date_sent"])
	require.Empty(t, f.Violations())
}

func TestTwilioWantsCredentials(t *testing.T) {
	t.Parallel()
	f := start(t)
	for _, authorization := range []string{"", "Bearer x", basic(testAccount, ""), basic("AC"+strings.Repeat("b", 32), "secret")} {
		got := f.do(t.Context(), http.MethodPost, messagesPath(".json"), with(twilioHeader, "Authorization", authorization), smsForm("+33639980112").Encode())
		require.Equal(t, http.StatusUnauthorized, got.status)
		require.EqualValues(t, 20003, got.json(t)["code"])
	}
	byKey := f.do(t.Context(), http.MethodPost, messagesPath(".json"), with(twilioHeader, "Authorization", basic("SK1", "secret")), smsForm("+33639980112").Encode())
	require.Equal(t, http.StatusCreated, byKey.status, "an API key belongs to the account")
}

func TestSMSThatIsRefused(t *testing.T) {
	t.Parallel()
	f := start(t)
	service := "MG" + strings.Repeat("0", 32)
	for name, c := range map[string]struct {
		change  func(url.Values)
		code    int
		counted bool // a mistake of the program, not of the data
	}{
		"no recipient":        {func(v url.Values) { v.Del("To") }, twilioNoTo, true},
		"empty recipient":     {func(v url.Values) { v.Set("To", "") }, twilioNoTo, true},
		"no sender":           {func(v url.Values) { v.Del("From") }, twilioNoFrom, true},
		"no text":             {func(v url.Values) { v.Del("Body") }, twilioNoBody, true},
		"callback":            {func(v url.Values) { v.Set("StatusCallback", "hooks/twilio") }, twilioBadCallback, true},
		"callback host":       {func(v url.Values) { v.Set("StatusCallback", "http://my_host/") }, twilioBadCallback, true},
		"validity":            {func(v url.Values) { v.Set("ValidityPeriod", "36001") }, twilioInvalidParameter, true},
		"validity no number":  {func(v url.Values) { v.Set("ValidityPeriod", "soon") }, twilioInvalidParameter, true},
		"retention":           {func(v url.Values) { v.Set("ContentRetention", "burn") }, twilioInvalidParameter, true},
		"misspelt":            {func(v url.Values) { v.Set("Bodi", "x") }, twilioInvalidParameter, true},
		"service id":          {func(v url.Values) { v.Set("MessagingServiceSid", "MG1") }, twilioInvalidParameter, true},
		"time without a type": {func(v url.Values) { v.Set("MessagingServiceSid", service); v.Set("SendAt", "2031-03-04T10:00:00Z") }, twilioInvalidParameter, true},
		"bad number":          {func(v url.Values) { v.Set("To", "0639980112") }, twilioBadTo, false},
		"bad sender":          {func(v url.Values) { v.Set("From", "A very long sender") }, twilioBadFrom, false},
		"sender of digits":    {func(v url.Values) { v.Set("From", "1234567") }, twilioBadFrom, false},
		"long text":           {func(v url.Values) { v.Set("Body", strings.Repeat("é", 1601)) }, twilioBodyTooLong, false},
		"too soon":            {scheduled(service, businessStart.Add(299*time.Second)), twilioSendAtTooSoon, false},
		"too late":            {scheduled(service, businessStart.Add(36*24*time.Hour)), twilioSendAtTooLate, false},
	} {
		form := smsForm("+33639980112")
		c.change(form)
		before := len(f.Violations())
		got := f.sendSMS(form)
		require.Equal(t, http.StatusBadRequest, got.status, "%s: %s", name, got.body)
		require.EqualValues(t, c.code, got.json(t)["code"], name)
		require.EqualValues(t, http.StatusBadRequest, got.json(t)["status"], name)
		require.Equal(t, c.counted, len(f.Violations()) > before, name)
	}
	require.Empty(t, f.Ledger())
}

func scheduled(service string, at time.Time) func(url.Values) {
	return func(v url.Values) {
		v.Set("MessagingServiceSid", service)
		v.Set("ScheduleType", "fixed")
		v.Set("SendAt", at.Format(time.RFC3339))
	}
}

func (f *fixture) cancelSMS(sid string) reply {
	f.t.Helper()
	return f.do(f.t.Context(), http.MethodPost, messagesPath("/"+sid+".json"), twilioHeader, "Status=canceled")
}

func (f *fixture) smsStatus(sid string) string {
	f.t.Helper()
	return f.do(f.t.Context(), http.MethodGet, messagesPath("/"+sid+".json"), twilioHeader, "").json(f.t)["status"].(string)
}

func TestScheduledSMSCanBeCancelled(t *testing.T) {
	t.Parallel()
	f := start(t)
	form := smsForm("+33639980112")
	scheduled("MG"+strings.Repeat("0", 32), businessStart.Add(10*time.Minute))(form)
	form.Del("From")
	var sids []string
	for range 2 {
		got := f.sendSMS(form)
		require.Equal(t, http.StatusCreated, got.status)
		require.Equal(t, "scheduled", got.json(t)["status"])
		require.Equal(t, "0", got.json(t)["num_segments"])
		sids = append(sids, got.json(t)["sid"].(string))
	}
	f.business.advance(9 * time.Minute)
	require.Equal(t, "scheduled", f.smsStatus(sids[0]))
	require.Equal(t, "canceled", f.cancelSMS(sids[0]).json(t)["status"])
	require.Equal(t, "canceled", f.smsStatus(sids[0]))
	require.Equal(t, http.StatusConflict, f.cancelSMS(sids[0]).status, "once")

	f.business.advance(time.Minute)
	late := f.cancelSMS(sids[1])
	require.Equal(t, http.StatusConflict, late.status)
	require.EqualValues(t, twilioNotCancelable, late.json(t)["code"])
	require.Equal(t, statusDelivered, f.smsStatus(sids[1]))

	ledger := f.Ledger()
	require.True(t, ledger[0].Canceled)
	require.Equal(t, businessStart.Add(9*time.Minute), ledger[0].CanceledAt)
	require.False(t, ledger[1].Canceled)
}

func TestHeldSMSCanBeCancelled(t *testing.T) {
	t.Parallel()
	f := start(t, Fault{Provider: Twilio, Mode: ModeHold, Times: 1})
	require.Equal(t, "queued", f.sendSMS(smsForm("+33639980112")).json(t)["status"])
	require.Equal(t, http.StatusCreated, f.sendSMS(smsForm("+33639980112")).status)
	held, sent := f.Index()[0].ProviderID, f.Index()[1].ProviderID
	require.Equal(t, "queued", f.smsStatus(held))
	require.Equal(t, http.StatusConflict, f.cancelSMS(sent).status)
	require.Equal(t, http.StatusOK, f.cancelSMS(held).status)
	require.True(t, f.Index()[0].Canceled)
}

func TestSMSUpdateThatIsRefused(t *testing.T) {
	t.Parallel()
	f := start(t)
	require.Equal(t, http.StatusNotFound, f.cancelSMS("SM"+strings.Repeat("0", 32)).status)
	require.Equal(t, http.StatusCreated, f.sendSMS(smsForm("+33639980112")).status)
	sid := f.Index()[0].ProviderID
	for _, body := range []string{"", "Body=", "Status=delivered"} {
		got := f.do(t.Context(), http.MethodPost, messagesPath("/"+sid+".json"), twilioHeader, body)
		require.Equal(t, http.StatusBadRequest, got.status, body)
	}
	require.Len(t, f.Violations(), 3)
	other := strings.Replace(messagesPath("/"+sid+".json"), testAccount, "AC"+strings.Repeat("b", 32), 1)
	got := f.do(t.Context(), http.MethodGet, other, with(twilioHeader, "Authorization", basic("SK1", "x")), "")
	require.Equal(t, http.StatusNotFound, got.status, "of another account")
}

func (f *fixture) listSMS(query string) map[string]any {
	f.t.Helper()
	got := f.do(f.t.Context(), http.MethodGet, messagesPath(".json")+query, twilioHeader, "")
	require.Equal(f.t, http.StatusOK, got.status, "%s", got.body)
	return got.json(f.t)
}

func TestSMSList(t *testing.T) {
	t.Parallel()
	f := start(t, Fault{Provider: Twilio, Recipient: "+33639980100", Mode: ModeHold, Times: 1})
	for i := range 7 {
		require.Equal(t, http.StatusCreated, f.sendSMS(smsForm(fmt.Sprintf("+3363998010%d", i%2))).status)
		f.wall.advance(12 * time.Hour)
	}
	require.Equal(t, http.StatusAccepted, f.sendMail("a@debtor.example").status)
	for query, want := range map[string]int{
		"":                                  7,
		"?To=%2B33639980100":                4,
		"?To=%2B33639980199":                0,
		"?From=Creditor":                    7,
		"?From=Other":                       0,
		"?DateSent=2026-11-22T15:00:00Z":    2,
		"?DateSent%3C=2026-11-22T00:00:00Z": 1,
		"?DateSent%3E=2026-11-24T00:00:00Z": 2,
		"?To=%2B33639980100&DateSent%3C=2026-11-22T15:00:00Z": 1,
	} {
		require.Len(t, f.listSMS(query)["messages"], want, query)
	}
	first := f.listSMS("?To=%2B33639980100&PageSize=3")
	require.Len(t, first["messages"], 3)
	require.Equal(t, f.Index()[6].ProviderID, first["messages"].([]any)[0].(map[string]any)["sid"], "the newest first")
	require.Nil(t, first["previous_page_uri"])
	require.Equal(t, http.StatusCreated, f.sendSMS(smsForm("+33639980100")).status) // must not shift the pages
	second := f.follow(first["next_page_uri"])
	require.Len(t, second["messages"], 1)
	require.EqualValues(t, 1, second["page"])
	require.Equal(t, f.Index()[0].ProviderID, second["messages"].([]any)[0].(map[string]any)["sid"])
	require.Equal(t, "queued", second["messages"].([]any)[0].(map[string]any)["status"])
	require.Nil(t, second["next_page_uri"])
	require.Len(t, f.follow(second["previous_page_uri"])["messages"], 3)

	got := f.do(t.Context(), http.MethodGet, messagesPath(".json")+"?DateSent=yesterday", twilioHeader, "")
	require.Equal(t, http.StatusBadRequest, got.status)
	got = f.do(t.Context(), http.MethodGet, messagesPath(".json")+"?PageSize=1001", twilioHeader, "")
	require.Equal(t, http.StatusBadRequest, got.status)
}

func (f *fixture) follow(uri any) map[string]any {
	f.t.Helper()
	require.IsType(f.t, "", uri)
	got := f.do(f.t.Context(), http.MethodGet, "/twilio"+uri.(string), twilioHeader, "")
	require.Equal(f.t, http.StatusOK, got.status, "%s", got.body)
	return got.json(f.t)
}

func TestSegments(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text     string
		segments int
		encoding Encoding
	}{
		"empty":                     {"", 1, GSM7},
		"full":                      {strings.Repeat("a", 160), 1, GSM7},
		"one more":                  {strings.Repeat("a", 161), 2, GSM7},
		"two full":                  {strings.Repeat("a", 306), 2, GSM7},
		"three":                     {strings.Repeat("a", 307), 3, GSM7},
		"accents of the alphabet":   {strings.Repeat("é", 160), 1, GSM7},
		"the euro counts twice":     {strings.Repeat("€", 80), 1, GSM7},
		"the euro is not cut":       {strings.Repeat("a", 152) + "€" + strings.Repeat("a", 152), 3, GSM7},
		"an accent outside":         {"ł", 1, UCS2},
		"curly quotes":              {"l’été", 1, UCS2},
		"full in UCS-2":             {strings.Repeat("ł", 70), 1, UCS2},
		"one more in UCS-2":         {strings.Repeat("ł", 71), 2, UCS2},
		"a picture takes two units": {strings.Repeat("🙂", 35), 1, UCS2},
		"a picture is not cut":      {strings.Repeat("🙂", 67), 3, UCS2},
		"two full in UCS-2":         {strings.Repeat("ł", 134), 2, UCS2},
		"narrow space leaves GSM-7": {"1\u202f842 €", 1, UCS2},
		"line ends":                 {"a\nb\r\n", 1, GSM7},
	} {
		segments, encoding := segmentsOf(c.text)
		require.Equal(t, c.segments, segments, name)
		require.Equal(t, c.encoding, encoding, name)
	}
}
