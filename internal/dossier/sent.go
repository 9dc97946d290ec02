package dossier

import (
	"bytes"
	"fmt"
	"mime"
	"strings"
	"time"
)

// addMessage puts a message into a folder of its own: the bytes exactly as they were handed over, what they say in a form
// that anybody can open, and a page about them.
func (b *builder) addMessage(m Message) {
	if leftOut(m) {
		b.sent = append(b.sent, sent{Message: m})
		b.note("The email of %s that handed the claim over is not an exhibit: it went to %s, not to the debtor. "+
			"The SHA-256 of its request is %s.", b.date(m.At), clean(m.Recipient), digest(m.Body))
		return
	}
	f := folder{
		b: b, number: b.next(), message: m,
		path: fmt.Sprintf("03-messages/%02d-%s-%s/", b.next(), b.date(m.At), slug(string(m.Kind), "message")),
	}
	f.fill()
	b.sent = append(b.sent, sent{Message: m, exhibit: f.number})
	b.addExhibit(exhibit{
		what: titleOf(m) + ": " + resultWords(m), path: f.path, on: b.date(m.At),
		extent: fmt.Sprintf("%s, %s", plural(f.files, "file", "files"), size(f.bytes)), sha256: digest(m.Body),
	})
}

// folder is one message on its way into the pack.
type folder struct {
	b       *builder
	number  int
	message Message
	path    string
	files   int
	bytes   int
	about   []string // a line for every file
}

func (f *folder) fill() {
	m := f.message
	r, err := read(m)
	f.b.checkDigest(f.number, m.SHA256, digest(m.Body), len(m.Body))
	if err != nil {
		f.b.note("Exhibit %d (%s) could not be read in full: %s. Its bytes are there as they were stored.",
			f.number, lower(titleOf(m)), strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	if m.Provider != "" || r.letter == nil { // a printed letter is its own request
		f.add(rawName(m.ContentType), m.ContentType, "the request, byte for byte as it was handed to the provider", m.Body)
	}
	if r.letter != nil {
		f.add("letter.pdf", "application/pdf", "the letter", r.letter)
	}
	if r.text != "" {
		f.add("message.txt", "text/plain", "the message as plain text, taken from the request", headed(r.headers, r.text))
	}
	if r.html != "" {
		f.add("message.html", "text/html", "the message as HTML, taken from the request", []byte(r.html))
	}
	for i, a := range r.files {
		f.attach(i+1, a)
	}
	content := f.page(r, err)
	f.add("about.txt", "text/plain", "", content)
}

func (f *folder) add(name, mediaType, what string, content []byte) {
	described := what
	if described == "" {
		described = "about the message"
	}
	f.b.pack.add(file{path: f.path + name, mediaType: clean(mediaType), what: described, exhibit: f.number, content: content})
	f.files++
	f.bytes += len(content)
	if what != "" {
		f.about = append(f.about, fmt.Sprintf("%-14s %s, %s", name, what, size(len(content))))
	}
}

// attach puts an attachment beside the message, unless the dossier holds the same content already: an invoice that went out
// with every reminder is kept once.
func (f *folder) attach(n int, a attached) {
	sum := digest(a.content)
	title := clean(a.name)
	if title == "" {
		title = clean(a.mediaType)
	}
	if at, known := f.b.places[sum]; known {
		f.about = append(f.about, fmt.Sprintf("attachment %-3d %s, the same bytes as %s", n, title, at))
		return
	}
	name := fmt.Sprintf("attachment-%d-%s", n, fileName(a.name, a.mediaType, "file"))
	f.b.places[sum] = f.path + name
	f.b.pack.add(file{path: f.path + name, mediaType: clean(a.mediaType), what: "attachment of the message", exhibit: f.number, original: oneLine(a.name), content: a.content})
	f.files++
	f.bytes += len(a.content)
	f.about = append(f.about, fmt.Sprintf("attachment %-3d %s, %s, in %s", n, title, size(len(a.content)), name))
}

// page is about.txt.
func (f *folder) page(r reading, unread error) []byte {
	m := f.message
	at := m.At.In(f.b.in.Zone)
	facts := present(
		fact{"Date", at.Format("2006-01-02 15:04:05 -07:00") + " (" + f.b.in.Zone.String() + ")"},
		fact{"", m.At.UTC().Format(time.RFC3339) + " in UTC"},
		fact{"Step", clean(string(m.Step))},
		fact{"Channel", channelWords(m.Channel)},
		fact{"To", clean(m.Recipient)},
		fact{"Provider", providerWords(m.Provider)},
		fact{"Provider's id", clean(m.ProviderID)},
		fact{"Result", resultWords(m)},
		fact{"Tracking", clean(m.Tracking)},
		fact{"Content type", clean(m.ContentType)},
		fact{"SHA-256", digest(m.Body)},
	)
	if recorded := clean(m.SHA256); recorded != "" && recorded != digest(m.Body) {
		facts = append(facts, fact{"Recorded as", recorded + " (differs: these are not the bytes that were stored)"})
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "Exhibit %d: %s\n\n", f.number, titleOf(m))
	writeFacts(&b, facts)
	if len(r.headers) > 0 {
		b.WriteString("\nTaken from the request\n\n")
		writeFacts(&b, r.headers)
	}
	b.WriteString("\nFiles\n\n")
	for _, line := range f.about {
		b.WriteString("  " + line + "\n")
	}
	if unread != nil {
		b.WriteString("\nCould not be read: " + strings.ReplaceAll(unread.Error(), "\n", "; ") + ".\n")
	}
	return b.Bytes()
}

func writeFacts(b *bytes.Buffer, facts []fact) {
	for _, f := range facts {
		fmt.Fprintf(b, "  %-19s %s\n", f.label, f.value)
	}
}

// headed is a text with the lines that stand above a message.
func headed(headers []fact, text string) []byte {
	var b bytes.Buffer
	for _, h := range headers {
		fmt.Fprintf(&b, "%s: %s\n", h.label, h.value)
	}
	b.WriteString("\n" + text)
	if !strings.HasSuffix(text, "\n") {
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// rawName says by its ending how a request was written.
func rawName(contentType string) string {
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return "request.bin"
	}
	switch kind {
	case "application/json":
		return "request.json"
	case "application/x-www-form-urlencoded", "text/plain":
		return "request.txt"
	case "application/pdf":
		return "request.pdf"
	}
	return "request.bin"
}
