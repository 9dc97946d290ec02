package message_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/collection"
	"relance/internal/message"
)

var update = flag.Bool("update", false, "write the golden files and docs/messages.md")

// golden compares with a file under testdata, or writes it.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "no golden file: run with -update and read what it says")
	require.Equal(t, string(want), got, path)
}

func tones() []collection.Tone {
	return []collection.Tone{collection.Friendly, collection.Neutral, collection.Firm, collection.Final}
}

func emailGolden(e message.Email) string { return "Subject: " + e.Subject + "\n\n" + e.Text }

func smsGolden(s message.SMS) string {
	return fmt.Sprintf("%s\n\n%s, %d segment(s), %d characters\n", s.Text, s.Encoding, s.Segments, len([]rune(s.Text)))
}

// TestGoldens holds every message in every language and tone.
func TestGoldens(t *testing.T) {
	t.Parallel()
	for _, l := range message.Languages() {
		for _, tone := range tones() {
			t.Run(string(l)+"/"+string(tone), func(t *testing.T) {
				t.Parallel()
				for _, kind := range collection.StepKinds() {
					checkGoldens(t, full(l, kind, tone), filepath.Join("testdata", string(l), string(kind)+"."+string(tone)))
				}
			})
		}
	}
}

// checkGoldens renders a notice in every channel that has a message of its kind.
func checkGoldens(t *testing.T, n message.Notice, path string) {
	t.Helper()
	email, err := message.RenderEmail(n)
	if n.Kind == collection.EmailReminder || n.Kind == collection.EscalationNotice {
		require.NoError(t, err)
		golden(t, path+".txt", emailGolden(email))
		golden(t, path+".html", email.HTML)
	} else {
		require.ErrorIs(t, err, message.ErrKind)
	}
	sms, err := message.RenderSMS(n)
	if n.Kind == collection.SMSReminder {
		require.NoError(t, err)
		golden(t, path+".txt", smsGolden(sms))
	} else {
		require.ErrorIs(t, err, message.ErrKind)
	}
	letter, err := message.RenderLetter(n)
	if n.Kind == collection.EscalationNotice || n.Kind == collection.CertifiedLetter {
		require.NoError(t, err)
		golden(t, path+".pdf.txt", pdfText(t, letter))
	} else {
		require.ErrorIs(t, err, message.ErrKind)
	}
	script, err := message.CallScript(n)
	if n.Kind == collection.PhoneCall {
		require.NoError(t, err)
		golden(t, path+".txt", script)
	} else {
		require.ErrorIs(t, err, message.ErrKind)
	}
}
