package ledger

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
)

// seeds adds files of this package and of examples/ to the corpus.
func seeds(f *testing.F, paths ...string) {
	f.Helper()
	for _, path := range paths {
		data, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(data)
	}
}

func FuzzRead(f *testing.F) {
	seeds(f, filepath.Join(examples, "demo.csv"), "testdata/bad.csv")
	f.Add([]byte("\xFF\xFEi\x00"))
	f.Add([]byte("sep=;\r\ninvoice_number;amount\r\n\"1\"\"\";2\r\n\"x\n;"))
	f.Add([]byte(header + "F-1,2026-01-05,2026-02-04,1.00,EUR,C-1,Soci\xE9t\xE9,company,FR\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		book, err := Read(t.Context(), bytes.NewReader(data), DefaultMapping(), Options{})
		require.NoError(t, err)
		require.LessOrEqual(t, len(book.Rows), book.Total)
		if len(book.Rows) == 0 {
			require.NotEmpty(t, book.Problems, "a file without a usable row has a reason")
		}
		seen := map[string]bool{}
		for _, row := range book.Rows {
			require.False(t, seen[row.Number])
			seen[row.Number] = true
			require.True(t, row.Amount.IsPositive())
			require.False(t, row.DueOn.Before(row.IssuedOn))
			require.True(t, row.Debtor.Kind.Valid())
			require.NotEmpty(t, row.Debtor.Name)
			require.NotEmpty(t, row.Debtor.TimeZone)
			require.NotEmpty(t, row.Debtor.Language)
			require.True(t, utf8.ValidString(row.Debtor.Name))
		}
		for _, p := range book.Problems {
			require.NotEmpty(t, p.Message)
			require.NotEmpty(t, p.String())
		}
		paris, err := calendar.ZoneOf("FR", "")
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(book.Events(calendar.Calendar{Zone: paris, Country: "FR"})), len(book.Rows))
	})
}

func FuzzReadMapping(f *testing.F) {
	seeds(f, filepath.Join(examples, "receivables.yaml"), "testdata/bad.mapping.yaml")
	f.Add([]byte(sketch))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, problems, err := ReadMapping(bytes.NewReader(data))
		require.NoError(t, err)
		if problems.HasErrors() {
			return
		}
		_, err = Read(t.Context(), bytes.NewReader(nil), m, Options{})
		require.NoError(t, err, "a mapping without problems can be used")
	})
}

func FuzzReadStory(f *testing.F) {
	seeds(f, filepath.Join(examples, "demo.story.csv"), "testdata/bad.story.csv")
	data, err := os.ReadFile(filepath.Join(examples, "demo.csv"))
	require.NoError(f, err)
	book, err := Read(f.Context(), bytes.NewReader(data), DefaultMapping(), Options{})
	require.NoError(f, err)
	invoices := castOf(book).invoices
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ReadStory(t.Context(), bytes.NewReader(data), book)
		require.NoError(t, err)
		ids := map[string]bool{}
		for _, e := range s.Events {
			require.Contains(t, invoices, e.Invoice)
			require.False(t, ids[e.ID])
			ids[e.ID] = true
			if e.Schedule != nil && e.Schedule.List == nil {
				_, _ = e.Schedule.Instalments(invoices[e.Invoice].Amount)
			}
		}
		require.Equal(t, s.Events, MergeEvents(s.Events))
	})
}

func FuzzReadCreditor(f *testing.F) {
	seeds(f, filepath.Join(examples, "demo.creditor.yaml"), filepath.Join(examples, "receivables.creditor.yaml"), "testdata/bad.creditor.yaml")
	f.Add([]byte(smallCreditor))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, problems, err := ReadCreditor(bytes.NewReader(data))
		require.NoError(t, err)
		if problems.HasErrors() {
			return
		}
		require.NotEmpty(t, c.ID)
		require.NotEmpty(t, c.TimeZone)
		require.NotEmpty(t, c.Bank)
		require.NotEmpty(t, c.ReturnAddress("US").Name)
	})
}
