package wholeprogram_test

import (
	"strings"
	"sync"
)

// lines collects the output of a command, and wakes whoever waits for a line of it.
type lines struct {
	mu      sync.Mutex
	all     strings.Builder
	changed chan struct{}
	ended   bool
}

func newLines() *lines { return &lines{changed: make(chan struct{})} }

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.announce()
	return l.all.Write(p)
}

func (l *lines) announce() {
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *lines) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	l.announce()
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// await waits until the output has a part, and reports false when the command ended without it.
func (l *lines) await(part string) bool {
	for {
		l.mu.Lock()
		found, ended, changed := strings.Contains(l.all.String(), part), l.ended, l.changed
		l.mu.Unlock()
		if found || ended {
			return found
		}
		<-changed
	}
}
