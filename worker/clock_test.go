package worker_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/sandbox"
	"relance/internal/scene"
	"relance/worker"
)

// drive moves the clock of a scene as a command would, with a driver of its own.
func drive(ctx context.Context, s *scene.Scene, f *temporal, to time.Time, story worker.Story, quiets ...func(context.Context) error) error {
	d := &worker.Driver{Store: s.Store, Relay: relay(s, f), Opener: s.Work, Log: quiet()}
	if len(quiets) > 0 {
		d.Quiet = quiets[0]
	}
	return d.Drive(ctx, func(ctx context.Context) error { return d.Advance(ctx, to, story) })
}

// book registers invoices of three debtors, which fall due day by day.
func book(s *scene.Scene, n int) {
	s.Helper()
	for i := range n {
		s.Register(fmt.Sprintf("A-%02d", i), func(in *intake.Invoice) {
			in.Row.Debtor = scene.Debtor(fmt.Sprintf("D-%d", i%3))
			in.Row.DueOn = in.Row.DueOn.AddDays(i % 4)
		})
	}
}

var later = scene.Opening().AddDate(0, 1, 0)

// A year of collecting runs in seconds: everything that falls due is done, in order, and then all is quiet.
func TestAdvancingDoesAllThatFallsDue(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	book(s, 6)
	f := newTemporal()
	f.performs(s)
	quiets := 0
	require.NoError(t, drive(t.Context(), s, f, later, worker.NoStory{}, func(context.Context) error {
		quiets++
		require.Zero(t, pending(s))
		require.Zero(t, s.Count("select count(*) from cases, installation where status = 'open' and plan_at <= business_now"))
		return nil
	}))
	require.Equal(t, later.UTC(), s.Now())
	require.Greater(t, quiets, 6*4)
	for i := range 6 {
		require.Len(t, s.ReceivedFor(fmt.Sprintf("A-%02d", i)), 3)
	}
	require.True(t, slices.IsSortedFunc(s.Received(), func(a, b sandbox.Entry) int { return a.At.Compare(b.At) }))
	require.NoError(t, drive(t.Context(), s, f, later, worker.NoStory{}), "nothing is left to do")
	require.Len(t, s.Received(), 6*3)
}

// Cases that are due at one instant come in the order of debtor and workflow id, one at a time.
func TestTheOrderOfAnInstant(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	for i := range 9 {
		s.Open(fmt.Sprintf("A-%d", i), func(in *intake.Invoice) { in.Row.Debtor = scene.Debtor(fmt.Sprintf("D-%d", i%3)) })
	}
	at := func(n int) time.Time { return scene.Opening().Add(time.Duration(9+n) * time.Hour).UTC() }
	plan := func(number string, when time.Time) {
		s.SQL(`update cases set plan_at = $1, plan_version = plan_version + 1,
			plan = plan || jsonb_build_object('at', to_char($1 at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'version', plan_version + 1) where workflow_id = $2`, when, "case/acme/"+number)
	}
	for i := range 9 {
		plan(fmt.Sprintf("A-%d", i), at(i/6)) // six at the first instant, three an hour later
	}
	type due struct {
		at       time.Time
		debtor   uuid.UUID
		workflow string
	}
	var want []due
	for i := range 9 {
		want = append(want, due{at(i / 6), collection.DebtorID(scene.Creditor, fmt.Sprintf("D-%d", i%3)), fmt.Sprintf("case/acme/A-%d", i)})
	}
	slices.SortFunc(want, func(a, b due) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		if c := slices.Compare(a.debtor[:], b.debtor[:]); c != 0 {
			return c
		}
		return slices.Compare([]byte(a.workflow), []byte(b.workflow))
	})

	f := newTemporal()
	var mu sync.Mutex
	var got []due
	busy := false
	f.told = func(c call) {
		if c.How != "signal with start" {
			return
		}
		mu.Lock()
		require.False(t, busy, "one at a time")
		busy = true
		got = append(got, due{c.Envelope.Now, uuid.MustParse(c.Input.Debtor), c.Workflow})
		mu.Unlock()
		go func() { // the workflow takes its time
			mu.Lock()
			busy = false
			mu.Unlock()
			plan(c.Input.Invoice, later.AddDate(1, 0, 0))
		}()
	}
	require.NoError(t, drive(t.Context(), s, f, scene.Opening().Add(24*time.Hour), worker.NoStory{}))
	require.Equal(t, want, got)
}

// story tells of one fact at each of its instants.
type story struct {
	at   []time.Time
	tell func(ctx context.Context, at time.Time) error
}

func (s *story) Next() (time.Time, bool) {
	if len(s.at) == 0 {
		return time.Time{}, false
	}
	return s.at[0], true
}

func (s *story) Tell(ctx context.Context, at time.Time) error {
	if err := s.tell(ctx, at); err != nil {
		return err
	}
	s.at = s.at[1:]
	return nil
}

