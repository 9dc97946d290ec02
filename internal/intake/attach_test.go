package intake_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/intake"
	"relance/internal/ledger"
	"relance/internal/scene"
)

func TestAttachingDocuments(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	folder := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	write("a.pdf", "%PDF-1.7 a")
	absolute := write("noted", "plain text")
	write("empty.pdf", "")
	require.NoError(t, os.Truncate(write("huge.pdf", "x"), 20<<20+1))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/b.pdf" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte("%PDF-1.7 b"))
	}))
	t.Cleanup(server.Close)
	document := func(location string) ledger.Document {
		return ledger.Document{Kind: ledger.InvoiceDocument, Location: location, Remote: location[:4] == "http"}
	}
	row := func(number string, locations ...string) ledger.Row {
		r := scene.Invoice(number).Row
		for _, l := range locations {
			r.Documents = append(r.Documents, document(l))
		}
		return r
	}

	got, err := s.Desk.Attach(t.Context(), folder, []ledger.Row{row("A-1", "a.pdf", absolute, server.URL+"/b.pdf"), row("A-2")})
	require.NoError(t, err)
	require.Len(t, got, 1)
	want := []struct{ name, media, content string }{
		{"a.pdf", "application/pdf", "%PDF-1.7 a"}, {"noted", "text/plain; charset=utf-8", "plain text"}, {"b.pdf", "application/pdf", "%PDF-1.7 b"},
	}
	require.Len(t, got["A-1"], len(want))
	for i, a := range got["A-1"] {
		sum := sha256.Sum256([]byte(want[i].content))
		require.Equal(t, intake.Attached{
			Kind: "invoice", Name: want[i].name, MediaType: want[i].media, SHA256: hex.EncodeToString(sum[:]), Size: int64(len(want[i].content)),
		}, a)
		require.Equal(t, want[i].content, string(s.Blob(a.SHA256)))
	}

	_, err = s.Desk.Attach(t.Context(), folder, []ledger.Row{
		row("A-1", "a.pdf", "missing.pdf", "empty.pdf"), row("A-2", "huge.pdf", server.URL+"/c.pdf", "http://127.0.0.1:1/d.pdf", folder),
	})
	require.Equal(t, intake.Invalid, intake.KindOf(err))
	var refusal *intake.Error
	require.ErrorAs(t, err, &refusal)
	require.Len(t, refusal.Problems, 6, "every document that cannot be read is named: %v", refusal.Problems)
}
