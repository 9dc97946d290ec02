package twilio_test

import (
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/delivery"
	"relance/internal/delivery/twilio"
)

var update = flag.Bool("update", false, "write the golden files")

var tags = delivery.Tags{
	Dispatch: "6b1f8c52-0d3e-4f6a-9c51-2f4f1d0a0001",
	Attempt:  "0f1e2d3c-4b5a-4978-8695-a4b3c2d1e001",
	Kind:     "sms_reminder",
}

func config(base string) twilio.Config {
	return twilio.Config{BaseURL: base, AccountSID: accountSID, Secret: secret, Account: "main"}
}

func client(t *testing.T, cfg twilio.Config) *twilio.Client {
	t.Helper()
	c, err := twilio.New(cfg)
	require.NoError(t, err)
	return c
}

func prepared(t *testing.T, cfg twilio.Config, m delivery.SMS) (delivery.Frozen, url.Values) {
	t.Helper()
	f, err := client(t, cfg).PrepareSMS(m)
	require.NoError(t, err)
	form, err := url.ParseQuery(string(f.Body))
	require.NoError(t, err)
	return f, form
}

func TestPrepareSMS(t *testing.T) {
	t.Parallel()
	f, form := prepared(t, config(twilio.DefaultBaseURL), sms(tags))
	require.Equal(t, "twilio", f.Provider)
	require.Equal(t, "main", f.Account)
	require.Equal(t, "+33612345678", f.Recipient)
	require.Equal(t, "application/x-www-form-urlencoded", f.ContentType)
	require.Empty(t, f.IdempotencyKey, "Twilio honours none")
	require.Equal(t, sms(tags).Text, form.Get("Body"), "the text is not changed")
	golden(t, "sms.form", strings.ReplaceAll(string(f.Body), "&", "\n")+"\n")
}

func TestPrepareSMSDefaults(t *testing.T) {
	t.Parallel()
	cfg := config(twilio.DefaultBaseURL)
	m := sms(tags)
	m.CallbackURL, m.ValidFor = "", 0

	_, form := prepared(t, cfg, m)
	require.False(t, form.Has("StatusCallback"), "none is configured")
	require.Equal(t, "900", form.Get("ValidityPeriod"), "Twilio's own default of ten hours would deliver after a payment")

	cfg.CallbackURL = "https://relance.example/hooks/twilio"
	_, form = prepared(t, cfg, m)
	require.Equal(t, "https://relance.example/hooks/twilio?attempt="+tags.Attempt+"&dispatch="+tags.Dispatch+"&kind=sms_reminder",
		form.Get("StatusCallback"))

	cfg.MessagingServiceSID = serviceSID
	_, form = prepared(t, cfg, m)
	require.Equal(t, "Dupont", form.Get("From"), "the message's own sender comes first")
	require.False(t, form.Has("MessagingServiceSid"))
	m.From = ""
	_, form = prepared(t, cfg, m)
	require.False(t, form.Has("From"))
	require.Equal(t, serviceSID, form.Get("MessagingServiceSid"))
}

func TestPrepareSMSRefuses(t *testing.T) {
	t.Parallel()
	c := client(t, config(twilio.DefaultBaseURL))
	for name, spoil := range map[string]func(*delivery.SMS){
		"no tags":             func(m *delivery.SMS) { m.Tags.Kind = "" },
		"no recipient":        func(m *delivery.SMS) { m.To = "" },
		"national number":     func(m *delivery.SMS) { m.To = "0612345678" },
		"no sender":           func(m *delivery.SMS) { m.From = "" },
		"long sender":         func(m *delivery.SMS) { m.From = "Atelier Dupont" },
		"sender of digits":    func(m *delivery.SMS) { m.From = "123456" },
		"no text":             func(m *delivery.SMS) { m.Text = "" },
		"long text":           func(m *delivery.SMS) { m.Text = strings.Repeat("é", 1601) },
		"text not UTF-8":      func(m *delivery.SMS) { m.Text = "caf\xe9" },
		"validity too short":  func(m *delivery.SMS) { m.ValidFor = time.Second },
		"validity too long":   func(m *delivery.SMS) { m.ValidFor = 11 * time.Hour },
		"callback is a path":  func(m *delivery.SMS) { m.CallbackURL = "/hooks/twilio" },
		"callback by another": func(m *delivery.SMS) { m.CallbackURL = "ftp://relance.example" },
	} {
		m := sms(tags)
		spoil(&m)
		_, err := c.PrepareSMS(m)
		require.ErrorIs(t, err, delivery.ErrInvalid, name)
		require.NotContains(t, err.Error(), "612345678", "%s: a problem names a field, not a person", name)
	}
}

func TestNewNamesEveryProblem(t *testing.T) {
	t.Parallel()
	_, err := twilio.New(twilio.Config{})
	var problems *delivery.ConfigError
	require.ErrorAs(t, err, &problems)
	require.Len(t, problems.Problems, 4)

	cfg := config(twilio.DefaultBaseURL)
	cfg.KeySID, cfg.Secret, cfg.MessagingServiceSID, cfg.CallbackURL = "key", "not-alphanumeric", "MG1", "relance.example"
	_, err = twilio.New(cfg)
	require.ErrorAs(t, err, &problems)
	require.Len(t, problems.Problems, 4)
	require.NotContains(t, err.Error(), "not-alphanumeric", "a secret is not repeated")
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}
