package dossier

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// file is one entry of the ZIP.
type file struct {
	path      string // ASCII, with slashes, unique
	mediaType string
	what      string // in plain words
	exhibit   int    // 0: none
	original  string // the name it came with; empty: none
	content   []byte
}

// pack holds the files until they are written.
type pack struct{ files []file }

func (p *pack) add(f file) { p.files = append(p.files, f) }

// zip writes the files in the order of their paths, and the two manifests behind them.
func (p *pack) zip(in Input) ([]byte, error) {
	slices.SortFunc(p.files, func(a, b file) int { return strings.Compare(a.path, b.path) })
	list, err := p.manifest(in)
	if err != nil {
		return nil, err
	}
	p.add(file{path: "manifest.json", content: list})
	p.add(file{path: "manifest.sha256", content: p.sums()})

	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i, f := range p.files {
		if i > 0 && p.files[i-1].path == f.path {
			return nil, fmt.Errorf("pack file %d: a second one of the same path", i)
		}
		if err := write(w, f, in.At); err != nil {
			return nil, fmt.Errorf("pack file %d: %w", i, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("close the zip: %w", err)
	}
	return out.Bytes(), nil
}

func write(w *zip.Writer, f file, at time.Time) error {
	h := &zip.FileHeader{Name: f.path, Method: zip.Deflate, Modified: at.UTC()} // a zone of its own would change the bytes
	h.SetMode(0o644)
	entry, err := w.CreateHeader(h)
	if err != nil {
		return err
	}
	_, err = entry.Write(f.content)
	return err
}

// sums lists every file so far in the form that sha256sum -c reads. Paths are ASCII without backslash and line break, so none
// needs its escapes.
func (p *pack) sums() []byte {
	var b bytes.Buffer
	for _, f := range p.files {
		fmt.Fprintf(&b, "%s  %s\n", digest(f.content), f.path)
	}
	return b.Bytes()
}

// manifestFile is a file in manifest.json.
type manifestFile struct {
	Path        string `json:"path"`
	Bytes       int    `json:"bytes"`
	SHA256      string `json:"sha256"`
	MediaType   string `json:"media_type"`
	Exhibit     int    `json:"exhibit,omitempty"`
	Description string `json:"description"`
	Name        string `json:"original_name,omitempty"`
}

// manifest describes every file so far for programs. format changes when the layout of the dossier does.
func (p *pack) manifest(in Input) ([]byte, error) {
	m := struct {
		Format    string         `json:"format"`
		Reference string         `json:"reference"`
		MadeAt    string         `json:"made_at"`
		Files     []manifestFile `json:"files"`
	}{Format: "relance-dossier/1", Reference: clean(in.Reference), MadeAt: in.At.In(in.Zone).Format(time.RFC3339)}
	for _, f := range p.files {
		m.Files = append(m.Files, manifestFile{
			Path: f.path, Bytes: len(f.content), SHA256: digest(f.content), MediaType: f.mediaType, Exhibit: f.exhibit,
			Description: f.what, Name: f.original,
		})
	}
	out, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}
	return append(out, '\n'), nil
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
