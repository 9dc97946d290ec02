// Package dossier packs the evidence of a case into one ZIP file for an agency, a court or a lawyer: an index, the statement
// of account, the invoice and other documents, every message as it went out, the timeline, and a manifest with the SHA-256 of
// each part.
//
// It is pure: everything that goes in is in Input, and the same Input gives the same bytes. What an evidence pack should hold
// and does not is named in the index, because a gap that is announced is better than one that is found.
//
// It reads the requests of the wired providers back into what a debtor saw; for one it does not know, the raw bytes stand
// alone. Of Relance it imports the pure packages only, never the store, a provider's adapter or the file system.
package dossier

import (
	"time"

	"relance/internal/collection"
	"relance/internal/law"
	"relance/internal/message"
)

// Input is all that goes into a dossier.
type Input struct {
	At        time.Time // business time of the hand-over
	Zone      *time.Location
	Reference string         // the short case reference
	Notice    message.Notice // creditor, debtor and invoice as they stand
	Statement message.Statement
	Route     collection.RouteKind // "" while nobody has chosen
	Court     *law.Court           // the court that is open, for small claims
	Documents []Document
	Messages  []Message
	Timeline  []Event
}

// Document is a file that belongs to the invoice.
type Document struct {
	Kind      string // invoice, contract, delivery_proof, other
	Name      string
	MediaType string
	SHA256    string
	Content   []byte
}

// Message is one message as it was handed to its provider, or printed.
type Message struct {
	At          time.Time
	Step        collection.StepID
	Kind        collection.StepKind
	Channel     string // email, sms, post, print
	Provider    string // sendgrid, twilio, lob; "" for a letter that a person posted
	ProviderID  string
	Recipient   string
	Result      string // accepted, refused, unproved; for a printed letter the state of its task: open, done, withdrawn
	Tracking    string
	ContentType string
	Body        []byte // the exact bytes
	SHA256      string
}

// Event is one line of the timeline.
type Event struct {
	At   time.Time
	Kind string
	Data string // JSON
}
