// Package intaketest gives tests a small installation: a database of their own, a document store, a test clock, providers
// that take everything, and the use cases on them. There is no Temporal: Advance does by itself what the workflows of the
// cases would have done.
//
// It exists so that what reads and shows cases can be tested on real ones. It is for tests only and must not import
// Temporal.
package intaketest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"relance/internal/archive"
	"relance/internal/calendar"
	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/embedded/postgres/pgtest"
	"relance/internal/intake"
	"relance/internal/ledger"
	"relance/internal/policy"
	"relance/internal/store"
	"relance/internal/store/db"
)

// Office is one installation on a test clock.
type Office struct {
	DatabaseURL string
	Blobs       string // folder of the document store
	Store       *store.Store
	Archive     *archive.Archive
	Desk        *intake.Desk
	Work        *casework.Work
}

// Main is the TestMain of a package whose tests call New. It does not return.
func Main(m *testing.M) { pgtest.Main(m, store.Migrate) }

// New makes an installation whose clock stands at 00:00 in Paris on a day, with the built-in policies. It ends with the test.
func New(t testing.TB, day string) *Office {
	t.Helper()
	o := &Office{DatabaseURL: pgtest.NewDatabase(t), Blobs: filepath.Join(t.TempDir(), "documents")}
	var err error
	o.Store, err = store.Open(t.Context(), store.Config{URL: o.DatabaseURL, Conns: 4, SendConns: 2})
	require.NoError(t, err)
	t.Cleanup(o.Store.Close)
	o.Archive, err = archive.Open(t.Context(), o.Blobs)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, o.Archive.Close()) })
	o.Desk = &intake.Desk{Store: o.Store, Blobs: o.Archive}
	o.Work = &casework.Work{
		Store: o.Store, Blobs: o.Archive, Mail: provider("sendgrid"), Texts: provider("twilio"), Post: provider("lob"),
		Deadlines: casework.DefaultDeadlines(),
	}
	start := At(t, day)
	require.NoError(t, o.Store.Retry(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		return tx.CreateInstallation(ctx, db.CreateInstallationParams{Instance: uuid.New(), Clock: "test", BusinessNow: &start, CreatedAt: start})
	}))
	for _, name := range policy.Names() {
		_, body, err := policy.Builtin(name)
		require.NoError(t, err)
		_, err = o.Desk.PublishPolicy(t.Context(), name, body)
		require.NoError(t, err)
	}
	return o
}

// At is 00:00 in Paris on a day.
func At(t testing.TB, day string) time.Time {
	t.Helper()
	paris, err := time.LoadLocation("Europe/Paris")
	require.NoError(t, err)
	d, err := calendar.ParseDate(day)
	require.NoError(t, err)
	return d.Start(paris).UTC()
}

// Example is the path of a file among the examples of the repository.
func Example(name string) string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "..", "..", "examples", name)
}

// Creditor applies the settings of the demo's creditor, under another id if one is given.
func (o *Office) Creditor(t testing.TB, ids ...string) {
	t.Helper()
	raw, err := os.ReadFile(Example("demo.creditor.yaml"))
	require.NoError(t, err)
	for _, id := range append(ids, "comptoir")[:max(len(ids), 1)] {
		c, problems, err := ledger.ReadCreditor(strings.NewReader(strings.Replace(string(raw), "id: comptoir", "id: "+id, 1)))
		require.NoError(t, err)
		require.NoError(t, problems.Err())
		require.NoError(t, o.Desk.ApplyCreditor(t.Context(), c, ledger.Trusted))
	}
}

// Book reads a CSV file of canonical columns.
func Book(t testing.TB, csv string) *ledger.Book {
	t.Helper()
	book, err := ledger.Read(t.Context(), strings.NewReader(csv), ledger.DefaultMapping(), ledger.Options{Fiction: true})
	require.NoError(t, err)
	return book
}

// Register registers the rows of a CSV file for a creditor.
func (o *Office) Register(t testing.TB, creditor, csv string) {
	t.Helper()
	book := Book(t, csv)
	require.NoError(t, book.Problems.Err())
	for _, row := range book.Rows {
		_, err := o.Desk.Register(t.Context(), []intake.Invoice{{Creditor: creditor, Row: row, Enter: intake.EnterFirst}})
		require.NoError(t, err)
	}
}

// Advance moves the clock to 00:00 in Paris on a day and does all that falls due until then, in the order of time.
func (o *Office) Advance(t testing.TB, day string) {
	t.Helper()
	target := At(t, day)
	for n := 0; ; n++ {
		require.Less(t, n, 1000, "the installation does not come to rest")
		next, ok := o.next(t, target)
		if !ok {
			break
		}
		o.move(t, next)
		o.settle(t, next)
	}
	o.move(t, target)
}

func (o *Office) move(t testing.TB, to time.Time) {
	t.Helper()
	require.NoError(t, o.Store.Retry(t.Context(), func(ctx context.Context, tx *store.Tx) error { return tx.MoveClock(ctx, &to) }))
}

// next is the next instant at which something is due, until target.
func (o *Office) next(t testing.TB, target time.Time) (next time.Time, ok bool) {
	t.Helper()
	next = target.Add(time.Second)
	require.NoError(t, o.Store.Read(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		now, err := tx.Now(ctx)
		if err != nil {
			return err
		}
		for _, query := range []func(context.Context) (time.Time, error){tx.NextOpening, tx.NextReview} {
			if at, err := query(ctx); err == nil && at.Before(next) {
				next = at.UTC()
			} else if err != nil && !store.NoRows(err) {
				return err
			}
		}
		if next.Before(now) {
			next = now
		}
		return nil
	}))
	return next, !next.After(target)
}

func (o *Office) settle(t testing.TB, now time.Time) {
	t.Helper()
	var openings []uuid.UUID
	var due []db.DueCasesRow
	require.NoError(t, o.Store.Read(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		openings, err = tx.DueOpenings(ctx, now, 100)
		return err
	}))
	for _, id := range openings {
		require.NoError(t, o.Work.Open(t.Context(), id))
	}
	require.NoError(t, o.Store.Read(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		due, err = tx.DueCases(ctx, &now, 100)
		return err
	}))
	for _, c := range due {
		o.perform(t, c.ID)
	}
}

func (o *Office) perform(t testing.TB, id uuid.UUID) {
	t.Helper()
	var plan collection.Plan
	require.NoError(t, o.Store.Read(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		row, err := tx.CaseByID(ctx, id)
		if err != nil {
			return err
		}
		return json.Unmarshal(row.Plan, &plan)
	}))
	var err error
	if plan.Form == collection.Perform {
		_, err = o.Work.Perform(t.Context(), casework.Step{CaseID: id, Step: plan.Step, Kind: plan.Kind, Epoch: plan.Epoch})
	} else {
		_, err = o.Work.Review(t.Context(), id, nil)
	}
	require.NoError(t, err, "plan %+v", plan)
}
