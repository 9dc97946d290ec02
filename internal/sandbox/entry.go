package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// The providers, as Entry.Provider and Fault.Provider name them.
const (
	SendGrid = "sendgrid"
	Twilio   = "twilio"
	Lob      = "lob"
)

// Entry is one message to one recipient: what a debtor would have received, and when.
type Entry struct {
	Seq        int64  `json:"seq"`         // 1, 2, 3 ... in order of acceptance
	Provider   string `json:"provider"`    // SendGrid, Twilio or Lob
	ProviderID string `json:"provider_id"` // what the provider answered: X-Message-Id, message SID, letter id
	Account    string `json:"account,omitempty"`

	Reference string            `json:"reference,omitempty"` // tag "dispatch"
	Attempt   string            `json:"attempt,omitempty"`   // tag "attempt"
	Kind      string            `json:"kind,omitempty"`      // tag "kind", else the first category
	Case      string            `json:"case,omitempty"`      // tag "case", if the sender sets one
	Tags      map[string]string `json:"tags,omitempty"`      // all custom arguments, callback parameters or metadata

	To     string `json:"to"` // address, E.164 number, or the letter's recipient on one line
	ToName string `json:"to_name,omitempty"`
	From   string `json:"from"`

	At         time.Time `json:"at"`          // business clock, at acceptance
	ReceivedAt time.Time `json:"received_at"` // wall clock, at acceptance

	Subject string `json:"subject,omitempty"` // email; a letter's description
	Text    string `json:"text,omitempty"`    // email's plain text; SMS
	HTML    string `json:"html,omitempty"`    // email
	Files   []File `json:"files,omitempty"`   // email attachments; the letter itself

	Email  *Email  `json:"email,omitempty"`
	SMS    *SMS    `json:"sms,omitempty"`
	Letter *Letter `json:"letter,omitempty"`

	Segments   int       `json:"segments,omitempty"` // SMS: how many the message is billed as
	Canceled   bool      `json:"canceled,omitempty"` // recalled in time: never arrived
	CanceledAt time.Time `json:"canceled_at,omitzero"`

	// HTMLSHA256 names the stored body in the ledger's file; HTML is not written there.
	HTMLSHA256     string `json:"html_sha256,omitempty"`
	IdempotencyKey string `json:"idempotency_key,omitempty"` // Lob
}

// File is stored content-addressed beside the ledger.
type File struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Size      int64  `json:"size"` // bytes
	SHA256    string `json:"sha256"`
}

// Email is what only email has.
type Email struct {
	Part       int               `json:"part,omitempty"` // which recipient of a request with several, from 0
	FromName   string            `json:"from_name,omitempty"`
	ReplyTo    string            `json:"reply_to,omitempty"`
	Categories []string          `json:"categories,omitempty"`
	Headers    map[string]string `json:"headers,omitempty"`
}

// SMS is what only SMS has.
type SMS struct {
	Encoding  Encoding  `json:"encoding"`
	Callback  string    `json:"callback,omitempty"` // where delivery would be reported
	Service   string    `json:"service,omitempty"`  // messaging service SID
	SendAt    time.Time `json:"send_at,omitzero"`   // scheduled; business clock
	Held      bool      `json:"held,omitempty"`     // stays queued, see ModeHold
	ValidSecs int       `json:"valid_secs,omitempty"`
}

// Letter is what only letters have.
type Letter struct {
	To            Address   `json:"to"`
	From          Address   `json:"from"`
	Service       string    `json:"service,omitempty"` // certified, certified_return_receipt, registered
	MailType      string    `json:"mail_type"`
	Placement     string    `json:"address_placement"`
	UseType       string    `json:"use_type,omitempty"`
	Color         bool      `json:"color"`
	DoubleSided   bool      `json:"double_sided"`
	SendDate      time.Time `json:"send_date"` // business clock: printed then, and cancellable until then
	Tracking      string    `json:"tracking,omitempty"`
	FileReference string    `json:"file_reference,omitempty"` // a URL or template id instead of a file
}

// Address is a postal address as Lob takes it.
type Address struct {
	Name    string `json:"name,omitempty"`
	Company string `json:"company,omitempty"`
	Line1   string `json:"address_line1"`
	Line2   string `json:"address_line2,omitempty"`
	City    string `json:"address_city,omitempty"`
	State   string `json:"address_state,omitempty"`
	Zip     string `json:"address_zip,omitempty"`
	Country string `json:"address_country,omitempty"` // ISO 3166-1 alpha-2; empty: US
}

// Line is the address on one line, as Entry.To shows it.
func (a Address) Line() string {
	return joined(", ", a.Name, a.Company, a.Line1, a.Line2, a.cityLine(), a.Country)
}

// cityLine follows the custom of the country: the postal code last in the US, first elsewhere.
func (a Address) cityLine() string {
	if a.isUS() {
		return joined(", ", a.City, joined(" ", a.State, a.Zip))
	}
	return joined(", ", joined(" ", a.Zip, a.City), a.State)
}

func (a Address) isUS() bool { return a.Country == "" || a.Country == "US" }

// joined leaves out what is empty.
func joined(separator string, parts ...string) string {
	filled := slices.DeleteFunc(parts, func(part string) bool { return part == "" })
	return strings.Join(filled, separator)
}

// Channel is how a message reaches a debtor.
type Channel string

// The channels.
const (
	ChannelEmail  Channel = "email"
	ChannelSMS    Channel = "sms"
	ChannelLetter Channel = "letter"
)

// Valid reports whether c is one of the channels.
func (c Channel) Valid() bool { return c == ChannelEmail || c == ChannelSMS || c == ChannelLetter }

// Channel follows from the provider.
func (e Entry) Channel() Channel {
	switch e.Provider {
	case Twilio:
		return ChannelSMS
	case Lob:
		return ChannelLetter
	default:
		return ChannelEmail
	}
}

// WithoutWallTime is the entry as two runs on a test clock must agree on it.
func (e Entry) WithoutWallTime() Entry {
	e.ReceivedAt = time.Time{}
	return e
}

func (e *Entry) setTags(tags map[string]string) {
	e.Tags = tags
	e.Reference, e.Attempt, e.Case = tags["dispatch"], tags["attempt"], tags["case"]
	if tags["kind"] != "" {
		e.Kind = tags["kind"]
	}
}

// digest makes every id of the sandbox a function of the position in the ledger and of our own reference, so that two runs
// of the same history give the same ledger.
func digest(what string, seq int64, reference string) [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%s/%d/%s", what, seq, reference))
}

func hexID(what string, seq int64, reference string, digits int) string {
	sum := digest(what, seq, reference)
	return hex.EncodeToString(sum[:])[:digits]
}

// providerID has the form of the provider's own ids.
func providerID(provider string, seq int64, reference string) string {
	switch provider {
	case Twilio:
		return "SM" + hexID(provider, seq, reference, 32)
	case Lob:
		return "ltr_" + hexID(provider, seq, reference, 16)
	default:
		sum := digest(provider, seq, reference)
		return base64.RawURLEncoding.EncodeToString(sum[:16])
	}
}

// trackingNumber has the form of a USPS certified number: 22 digits that begin with 9407.
func trackingNumber(seq int64, reference string) string {
	sum := digest("tracking", seq, reference)
	number := new(big.Int).SetBytes(sum[:])
	number.Mod(number, new(big.Int).Exp(big.NewInt(10), big.NewInt(18), nil))
	return fmt.Sprintf("9407%018d", number)
}
