package dossier

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzRead checks that a request from anywhere is either read or refused: what is taken out can always be written down.
func FuzzRead(f *testing.F) {
	f.Add("sendgrid", "application/json", []byte(`{"from":{"email":"a@example.com"},"content":[{"type":"text/plain","value":"x"}],"attachments":[{"content":"eA==","filename":"../x"}]}`))
	f.Add("sendgrid", "application/json", []byte(`{"content":[{"type":"text/x-amp-html","value":"x"},{"type":"text/plain","value":""}],"headers":{"Message-ID":"a\r\nb"}}`))
	f.Add("twilio", "application/x-www-form-urlencoded", []byte("Body=a%0Ab&From=x%0d%0ay&To=%2B1"))
	f.Add("lob", "multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"to[name]\"\r\n\r\nx\r\n--b\r\n"+
		"Content-Disposition: form-data; name=\"file\"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n%PDF-=41\r\n--b--\r\n"))
	f.Add("", "application/pdf", []byte("%PDF-1.7"))
	f.Fuzz(func(t *testing.T, provider, contentType string, body []byte) {
		r, err := read(Message{Provider: provider, ContentType: contentType, Body: body})
		if err == nil {
			require.True(t, r.text != "" || r.html != "" || r.letter != nil, "a message that was read says something")
		}
		for _, h := range r.headers {
			require.NotContains(t, h.value, "\n")
			require.NotContains(t, h.value, "\r")
		}
		if r.letter != nil {
			require.True(t, isPDF(r.letter))
		}
	})
}

var plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

// FuzzFileName checks that no name leads out of its folder or says something in a script of its own.
func FuzzFileName(f *testing.F) {
	for _, name := range []string{"../../x.pdf", `..\x`, "ł.PDF", "\u202ex.exe", "....", "a.b.c", "x.\x00pdf", "2026.0417", strings.Repeat("a", 300)} {
		f.Add(name, "application/pdf")
	}
	f.Fuzz(func(t *testing.T, name, mediaType string) {
		got := fileName(name, mediaType, "file")
		require.Regexp(t, plainName, got)
		require.True(t, filepath.IsLocal(got))
		require.NotContains(t, got, "..")
		require.LessOrEqual(t, len(got), stemLimit+1+endLimit)
		require.Equal(t, got, fileName(got, "", "file"), "a clean name stays")
		part := slug(name, "x")
		require.Regexp(t, plainName, part)
		one := clean(name)
		require.True(t, utf8.ValidString(one))
		require.Equal(t, one, clean(one))
	})
}

// FuzzPages checks that the count of pages ends, and never exceeds what the file says of itself.
func FuzzPages(f *testing.F) {
	f.Add([]byte("%PDF-1.7\n1 0 obj\n<< /Type /Pages /Count 2 >>\nendobj\n2 0 obj\n<</Type/Page>>\nendobj\n3 0 obj\n<</Type/Page>>\nendobj\nstartxref"))
	f.Fuzz(func(t *testing.T, b []byte) {
		n := pages(b)
		require.GreaterOrEqual(t, n, 0)
		require.LessOrEqual(t, n, strings.Count(string(b), "/Page"))
	})
}

func TestPages(t *testing.T) {
	t.Parallel()
	object := func(s string) string { return "1 0 obj\n<< " + s + " >>\nendobj\n" }
	for name, c := range map[string]struct {
		pdf  string
		want int
	}{
		"two pages":            {object("/Type /Pages /Count 2") + object("/Type /Page") + object("/Type\n/Page") + "startxref", 2},
		"count before type":    {object("/Count 1 /Type /Pages") + object("/Type/Page/Parent 1 0 R") + "startxref", 1},
		"nested tree":          {object("/Type /Pages /Count 2") + object("/Type /Pages /Count 1") + object("/Type /Page") + object("/Type /Page") + "startxref", 2},
		"changed later":        {object("/Type /Pages /Count 1") + object("/Type /Page") + "startxref startxref", 0},
		"packed objects":       {object("/Type /ObjStm") + object("/Type /Pages /Count 1") + object("/Type /Page") + "startxref", 0},
		"tree says another":    {object("/Type /Pages /Count 3") + object("/Type /Page") + "startxref", 0},
		"no tree":              {object("/Type /Page") + "startxref", 0},
		"too many nodes":       {strings.Repeat(object("/Type /Pages /Count 1"), 100) + object("/Type /Page") + "startxref", 0},
		"nothing":              {"", 0},
		"a count without end":  {object("/Type /Pages /Count 99999999999999999999999") + "startxref", 0},
		"a tree without a end": {"/Type /Pages startxref", 0},
	} {
		require.Equal(t, c.want, pages([]byte("%PDF-1.7\n"+c.pdf)), name)
	}
	require.Zero(t, pages([]byte("/Type /Page")), "not a PDF")
}
