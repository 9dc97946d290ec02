package message

import (
	"errors"
	"fmt"
	"strings"
)

// Language is the language a message is written in, an ISO 639-1 code.
type Language string

// The languages that have templates.
const (
	English Language = "en"
	French  Language = "fr"
	Polish  Language = "pl"
)

// ErrLanguage is the kind of error for a language without templates.
var ErrLanguage = errors.New("no messages in this language")

// Languages lists the languages that have templates.
func Languages() []Language { return []Language{English, French, Polish} }

// Valid reports whether l has templates.
func (l Language) Valid() bool {
	switch l {
	case English, French, Polish:
		return true
	}
	return false
}

// ParseLanguage reads a language code, or a locale such as "fr-CA" or "pl_PL", in any case. A language without templates
// is ErrLanguage: whether English will do instead is for the caller to say, with Fallback.
func ParseLanguage(code string) (Language, error) {
	primary, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(code), "_", "-"), "-")
	l := Language(strings.ToLower(primary))
	if !l.Valid() {
		return "", fmt.Errorf("read language %q: %w", code, ErrLanguage)
	}
	return l, nil
}

// Fallback is ParseLanguage for a caller who has decided that English will do for a language without templates.
func Fallback(code string) Language {
	l, err := ParseLanguage(code)
	if err != nil {
		return English
	}
	return l
}
