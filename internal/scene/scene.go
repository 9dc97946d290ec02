// Package scene sets tests a stage: a database of their own, the document store, the use cases, the send protocol with the
// real provider clients, and the sandbox in the providers' place.
//
// It exists so that a test reads like the promise it tries to break, and every package sets the same stage. It is for tests
// only: nothing but *_test.go files may import it.
package scene

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"relance/internal/archive"
	"relance/internal/casework"
	"relance/internal/clock"
	"relance/internal/collection"
	"relance/internal/config"
	"relance/internal/delivery/lob"
	"relance/internal/delivery/sendgrid"
	"relance/internal/delivery/twilio"
	"relance/internal/embedded/postgres/pgtest"
	"relance/internal/intake"
	"relance/internal/sandbox"
	"relance/internal/store"
	"relance/internal/store/db"
)

// Scene is one installation.
type Scene struct {
	testing.TB
	URL     string        // of the database
	DB      *pgxpool.Pool // the test's own way in, beside the product
	Store   *store.Store
	Blobs   *archive.Archive
	Desk    *intake.Desk
	Work    *casework.Work
	Sandbox *sandbox.Server

	wire recorder
	wall bool
	now  atomic.Int64 // business time when it was last read, in microseconds
}

// Options say how a scene is set.
type Options struct {
	// Start is where the test clock begins; zero: 2026-02-05 00:00 in Paris, the day of the usual invoice's first step.
	Start time.Time
	// WallClock has the installation live in real time.
	WallClock bool
	// Call is the deadline of a call to a provider; zero: 5 s.
	Call time.Duration
	// Record keeps every request to a provider byte for byte, see Wire.
	Record bool
	// Trust is how far signals of operators count; empty: trusted.
	Trust string
}

// Paris is the zone of the usual creditor and debtor.
func Paris() *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		panic(err) // the time zone data is missing
	}
	return zone
}

// Opening is the beginning of the day on which the first step of the usual invoice is due. It is a case by then.
func Opening() time.Time { return time.Date(2026, time.February, 5, 0, 0, 0, 0, Paris()) }

// Set sets a scene: an installation with the usual creditor and its policies, and no invoice yet.
func Set(t testing.TB, o Options) *Scene {
	t.Helper()
	s := &Scene{TB: t, URL: pgtest.NewDatabase(t), wall: o.WallClock}
	cfg, err := pgxpool.ParseConfig(s.URL)
	require.NoError(t, err)
	cfg.MaxConns = 16
	s.DB, err = pgxpool.NewWithConfig(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(s.DB.Close)
	s.Store, err = store.Open(t.Context(), store.Config{URL: s.URL, Conns: 24, SendConns: 12})
	require.NoError(t, err)
	t.Cleanup(s.Store.Close)
	s.Blobs, err = archive.Open(t.Context(), t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Blobs.Close() })
	s.Desk = &intake.Desk{Store: s.Store, Blobs: s.Blobs}
	s.install(o)
	s.providers(o)
	s.company(o)
	return s
}

func (s *Scene) install(o Options) {
	s.Helper()
	kind, began := "wall", (*time.Time)(nil)
	if !o.WallClock {
		start := o.Start
		if start.IsZero() {
			start = Opening()
		}
		start = start.UTC()
		kind, began = "test", &start
	}
	s.Tx(func(ctx context.Context, tx *store.Tx) error {
		return tx.CreateInstallation(ctx, db.CreateInstallationParams{Instance: uuid.New(), Clock: kind, BusinessNow: began, CreatedAt: clock.Now()})
	})
}

