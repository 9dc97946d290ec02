package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"relance/internal/calendar"
	"relance/internal/ledger"
)

// Files are what a demo reads. What is empty is looked for beside the ledger: demo.csv goes with demo.creditor.yaml,
// demo.story.csv and, if there is one, demo.yaml.
type Files struct {
	Data     string
	Mapping  string
	Story    string
	Creditor string
}

// script is everything the files say.
type script struct {
	folder   string
	book     *ledger.Book
	creditor ledger.Creditor
	zone     *time.Location
	events   []ledger.Event
	first    calendar.Date // the first invoice date
	last     calendar.Date // the last event
}

// ErrFiles means that a file is missing or has errors; the text names every one of them.
var ErrFiles = errors.New("the files have errors")

// unusable is a file that could not be read at all: an ErrFiles in its own words.
type unusable struct{ error }

func (unusable) Is(target error) bool { return target == ErrFiles }

func (u unusable) Unwrap() error { return u.error }

func (f Files) withDefaults() Files {
	stem := strings.TrimSuffix(f.Data, filepath.Ext(f.Data))
	beside := func(given, suffix string) string {
		if given != "" {
			return given
		}
		if _, err := os.Stat(stem + suffix); err == nil {
			return stem + suffix
		}
		return ""
	}
	f.Creditor = beside(f.Creditor, ".creditor.yaml")
	f.Story = beside(f.Story, ".story.csv")
	f.Mapping = beside(f.Mapping, ".yaml")
	return f
}

func (f Files) load(ctx context.Context) (*script, error) {
	f = f.withDefaults()
	s := &script{folder: filepath.Dir(f.Data)}
	mapping, err := readMapping(f.Mapping)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(f.Data)
	if err != nil {
		return nil, unusable{fmt.Errorf("read the ledger: %w", err)}
	}
	if s.book, err = ledger.Read(ctx, bytes.NewReader(data), mapping, ledger.Options{Fiction: true}); err != nil {
		return nil, fmt.Errorf("read %s: %w", f.Data, err)
	}
	if err := faults(f.Data, s.book.Problems); err != nil {
		return nil, err
	}
	if f.Creditor == "" {
		return nil, fmt.Errorf("a demo needs the settings of a creditor: put %s beside the ledger, or name a file with --creditor",
			strings.TrimSuffix(filepath.Base(f.Data), filepath.Ext(f.Data))+".creditor.yaml")
	}
	if s.creditor, err = ReadCreditor(f.Creditor); err != nil {
		return nil, err
	}
	if s.zone, err = time.LoadLocation(s.creditor.TimeZone); err != nil {
		return nil, err
	}
	return s, s.tell(ctx, f)
}

// tell joins what the ledger knows of its own end with the story beside it.
func (s *script) tell(ctx context.Context, f Files) error {
	hours := calendar.Calendar{Zone: s.zone, Hours: calendar.DefaultHours(), Country: s.creditor.Address.Country, Region: s.creditor.Address.Region}
	own := s.book.Events(hours)
	var told []ledger.Event
	if f.Story != "" {
		raw, err := os.ReadFile(f.Story)
		if err != nil {
			return unusable{fmt.Errorf("read the story: %w", err)}
		}
		story, err := ledger.ReadStory(ctx, bytes.NewReader(raw), s.book)
		if err != nil {
			return fmt.Errorf("read %s: %w", f.Story, err)
		}
		if err := faults(f.Story, story.Problems); err != nil {
			return err
		}
		told = story.Events
	}
	s.events = ledger.MergeEvents(own, told)
	if len(s.events) == 0 {
		return fmt.Errorf("%w: %s has no invoices", ErrFiles, f.Data)
	}
	s.first = s.events[0].Date
	s.last = s.events[len(s.events)-1].Date
	return nil
}

func readMapping(path string) (ledger.Mapping, error) {
	if path == "" {
		return ledger.DefaultMapping(), nil
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return ledger.Mapping{}, unusable{fmt.Errorf("read the mapping: %w", err)}
	}
	m, problems, err := ledger.ReadMapping(bytes.NewReader(raw))
	if err != nil {
		return m, fmt.Errorf("read %s: %w", path, err)
	}
	return m, faults(path, problems)
}

// ReadCreditor reads a creditor's settings; its error names every problem.
func ReadCreditor(path string) (ledger.Creditor, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return ledger.Creditor{}, unusable{fmt.Errorf("read the creditor's settings: %w", err)}
	}
	c, problems, err := ledger.ReadCreditor(bytes.NewReader(raw))
	if err != nil {
		return c, fmt.Errorf("read %s: %w", path, err)
	}
	return c, faults(path, problems)
}

// faults joins the errors among the problems, one a line; warnings do not stop a demo.
func faults(path string, problems ledger.Problems) error {
	var lines []string
	for _, p := range problems {
		if p.Severity == ledger.Error {
			lines = append(lines, "  "+p.String())
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s\n%s", ErrFiles, path, strings.Join(lines, "\n"))
}
