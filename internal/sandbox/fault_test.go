package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// senders send one message to a recipient whose faults the tests set.
var senders = map[string]func(f *fixture) reply{
	SendGrid: func(f *fixture) reply { return f.sendMail("zoe@debtor.example") },
	Twilio:   func(f *fixture) reply { return f.sendSMS(smsForm("+33639980112")) },
	Lob:      func(f *fixture) reply { return f.sendLetter(letterFields("Harry Zhang"), "") },
}

var accepted = map[string]int{SendGrid: http.StatusAccepted, Twilio: http.StatusCreated, Lob: http.StatusOK}

func TestFaultModes(t *testing.T) {
	t.Parallel()
	const noAnswer, normal = 0, -1
	for mode, want := range map[Mode]struct {
		status int
		kept   int
	}{
		ModeRefuse:      {http.StatusBadRequest, 0},
		ModeRateLimit:   {http.StatusTooManyRequests, 0},
		ModeErrorBefore: {http.StatusInternalServerError, 0},
		ModeErrorAfter:  {http.StatusInternalServerError, 1},
		ModeHang:        {noAnswer, 0},
		ModeHangAfter:   {noAnswer, 1},
		ModeDrop:        {noAnswer, 1},
		ModeDropBefore:  {noAnswer, 0},
		ModeSlow:        {normal, 1},
		ModeHold:        {normal, 1},
	} {
		for provider, send := range senders {
			t.Run(string(mode)+" "+provider, func(t *testing.T) {
				t.Parallel()
				// A delay ends what would hang until the client gives up.
				f := start(t, Fault{Provider: provider, Mode: mode, Times: 1, Delay: time.Millisecond})
				got := send(f)
				require.Len(t, f.Ledger(), want.kept)
				switch {
				case want.status == noAnswer:
					require.ErrorIs(t, got.err, io.EOF)
				case want.status == normal:
					require.Equal(t, accepted[provider], got.status)
				case mode == ModeRefuse && provider == Lob:
					require.Equal(t, http.StatusUnprocessableEntity, got.status)
				default:
					require.Equal(t, want.status, got.status)
				}
				require.Equal(t, accepted[provider], send(f).status, "used up")
				require.Empty(t, f.Violations(), "a fault is not a broken contract")
			})
		}
	}
}

func TestHangUntilTheClientGivesUp(t *testing.T) {
	t.Parallel()
	for mode, kept := range map[Mode]int{ModeHang: 0, ModeHangAfter: 1} {
		f := start(t, Fault{Mode: mode, Times: 1})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		got := f.do(ctx, http.MethodPost, "/sendgrid/v3/mail/send", sendGridHeader, mailBody("a@debtor.example", nil))
		cancel()
		require.ErrorIs(t, got.err, context.DeadlineExceeded)
		require.Len(t, f.Ledger(), kept, string(mode))
	}
}

