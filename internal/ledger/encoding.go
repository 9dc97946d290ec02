package ledger

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Encoding is how the bytes of a file stand for letters.
type Encoding string

// The encodings. AutoEncoding settles on UTF-8 or UTF-16 by their byte order marks, on UTF-8 when every byte fits, else on
// Windows-1252; files in the other code pages look alike and must be named.
const (
	AutoEncoding Encoding = "auto"
	UTF8         Encoding = "utf-8"
	UTF16LE      Encoding = "utf-16le"
	UTF16BE      Encoding = "utf-16be"
	Windows1252  Encoding = "windows-1252"
	Windows1250  Encoding = "windows-1250"
	Latin1       Encoding = "iso-8859-1"
	Latin2       Encoding = "iso-8859-2"
	Latin9       Encoding = "iso-8859-15"
)

func encodings() []string {
	return []string{
		string(AutoEncoding), string(UTF8), string(UTF16LE), string(UTF16BE), string(Windows1252), string(Windows1250),
		string(Latin1), string(Latin2), string(Latin9),
	}
}

var decoders = map[Encoding]encoding.Encoding{
	UTF16LE:     unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
	UTF16BE:     unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
	Windows1252: charmap.Windows1252,
	Windows1250: charmap.Windows1250,
	Latin1:      charmap.ISO8859_1,
	Latin2:      charmap.ISO8859_2,
	Latin9:      charmap.ISO8859_15,
}

var byteOrderMarks = []struct {
	mark     string
	encoding Encoding
}{
	{"\xEF\xBB\xBF", UTF8},
	{"\xFF\xFE", UTF16LE},
	{"\xFE\xFF", UTF16BE},
}

// decode turns the bytes of a file into text and says which encoding it used and whether that was a guess. A byte that
// stands for nothing becomes U+FFFD, which the reader of the cell reports with its row and column. A byte order mark decides
// against any setting: it is a fact, the setting a belief.
func decode(data []byte, want Encoding) (text string, used Encoding, guessed bool) {
	for _, m := range byteOrderMarks {
		if rest, ok := bytes.CutPrefix(data, []byte(m.mark)); ok {
			return decodeAs(rest, m.encoding), m.encoding, false
		}
	}
	if want != AutoEncoding && want != "" {
		return decodeAs(data, want), want, false
	}
	if utf8.Valid(data) || damagedUTF8(data) {
		return decodeAs(data, UTF8), UTF8, false
	}
	return decodeAs(data, Windows1252), Windows1252, true
}

func decodeAs(data []byte, e Encoding) string {
	codec, ok := decoders[e]
	if !ok {
		return strings.ToValidUTF8(string(data), "\uFFFD")
	}
	out, err := codec.NewDecoder().Bytes(data)
	if err != nil {
		return strings.ToValidUTF8(string(data), "\uFFFD")
	}
	return string(out)
}

// damagedUTF8 tells UTF-8 with a few broken bytes from a code page: accented letters of a code page almost never form valid
// UTF-8 sequences, so a file with more valid than broken ones is UTF-8.
func damagedUTF8(data []byte) bool {
	valid, broken := 0, 0
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && size == 1:
			broken++
		case size > 1:
			valid++
		}
		data = data[size:]
	}
	return valid > broken
}

// notText recognises what people save instead of CSV. It returns a sentence that says what to do, or "".
func notText(data []byte, want Encoding) string {
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")), bytes.HasPrefix(data, []byte("\xD0\xCF\x11\xE0")):
		return "This is a spreadsheet workbook, not a CSV file: open it and save it as “CSV UTF-8”."
	case bytes.HasPrefix(data, []byte("%PDF-")):
		return "This is a PDF, not a CSV file: export the list from the invoicing system as CSV."
	case bytes.HasPrefix(data, []byte("\x1F\x8B")):
		return "This file is compressed: unpack it first."
	}
	marked := bytes.HasPrefix(data, []byte("\xFF\xFE")) || bytes.HasPrefix(data, []byte("\xFE\xFF"))
	wide := marked || want == UTF16LE || want == UTF16BE
	if !wide && bytes.IndexByte(data, 0) >= 0 {
		return "This file has zero bytes in it. If it is text in UTF-16, add “encoding: utf-16le” under “format” in the " +
			"mapping; else export it again as “CSV UTF-8”."
	}
	return ""
}
