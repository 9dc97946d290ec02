package lob_test

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/delivery"
	"relance/internal/delivery/lob"
)

var update = flag.Bool("update", false, "write the golden files")

var tags = delivery.Tags{
	Dispatch: "6b1f8c52-0d3e-4f6a-9c51-2f4f1d0a0001",
	Attempt:  "0f1e2d3c-4b5a-4978-8695-a4b3c2d1e001",
	Kind:     "certified_letter",
}

func client(t *testing.T, base string) *lob.Client {
	t.Helper()
	c, err := lob.New(lob.Config{BaseURL: base, APIKey: apiKey, Account: "main"})
	require.NoError(t, err)
	return c
}

func TestPrepareLetter(t *testing.T) {
	t.Parallel()
	l := letter(tags)
	f, err := client(t, lob.DefaultBaseURL).PrepareLetter(l)
	require.NoError(t, err)
	require.Equal(t, "lob", f.Provider)
	require.Equal(t, "main", f.Account)
	require.Equal(t, "Zoë Harper, 210 King St, # 6100, San Francisco, CA 94107-1234, US", f.Recipient)
	require.Equal(t, tags.Dispatch, f.IdempotencyKey)
	golden(t, "letter.multipart", bytes.ReplaceAll(f.Body, l.PDF, []byte("(the file)")))

	got, err := form(f.ContentType, f.Body)
	require.NoError(t, err)
	require.Len(t, got.File["file"], 1)
	file, err := got.File["file"][0].Open()
	require.NoError(t, err)
	defer file.Close() //nolint:errcheck // read only
	content, err := io.ReadAll(file)
	require.NoError(t, err)
	require.Equal(t, l.PDF, content, "the file is not changed")
	require.Equal(t, "application/pdf", got.File["file"][0].Header.Get("Content-Type"))
}

func TestPrepareLetterVariants(t *testing.T) {
	t.Parallel()
	c := client(t, lob.DefaultBaseURL)
	l := letter(tags)
	l.ReturnReceipt = false
	l.SendOn = time.Time{}
	l.To.Name = "The Honourable Society of Patient and Punctual Payers of California"
	f, err := c.PrepareLetter(l)
	require.NoError(t, err)
	got, err := form(f.ContentType, f.Body)
	require.NoError(t, err)
	require.Equal(t, []string{"certified"}, got.Value["extra_service"])
	require.NotContains(t, got.Value, "send_date")
	require.Equal(t, []string{"The Honourable Society of Patient and"}, got.Value["to[name]"], "a long name goes on two lines")
	require.Equal(t, []string{"Punctual Payers of California"}, got.Value["to[company]"])
}

func TestPrepareLetterAbroad(t *testing.T) {
	t.Parallel()
	c := client(t, lob.DefaultBaseURL)
	for name, move := range map[string]func(*delivery.Letter){
		"recipient":       func(l *delivery.Letter) { l.To.Country = "FR" },
		"sender":          func(l *delivery.Letter) { l.From.Country = "FR" },
		"unknown country": func(l *delivery.Letter) { l.To.Country = "" },
	} {
		l := letter(tags)
		move(&l)
		_, err := c.PrepareLetter(l)
		require.ErrorIs(t, err, delivery.ErrUnserved, name)
		require.NotErrorIs(t, err, delivery.ErrInvalid, name)
	}
}

func TestPrepareLetterRefuses(t *testing.T) {
	t.Parallel()
	c := client(t, lob.DefaultBaseURL)
	for name, spoil := range map[string]func(*delivery.Letter){
		"no tags":             func(l *delivery.Letter) { l.Tags.Dispatch = "" },
		"no name":             func(l *delivery.Letter) { l.To.Name = "" },
		"endless name":        func(l *delivery.Letter) { l.To.Name = strings.Repeat("Harper and ", 9) },
		"name without spaces": func(l *delivery.Letter) { l.To.Name = strings.Repeat("x", 41) },
		"no street":           func(l *delivery.Letter) { l.To.Line1 = "" },
		"long street":         func(l *delivery.Letter) { l.From.Line1 = strings.Repeat("x", 65) },
		"long lines together": func(l *delivery.Letter) { l.To.Line1, l.To.Line2 = strings.Repeat("x", 30), strings.Repeat("y", 21) },
		"two lines in one":    func(l *delivery.Letter) { l.To.Line1 = "210 King St\n# 6100" },
		"no city":             func(l *delivery.Letter) { l.To.City = "" },
		"state in full":       func(l *delivery.Letter) { l.To.Region = "California" },
		"foreign post code":   func(l *delivery.Letter) { l.To.PostalCode = "SW1A 1AA" },
		"long description":    func(l *delivery.Letter) { l.Description = strings.Repeat("x", 256) },
		"no file":             func(l *delivery.Letter) { l.PDF = nil },
		"not a PDF":           func(l *delivery.Letter) { l.PDF = []byte("<html>") },
	} {
		l := letter(tags)
		spoil(&l)
		_, err := c.PrepareLetter(l)
		require.ErrorIs(t, err, delivery.ErrInvalid, name)
		require.NotContains(t, err.Error(), "Harper", "%s: a problem names a field, not a person", name)
	}
}

func TestNewNamesEveryProblem(t *testing.T) {
	t.Parallel()
	_, err := lob.New(lob.Config{})
	var config *delivery.ConfigError
	require.ErrorAs(t, err, &config)
	require.Len(t, config.Problems, 3)
	_, err = lob.New(lob.Config{BaseURL: lob.DefaultBaseURL, APIKey: "user:secret", Account: "main"})
	require.ErrorAs(t, err, &config)
	require.Len(t, config.Problems, 1)
	require.NotContains(t, err.Error(), "secret")
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	got = bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n"))
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}
