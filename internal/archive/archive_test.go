package archive_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/archive"
)

func open(t *testing.T) (*archive.Archive, string) {
	t.Helper()
	dir := t.TempDir()
	a, err := archive.Open(context.Background(), dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	return a, dir
}

func TestPutTwiceKeepsOneCopy(t *testing.T) {
	t.Parallel()
	a, dir := open(t)
	first, err := a.Put(t.Context(), []byte("a letter"))
	require.NoError(t, err)
	second, err := a.Put(t.Context(), []byte("a letter"))
	require.NoError(t, err)
	require.Equal(t, first, second)
	got, err := a.Get(t.Context(), first)
	require.NoError(t, err)
	require.Equal(t, "a letter", string(got))
	require.Equal(t, 1, files(t, dir))
}

func TestGetTellsLossFromDamage(t *testing.T) {
	t.Parallel()
	a, dir := open(t)
	_, err := a.Get(t.Context(), strings.Repeat("0", 64))
	require.ErrorIs(t, err, archive.ErrNotFound)

	name, err := a.Put(t.Context(), []byte("evidence"))
	require.NoError(t, err)
	path := filepath.Join(dir, name[:2], name[2:4], name)
	require.NoError(t, os.WriteFile(path, []byte("forged"), 0o600))
	_, err = a.Get(t.Context(), name)
	require.ErrorIs(t, err, archive.ErrDamaged)
}

func files(t *testing.T, dir string) int {
	t.Helper()
	n := 0
	require.NoError(t, filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	}))
	return n
}
