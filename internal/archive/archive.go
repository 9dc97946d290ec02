// Package archive is the content-addressed document store: every message as it went out, every letter, every document that
// belongs to an invoice, under the SHA-256 of its bytes.
//
// It exists so that a court can be shown exactly what a debtor got. It keeps bytes and knows nothing of cases; what a hash
// means stands in Postgres.
package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob" // file:///path: a folder, the default
	_ "gocloud.dev/blob/s3blob" // s3://bucket?region=...
	"gocloud.dev/gcerrors"
)

// ErrNotFound means that nothing is kept under this hash. It is a loss of evidence: somebody should know.
var ErrNotFound = errors.New("nothing is kept under this hash")

// ErrDamaged means that what is kept under a hash has another one.
var ErrDamaged = errors.New("what is kept is not what was put in")

// Archive is an open store.
type Archive struct{ bucket *blob.Bucket }

// Open opens the store at a URL of gocloud.dev/blob (s3://bucket?region=eu-west-3) or, without a scheme, at a folder, which
// it makes.
func Open(ctx context.Context, where string) (*Archive, error) {
	if !strings.Contains(where, "://") {
		return openFolder(where)
	}
	if u, err := url.Parse(where); err == nil && u.Scheme == "file" {
		return openFolder(u.Path)
	}
	bucket, err := blob.OpenBucket(ctx, where)
	if err != nil {
		return nil, fmt.Errorf("open the document store: %w", err)
	}
	return &Archive{bucket}, nil
}

func openFolder(dir string) (*Archive, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("open the document store: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the document store: %w", err)
	}
	bucket, err := fileblob.OpenBucket(dir, &fileblob.Options{Metadata: fileblob.MetadataDontWrite, NoTempDir: true})
	if err != nil {
		return nil, fmt.Errorf("open the document store %s: %w", dir, err)
	}
	return &Archive{bucket}, nil
}

// Close lets go of the store.
func (a *Archive) Close() error { return a.bucket.Close() }

// Put keeps content and returns its SHA-256 in hex. Putting the same bytes again changes nothing.
func (a *Archive) Put(ctx context.Context, content []byte) (string, error) {
	sum := sha256.Sum256(content)
	name := hex.EncodeToString(sum[:])
	if there, err := a.bucket.Exists(ctx, key(name)); err == nil && there {
		return name, nil
	}
	if err := a.bucket.WriteAll(ctx, key(name), content, nil); err != nil {
		return "", fmt.Errorf("keep %s: %w", name, err)
	}
	return name, nil
}

// Get returns what was put under a hash, after checking that it still has it.
func (a *Archive) Get(ctx context.Context, name string) ([]byte, error) {
	r, err := a.bucket.NewReader(ctx, key(name), nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, fmt.Errorf("%s: %w", name, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", name, err)
	}
	defer func() { _ = r.Close() }()
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", name, err)
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != name {
		return nil, fmt.Errorf("%s: %w", name, ErrDamaged)
	}
	return content, nil
}

// key spreads the objects over folders, because a folder of a million files serves nobody.
func key(name string) string {
	if len(name) < 4 {
		return name
	}
	return name[:2] + "/" + name[2:4] + "/" + name
}