// providers puts the real clients in front of a sandbox of the scene's own.
func (s *Scene) providers(o Options) {
	s.Helper()
	deadlines := casework.DefaultDeadlines()
	if o.Call != 0 {
		deadlines.Call = o.Call
	}
	var err error
	s.Sandbox, err = sandbox.New(sandbox.Config{Addr: "127.0.0.1:0", Dir: s.TempDir(), Now: s.Now, Zone: Paris()})
	require.NoError(s, err)
	s.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = s.Sandbox.Stop(ctx)
	})
	require.NoError(s, s.Sandbox.Start())

	address := s.Sandbox.URL()
	if o.Record {
		address = s.record(address)
	}
	p := config.Sandbox(address)
	mail, err1 := sendgrid.New(sendgrid.Config{BaseURL: p.SendGrid.BaseURL, APIKey: p.SendGrid.APIKey, Account: "sendgrid", Timeout: deadlines.Call})
	texts, err2 := twilio.New(twilio.Config{
		BaseURL: p.Twilio.BaseURL, AccountSID: p.Twilio.AccountSID, Secret: p.Twilio.Secret, CallbackURL: p.Twilio.CallbackURL,
		Account: "twilio", Timeout: deadlines.Call,
	})
	post, err3 := lob.New(lob.Config{BaseURL: p.Lob.BaseURL, APIKey: p.Lob.APIKey, Account: "lob", Timeout: deadlines.Call})
	require.NoError(s, errors.Join(err1, err2, err3))
	s.Work = &casework.Work{Store: s.Store, Blobs: s.Blobs, Mail: mail, Texts: texts, Post: post, Deadlines: deadlines}
}

// Now is business time, the same that the sandbox stamps messages with. Whoever moves the clock, it is read where it stands.
func (s *Scene) Now() time.Time {
	if s.wall {
		return clock.Now()
	}
	var at time.Time
	if err := s.DB.QueryRow(context.Background(), "select business_now from installation").Scan(&at); err == nil {
		s.now.Store(at.UnixMicro())
	}
	return time.UnixMicro(s.now.Load()).UTC() // the last one known, for a call that comes when the scene is over
}

// MoveTo moves the test clock forward; an instant that has passed moves nothing.
func (s *Scene) MoveTo(at time.Time) {
	s.Helper()
	if !at.After(s.Now()) {
		return
	}
	require.False(s, s.wall, "nobody moves the wall clock")
	at = at.UTC()
	s.Tx(func(ctx context.Context, tx *store.Tx) error { return tx.MoveClock(ctx, &at) })
}

// Wait moves the test clock forward by d.
func (s *Scene) Wait(d time.Duration) {
	s.Helper()
	s.MoveTo(s.Now().Add(d))
}

// Tx runs fn in a transaction of the product's.
func (s *Scene) Tx(fn func(context.Context, *store.Tx) error) {
	s.Helper()
	require.NoError(s, s.Store.Retry(s.Context(), fn))
}

// SQL runs a statement beside the product.
func (s *Scene) SQL(statement string, args ...any) {
	s.Helper()
	_, err := s.DB.Exec(s.Context(), statement, args...)
	require.NoError(s, err)
}

// Count is the number that a query gives.
func (s *Scene) Count(query string, args ...any) int {
	s.Helper()
	var n int
	require.NoError(s, s.DB.QueryRow(s.Context(), query, args...).Scan(&n))
	return n
}

// Faults has the sandbox fail from now on; none end all faults.
func (s *Scene) Faults(faults ...sandbox.Fault) {
	s.Helper()
	require.NoError(s, s.Sandbox.SetFaults(faults...))
}

// Until does something again and again until done holds, and fails the test when that does not come about.
func (s *Scene) Until(done func() bool, do func()) {
	s.Helper()
	for range 500 {
		if done() {
			return
		}
		do()
	}
	require.Fail(s, "it does not come to an end")
}

// Climbed climbs the whole ladder of a case, until it waits for something else than time. Letters to print are posted.
func (s *Scene) Climbed(number string) {
	s.Helper()
	s.Until(func() bool { return s.Plan(number).Form != collection.Perform }, func() { s.Perform(number); s.PostLetters(number) })
}

// Patience is how long a test waits for something that must happen.
const Patience = 30 * time.Second

// Eventually waits until done holds.
func (s *Scene) Eventually(done func() bool, what string) {
	s.Helper()
	require.Eventually(s, done, Patience, 2*time.Millisecond, what)
}
