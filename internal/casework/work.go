package casework

import (
	"context"
	"time"

	"relance/internal/delivery"
	"relance/internal/store"
)

// Blobs is the content-addressed document store. Put is repeatable: the same bytes give the same hash.
type Blobs interface {
	Put(ctx context.Context, content []byte) (sha256 string, err error)
	Get(ctx context.Context, sha256 string) ([]byte, error)
}

// Mail, Texts and Post are what a provider of each kind can do: freeze, send, and say afterwards what became of it.
type (
	// Mail is an email provider.
	Mail interface {
		delivery.Mailer
		delivery.Finder
	}
	// Texts is an SMS provider.
	Texts interface {
		delivery.Texter
		delivery.Finder
	}
	// Post is a letter provider.
	Post interface {
		delivery.Poster
		delivery.Finder
	}
)

// Deadlines of a send. They stand in one order, each longer than what it contains: the HTTP call, the transaction that
// holds the locks (store.IdleInTransaction), the lease, and the activity's start-to-close (workflows).
type Deadlines struct {
	Call  time.Duration // one HTTP call
	Lease time.Duration // after this another worker may take the dispatch for lost
}

// DefaultDeadlines are the deadlines of PROTOCOL: 5 s for the call, 30 s for the lease.
func DefaultDeadlines() Deadlines { return Deadlines{Call: 5 * time.Second, Lease: 30 * time.Second} }

// How a message whose outcome is unknown is settled, in business time.
const (
	quarantine   = 30 * time.Minute // no verdict of absence before this much time after the claim
	lookupGap    = 10 * time.Minute // between two look-ups that may count
	lookupsEmpty = 2                // so many empty look-ups with a positive control prove absence
	lookupLimit  = 24 * time.Hour   // after this a person decides
	stepLimit    = 72 * time.Hour   // a provider that refuses to take a message for this long has used up the step's time
)

// Work holds what casework needs.
type Work struct {
	Store     *store.Store
	Blobs     Blobs
	Mail      Mail
	Texts     Texts
	Post      Post
	Deadlines Deadlines
}
