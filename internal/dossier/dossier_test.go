package dossier_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/dossier"
	"relance/internal/message"
)

var update = flag.Bool("update", false, "write the golden files")

func sum(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}

// unpack builds a dossier and reads it back: the files by path, and the paths in their order.
func unpack(t *testing.T, in dossier.Input) (files map[string][]byte, order []string) {
	t.Helper()
	packed, err := dossier.Build(in)
	require.NoError(t, err)
	r, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	require.NoError(t, err)
	files = map[string][]byte{}
	for _, f := range r.File {
		entry, err := f.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(entry)
		require.NoError(t, err)
		require.NotContains(t, files, f.Name, "a path occurs twice")
		require.True(t, f.Modified.Equal(in.At.Truncate(time.Second)), f.Name)
		files[f.Name] = content
		order = append(order, f.Name)
	}
	return files, order
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "no golden file: run with -update and read what it says")
	require.Equal(t, string(want), got, file)
}

func samples(t *testing.T) map[string]dossier.Input {
	t.Helper()
	return map[string]dossier.Input{"british": british(t), "american": american(t), "bare": bare(t), "troubled": troubled(t)}
}

// statementRow is what the index says of the statement's PDF: its length and SHA-256 follow the layout of another package.
var statementRow = regexp.MustCompile(`(?m)^(1    Statement of account .* )\d+ pages?, \d+ kB +[0-9a-f]{12}$`)

func TestIndex(t *testing.T) {
	t.Parallel()
	for name, in := range samples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files, order := unpack(t, in)
			text := statementRow.ReplaceAllString(string(files["00-index.txt"]), "$1(as it is set)")
			golden(t, name+".index.txt", text)
			golden(t, name+".files.txt", strings.Join(order, "\n")+"\n")
			require.True(t, bytes.HasPrefix(files["00-index.pdf"], []byte("%PDF-")))
			for number, line := range strings.Split(text, "\n") {
				require.LessOrEqual(t, len([]rune(line)), 98, "line %d", number+1)
			}
		})
	}
}

func TestEveryFileIsInTheManifest(t *testing.T) {
	t.Parallel()
	for name, in := range samples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files, order := unpack(t, in)
			require.Equal(t, "manifest.json", order[len(order)-2])
			require.Equal(t, "manifest.sha256", order[len(order)-1])
			require.True(t, slices.IsSorted(order))

			var want strings.Builder
			for _, p := range order[:len(order)-1] {
				fmt.Fprintf(&want, "%s  %s\n", sum(files[p]), p)
			}
			require.Equal(t, want.String(), string(files["manifest.sha256"]))

			var m struct {
				Format, Reference string
				MadeAt            time.Time `json:"made_at"`
				Files             []struct {
					Path, SHA256, Description string
					Bytes                     int
				}
			}
			require.NoError(t, json.Unmarshal(files["manifest.json"], &m))
			require.Equal(t, "relance-dossier/1", m.Format)
			require.Equal(t, in.Reference, m.Reference)
			require.True(t, m.MadeAt.Equal(in.At))
			var listed []string
			for _, f := range m.Files {
				listed = append(listed, f.Path)
				require.Equal(t, sum(files[f.Path]), f.SHA256)
				require.Len(t, files[f.Path], f.Bytes)
				require.NotEmpty(t, f.Description)
			}
			require.Equal(t, order[:len(order)-2], listed)
		})
	}
}

func TestSameInputSameBytes(t *testing.T) {
	t.Parallel()
	for name := range samples(t) {
		first, err := dossier.Build(samples(t)[name])
		require.NoError(t, err)
		again := samples(t)[name]
		again.At = again.At.In(time.FixedZone("elsewhere", 3600)) // the same instant
		slices.Reverse(again.Messages)
		second, err := dossier.Build(again)
		require.NoError(t, err)
		require.True(t, bytes.Equal(first, second), name)
	}
}

func TestInputIsLeftAlone(t *testing.T) {
	t.Parallel()
	in := british(t)
	slices.Reverse(in.Messages)
	last := in.Messages[0].At
	_, err := dossier.Build(in)
	require.NoError(t, err)
	require.Equal(t, last, in.Messages[0].At)
}

