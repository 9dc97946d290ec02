package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// idempotencyWindow is how long Lob remembers an Idempotency-Key.
const idempotencyWindow = 24 * time.Hour

// ledger is the append-only record of what was accepted. A record is written to the file, in one write, before the provider's
// answer leaves: the file survives a kill -9 of the process (the kernel has it), and it is read back at the next start.
//
// Entries are never changed in place: a cancellation replaces the pointer. So a reader may keep what it was given.
type ledger struct {
	dir       string
	now, wall func() time.Time

	mu      sync.RWMutex
	file    *os.File
	unlock  func()
	size    int64 // bytes of whole records
	entries []*Entry
	byTo    map[string][]int64 // lower case
	byID    map[string][]int64
	byKey   map[string]int64 // Lob: account and idempotency key
	changed chan struct{}    // closed at the next change
}

// record is one line of the file.
type record struct {
	Type  string    `json:"type"` // "accepted" or "canceled"
	Entry *Entry    `json:"entry,omitempty"`
	Seq   int64     `json:"seq,omitempty"` // canceled: which
	At    time.Time `json:"at,omitzero"`   // canceled: when, business clock
}

const (
	recordAccepted = "accepted"
	recordCanceled = "canceled"
)

func openLedger(dir string, now, wall func() time.Time) (*ledger, error) {
	if err := os.MkdirAll(filepath.Join(dir, "files"), 0o700); err != nil {
		return nil, fmt.Errorf("create sandbox directory: %w", err)
	}
	unlock, err := lockDir(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, err
	}
	l := &ledger{
		dir: dir, now: now, wall: wall, unlock: unlock, changed: make(chan struct{}),
		byTo: map[string][]int64{}, byID: map[string][]int64{}, byKey: map[string]int64{},
	}
	if err := l.load(filepath.Join(dir, "ledger.jsonl")); err != nil {
		unlock()
		return nil, err
	}
	return l, nil
}

func (l *ledger) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	l.unlock()
	return err
}

