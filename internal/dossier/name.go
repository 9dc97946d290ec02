package dossier

import (
	"mime"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	stemLimit  = 60  // characters of a file name without its ending
	endLimit   = 8   // characters of an ending
	valueLimit = 300 // characters of a value in the index
)

// fileName makes a name of ASCII letters, digits, '-', '_' and '.' from one that came from outside: no folder, no leading
// or trailing dot, no character that a file system or a shell takes for something else. Where nothing is left it is
// fallback. A name without an ending gets the one of its media type.
func fileName(name, mediaType, fallback string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	stem, end := name, ""
	if dot := strings.LastIndexByte(name, '.'); dot > 0 && plainEnding(name[dot+1:]) {
		stem, end = name[:dot], strings.ToLower(name[dot+1:])
	}
	if end == "" {
		end = ending(mediaType)
	}
	stem = strings.Trim(ascii(stem), "-._")
	if len(stem) > stemLimit {
		stem = strings.TrimRight(stem[:stemLimit], "-._")
	}
	if stem == "" {
		stem = fallback
	}
	if end == "" {
		return stem
	}
	return stem + "." + end
}

// plainEnding tells the ending of a file name from what only looks like one, such as the last part of "2026.0417".
func plainEnding(s string) bool {
	letters := 0
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
			letters++
		case r < '0' || r > '9':
			return false
		}
	}
	return letters > 0 && len(s) <= endLimit
}

// slug makes a part of a path from a code such as "email_reminder".
func slug(code, fallback string) string {
	s := strings.Trim(ascii(strings.NewReplacer("_", " ", ".", " ").Replace(strings.ToLower(code))), "-")
	if len(s) > stemLimit {
		s = strings.TrimRight(s[:stemLimit], "-")
	}
	if s == "" {
		return fallback
	}
	return s
}

// ending is the usual ending of a media type; empty when it is not known.
func ending(mediaType string) string {
	kind, _, err := mime.ParseMediaType(mediaType)
	if err != nil {
		return ""
	}
	switch kind { // not mime.ExtensionsByType: it reads the machine's tables, and the same input must give the same names
	case "application/pdf":
		return "pdf"
	case "application/json":
		return "json"
	case "application/xml", "text/xml":
		return "xml"
	case "application/zip":
		return "zip"
	case "image/jpeg":
		return "jpg"
	case "image/png":
		return "png"
	case "text/csv":
		return "csv"
	case "text/html":
		return "html"
	case "text/plain":
		return "txt"
	}
	return ""
}

// unmarked are letters that stay what they are when their marks are taken off.
var unmarked = strings.NewReplacer("ł", "l", "Ł", "L", "ß", "ss", "æ", "ae", "Æ", "AE", "œ", "oe", "Œ", "OE", "ø", "o", "Ø", "O",
	"đ", "d", "Đ", "D", "ð", "d", "Ð", "D", "þ", "th", "Þ", "Th", "ı", "i")

// ascii takes the marks off letters and puts one '-' for every run of other characters, one '.' for every run of dots.
func ascii(s string) string {
	var b strings.Builder
	last := rune(0)
	for _, r := range norm.NFD.String(unmarked.Replace(s)) {
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_':
		default:
			r = '-'
		}
		if r == last && (r == '-' || r == '.') {
			continue
		}
		last = r
		b.WriteRune(r)
	}
	return b.String()
}

// oneLine makes one line of a value from outside: composed characters, white space as single spaces, no control or invisible
// formatting characters, with which a name could forge a line or turn an amount around.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\u00a0', r == '\u202f':
			return r
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.FieldsFunc(norm.NFC.String(s), func(r rune) bool { return r == ' ' }), " ")
}

// clean is oneLine of a length that fits the index.
func clean(s string) string {
	s = oneLine(s)
	runes := []rune(s)
	if len(runes) <= valueLimit {
		return s
	}
	return string(runes[:valueLimit-1]) + "…"
}
