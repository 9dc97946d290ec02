package workflows

import (
	"errors"
	"net/url"
	"strings"
)

// ErrCaseID is a text that is not the id of a case's workflow.
var ErrCaseID = errors.New("not the workflow id of a case")

const hexDigits = "0123456789ABCDEF"

func escape(part string) string {
	var b strings.Builder
	for i := range len(part) {
		c := part[i]
		if plain(c) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hexDigits[c>>4])
		b.WriteByte(hexDigits[c&15])
	}
	return b.String()
}

// unescape undoes escape. It returns "" for what cannot be undone: no part of an id is empty.
func unescape(part string) string {
	text, err := url.PathUnescape(part)
	if err != nil {
		return ""
	}
	return text
}

func plain(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("-._~", c) >= 0
}