// accept appends the messages of one request as consecutive entries, stamps them and gives them their provider id. The ids
// derive from the first of them, so recipients of one request share theirs, as with SendGrid.
//
// With an idempotency key that was used within the last 24 hours it appends nothing and returns the earlier entries.
func (l *ledger) accept(drafts []Entry) ([]*Entry, error) {
	for i := range drafts {
		if err := l.storeHTML(&drafts[i]); err != nil {
			return nil, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	wall := l.wall().UTC().Round(0)
	if earlier := l.replay(drafts[0].idempotency(), wall); earlier != nil {
		return []*Entry{earlier}, nil
	}
	first := int64(len(l.entries)) + 1
	at := l.now().UTC().Round(0)
	var lines []byte
	accepted := make([]*Entry, len(drafts))
	for i := range drafts {
		e := drafts[i]
		e.Seq, e.At, e.ReceivedAt = first+int64(i), at, wall
		e.ProviderID = providerID(e.Provider, first, drafts[0].Reference)
		e.completeLetter()
		line, err := encodeRecord(record{Type: recordAccepted, Entry: &e})
		if err != nil {
			return nil, err
		}
		lines = append(lines, line...)
		accepted[i] = &e
	}
	if err := l.append(lines); err != nil {
		return nil, err
	}
	for _, e := range accepted {
		l.index(e)
	}
	l.announce()
	return accepted, nil
}

// idempotency is the key as the provider scopes it, or empty.
func (e *Entry) idempotency() string {
	if e.IdempotencyKey == "" {
		return ""
	}
	return e.Account + "/" + e.IdempotencyKey
}

// storeHTML moves the HTML body out of the entry; it would fill the memory of a long run.
func (l *ledger) storeHTML(e *Entry) error {
	if e.HTML == "" {
		return nil
	}
	stored, err := l.store("body.html", "text/html", []byte(e.HTML))
	if err != nil {
		return err
	}
	e.HTMLSHA256, e.HTML = stored.SHA256, ""
	return nil
}

// completeLetter fills in what depends on the letter's place and time.
func (e *Entry) completeLetter() {
	if e.Letter == nil {
		return
	}
	letter := *e.Letter
	if letter.SendDate.IsZero() {
		letter.SendDate = e.At.Add(cancellationWindow)
	}
	if letter.Service != "" {
		letter.Tracking = trackingNumber(e.Seq, e.Reference)
	}
	e.Letter = &letter
}

func (l *ledger) replay(key string, wall time.Time) *Entry {
	seq, found := l.byKey[key]
	if key == "" || !found {
		return nil
	}
	if e := l.entries[seq-1]; wall.Sub(e.ReceivedAt) < idempotencyWindow {
		return e
	}
	return nil
}

// cancel marks an entry as recalled if allowed says so under the lock. It returns the entry as it stands then.
func (l *ledger) cancel(seq int64, allowed func(e *Entry, now time.Time) bool) (*Entry, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e, now := l.entries[seq-1], l.now().UTC().Round(0)
	if e.Canceled || !allowed(e, now) {
		return e, false, nil
	}
	line, err := encodeRecord(record{Type: recordCanceled, Seq: seq, At: now})
	if err != nil {
		return nil, false, err
	}
	if err := l.append(line); err != nil {
		return nil, false, err
	}
	l.markCanceled(seq, now)
	l.announce()
	return l.entries[seq-1], true, nil
}

func (l *ledger) markCanceled(seq int64, at time.Time) {
	e := *l.entries[seq-1]
	e.Canceled, e.CanceledAt = true, at
	l.entries[seq-1] = &e
}

// append writes whole lines. After a failed write the file is cut back, so that a later record does not join a torn one.
func (l *ledger) append(lines []byte) error {
	if l.file == nil {
		return errors.New("write sandbox ledger: the sandbox is stopped")
	}
	if _, err := l.file.Write(lines); err != nil {
		return errors.Join(fmt.Errorf("write sandbox ledger: %w", err), l.file.Truncate(l.size))
	}
	l.size += int64(len(lines))
	return nil
}

func encodeRecord(r record) ([]byte, error) {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r); err != nil {
		return nil, fmt.Errorf("encode sandbox ledger: %w", err)
	}
	return []byte(out.String()), nil
}

func (l *ledger) index(e *Entry) {
	l.entries = append(l.entries, e)
	to := strings.ToLower(e.To)
	l.byTo[to] = append(l.byTo[to], e.Seq)
	l.byID[e.ProviderID] = append(l.byID[e.ProviderID], e.Seq)
	if key := e.idempotency(); key != "" {
		l.byKey[key] = e.Seq
	}
}

func (l *ledger) announce() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// snapshot is every entry in order, and a channel that closes at the next change.
func (l *ledger) snapshot() ([]*Entry, <-chan struct{}) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.Clone(l.entries), l.changed
}

// sentTo is every entry to one recipient, oldest first; case does not matter.
func (l *ledger) sentTo(recipient string) []*Entry {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.pick(l.byTo[strings.ToLower(recipient)])
}

// withID is every entry with one provider id, oldest first.
func (l *ledger) withID(id string) []*Entry {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.pick(l.byID[id])
}

func (l *ledger) pick(seqs []int64) []*Entry {
	picked := make([]*Entry, len(seqs))
	for i, seq := range seqs {
		picked[i] = l.entries[seq-1]
	}
	return picked
}

func (l *ledger) entry(seq int64) (*Entry, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if seq < 1 || seq > int64(len(l.entries)) {
		return nil, false
	}
	return l.entries[seq-1], true
}

// full is a copy of the entry with its HTML read back.
func (l *ledger) full(e *Entry) (Entry, error) {
	copied := *e
	if e.HTMLSHA256 == "" {
		return copied, nil
	}
	html, err := os.ReadFile(l.path(e.HTMLSHA256))
	if err != nil {
		return copied, fmt.Errorf("read body of sandbox entry %d: %w", e.Seq, err)
	}
	copied.HTML = string(html)
	return copied, nil
}

// waitFor blocks until done holds for the entries, or the context ends.
func (l *ledger) waitFor(ctx context.Context, done func([]*Entry) bool) error {
	for {
		entries, changed := l.snapshot()
		if done(entries) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for the sandbox ledger: %w", ctx.Err())
		}
	}
}
