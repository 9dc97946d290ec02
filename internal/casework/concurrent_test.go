package casework_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/scene"
)

// Two schedulers, a retried activity beside its zombie, a reset workflow: whoever performs the step at the same time, the
// debtor hears once.
func TestOneStepPerformedByManyAtOnceGoesOutOnce(t *testing.T) {
	t.Parallel()
	for _, clock := range []string{"test clock", "wall clock"} {
		for _, many := range []int{2, 16} {
			for _, kind := range []collection.StepKind{collection.EmailReminder, collection.SMSReminder} {
				t.Run(fmt.Sprintf("%d on the %s by %s", many, clock, kind), func(t *testing.T) {
					t.Parallel()
					s := scene.Set(t, scene.Options{WallClock: clock == "wall clock"})
					var step casework.Step
					if clock == "wall clock" {
						step = s.DueNow("A-1", kind)
					} else {
						s.Ladder(kind)
						s.Open("A-1", scene.Policy("ladder"))
						step = s.Due("A-1")
					}
					var together sync.WaitGroup
					errs := make(chan error, many)
					for range many {
						together.Go(func() {
							_, err := s.Work.Perform(t.Context(), step)
							errs <- err
						})
					}
					together.Wait()
					close(errs)
					for err := range errs {
						if err != nil {
							require.ErrorIs(t, err, casework.ErrBusy)
						}
					}
					require.Len(t, s.Received(), 1)
					require.Equal(t, []string{"accepted"}, s.States("A-1"))
					require.Equal(t, 1, s.Count("select count(*) from attempt where result = 'accepted'"))
					require.Equal(t, 1, s.Count("select count(*) from outcome"))
				})
			}
		}
	}
}

// A claim that another worker took over is not marked any more: the attempt is the fence.
func TestAClaimThatWasTakenOverIsNotCalled(t *testing.T) {
	t.Parallel()
	s, step := calling(t, "email")
	marking := s.Break("dispatch", "MarkCalling")
	first := start(t.Context(), s.Work, step)
	marking.Reached()
	second := start(t.Context(), s.Work, step)
	s.Eventually(func() bool { return s.Dispatches("A-1")[0].Attempt == 2 }, "the second has taken it over")
	marking.Go()
	for _, r := range []result{await(t, first), await(t, second)} {
		if r.err != nil {
			require.ErrorIs(t, r.err, casework.ErrBusy)
		}
	}
	require.Len(t, own(s, step), 1)
	require.Equal(t, []string{"accepted"}, s.States("A-1"), "and nothing is unknown")
	require.Equal(t, 1, s.Count("select count(*) from attempt where called_at is not null and dispatch_id = $1", s.Dispatches("A-1")[0].ID))
}

// Everything at once on a few debtors: sends, payments, holds, reviews. No deadlock reaches a caller, no step goes out twice,
// and no message leaves after the payment of its invoice.
func TestACrowd(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	const invoices = 9
	number := func(i int) string { return fmt.Sprintf("A-%d", i) }
	steps := make([]casework.Step, invoices)
	for i := range invoices {
		s.Open(number(i), func(in *intake.Invoice) { in.Row.Debtor = scene.Debtor(fmt.Sprintf("D-%d", i%3)) })
	}
	latest := s.Now()
	for i := range invoices {
		if at := s.Plan(number(i)).At; at.After(latest) {
			latest = at
		}
	}
	s.MoveTo(latest)
	for i := range invoices {
		steps[i] = s.Due(number(i))
	}
	ctx, cancel := context.WithTimeout(t.Context(), scene.Patience)
	defer cancel()
	var crowd sync.WaitGroup
	unexpected := make(chan error, 1000)
	do := func(times int, fn func() error) {
		crowd.Go(func() {
			for range times {
				if err := fn(); err != nil && !errors.Is(err, casework.ErrBusy) && intake.KindOf(err) == "" {
					unexpected <- err
				}
			}
		})
	}
	for i := range invoices {
		do(3, func() error { _, err := s.Work.Perform(ctx, steps[i]); return err })
		do(3, func() error { _, err := s.Work.Perform(ctx, steps[i]); return err })
		do(2, func() error { _, err := s.Work.Review(ctx, steps[i].CaseID, nil); return err })
		switch i % 3 {
		case 0:
			do(1, func() error { _, err := s.Desk.Pay(ctx, s.Payment(number(i), "P", 0)); return err })
		case 1:
			do(2, func() error {
				_, err := s.Desk.Hold(ctx, intake.Block{Creditor: scene.Creditor, Invoice: number(i), Reason: collection.OnHold})
				_, other := s.Desk.Release(ctx, scene.Creditor, number(i), "", "")
				return errors.Join(err, other)
			})
		}
	}
	crowd.Wait()
	close(unexpected)
	for err := range unexpected {
		require.NoError(t, err)
	}
	for i := range invoices {
		got := s.ReceivedFor(number(i))
		require.LessOrEqual(t, len(got), 1, number(i))
		if i%3 == 0 {
			require.Zero(t, s.Count(`select count(*) from timeline a join timeline b on a.invoice_id = b.invoice_id and a.id > b.id
				where a.kind = 'step_sent' and b.kind = 'payment'`), "a message is recorded after the payment")
		}
	}
	// What is still owed and not blocked goes out in the end, once.
	for i := range invoices {
		expire(s)
		settle(s, number(i), time.Hour)
		want := 1
		if i%3 == 0 {
			want = len(s.ReceivedFor(number(i)))
		}
		require.Len(t, s.ReceivedFor(number(i)), want, number(i))
	}
	require.Zero(t, s.Count("select count(*) from dispatch where state in ('claimed', 'calling')"))
}
