package dossier

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/message"
)

// ErrInvalid is the kind of error for an Input that no dossier can be made of: it has no time, or names a route that does
// not exist.
var ErrInvalid = errors.New("dossier cannot be made")

// Build packs the dossier: a ZIP file whose entries stand in the order of their names and carry the time of the hand-over.
// A document or message that cannot be read, or is not what was stored, never stops it: the bytes go in as they are, and the
// index says so. Errors, none of which repeats a name or an address: ErrInvalid; message.ErrInvalid where the statement of
// account does not add up, because a claim with wrong figures must not leave the house.
func Build(in Input) ([]byte, error) {
	if err := in.Validate(); err != nil {
		return nil, err
	}
	b := newBuilder(in)
	if err := b.addStatement(); err != nil {
		return nil, err
	}
	for _, d := range b.in.Documents {
		b.addDocument(d)
	}
	for _, m := range b.in.Messages {
		b.addMessage(m)
	}
	if err := b.addTimeline(); err != nil {
		return nil, err
	}
	if err := b.addIndex(); err != nil {
		return nil, err
	}
	return b.pack.zip(b.in)
}

// Validate reports every reason why no dossier can be made, as ErrInvalid. The statement is checked when it is rendered.
func (in Input) Validate() error {
	var problems []error
	if in.At.IsZero() {
		problems = append(problems, fmt.Errorf("time of the hand-over: missing: %w", ErrInvalid))
	}
	if in.Route != "" && !in.Route.Valid() {
		problems = append(problems, fmt.Errorf("route: not a route: %w", ErrInvalid))
	}
	return errors.Join(problems...)
}

// exhibit is a numbered part of the evidence: one file, or the folder of one message.
type exhibit struct {
	number int
	what   string
	path   string
	on     calendar.Date // zero: the file says when, we do not
	extent string        // pages and size
	sha256 string        // of the file, or of the request that was handed to the provider
}

// sent is a message with the number under which it is an exhibit; 0: it is none.
type sent struct {
	Message
	exhibit int
}

// builder gathers the parts. What is odd about a part becomes a note, which the index prints.
type builder struct {
	in       Input
	today    calendar.Date
	pack     pack
	exhibits []exhibit
	sent     []sent
	notes    []string
	places   map[string]string // where a content already lies, by SHA-256
}

func newBuilder(in Input) *builder {
	if in.Zone == nil {
		in.Zone = time.UTC
	}
	in.Messages = slices.Clone(in.Messages)
	slices.SortStableFunc(in.Messages, func(a, b Message) int { return a.At.Compare(b.At) })
	return &builder{in: in, today: calendar.DateOf(in.At, in.Zone), places: map[string]string{}}
}

func (b *builder) date(t time.Time) calendar.Date { return calendar.DateOf(t, b.in.Zone) }

func (b *builder) note(format string, args ...any) {
	b.notes = append(b.notes, fmt.Sprintf(format, args...))
}

// next is the number of the exhibit that is added next.
func (b *builder) next() int { return len(b.exhibits) + 1 }

func (b *builder) addExhibit(e exhibit) {
	e.number = b.next()
	b.exhibits = append(b.exhibits, e)
}

// addStatement renders the statement of account. A name that the typeface cannot print costs the PDF, not the dossier.
func (b *builder) addStatement() error {
	number := b.next()
	table, err := statementCSV(b.in.Statement)
	if err != nil {
		return err
	}
	main := file{path: "01-statement.csv", mediaType: "text/csv", what: "Statement of account, as a table", exhibit: number, content: table}
	b.pack.add(main)
	pdf, err := message.RenderStatement(b.in.Statement)
	switch {
	case errors.Is(err, message.ErrGlyph):
		b.note("The statement of account could not be set as PDF, because a name in it has characters that the typeface lacks. %s holds it.", main.path)
	case err != nil:
		return fmt.Errorf("render the statement of account: %w", err)
	default:
		main = file{path: "01-statement.pdf", mediaType: "application/pdf", what: "Statement of account", exhibit: number, content: pdf}
		b.pack.add(main)
	}
	b.places[digest(main.content)] = main.path
	b.addExhibit(exhibit{what: "Statement of account", path: main.path, on: b.today, extent: extent(main.content), sha256: digest(main.content)})
	return nil
}

func (b *builder) addDocument(d Document) {
	number := b.next()
	sum := digest(d.Content)
	f := file{
		path:      fmt.Sprintf("02-documents/%02d-%s-%s", number, slug(d.Kind, "document"), fileName(d.Name, d.MediaType, "document")),
		mediaType: clean(d.MediaType), what: documentWords(d.Kind), exhibit: number, original: oneLine(d.Name), content: d.Content,
	}
	b.pack.add(f)
	b.checkDigest(number, d.SHA256, sum, len(d.Content))
	if _, known := b.places[sum]; !known {
		b.places[sum] = f.path
	}
	b.addExhibit(exhibit{what: documentWords(d.Kind) + ": " + clean(d.Name), path: f.path, extent: extent(d.Content), sha256: sum})
}

// checkDigest notes a content that is empty or not the one whose SHA-256 was recorded.
func (b *builder) checkDigest(number int, recorded, found string, size int) {
	if size == 0 {
		b.note("Exhibit %d is empty.", number)
	}
	if recorded != "" && recorded != found {
		b.note("Exhibit %d is not the content that was stored: its SHA-256 was recorded as %s and is now %s.", number, clean(recorded), found)
	}
}

func (b *builder) addTimeline() error {
	number := b.next()
	table, err := b.timelineCSV()
	if err != nil {
		return err
	}
	f := file{path: "04-timeline.csv", mediaType: "text/csv", what: "Everything that was recorded about the claim, in order", exhibit: number, content: table}
	b.pack.add(f)
	b.addExhibit(exhibit{
		what: "Timeline: everything that was recorded about the claim", path: f.path, on: b.today,
		extent: fmt.Sprintf("%s, %s", plural(len(b.in.Timeline), "entry", "entries"), size(len(table))), sha256: digest(table),
	})
	return nil
}

// leftOut reports whether a message stays out: the email that handed the claim over went to an agency, not to the debtor, and
// carries an older dossier, so that every hand-over would double the next one.
func leftOut(m Message) bool { return m.Kind == collection.Referral }
