package delivery

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Our own short codes. An adapter gives the provider's code where it has one, and one of these where it has not.
const (
	CodeAuth          = "auth"          // Later: the provider does not accept our credentials or our account (401, 403)
	CodeConfiguration = "configuration" // Later: sender, account or address of the API is wrong; no message can pass until it is mended
	CodeRateLimited   = "rate_limited"  // Later: 429
	CodeWrongAccount  = "wrong_account" // Later: the request was frozen for another provider or account
	CodeUnreadable    = "unreadable"    // Unknown: the answer is not in the provider's form
	CodeCanceled      = "canceled"      // the caller gave up
	CodeTimeout       = "timeout"       // the deadline passed
	CodeDNS           = "dns"           // Later: the provider's name was not found
	CodeConnect       = "connect"       // Later: no connection
	CodeTLS           = "tls"           // Later: no secure connection
	CodeClosed        = "closed"        // the connection was closed before a whole answer had come
	CodeReset         = "reset"         // the connection was reset before a whole answer had come
	CodeIO            = "io"            // any other failure of the connection
	CodeInconclusive  = "inconclusive"  // look-up: the answer cannot tell our message from another one
	CodeTooMany       = "too_many"      // look-up: more messages than can be looked through
	CodeBadQuery      = "bad_query"     // look-up: the query lacks what this provider needs
	CodeInvalidTo     = "invalid_to"    // Refused: the recipient's address is malformed
	CodeAlreadyGone   = "already_gone"  // Refused: the idempotency key belongs to a letter that was taken back
)

// MendAfter is how long a dispatch waits before it is tried again when an operator has to mend credentials or settings first.
const MendAfter = 5 * time.Minute

// Misconfigured is the outcome of a call that the provider rejected for something of ours that concerns every message:
// credentials, account, sender. Nothing was sent, so the message is not lost with a refusal; it waits for an operator.
func Misconfigured(code, detail string) Outcome {
	return Outcome{State: Later, Code: code, Detail: detail, RetryAfter: MendAfter}
}

// detailBytes bounds Outcome.Detail: enough for a provider's sentence, too little to store a page.
const detailBytes = 500

// Bounded cuts a provider's text to what Outcome.Detail may hold, on a character boundary and as valid UTF-8.
func Bounded(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= detailBytes {
		return text
	}
	cut := detailBytes
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut]
}

// MadeFor reports whether f was frozen by the named provider and account, and has a body.
func (f Frozen) MadeFor(provider, account string) bool {
	return f.Provider == provider && f.Account == account && len(f.Body) > 0
}

// tagBytes bounds a tag: Lob's metadata keys and values, a URL and a header must all hold it.
const tagBytes = 64

// Problems names what is wrong with t, one line for each tag. A tag is 1 to 64 letters, digits, '-', '_' or '.', so that it
// passes unchanged through a URL, a form, JSON and a header.
func (t Tags) Problems() []string {
	var problems []string
	for _, tag := range []struct{ name, value string }{{"dispatch", t.Dispatch}, {"attempt", t.Attempt}, {"kind", t.Kind}} {
		if !plainTag(tag.value) {
			problems = append(problems, fmt.Sprintf("tag %s: want 1 to %d letters, digits, '-', '_' or '.'", tag.name, tagBytes))
		}
	}
	return problems
}

func plainTag(s string) bool {
	if s == "" || len(s) > tagBytes {
		return false
	}
	for _, r := range s {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_', r == '.':
		default:
			return false
		}
	}
	return true
}
