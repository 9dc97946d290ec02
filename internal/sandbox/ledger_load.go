package sandbox

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// load reads the ledger's file and opens it for appending. The last line may be torn, if the machine lost power in the middle
// of it: no answer had been given for it, so it is cut off. A damaged line before it is an error, because what it recorded had
// been answered.
func (l *ledger) load(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open sandbox ledger: %w", err)
	}
	if err := l.readAll(file); err != nil {
		return errors.Join(fmt.Errorf("read sandbox ledger %s: %w", path, err), file.Close())
	}
	if err := file.Truncate(l.size); err != nil {
		return errors.Join(fmt.Errorf("cut torn line of sandbox ledger: %w", err), file.Close())
	}
	l.file = file
	return nil
}

func (l *ledger) readAll(file io.Reader) error {
	reader := bufio.NewReaderSize(file, 1<<16)
	for number := 1; ; number++ {
		line, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil // what follows the last line end is torn
		}
		if err != nil {
			return err
		}
		if err := l.replayLine(line); err != nil {
			if _, err := reader.Peek(1); errors.Is(err, io.EOF) {
				return nil
			}
			return fmt.Errorf("%w: line %d: %w; restore the file, or start with an empty directory", ErrDamaged, number, err)
		}
		l.size += int64(len(line))
	}
}

func (l *ledger) replayLine(line []byte) error {
	var r record
	if err := json.Unmarshal(bytes.TrimSpace(line), &r); err != nil {
		return err
	}
	switch {
	case r.Type == recordAccepted && r.Entry != nil && r.Entry.Seq == int64(len(l.entries))+1:
		l.index(r.Entry)
		return nil
	case r.Type == recordCanceled && r.Seq >= 1 && r.Seq <= int64(len(l.entries)):
		l.markCanceled(r.Seq, r.At)
		return nil
	}
	return fmt.Errorf("unexpected record %q", r.Type)
}

// store keeps content under its own hash; the same letter sent twice is stored once.
func (l *ledger) store(name, mediaType string, content []byte) (File, error) {
	sum := sha256.Sum256(content)
	f := File{Name: name, MediaType: mediaType, Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:])}
	path := l.path(f.SHA256)
	if info, err := os.Stat(path); err == nil && info.Size() == f.Size {
		return f, nil
	}
	if err := writeWhole(path, content); err != nil {
		return File{}, fmt.Errorf("store sandbox file: %w", err)
	}
	return f, nil
}

// writeWhole never leaves half a file under the final name.
func writeWhole(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	draft, err := os.CreateTemp(filepath.Dir(path), ".draft-*")
	if err != nil {
		return err
	}
	_, err = draft.Write(content)
	if err = errors.Join(err, draft.Close()); err != nil {
		return errors.Join(err, os.Remove(draft.Name()))
	}
	return os.Rename(draft.Name(), path)
}

// path is where content with this hash lives.
func (l *ledger) path(sha256Hex string) string {
	return filepath.Join(l.dir, "files", sha256Hex[:2], sha256Hex)
}

func (l *ledger) read(f File) ([]byte, error) {
	content, err := os.ReadFile(l.path(f.SHA256))
	if err != nil {
		return nil, fmt.Errorf("read sandbox file: %w", err)
	}
	return content, nil
}
