package sendgrid_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/delivery"
	"relance/internal/delivery/sendgrid"
)

var update = flag.Bool("update", false, "write the golden files")

var tags = delivery.Tags{
	Dispatch: "6b1f8c52-0d3e-4f6a-9c51-2f4f1d0a0001",
	Attempt:  "0f1e2d3c-4b5a-4978-8695-a4b3c2d1e001",
	Kind:     "escalation_notice",
}

func client(t *testing.T, base string) *sendgrid.Client {
	t.Helper()
	c, err := sendgrid.New(sendgrid.Config{BaseURL: base, APIKey: apiKey, Account: "main"})
	require.NoError(t, err)
	return c
}

func TestPrepareEmail(t *testing.T) {
	t.Parallel()
	f, err := client(t, sendgrid.EUBaseURL).PrepareEmail(email(tags))
	require.NoError(t, err)
	require.Equal(t, "sendgrid", f.Provider)
	require.Equal(t, "main", f.Account)
	require.Equal(t, "zoe@kunde.example", f.Recipient)
	require.Equal(t, "application/json", f.ContentType)
	require.Empty(t, f.IdempotencyKey, "SendGrid honours none")

	var indented bytes.Buffer
	require.NoError(t, json.Indent(&indented, f.Body, "", "  "))
	golden(t, "email.json", indented.Bytes())
}

func TestPrepareEmailKeepsTheText(t *testing.T) {
	t.Parallel()
	e := email(tags)
	f, err := client(t, sendgrid.GlobalBaseURL).PrepareEmail(e)
	require.NoError(t, err)
	var body struct {
		Subject string
		Content []struct{ Type, Value string }
	}
	require.NoError(t, json.Unmarshal(f.Body, &body))
	require.Equal(t, e.Subject, body.Subject)
	require.Equal(t, e.Text, body.Content[0].Value)
	require.Equal(t, e.HTML, body.Content[1].Value)
}

func TestPrepareEmailRefuses(t *testing.T) {
	t.Parallel()
	c := client(t, sendgrid.GlobalBaseURL)
	for name, spoil := range map[string]func(*delivery.Email){
		"no tags":            func(e *delivery.Email) { e.Tags.Attempt = "" },
		"no recipient":       func(e *delivery.Email) { e.To.Address = "" },
		"two recipients":     func(e *delivery.Email) { e.To.Address = "a@b.example, c@d.example" },
		"name in address":    func(e *delivery.Email) { e.To.Address = "Zoë <zoe@kunde.example>" },
		"header in name":     func(e *delivery.Email) { e.To.Name = "Zoë\r\nBcc: all@kunde.example" },
		"no sender":          func(e *delivery.Email) { e.From.Address = "dupont" },
		"bad reply address":  func(e *delivery.Email) { e.ReplyTo.Address = "dupont" },
		"no subject":         func(e *delivery.Email) { e.Subject = "" },
		"header in subject":  func(e *delivery.Email) { e.Subject = "a\nb" },
		"no text":            func(e *delivery.Email) { e.Text, e.HTML = "", "" },
		"text not UTF-8":     func(e *delivery.Email) { e.Text = "caf\xe9" },
		"no message id":      func(e *delivery.Email) { e.MessageID = "" },
		"brackets around id": func(e *delivery.Email) { e.MessageID = "<a@b.example>" },
		"empty attachment":   func(e *delivery.Email) { e.Attachments[0].Content = nil },
		"unnamed attachment": func(e *delivery.Email) { e.Attachments[0].Name = "" },
	} {
		e := email(tags)
		spoil(&e)
		_, err := c.PrepareEmail(e)
		require.ErrorIs(t, err, delivery.ErrInvalid, name)
		require.NotContains(t, err.Error(), "kunde", "%s: a problem names a field, not a person", name)
	}
}

func TestNewNamesEveryProblem(t *testing.T) {
	t.Parallel()
	_, err := sendgrid.New(sendgrid.Config{})
	var config *delivery.ConfigError
	require.ErrorAs(t, err, &config)
	require.Len(t, config.Problems, 3)
	_, err = sendgrid.New(sendgrid.Config{BaseURL: sendgrid.GlobalBaseURL, APIKey: "SG.key\n", Account: "main"})
	require.ErrorAs(t, err, &config)
	require.Len(t, config.Problems, 1)
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}
