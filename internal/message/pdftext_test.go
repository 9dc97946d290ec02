package message_test

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/ledongthuc/pdf"
	"github.com/stretchr/testify/require"
)

// printed is one line of text as the document places it, in points from the lower left corner.
type printed struct {
	x, y float64
	text string
}

var showText = regexp.MustCompile(`(?s)BT ([\d.]+) ([\d.]+) Td \(((?:\\.|[^\\)])*)\) Tj`)

// pdfPages reads the texts of every page in the order in which they are drawn, which is the order of reading. The strings
// are decoded here, because the characters beyond Latin-1 are what the library gets wrong in these fonts.
func pdfPages(t *testing.T, content []byte) [][]printed {
	t.Helper()
	r, err := pdf.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	var pages [][]printed
	for i := 1; i <= r.NumPage(); i++ {
		stream, err := io.ReadAll(r.Page(i).V.Key("Contents").Reader())
		require.NoError(t, err)
		var page []printed
		for _, m := range showText.FindAllSubmatch(stream, -1) {
			x, err := strconv.ParseFloat(string(m[1]), 64)
			require.NoError(t, err)
			y, err := strconv.ParseFloat(string(m[2]), 64)
			require.NoError(t, err)
			page = append(page, printed{x: x, y: y, text: decode(m[3])})
		}
		pages = append(pages, page)
	}
	return pages
}

// decode reads a string of a content stream: UTF-16, big-endian, with the escapes of the format.
func decode(raw []byte) string {
	var plain []byte
	for i := 0; i < len(raw); i++ {
		if raw[i] == '\\' && i+1 < len(raw) {
			i++
			if raw[i] == 'r' {
				plain = append(plain, '\r')
				continue
			}
		}
		plain = append(plain, raw[i])
	}
	var units []uint16
	for i := 0; i+1 < len(plain); i += 2 {
		units = append(units, uint16(plain[i])<<8|uint16(plain[i+1]))
	}
	return string(utf16.Decode(units))
}

// pdfText is a document as a reader sees it: the number of pages, then each page line by line.
func pdfText(t *testing.T, content []byte) string {
	t.Helper()
	pages := pdfPages(t, content)
	var b strings.Builder
	fmt.Fprintf(&b, "%d page(s)\n", len(pages))
	for i, page := range pages {
		fmt.Fprintf(&b, "\n--- page %d", i+1)
		last := -1.0
		for _, p := range page {
			if p.y != last {
				b.WriteString("\n")
			} else {
				b.WriteString("   |   ")
			}
			last = p.y
			b.WriteString(p.text)
		}
		b.WriteString("\n")
	}
	return b.String()
}
