package casework_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/delivery"
	"relance/internal/scene"
)

// mail, texts and post stand in front of a real client and act when the one call is made.
type (
	mail struct {
		casework.Mail
		act act
	}
	texts struct {
		casework.Texts
		act act
	}
	post struct {
		casework.Post
		act act
	}
	// act gets the call as it would be made.
	act func(ctx context.Context, call func(context.Context) delivery.Outcome) delivery.Outcome
)

func (m mail) Send(ctx context.Context, f delivery.Frozen) delivery.Outcome {
	return m.act(ctx, func(ctx context.Context) delivery.Outcome { return m.Mail.Send(ctx, f) })
}

func (m texts) Send(ctx context.Context, f delivery.Frozen) delivery.Outcome {
	return m.act(ctx, func(ctx context.Context) delivery.Outcome { return m.Texts.Send(ctx, f) })
}

func (m post) Send(ctx context.Context, f delivery.Frozen) delivery.Outcome {
	return m.act(ctx, func(ctx context.Context) delivery.Outcome { return m.Post.Send(ctx, f) })
}

// acting is the scene's protocol with an act in front of every provider. The scene's own stays as it is.
func acting(s *scene.Scene, a act) *casework.Work {
	w := *s.Work
	w.Mail, w.Texts, w.Post = mail{w.Mail, a}, texts{w.Texts, a}, post{w.Post, a}
	return &w
}

// held is a call that stands still, under its locks, until the test lets it go on.
type held struct {
	began chan struct{}
	goOn  chan struct{}
}

func hold() held { return held{make(chan struct{}), make(chan struct{})} }

func (h held) act(ctx context.Context, call func(context.Context) delivery.Outcome) delivery.Outcome {
	close(h.began)
	<-h.goOn
	return call(ctx)
}

// diesBefore and diesAfter are a process that is killed in the middle of its call.
func diesBefore(context.Context, func(context.Context) delivery.Outcome) delivery.Outcome {
	runtime.Goexit()
	return delivery.Outcome{}
}

func diesAfter(ctx context.Context, call func(context.Context) delivery.Outcome) delivery.Outcome {
	_ = call(ctx)
	runtime.Goexit()
	return delivery.Outcome{}
}

// result is what became of a Perform that runs beside the test.
type result struct {
	plan collection.Plan
	err  error
	died bool
}

// start performs a step beside the test.
func start(ctx context.Context, w *casework.Work, step casework.Step) <-chan result {
	done := make(chan result, 1)
	go func() {
		r := result{died: true}
		defer func() { done <- r }()
		plan, err := w.Perform(ctx, step)
		r = result{plan: plan, err: err}
	}()
	return done
}

// await gives what comes out of a channel, and fails the test when nothing does.
func await[T any](t testing.TB, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(scene.Patience):
		require.Fail(t, "nothing happens")
	}
	return v
}

// die performs a step in a process that is killed in the middle of its call.
func die(s *scene.Scene, step casework.Step, how act) {
	s.Helper()
	require.True(s, await(s, start(s.Context(), acting(s, how), step)).died)
	require.Equal(s, 1, s.Count("select count(*) from dispatch where state = 'calling'"))
}

// expire has the leases of all dispatches run out.
func expire(s *scene.Scene) {
	s.Helper()
	s.SQL("update dispatch set lease_until = clock_timestamp() - interval '1 second'")
}

// settle does what a workflow would do, until the case asks for nothing within the next days.
func settle(s *scene.Scene, number string, within time.Duration) {
	s.Helper()
	end := s.Now().Add(within)
	for range 400 { // a day of look-ups, ten minutes apart
		p := s.Plan(number)
		if p.Form == collection.Close || p.At.After(end) {
			return
		}
		s.MoveTo(p.At)
		var err error
		if p.Form == collection.Perform {
			_, err = s.Work.Perform(s.Context(), casework.Step{CaseID: s.Case(number).ID, Step: p.Step, Kind: p.Kind, Epoch: p.Epoch})
		} else {
			_, err = s.Work.Review(s.Context(), s.Case(number).ID, nil)
		}
		if errors.Is(err, casework.ErrBusy) {
			expire(s)
			continue
		}
		require.NoError(s, err)
	}
	require.Fail(s, "the case does not come to rest", "%+v", s.Plan(number))
}
