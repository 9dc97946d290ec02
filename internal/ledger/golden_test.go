package ledger

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestProblemsInTheUsersWords keeps what people read when a file is bad: the reviewer reads the sentences, not the code.
func TestProblemsInTheUsersWords(t *testing.T) {
	t.Parallel()
	tests := map[string]func(t *testing.T, file []byte) Problems{
		"bad.csv": func(t *testing.T, file []byte) Problems {
			exists := func(path string) bool { return path != "missing.pdf" }
			options := Options{Languages: []string{"en", "fr", "pl"}, DocumentExists: exists}
			book, err := Read(t.Context(), bytes.NewReader(file), DefaultMapping(), options)
			require.NoError(t, err)
			require.Equal(t, []string{"A-7", "A-13"}, numbers(book))
			return book.Problems
		},
		"bad.mapping.yaml": func(t *testing.T, file []byte) Problems {
			_, problems, err := ReadMapping(bytes.NewReader(file))
			require.NoError(t, err)
			return problems
		},
		"bad.creditor.yaml": func(t *testing.T, file []byte) Problems {
			_, problems, err := ReadCreditor(bytes.NewReader(file))
			require.NoError(t, err)
			return problems
		},
		"bad.story.csv": func(t *testing.T, file []byte) Problems {
			story, err := ReadStory(t.Context(), bytes.NewReader(file), demoBook(t))
			require.NoError(t, err)
			require.Empty(t, story.Events)
			return story.Problems
		},
	}
	for name, read := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := os.ReadFile(filepath.Join("testdata", name))
			require.NoError(t, err)
			var out strings.Builder
			for _, p := range read(t, file) {
				out.WriteString(string(p.Severity) + " " + string(p.Code) + "\n  " + p.String() + "\n")
			}
			golden(t, name+".golden", out.String())
		})
	}
}

func golden(t *testing.T, name, have string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(have), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), have, "run with -update when the change is meant")
}