// TestStopReleases: what hangs, drips or follows the ledger does not keep the sandbox from stopping.
func TestStopReleases(t *testing.T) {
	t.Parallel()
	f := start(t,
		Fault{Provider: SendGrid, Mode: ModeHangAfter}, Fault{Provider: Twilio, Mode: ModeSlow, Delay: time.Hour},
		Fault{Provider: Lob, Mode: ModeDrop, Delay: time.Hour},
	)
	results := make(chan error, 4)
	for _, send := range senders {
		go func() { results <- send(f).err }()
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, f.WaitFor(ctx, func(entries []Entry) bool { return len(entries) == 3 }))
	stream, err := http.NewRequestWithContext(ctx, http.MethodGet, f.URL()+"/events", nil)
	require.NoError(t, err)
	response, err := client(t).Do(stream)
	require.NoError(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	go func() {
		_, err := io.ReadAll(response.Body)
		results <- errors.Join(err, io.EOF)
	}()
	require.NoError(t, f.Stop(ctx))
	for range 4 {
		require.ErrorIs(t, <-results, io.EOF)
	}
	require.NoError(t, response.Body.Close())
}

func TestRateLimitHeaders(t *testing.T) {
	t.Parallel()
	f := start(t, Fault{Mode: ModeRateLimit, RetryAfter: 1500 * time.Millisecond})
	reset := strconv.FormatInt(wallStart.Unix()+2, 10)
	require.Equal(t, reset, senders[SendGrid](f).header.Get("X-RateLimit-Reset"))
	require.Equal(t, "0", senders[SendGrid](f).header.Get("X-RateLimit-Remaining"))
	require.Equal(t, "2", senders[Twilio](f).header.Get("Retry-After"))
	require.Equal(t, reset, senders[Lob](f).header.Get("ratelimit-reset"))
	require.Equal(t, reset, senders[Lob](f).header.Get("X-Rate-Limit-Reset"))
	require.NoError(t, f.SetFaults(Fault{Mode: ModeRateLimit}))
	require.Equal(t, "1", senders[Twilio](f).header.Get("Retry-After"), "a second when not said")
}

func TestRefusalCodes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault  Fault
		status int
		code   any
	}{
		{Fault{Provider: SendGrid}, http.StatusBadRequest, nil},
		{Fault{Provider: SendGrid, Code: "403"}, http.StatusForbidden, nil},
		{Fault{Provider: SendGrid, Code: "413"}, http.StatusRequestEntityTooLarge, nil},
		{Fault{Provider: Twilio}, http.StatusBadRequest, 21211.0},
		{Fault{Provider: Twilio, Code: "21610"}, http.StatusBadRequest, 21610.0},
		{Fault{Provider: Twilio, Code: "99999"}, http.StatusBadRequest, 99999.0},
		{Fault{Provider: Lob}, http.StatusUnprocessableEntity, "failed_deliverability_strictness"},
		{Fault{Provider: Lob, Code: "invalid_file"}, http.StatusUnprocessableEntity, "invalid_file"},
	} {
		c.fault.Mode = ModeRefuse
		f := start(t, c.fault)
		got := senders[c.fault.Provider](f)
		require.Equal(t, c.status, got.status, "%+v", c.fault)
		body := got.json(t)
		if inner, isLob := body["error"].(map[string]any); isLob {
			body = inner
		}
		require.Equal(t, c.code, body["code"], "%+v", c.fault)
	}
}

func TestFaultsOnOtherCalls(t *testing.T) {
	t.Parallel()
	f := start(t)
	f.fill()
	mail, sms, letter := f.ledger.entries[0].logID(), f.Index()[1].ProviderID, f.Index()[2].ProviderID
	lookups := map[string]func() reply{
		"logs": func() reply {
			return f.do(t.Context(), http.MethodPost, "/sendgrid/v3/logs", sendGridHeader, `{"query": "to_email = 'zoe@debtor.example'"}`)
		},
		"log": func() reply { return f.do(t.Context(), http.MethodGet, "/sendgrid/v3/logs/"+mail, sendGridHeader, "") },
		"list": func() reply {
			return f.do(t.Context(), http.MethodGet, messagesPath(".json")+"?To=%2B33639980112", twilioHeader, "")
		},
		"message": func() reply {
			return f.do(t.Context(), http.MethodGet, messagesPath("/"+sms+".json"), twilioHeader, "")
		},
		"letters": func() reply { return f.askLob(http.MethodGet, "/letters?metadata[dispatch]="+testDispatch) },
		"letter":  func() reply { return f.askLob(http.MethodGet, "/letters/"+letter) },
	}
	for name, lookup := range lookups {
		require.NoError(t, f.SetFaults(Fault{Mode: ModeErrorBefore}))
		require.Equal(t, http.StatusOK, lookup().status, "%s: a fault on sending is none on looking up", name)
		require.NoError(t, f.SetFaults(Fault{Call: CallLookup, Mode: ModeErrorBefore}))
		require.Equal(t, http.StatusInternalServerError, lookup().status, name)
		require.NoError(t, f.SetFaults(Fault{Call: CallLookup, Mode: ModeRefuse}))
		require.GreaterOrEqual(t, lookup().status, 400, name)
		require.NoError(t, f.SetFaults(Fault{Call: CallLookup, Mode: ModeDrop}))
		require.Error(t, lookup().err, name)
		require.NoError(t, f.SetFaults(Fault{Call: CallLookup, Mode: ModeBlind}))
		blind := lookup()
		if blind.status == http.StatusOK {
			for _, list := range []string{"messages", "data"} {
				require.Empty(t, blind.json(t)[list], name)
			}
		} else {
			require.Equal(t, http.StatusNotFound, blind.status, name)
		}
	}
	require.NoError(t, f.SetFaults(Fault{Call: CallCancel, Mode: ModeRefuse, Times: 2}, Fault{Call: CallCancel, Mode: ModeErrorAfter, Times: 1}))
	require.EqualValues(t, twilioNotCancelable, f.cancelSMS(sms).json(t)["code"])
	require.Equal(t, http.StatusUnprocessableEntity, f.askLob(http.MethodDelete, "/letters/"+letter).status)
	require.False(t, f.Index()[2].Canceled)
	require.Equal(t, http.StatusInternalServerError, f.askLob(http.MethodDelete, "/letters/"+letter).status)
	require.True(t, f.Index()[2].Canceled, "cancelled, though the answer is an error")
}