func TestErrors(t *testing.T) {
	t.Parallel()
	in := british(t)
	in.At, in.Route = time.Time{}, "auction"
	_, err := dossier.Build(in)
	require.ErrorIs(t, err, dossier.ErrInvalid)

	in = british(t)
	in.Statement.Closing.Minor++
	_, err = dossier.Build(in)
	require.ErrorIs(t, err, message.ErrInvalid, "figures that do not add up must not leave the house")
}

// TestPDFSaysTheSame compares the printed index with the text: every fact, note and gap of one stands in the other.
func TestPDFSaysTheSame(t *testing.T) {
	t.Parallel()
	for name, in := range samples(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files, _ := unpack(t, in)
			printed := map[string]int{}
			for _, word := range words(pdfText(t, files["00-index.pdf"])) {
				printed[word]++
			}
			for _, word := range words(string(files["00-index.txt"])) {
				if regexp.MustCompile(`^[A-Za-z]{4,}$`).MatchString(word) {
					require.NotZero(t, printed[word], word)
				}
			}
		})
	}
}

func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r > 127 && r != '\u00a0' && r != '\u202f'
		return !letter
	})
}

func TestHostileNames(t *testing.T) {
	t.Parallel()
	in := british(t)
	in.Documents = nil
	names := []string{
		"../../etc/passwd", `..\..\windows\system32\cmd.exe`, "/absolute.pdf", "", ".", "..", "...", ".htaccess", "a/b/", "name\x00.pdf", "line\nbreak.pdf",
		"same.pdf", "same.pdf", "CON", strings.Repeat("long", 100) + ".pdf", "invoice.pdf\u202egnp.exe", "Żółć łódź.PDF", "東京.pdf", "-rf", "~root", "C:evil",
		"a.b.c.", "spa ce .pdf", "=cmd|' /C calc'!A0.csv", "2026.0417", "x.tar.gz", "\xff\xfe.pdf",
	}
	for i, name := range names {
		content := fmt.Appendf(nil, "content %d", i)
		in.Documents = append(in.Documents, document("../"+name, name, "application/pdf", content))
	}
	files, order := unpack(t, in)
	plain := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	for _, p := range order {
		require.True(t, filepath.IsLocal(p), p)
		require.Equal(t, path.Clean(p), p)
		require.LessOrEqual(t, len(p), 200)
		for part := range strings.SplitSeq(p, "/") {
			require.Regexp(t, plain, part)
			require.NotContains(t, part, "..")
		}
	}
	for i := range names {
		found := 0
		for _, content := range files {
			if string(content) == fmt.Sprintf("content %d", i) {
				found++
			}
		}
		require.Equal(t, 1, found, "%q", names[i])
	}
	for _, line := range strings.Split(string(files["00-index.txt"]), "\n") {
		require.NotContains(t, line, "\u202e")
	}
	golden(t, "hostile.files.txt", strings.Join(order, "\n")+"\n")
}

func TestTables(t *testing.T) {
	t.Parallel()
	in := british(t)
	files, _ := unpack(t, in)
	golden(t, "british.statement.csv", string(files["01-statement.csv"]))
	golden(t, "british.timeline.csv", string(files["04-timeline.csv"]))

	for i, data := range []string{"=1+1", "+1", "-1", "@sum", "\t=1", "\r=1", " =1", "＝1"} {
		in.Timeline = append(in.Timeline, dossier.Event{At: in.At, Kind: data, Data: data})
		in.Statement.Entries[i%2].Note, in.Statement.Entries[i%2].Number = data, data
	}
	files, _ = unpack(t, in)
	for _, name := range []string{"01-statement.csv", "04-timeline.csv"} {
		content, marked := bytes.CutPrefix(files[name], []byte("\uFEFF"))
		require.True(t, marked)
		rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
		require.NoError(t, err)
		for _, row := range rows {
			for _, cell := range row {
				require.NotRegexp(t, `^[\s]*[=+\-@＝]`, cell)
			}
		}
	}
}

// TestLargeDocument packs tens of megabytes.
func TestLargeDocument(t *testing.T) {
	t.Parallel()
	in := british(t)
	big := bytes.Repeat([]byte("0123456789abcdef"), 2<<20) // 32 MiB
	in.Documents = append(in.Documents, document("other", "drawings.bin", "", big))
	files, _ := unpack(t, in)
	require.Len(t, files["02-documents/04-other-drawings.bin"], len(big))
	require.Contains(t, string(files["00-index.txt"]), "33.6 MB")
}
