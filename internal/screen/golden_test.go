package screen_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/intake/intaketest"
	"relance/internal/screen"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { intaketest.Main(m) }

// golden compares what a command would print, and holds it to 80 columns.
func golden(t *testing.T, name, have string) {
	t.Helper()
	for line := range strings.SplitSeq(have, "\n") {
		require.LessOrEqual(t, len([]rune(line)), screen.Width, "%s: %s", name, line)
		require.Equal(t, strings.TrimRight(line, " "), line, "%s: blanks at the end", name)
	}
	path := filepath.Join("testdata", name+".txt")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(have), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), have, "run with -update when the change is meant")
}
