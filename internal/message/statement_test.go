package message_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/message"
)

func mustStatement(t *testing.T, s message.Statement) []byte {
	t.Helper()
	content, err := message.RenderStatement(s)
	require.NoError(t, err)
	return content
}

func TestStatementGoldens(t *testing.T) {
	t.Parallel()
	for _, l := range message.Languages() {
		golden(t, filepath.Join("testdata", string(l), "statement.pdf.txt"), pdfText(t, mustStatement(t, statement(l))))
	}
}

// A long account repeats the heading of its table on every page and keeps the closing balance with the last entry.
func TestStatementOverManyPages(t *testing.T) {
	t.Parallel()
	s := statement(message.English)
	for i := range 60 {
		enter(&s, message.Entry{On: s.To, Kind: message.PaymentEntry, Note: "standing order", Credit: amount("1.00", "GBP")})
		if i%2 == 0 {
			enter(&s, message.Entry{On: s.To, Kind: message.PaymentReversedEntry, Debit: amount("1.00", "GBP")})
		}
	}
	pages := pdfPages(t, mustStatement(t, s))
	require.Len(t, pages, 3)
	for i, page := range pages {
		var texts []string
		for _, p := range page {
			texts = append(texts, p.text)
		}
		require.Contains(t, texts, "Balance", "page %d", i+1)
		require.Equal(t, i == len(pages)-1, contains(texts, "Balance owed on 14\u00a0December\u00a02026"))
	}
}

func contains(texts []string, want string) bool {
	for _, text := range texts {
		if text == want {
			return true
		}
	}
	return false
}

func TestStatementWithoutEntries(t *testing.T) {
	t.Parallel()
	for _, l := range message.Languages() {
		s := statement(l)
		s.Entries, s.Closing = nil, s.Opening
		require.NotEmpty(t, mustStatement(t, s))
	}
}

// A note of any length stays on its page.
func TestStatementClipsNotes(t *testing.T) {
	t.Parallel()
	s := statement(message.English)
	s.Entries[1].Note = strings.Repeat("much to say ", 2000)
	require.Len(t, pdfPages(t, mustStatement(t, s)), 1)
}

// A balance in the debtor's favour says so in words and shows no sign.
func TestStatementInFavour(t *testing.T) {
	t.Parallel()
	s := statement(message.English)
	enter(&s, message.Entry{On: s.To, Kind: message.PaymentEntry, Credit: amount("20000.00", "GBP")})
	text := pdfText(t, mustStatement(t, s))
	require.Contains(t, text, "Balance in your favour on 14\u00a0December\u00a02026   |   £18,157.50")
}

// A statement whose figures do not add up is not printed.
func TestStatementMustAddUp(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*message.Statement){
		"closing":         func(s *message.Statement) { s.Closing.Minor++ },
		"running balance": func(s *message.Statement) { s.Entries[1].Balance.Minor++ },
		"opening":         func(s *message.Statement) { s.Opening.Minor++ },
		"currency":        func(s *message.Statement) { s.Entries[0].Debit.Currency = "JPY" },
		"both sides":      func(s *message.Statement) { s.Entries[0].Credit = amount("1", "GBP") },
		"neither side":    func(s *message.Statement) { s.Entries[1].Credit.Minor = 0 },
		"negative":        func(s *message.Statement) { s.Entries[0].Debit.Minor = -5 },
		"order":           func(s *message.Statement) { s.Entries[0], s.Entries[1] = s.Entries[1], s.Entries[0] },
		"outside":         func(s *message.Statement) { s.To = s.Entries[2].On },
		"kind":            func(s *message.Statement) { s.Entries[0].Kind = "gift" },
		"period":          func(s *message.Statement) { s.From, s.To = s.To, s.From },
		"language":        func(s *message.Statement) { s.Language = "de" },
		"names":           func(s *message.Statement) { s.Creditor.Name, s.Debtor.Name = " ", "" },
		"today":           func(s *message.Statement) { s.Today.Year = 0; s.Today.Month = 0; s.Today.Day = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := statement(message.English)
			spoil(&s)
			_, err := message.RenderStatement(s)
			require.ErrorIs(t, err, message.ErrInvalid)
		})
	}
}