func TestFaultRecipients(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, recipient string
		want               bool
	}{
		{"zoe@debtor.example", "zoe@debtor.example", true},
		{"ZOE@debtor.example", "zoe@Debtor.example", true},
		{"zoe@debtor.example", "joe@debtor.example", false},
		{"zoe", "zoe@debtor.example", true},
		{"zo*", "zoe@debtor.example", true},
		{"*example", "zoe@debtor.example", false}, // without "@" only the local part counts
		{"*@debtor.example", "zoe@debtor.example", true},
		{"*@*.example", "zoe@debtor.example", true},
		{"*@other*.example", "zoe@debtor.example", false},
		{"z*e@d*r.example", "zoe@debtor.example", true},
		{"a*a", "a", false},
		{"+3363998*", "+33639980112", true},
		{"*0112", "+33639980112", true},
		{"*0113", "+33639980112", false},
		{"harry zhang", "Harry Zhang", true},
		{"harry zhang*CA*", "Harry Zhang, 210 King St, San Francisco, CA 94107, US", true},
	} {
		require.Equal(t, c.want, matches(c.pattern, c.recipient), "%s %s", c.pattern, c.recipient)
	}
	fault := Fault{Provider: Twilio, Mode: ModeDrop, Recipient: "*"}
	require.True(t, fault.strikes(Twilio, CallSend, nil))
	require.False(t, fault.strikes(Lob, CallSend, []string{"x"}))
	fault.Recipient = "x"
	require.False(t, fault.strikes(Twilio, CallSend, nil))
}

