package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"time"

	"relance/internal/ledger"
)

// maxDocument is the size of the largest document that is taken: what an email can carry.
const maxDocument = 20 << 20

const fetchLimit = 30 * time.Second

// Attach reads the documents of rows, from files beside the ledger or from their addresses, and keeps their bytes. The result
// is by invoice number. A document that cannot be read is a refusal that names the row.
func (d *Desk) Attach(ctx context.Context, folder string, rows []ledger.Row) (map[string][]Attached, error) {
	all := map[string][]Attached{}
	var found problems
	for _, row := range rows {
		attached, unread, err := d.AttachRow(ctx, folder, row)
		if err != nil {
			return nil, err
		}
		for _, u := range unread {
			found.add(fmt.Sprintf("row %d, invoice %s: the document %s cannot be read: %s", row.Row, row.Number, u.Document.Location, u.Reason))
		}
		if len(attached) > 0 {
			all[row.Number] = attached
		}
	}
	return all, found.err()
}

// Unread is a document that cannot be read, and why.
type Unread struct {
	Document ledger.Document
	Reason   string
}

// AttachRow is Attach for one row: it returns what was kept and what could not be read.
func (d *Desk) AttachRow(ctx context.Context, folder string, row ledger.Row) (kept []Attached, unread []Unread, err error) {
	for _, doc := range row.Documents {
		content, err := readDocument(ctx, folder, doc)
		if err != nil {
			unread = append(unread, Unread{doc, withoutPath(err)})
			continue
		}
		sha, err := d.Blobs.Put(ctx, content)
		if err != nil {
			return nil, nil, err
		}
		kept = append(kept, Attached{
			Kind: string(doc.Kind), Name: path.Base(filepath.ToSlash(doc.Location)), MediaType: mediaType(doc.Location, content),
			SHA256: sha, Size: int64(len(content)),
		})
	}
	return kept, unread, nil
}

// withoutPath is what is wrong with a file; which one, the caller says.
func withoutPath(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}

func readDocument(ctx context.Context, folder string, doc ledger.Document) ([]byte, error) {
	var r io.ReadCloser
	var err error
	if doc.Remote {
		r, err = fetch(ctx, doc.Location)
	} else {
		name := doc.Location
		if !filepath.IsAbs(name) {
			name = filepath.Join(folder, name)
		}
		r, err = os.Open(name)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	content, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	switch {
	case err != nil:
		return nil, err
	case len(content) > maxDocument:
		return nil, fmt.Errorf("it is larger than %d MB", maxDocument>>20)
	case len(content) == 0:
		return nil, fmt.Errorf("it is empty")
	}
	return content, nil
}

func fetch(ctx context.Context, address string) (io.ReadCloser, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchLimit)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		cancel()
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		cancel()
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		cancel()
		_ = resp.Body.Close()
		return nil, fmt.Errorf("the server answered %s", resp.Status)
	}
	return &fetched{resp.Body, cancel}, nil
}

// fetched ends the request's deadline with its body.
type fetched struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (f *fetched) Close() error {
	defer f.cancel()
	return f.ReadCloser.Close()
}

func mediaType(name string, content []byte) string {
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return http.DetectContentType(content)
}
