package sandbox

import (
	"mime"
	"net/http"
	"regexp"
	"strconv"
)

// bodyPolicy isolates what a sender wrote: no script, no form, nothing loaded from elsewhere, an origin of its own. A link
// opens in a new tab, so that one can follow "pay now" as a debtor would.
const bodyPolicy = "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; " +
	"font-src data:; form-action 'none'; frame-ancestors 'self'"

// filePolicy is for a PDF, whose viewer does not work inside a sandbox.
const filePolicy = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"

var headTag = regexp.MustCompile(`(?i)<head[^>]*>`)

// body shows an email's HTML, for the frame in its page.
func (s *Server) body(w http.ResponseWriter, r *http.Request) {
	e, found := s.pathEntry(r)
	if !found || e.HTMLSHA256 == "" {
		s.nothingHere(w, r)
		return
	}
	full, err := s.ledger.full(e)
	if err != nil {
		s.log.Error("sandbox ledger", "seq", e.Seq, "error", err)
		http.Error(w, "The stored body cannot be read.", http.StatusInternalServerError)
		return
	}
	writeIsolated(w, full.HTML)
}

// writeIsolated adds only where links open; everything else is as it was sent.
func writeIsolated(w http.ResponseWriter, html string) {
	const base = `<base target="_blank">`
	if at := headTag.FindStringIndex(html); at != nil {
		html = html[:at[1]] + base + html[at[1]:]
	} else {
		html += base
	}
	secure(w, bodyPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(html)) // the client may be gone
}

// file serves an attachment or a letter: a PDF and an image can be shown, a letter's HTML is shown isolated, anything else is
// only downloaded.
func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	e, found := s.pathEntry(r)
	n, err := strconv.Atoi(r.PathValue("n"))
	if !found || err != nil || n < 0 || n >= len(e.Files) {
		s.nothingHere(w, r)
		return
	}
	f := e.Files[n]
	content, err := s.ledger.read(f)
	if err != nil {
		s.log.Error("sandbox ledger", "seq", e.Seq, "error", err)
		http.Error(w, "The stored file cannot be read.", http.StatusInternalServerError)
		return
	}
	download := r.URL.Query().Has("download")
	if e.Provider == Lob && f.MediaType == "text/html" && !download {
		writeIsolated(w, string(content))
		return
	}
	media, shown := shownAs(content)
	disposition := "attachment"
	if shown && !download {
		disposition = "inline"
	}
	secure(w, filePolicy)
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	w.Header().Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": f.Name}))
	_, _ = w.Write(content) // the client may be gone
}

// shownAs trusts the content, not the sender's word for it.
func shownAs(content []byte) (media string, shown bool) {
	switch media := http.DetectContentType(content); media {
	case "application/pdf", "image/png", "image/jpeg", "image/gif":
		return media, true
	}
	return "application/octet-stream", false
}