// At an equal instant facts come before plans: what is paid at the second at which a reminder is due is not reminded of.
func TestFactsComeBeforePlans(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	s.Open("A-2")
	f := newTemporal()
	f.performs(s)
	pays := &story{at: []time.Time{s.Plan("A-1").At}, tell: func(_ context.Context, at time.Time) error {
		require.Equal(t, at, s.Now())
		s.Pay("A-1", "P-1", 0)
		return nil
	}}
	require.NoError(t, drive(t.Context(), s, f, later, pays))
	require.Empty(t, s.ReceivedFor("A-1"))
	require.Len(t, s.ReceivedFor("A-2"), 3)

	// An invoice that is told of at the instant at which it would open opens then, and its first step is not late.
	s = scene.Set(t, scene.Options{Start: scene.Opening().AddDate(0, 0, -10)})
	f = newTemporal()
	f.performs(s)
	registers := &story{at: []time.Time{scene.Opening().AddDate(0, 0, -1).UTC()}, tell: func(context.Context, time.Time) error { s.Register("A-1"); return nil }}
	require.NoError(t, drive(t.Context(), s, f, later, registers))
	require.Len(t, s.ReceivedFor("A-1"), 3)
	require.Equal(t, s.Case("A-1").OpenedAt.UTC(), scene.Opening().AddDate(0, 0, -1).UTC())
}

func TestATestClockThatCannotBeMoved(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	f := newTemporal()
	is := s.Everything()
	require.ErrorIs(t, drive(t.Context(), s, f, scene.Opening().Add(-time.Second), worker.NoStory{}), worker.ErrBackwards)
	require.Equal(t, is, s.Everything())
	require.NoError(t, drive(t.Context(), s, f, scene.Opening(), worker.NoStory{}), "to where it stands is nowhere")

	wall := scene.Set(t, scene.Options{WallClock: true})
	require.ErrorIs(t, drive(t.Context(), wall, f, later, worker.NoStory{}), worker.ErrNoClock)

	ctx, cancel := context.WithCancel(t.Context())
	book(s, 1)
	f.told = func(call) { cancel() }
	require.ErrorIs(t, drive(ctx, s, f, later, worker.NoStory{}), context.Canceled)
}

// Business time does not pass while sending is stopped, and passes on where it stood.
func TestAStopHoldsTheClock(t *testing.T) {
	t.Parallel()
	for _, whom := range []string{"", scene.Creditor} {
		s := scene.Set(t, scene.Options{})
		s.Open("A-1")
		due := s.Plan("A-1").At
		f := newTemporal()
		f.performs(s)
		require.NoError(t, s.Desk.Stop(t.Context(), whom, "the owner asked"))
		for range 2 {
			require.ErrorIs(t, drive(t.Context(), s, f, later, worker.NoStory{}), worker.ErrStopped)
			require.Equal(t, due, s.Now())
			require.Empty(t, s.Received())
		}
		require.NoError(t, s.Desk.Start(t.Context(), whom))
		require.NoError(t, drive(t.Context(), s, f, later, worker.NoStory{}))
		require.Len(t, s.Received(), 3)
		require.Equal(t, due, s.Received()[0].At)
	}
}

// A driver that dies anywhere is followed by another that goes on where the clock stands: in the end it is as if nothing had
// happened.
func TestADriverThatDiesIsFollowedByAnother(t *testing.T) {
	t.Parallel()
	run := func(s *scene.Scene, dies bool) []string {
		book(s, 6)
		f := newTemporal()
		f.performs(s)
		crash := errors.New("killed")
		for n := 0; ; n++ {
			left := n%5 + 1
			if dies {
				f.refuse = func(c call) error {
					if c.How != "signal with start" || c.Envelope.Plan == nil || !c.Envelope.Plan.Due(c.Envelope.Now) {
						return nil
					}
					if left--; left == 0 {
						return crash
					}
					return nil
				}
			}
			err := drive(t.Context(), s, f, later, worker.NoStory{})
			if err == nil {
				break
			}
			require.ErrorIs(t, err, crash)
		}
		var lines []string
		for _, e := range s.Received() {
			lines = append(lines, fmt.Sprint(e.Provider, e.Kind, e.To, e.At, e.Subject, e.Text))
		}
		return lines
	}
	whole := run(scene.Set(t, scene.Options{}), false)
	require.Len(t, whole, 18)
	require.Equal(t, whole, run(scene.Set(t, scene.Options{}), true))
}

// A workflow that stays silent is woken again, and one that was terminated is started by it.
func TestASilentWorkflowIsWokenAgain(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	f := newTemporal()
	f.performs(s)
	performs, wakes := f.told, 0
	f.told = func(c call) {
		if c.How == "signal with start" {
			if wakes++; wakes == 1 {
				return // its worker died just now
			}
		}
		performs(c)
	}
	require.NoError(t, drive(t.Context(), s, f, s.Plan("A-1").At, worker.NoStory{}))
	require.Equal(t, 2, wakes)
	require.Len(t, s.Received(), 1)
}

// One command at a time moves a clock.
func TestTwoDrivers(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	f := newTemporal()
	f.performs(s)
	inside := false
	require.NoError(t, drive(t.Context(), s, f, later, worker.NoStory{}, func(ctx context.Context) error {
		if !inside {
			inside = true
			require.ErrorIs(t, drive(ctx, s, f, later, worker.NoStory{}), worker.ErrDriven)
		}
		return nil
	}))
	require.True(t, inside)
	require.Len(t, s.Received(), 3)
}

// The outcome of a case that is over is looked up as time passes, although nobody asks for a step any more.
func TestAdvancingSettlesClosedCases(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	s.Faults(sandbox.Fault{Mode: sandbox.ModeDrop, Times: 1})
	s.Perform("A-1")
	s.Pay("A-1", "P-1", 0)
	require.Equal(t, []string{"unknown"}, s.States("A-1"))
	f := newTemporal()
	f.performs(s)
	require.NoError(t, drive(t.Context(), s, f, later, worker.NoStory{}))
	require.Equal(t, later.UTC(), s.Now())
	require.Equal(t, []string{"accepted"}, s.States("A-1"))
}
