package message_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/collection"
	"relance/internal/message"
)

func TestSegments(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text     string
		encoding message.Encoding
		segments int
	}{
		"empty":                  {"", message.GSM7, 1},
		"full single":            {strings.Repeat("a", 160), message.GSM7, 1},
		"one over":               {strings.Repeat("a", 161), message.GSM7, 2},
		"two full":               {strings.Repeat("a", 306), message.GSM7, 2},
		"three":                  {strings.Repeat("a", 307), message.GSM7, 3},
		"euro counts twice":      {strings.Repeat("€", 80), message.GSM7, 1},
		"81 euros":               {strings.Repeat("€", 81), message.GSM7, 2},
		"no escape is split":     {strings.Repeat("€", 153), message.GSM7, 3},
		"all of the alphabet":    {"@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤§¿äöñüà¡ÄÖÑÜ", message.GSM7, 1},
		"ucs-2 single":           {strings.Repeat("ą", 70), message.UCS2, 1},
		"ucs-2 double":           {strings.Repeat("ą", 71), message.UCS2, 2},
		"ucs-2 two full":         {strings.Repeat("ą", 134), message.UCS2, 2},
		"ucs-2 three":            {strings.Repeat("ą", 135), message.UCS2, 3},
		"a pair is never split":  {strings.Repeat("🙂", 67), message.UCS2, 3},
		"35 pairs fill a single": {strings.Repeat("🙂", 35), message.UCS2, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			encoding, segments := message.Segments(tc.text)
			require.Equal(t, tc.encoding, encoding)
			require.Equal(t, tc.segments, segments)
		})
	}
}

// Names keep what GSM-7 has and lose only the marks it lacks.
func TestSMSAlphabet(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Zażółć gęślą jaźń": "Zazolc gesla jazn",
		"ŁÓDŹ":              "LODZ",
		"Forêt & Garçon":    "Foret & Garcon",
		"Élan à côté":       "Élan à coté",
		"Œuvre “d’art”":     `OEuvre "d'art"`,
		"Müller—Straße":     "Müller-Straße",
		"a\u00a0b\u202fc…":  "a b c...",
		"«Ensemble»":        `"Ensemble"`,
		"Đorđe Ğül":         "Dorde Gül",
		"cafe\u0301":        "café",
	} {
		n := full(message.English, collection.SMSReminder, collection.Neutral)
		n.Creditor.ShortName = name
		s, err := message.RenderSMS(n)
		require.NoError(t, err)
		require.Equal(t, message.GSM7, s.Encoding)
		require.True(t, strings.HasPrefix(s.Text, want+": "), s.Text)
	}
}

// Where two segments do not hold everything, the optional parts go first: the payment address, then the line for those who
// have paid. What must be said is said even in three.
func TestSMSShortens(t *testing.T) {
	t.Parallel()
	n := full(message.English, collection.SMSReminder, collection.Neutral)
	s, err := message.RenderSMS(n)
	require.NoError(t, err)
	require.Contains(t, s.Text, "https://")
	require.Contains(t, s.Text, "Already paid?")

	n.Creditor.ShortName = "Northlight Joinery and Cabinet Makers of Leeds"
	s, err = message.RenderSMS(n)
	require.NoError(t, err)
	require.NotContains(t, s.Text, "https://")
	require.Contains(t, s.Text, "Already paid?")
	require.Equal(t, 2, s.Segments)

	n.Creditor.ShortName = strings.Repeat("Northlight ", 8)
	s, err = message.RenderSMS(n)
	require.NoError(t, err)
	require.NotContains(t, s.Text, "Already paid?")
	require.Contains(t, s.Text, n.Creditor.Phone)

	n.Creditor.Phone, n.Creditor.Email = "", ""
	s, err = message.RenderSMS(n)
	require.NoError(t, err)
	require.Contains(t, s.Text, "https://", "the only way to reach the creditor stays")
}
