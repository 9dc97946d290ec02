package intake_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/money"
	"relance/internal/scene"
)

func TestPayingInFullClosesTheCase(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	before := s.Plan("A-1").Version
	r := s.Pay("A-1", "P-1", 120000)
	require.True(t, r.Changed)
	require.True(t, r.Opened)
	require.Equal(t, collection.Close, r.Plan.Form)
	require.Equal(t, collection.EndPaid, r.Plan.Ending)
	require.Equal(t, s.Plan("A-1"), *r.Plan)
	c := s.Case("A-1")
	require.Equal(t, "closed", c.Status)
	require.Equal(t, s.Now(), c.ClosedAt.UTC())
	require.Equal(t, 1, s.Count("select count(*) from outbox where kind = 'paid' and wanted_version > $1 and events = array[$2::text]", before, r.ID))
	require.Equal(t, []string{"registered", "case_opened", "payment", "case_closed"}, s.Timeline("A-1"))
	balanced(s)
}

func TestPayingInPartLeavesTheRest(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	r := s.Pay("A-1", "P-1", 120000-1)
	require.Equal(t, scene.Euro(1), r.Plan.Owed)
	require.Equal(t, collection.Perform, r.Plan.Form, "a cent is owed")
	r = s.Pay("A-1", "P-2", 0)
	require.Equal(t, collection.EndPaid, r.Plan.Ending, "all that is owed was a cent")
	require.Equal(t, 1, s.Count("select count(*) from payment where amount_minor = 1"))
	balanced(s)
}

func TestTheSamePaymentTwiceIsOne(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	first := s.Pay("A-1", "P-1", 50000)
	same(s, func() {
		again := s.Pay("A-1", "P-1", 50000)
		require.False(t, again.Changed)
		require.Equal(t, first.ID, again.ID)
		require.Equal(t, first.Plan, again.Plan)
		require.False(t, s.Pay("A-1", "P-1", 0).Changed, "all that is owed, under a known reference, is that payment")
	})
	refused(s, intake.Conflict, 1, func() error {
		_, err := s.Desk.Pay(t.Context(), s.Payment("A-1", "P-1", 50001))
		return err
	})
	refused(s, intake.Conflict, 1, func() error {
		p := s.Payment("A-1", "P-1", 50000)
		p.Amount.Currency = "USD"
		_, err := s.Desk.Pay(t.Context(), p)
		return err
	})
	s.Open("A-2")
	require.True(t, s.Pay("A-2", "P-1", 50000).Changed, "a reference is the invoice's own")
}

func TestAPaymentThatCannotBe(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	pay := func(change func(*intake.Payment)) func() error {
		return func() error {
			p := s.Payment("A-1", "P-1", 100)
			change(&p)
			_, err := s.Desk.Pay(t.Context(), p)
			return err
		}
	}
	amount := func(minor int64, c money.Currency) *money.Amount { return &money.Amount{Minor: minor, Currency: c} }
	tomorrow := calendar.DateOf(s.Now(), scene.Paris()).AddDays(1)
	refused(s, intake.Invalid, 1, pay(func(p *intake.Payment) { p.Amount = amount(0, "EUR") }))
	refused(s, intake.Invalid, 1, pay(func(p *intake.Payment) { p.Amount = amount(-1, "EUR") }))
	refused(s, intake.Invalid, 1, pay(func(p *intake.Payment) { p.Amount = amount(1, "USD") }))
	refused(s, intake.Invalid, 1, pay(func(p *intake.Payment) { p.On = tomorrow }))
	refused(s, intake.Invalid, 1, pay(func(p *intake.Payment) { p.On = scene.Day("2026-01-04") }))
	refused(s, intake.Invalid, 3, pay(func(p *intake.Payment) { p.Amount, p.On = amount(-1, "USD"), tomorrow }))
	refused(s, intake.NotFound, 1, pay(func(p *intake.Payment) { p.Invoice = "A-2" }))
	refused(s, intake.NotFound, 1, pay(func(p *intake.Payment) { p.Creditor = "nobody" }))
	require.True(t, s.Pay("A-1", "P-1", 100).Changed, "a refused payment has not used its reference up")
}

// Money that comes after the case is over is booked all the same.
func TestAPaymentAfterTheEnd(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	s.Pay("A-1", "P-1", 130000)
	closed := s.Plan("A-1")
	require.Equal(t, int64(-10000), closed.Owed.Minor)
	r := s.Pay("A-1", "P-2", 100)
	require.True(t, r.Changed)
	require.Equal(t, closed, s.Plan("A-1"))
	require.Equal(t, 2, s.Count("select count(*) from payment"))
	require.NotEqual(t, collection.Perform, r.Plan.Form)
	refused(s, intake.Stopped, 1, func() error {
		_, err := s.Desk.Pay(t.Context(), s.Payment("A-1", "P-3", 0)) // all of nothing
		return err
	})
}

// A send that holds the invoice for too long: nothing is recorded, and the caller hears that he should come back.
func TestAPaymentThatCannotGetTheInvoice(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	s.Failing("payment", "InsertPayment", "55P03", 1)
	refused(s, intake.Busy, 1, func() error {
		_, err := s.Desk.Pay(t.Context(), s.Payment("A-1", "P-1", 0))
		return err
	})
	s.Pay("A-1", "P-1", 0)
}

func TestOnePaymentReportedByManyAtOnceIsOne(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	const clients = 64
	changed := make(chan bool, clients)
	crowd(clients, func(int) {
		r, err := s.Desk.Pay(t.Context(), s.Payment("A-1", "P-1", 50000))
		changed <- err == nil && r.Changed
	})
	close(changed)
	n := 0
	for c := range changed {
		if c {
			n++
		}
	}
	require.Equal(t, 1, n, "one of them recorded it")
	require.Equal(t, 1, s.Count("select count(*) from payment"))
	require.Equal(t, 1, s.Count("select count(*) from timeline where kind = 'payment'"))
	require.Equal(t, scene.Euro(70000), s.Plan("A-1").Owed)
	balanced(s)
}

func TestManyPaymentsAtOnceAddUp(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	s.Open("A-2")
	crowd(64, func(i int) {
		_, err := s.Desk.Pay(t.Context(), s.Payment(fmt.Sprintf("A-%d", i%2+1), fmt.Sprintf("P-%d", i), int64(i+1)))
		if err != nil {
			t.Error(err)
		}
	})
	require.Equal(t, 64, s.Count("select count(*) from payment"))
	require.Equal(t, 64*65/2, s.Count("select sum(amount_minor) from payment"))
	balanced(s)

	// And all that is owed, by many who do not know of each other, is paid once.
	paid := make(chan intake.Kind, 16)
	crowd(16, func(i int) {
		_, err := s.Desk.Pay(t.Context(), s.Payment("A-1", fmt.Sprintf("all-%d", i), 0))
		paid <- intake.KindOf(err)
	})
	close(paid)
	kinds := map[intake.Kind]int{}
	for k := range paid {
		kinds[k]++
	}
	require.Equal(t, map[intake.Kind]int{"": 1, intake.Stopped: 15}, kinds)
	require.Zero(t, s.Plan("A-1").Owed.Minor)
	balanced(s)
}

// crowd runs something many times at once.
func crowd(n int, do func(i int)) {
	var together sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		together.Go(func() { <-begin; do(i) })
	}
	close(begin)
	together.Wait()
}
