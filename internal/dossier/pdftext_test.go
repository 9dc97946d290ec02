package dossier_test

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/ledongthuc/pdf"
	"github.com/stretchr/testify/require"
)

var showText = regexp.MustCompile(`(?s)BT [\d.]+ [\d.]+ Td \(((?:\\.|[^\\)])*)\) Tj`)

// pdfText reads the lines of a document in the order in which they are drawn. The strings are UTF-16 and decoded here, because
// the library gets characters beyond Latin-1 wrong in this kind of font.
func pdfText(t *testing.T, content []byte) string {
	t.Helper()
	r, err := pdf.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	var text strings.Builder
	for i := 1; i <= r.NumPage(); i++ {
		stream, err := io.ReadAll(r.Page(i).V.Key("Contents").Reader())
		require.NoError(t, err)
		for _, m := range showText.FindAllSubmatch(stream, -1) {
			text.WriteString(decode(m[1]) + "\n")
		}
	}
	return text.String()
}

func decode(raw []byte) string {
	var units []uint16
	high, odd := uint16(0), false
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '\\' && i+1 < len(raw) {
			i++
			if c = raw[i]; c == 'r' {
				c = '\r'
			}
		}
		if odd = !odd; odd {
			high = uint16(c) << 8
			continue
		}
		units = append(units, high|uint16(c))
	}
	return string(utf16.Decode(units))
}
