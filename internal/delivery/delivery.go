// Package delivery says what a provider of messages is: a frozen request in, one outcome out.
//
// It exists so that the send protocol can hold its locks around exactly one HTTP call and know, from the outcome alone,
// whether the debtor was reached. Adapters live beneath it (sendgrid, twilio, lob); a new one is wired only after it
// passes the conformance suite in deliverytest. It never imports the store, Temporal, or another adapter's package.
package delivery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Tags are the opaque marks that travel with a message through the provider and come back in its events and look-ups.
// None of them says anything about a person.
type Tags struct {
	Dispatch string // the dispatch id, a UUID
	Attempt  string // the attempt id, a UUID; a new one for every claim
	Kind     string // the step kind, for example "email_reminder"
}

// Mailbox is an address with the name to show beside it; Name may be empty.
type Mailbox struct {
	Name    string
	Address string
}

// Email is one email to one recipient, fully rendered.
type Email struct {
	Tags        Tags
	From        Mailbox
	ReplyTo     Mailbox // zero: none
	To          Mailbox
	Subject     string
	Text        string
	HTML        string
	MessageID   string // deterministic, without angle brackets: "<dispatch>@<sender domain>"
	Attachments []Attachment
}

// Attachment is a file that travels inside an email.
type Attachment struct {
	Name      string
	MediaType string
	Content   []byte
}

// SMS is one text message to one number. Text is what the debtor reads; it is not changed on the way.
type SMS struct {
	Tags        Tags
	From        string // E.164 number or alphanumeric sender
	To          string // E.164
	Text        string
	CallbackURL string        // where the provider reports delivery; empty: none
	ValidFor    time.Duration // after this the provider drops the message instead of sending it late
}

// PostalAddress is a postal address in the parts that letter providers ask for.
type PostalAddress struct {
	Name       string
	Line1      string
	Line2      string
	City       string
	Region     string // US state code, else empty
	PostalCode string
	Country    string // ISO 3166-1 alpha-2
}

// Letter is one printed letter.
type Letter struct {
	Tags          Tags
	From          PostalAddress
	To            PostalAddress
	Description   string // shown in the provider's console; opaque
	PDF           []byte
	ReturnReceipt bool      // certified mail with an electronic return receipt
	SendOn        time.Time // the provider prints not before this; zero: at once
}

// Frozen is a request as it will be written to the wire. It is made once, when a dispatch is claimed, stored with its
// SHA-256, and sent unchanged.
type Frozen struct {
	Provider       string // "sendgrid", "twilio", "lob"
	Account        string // the provider account whose rate limit it counts against
	Recipient      string // normalised address, number, or postal line
	ContentType    string
	IdempotencyKey string // only where the provider honours one (Lob)
	Body           []byte
}

// SHA256 is the hex digest of the body.
func (f Frozen) SHA256() string {
	sum := sha256.Sum256(f.Body)
	return hex.EncodeToString(sum[:])
}

// State is the answer a provider gave, as far as the debtor is concerned.
type State string

// The four answers. Everything that is not surely one of the first three is Unknown.
const (
	Accepted State = "accepted" // the provider took it (2xx)
	Refused  State = "refused"  // a documented rejection: nothing was or will be sent
	Later    State = "later"    // 429 or an open circuit: nothing was sent, try again after RetryAfter
	Unknown  State = "unknown"  // anything else after a byte was written: it may or may not have been sent
)

// Valid reports whether s is one of the four answers.
func (s State) Valid() bool {
	switch s {
	case Accepted, Refused, Later, Unknown:
		return true
	}
	return false
}

// Outcome is the result of one call. Code is the provider's or our own short code and never a provider's text, because
// texts contain addresses and numbers; Detail may hold such text and must stay in Postgres.
type Outcome struct {
	State      State
	ProviderID string
	HTTPStatus int // 0: no answer
	Code       string
	Detail     string
	RetryAfter time.Duration // Later: how long the provider asks to wait; 0: not said
	Written    bool          // whether a byte of the request may have reached the wire
	Permanent  bool          // Refused: the contact point itself is bad (unknown number, invalid address), do not use it again
	OptedOut   bool          // Refused: the recipient has opted out at the provider
	SendsAt    time.Time     // Lob: when it will be printed, until then it can be recalled
	Tracking   string        // Lob: tracking number, if known
}

// NotWritten is the outcome of a call that ended before the first byte was handed to the wire. The caller may clear its own
// mark: nothing was sent.
func NotWritten(code, detail string) Outcome {
	return Outcome{State: Later, Code: code, Detail: detail}
}

// Sender makes exactly one HTTP call: no redirect, no retry, no body sent twice. The context carries the deadline; when it
// ends the connection is reset hard, so that the kernel does not deliver after we gave up.
type Sender interface {
	Send(ctx context.Context, f Frozen) Outcome
}

// Mailer freezes and sends email.
type Mailer interface {
	Sender
	PrepareEmail(Email) (Frozen, error)
}

// Texter freezes and sends SMS.
type Texter interface {
	Sender
	PrepareSMS(SMS) (Frozen, error)
}

// Poster freezes and sends letters.
type Poster interface {
	Sender
	PrepareLetter(Letter) (Frozen, error)
}

// Query asks a provider what became of one dispatch whose outcome died with its process.
type Query struct {
	Dispatch  string
	Recipient string    // Frozen.Recipient
	Text      string    // SMS: the text as sent, because Twilio does not give our tags back; else empty
	Since     time.Time // wall time of the claim, less a margin
	Called    time.Time // wall time from which a positive control counts; zero: Since
	Until     time.Time // wall time by which a positive control must have been accepted; zero: no limit
}

// Controls reports whether a message of ours that the provider created at the given time is a positive control: newer than
// the call in question, so that an index which shows it would show that call's message too.
func (q Query) Controls(created time.Time) bool {
	return created.After(q.ControlsAfter()) && (q.Until.IsZero() || !created.After(q.Until))
}

// ControlsAfter is the instant after which a positive control must have been created.
func (q Query) ControlsAfter() time.Time {
	if q.Called.After(q.Since) {
		return q.Called
	}
	return q.Since
}

// Finding is what a look-up showed. Found with a ProviderID is proof of sending. An empty finding counts towards absence only
// when Control is true: the same kind of query saw another message of ours accepted after the call in question began.
type Finding struct {
	Found      bool
	ProviderID string
	Control    bool
}

// Finder looks a dispatch up by our own tags. An error (a *LookupError) means that the provider could not be asked, or
// answered in a way that proves nothing.
type Finder interface {
	Find(ctx context.Context, q Query) (Finding, error)
}

// Recall is what became of an attempt to take an accepted message back.
type Recall string

// The two answers to a recall. Anything else is an error: ask again, a recall may be repeated.
const (
	Recalled Recall = "recalled" // the provider will not send it
	TooLate  Recall = "too_late" // it has gone out, or is going
)

// Valid reports whether r is one of the two answers.
func (r Recall) Valid() bool {
	switch r {
	case Recalled, TooLate:
		return true
	}
	return false
}

// Recaller takes back a message that its provider has accepted but not yet sent: a letter before its send date, a queued
// SMS. The error is a *LookupError; it says nothing about whether the message is still to go out.
type Recaller interface {
	Recall(ctx context.Context, providerID string) (Recall, error)
}