func TestMagicRecipients(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		provider, recipient string
		mode                Mode
		code                string
	}{
		{SendGrid, "sandbox-refuse@example.com", ModeRefuse, ""},
		{SendGrid, "Sandbox-Refuse.customer05@example.com", ModeRefuse, ""},
		{SendGrid, "sandbox-429+anna@example.com", ModeRateLimit, ""},
		{SendGrid, "sandbox-500@example.com", ModeErrorBefore, ""},
		{SendGrid, "sandbox-500-after@example.com", ModeErrorAfter, ""},
		{SendGrid, "sandbox-hang@example.com", ModeHang, ""},
		{SendGrid, "sandbox-hang-after-7@example.com", ModeHangAfter, ""},
		{SendGrid, "sandbox-drop@example.com", ModeDrop, ""},
		{SendGrid, "sandbox-drop-before@example.com", ModeDropBefore, ""},
		{SendGrid, "sandbox-opted-out@example.com", ModeRefuse, ""},
		{SendGrid, "sandbox-hangar@example.com", "", ""},
		{SendGrid, "sandbox@example.com", "", ""},
		{SendGrid, "anna@sandbox-refuse.example", "", ""},
		{Twilio, "+15005550001", ModeRefuse, ""},
		{Twilio, "+15005550004", ModeRefuse, "21610"},
		{Twilio, "+15005550009", ModeRefuse, "21614"},
		{Twilio, "+15005550429", ModeRateLimit, ""},
		{Twilio, "+15005550200", ModeHold, ""},
		{Twilio, "+15005550006", "", ""},
		{Twilio, "+33639980001", "", ""},
		{Lob, "Sandbox 500-after", ModeErrorAfter, ""},
		{Lob, "SANDBOX drop before, 1 Main St, Albany, NY 12207", ModeDropBefore, ""},
		{Lob, "Harry Zhang", "", ""},
	} {
		got, found := magicFault(c.provider, c.recipient)
		require.Equal(t, c.mode != "", found, c.recipient)
		require.Equal(t, c.mode, got.Mode, c.recipient)
		require.Equal(t, c.code, got.Code, c.recipient)
	}
	f := start(t, Fault{Recipient: "sandbox-refuse*", Mode: ModeRateLimit, Times: 1})
	require.Equal(t, http.StatusTooManyRequests, f.sendMail("sandbox-refuse@example.com").status, "faults that are set come first")
	require.Equal(t, http.StatusBadRequest, f.sendMail("sandbox-refuse@example.com").status)
	require.EqualValues(t, 21610, f.sendSMS(smsForm("+15005550004")).json(t)["code"])
	require.Equal(t, http.StatusUnprocessableEntity, f.sendLetter(letterFields("Sandbox Refuse"), "").status)
	require.Empty(t, f.Ledger())
	require.Empty(t, f.Violations())
}

func TestFaultsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for _, fault := range []Fault{
		{}, {Mode: "explode"}, {Mode: ModeDrop, Provider: "mailgun"}, {Mode: ModeDrop, Call: "knock"}, {Mode: ModeDrop, Times: -1},
		{Mode: ModeHold, Call: CallLookup}, {Mode: ModeBlind}, {Mode: ModeSlow, Delay: -1}, {Mode: ModeRateLimit, RetryAfter: -1},
	} {
		require.ErrorIs(t, fault.Validate(), ErrFault, "%+v", fault)
		_, err := New(Config{Dir: t.TempDir(), Faults: []Fault{fault}})
		require.ErrorIs(t, err, ErrFault, "%+v", fault)
	}
	for _, mode := range Modes() {
		require.True(t, mode.Valid())
	}
}

func (f *fixture) putFaults(body string) reply {
	f.t.Helper()
	return f.do(f.t.Context(), http.MethodPut, "/faults", nil, body)
}

func TestFaultsOverHTTP(t *testing.T) {
	t.Parallel()
	f := start(t)
	require.JSONEq(t, `[]`, string(f.get("/faults").body))
	set := `[{"provider": "twilio", "recipient": "+33*", "mode": "drop", "times": 2},
		{"call": "lookup", "mode": "slow", "delay": "1.5s", "retry_after": "2s", "code": "x"}]`
	require.Equal(t, http.StatusOK, f.putFaults(set).status)
	require.Error(t, f.sendSMS(smsForm("+33639980112")).err)
	require.JSONEq(t, `[{"provider": "twilio", "recipient": "+33*", "mode": "drop", "times": 2, "struck": 1},
		{"call": "lookup", "mode": "slow", "delay": "1.5s", "retry_after": "2s", "code": "x"}]`, string(f.get("/faults").body))
	for _, wrong := range []string{
		`{}`, `[{"mode": "explode"}]`, `[{"mode": "drop", "wen": "now"}]`, `[{"mode": "slow", "delay": "long"}]`,
		`[{"mode": "slow", "retry_after": "5"}]`, ``,
	} {
		got := f.putFaults(wrong)
		require.Equal(t, http.StatusBadRequest, got.status, wrong)
		require.NotEmpty(t, got.json(t)["error"], wrong)
	}
	var kept []map[string]any
	require.NoError(t, json.Unmarshal(f.get("/faults").body, &kept))
	require.Len(t, kept, 2, "a wrong list changes nothing")
	require.JSONEq(t, `[]`, string(f.putFaults(`[]`).body))
	require.Equal(t, http.StatusCreated, f.sendSMS(smsForm("+33639980112")).status)
}
