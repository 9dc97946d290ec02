package intake_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/ledger"
	"relance/internal/scene"
)

func block(reference string, reason collection.PauseReason) intake.Block {
	return intake.Block{Creditor: scene.Creditor, Invoice: "A-1", Reference: reference, Reason: reason}
}

func TestHoldingAndReleasing(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	first, err := s.Desk.Hold(t.Context(), block("H-1", collection.OnHold))
	require.NoError(t, err)
	require.True(t, first.Changed)
	require.Equal(t, collection.Person, first.Plan.Form)
	require.Equal(t, scene.Day("2026-02-19").Start(scene.Paris()).UTC(), first.Plan.At, "looked at after the policy's fourteen days")
	same(s, func() {
		again, err := s.Desk.Hold(t.Context(), block("H-1", collection.OnHold))
		require.NoError(t, err)
		require.False(t, again.Changed)
		require.Equal(t, first.ID, again.ID)
	})
	_, err = s.Desk.Hold(t.Context(), block("D-1", collection.InDispute))
	require.NoError(t, err)
	require.Equal(t, []collection.Why{collection.WhyDispute, collection.WhyHold}, s.Plan("A-1").Why)

	release := func(reason collection.PauseReason) intake.Receipt {
		r, err := s.Desk.Release(t.Context(), scene.Creditor, "A-1", reason, "settled")
		require.NoError(t, err)
		return r
	}
	require.True(t, release(collection.OnHold).Changed)
	require.Equal(t, []collection.Why{collection.WhyDispute}, s.Plan("A-1").Why, "one block ends, the other stands")
	same(s, func() { require.False(t, release(collection.OnHold).Changed, "there is nothing to release any more") })
	r := release("")
	require.Equal(t, collection.Perform, r.Plan.Form)
	same(s, func() { require.False(t, release("").Changed) })
	require.Equal(t, 4, s.Count("select count(*) from outbox o join cases c on c.id = o.case_id, timeline t where t.kind like 'pause%' and o.kind = 'case-changed'"))
}

func TestAHoldUntilADay(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	b := block("", collection.OnHold)
	b.Until, b.Review = scene.Day("2026-02-10"), scene.Day("2026-02-08")
	r, err := s.Desk.Hold(t.Context(), b)
	require.NoError(t, err)
	require.Equal(t, scene.Day("2026-02-10").Start(scene.Paris()).UTC(), r.Plan.At)
	s.MoveTo(r.Plan.At)
	same(s, func() {
		r, err := s.Desk.Release(t.Context(), scene.Creditor, "A-1", "", "")
		require.NoError(t, err)
		require.False(t, r.Changed, "it has ended by itself")
	})
}

func TestABlockThatCannotBe(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	today := calendar.DateOf(s.Now(), scene.Paris())
	hold := func(change func(*intake.Block)) func() error {
		return func() error {
			b := block("H", collection.OnHold)
			change(&b)
			_, err := s.Desk.Hold(t.Context(), b)
			return err
		}
	}
	refused(s, intake.Invalid, 1, hold(func(b *intake.Block) { b.Reason = "a hunch" }))
	refused(s, intake.Invalid, 1, hold(func(b *intake.Block) { b.Reason = collection.Agreed }))
	refused(s, intake.Invalid, 1, hold(func(b *intake.Block) { b.Until = today }))
	refused(s, intake.Invalid, 1, hold(func(b *intake.Block) { b.Review = today }))
	refused(s, intake.NotFound, 1, hold(func(b *intake.Block) { b.Invoice = "A-2" }))
	refused(s, intake.NotFound, 1, func() error {
		_, err := s.Desk.Release(t.Context(), "nobody", "A-1", "", "")
		return err
	})
	s.Pay("A-1", "P-1", 0)
	refused(s, intake.Invalid, 4, hold(func(b *intake.Block) { b.Reason, b.Until, b.Review = "", today, today }))
}

func TestAgreeingOnInstalments(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	agree := func(reference string, schedule ledger.Schedule) (intake.Receipt, error) {
		return s.Desk.Agree(t.Context(), intake.Agreement{Creditor: scene.Creditor, Invoice: "A-1", Reference: reference, Schedule: schedule, Source: intake.FromStaff})
	}
	list := func(parts ...ledger.Instalment) ledger.Schedule { return ledger.Schedule{List: parts} }
	part := func(day string, cents int64) ledger.Instalment {
		return ledger.Instalment{Due: scene.Day(day), Amount: scene.Euro(cents)}
	}
	thirds := ledger.Schedule{Count: 3, First: scene.Day("2026-03-01"), Months: 1}
	for name, c := range map[string]struct {
		schedule ledger.Schedule
		problems int
	}{
		"does not add up":   {list(part("2026-03-01", 100)), 1},
		"no parts":          {ledger.Schedule{}, 1},
		"another currency":  {list(ledger.Instalment{Due: scene.Day("2026-03-01"), Amount: usd(120000)}), 1},
		"in the past":       {list(part("2026-02-04", 60000), part("2026-03-01", 60000)), 1},
		"out of order":      {list(part("2026-03-02", 60000), part("2026-03-01", 60000)), 1},
		"on the same day":   {list(part("2026-03-01", 60000), part("2026-03-01", 60000)), 1},
		"of less than none": {list(part("2026-03-01", 120001), part("2026-03-02", -1)), 1},
		"everything":        {list(part("2026-02-04", 120001), part("2026-02-03", -1)), 4},
	} {
		refused(s, intake.Invalid, c.problems, func() error { _, err := agree(name, c.schedule); return err })
	}

	first, err := agree("G-1", thirds)
	require.NoError(t, err)
	require.Equal(t, collection.Review, first.Plan.Form)
	require.Equal(t, 3, s.Count("select count(*) from instalment where amount_minor = 40000"))
	require.Equal(t, 1, s.Count("select count(*) from outbox where kind = 'installment-agreed'"))
	same(s, func() {
		again, err := agree("G-1", thirds)
		require.NoError(t, err)
		require.False(t, again.Changed)
		require.Equal(t, first.ID, again.ID)
	})
	refused(s, intake.Conflict, 1, func() error { _, err := agree("G-1", list(part("2026-03-01", 120000))); return err })
	s.Pay("A-1", "P-1", 40000)
	same(s, func() {
		_, err := agree("G-1", thirds)
		require.NoError(t, err, "the same agreement, although less is owed by now")
	})

	s.Wait(time.Hour)
	_, err = agree("G-2", list(part("2026-04-01", 80000)))
	require.NoError(t, err)
	require.Equal(t, 1, s.Count("select count(*) from agreement_end where result = 'replaced'"))
	require.Equal(t, scene.Day("2026-04-05").Start(scene.Paris()).UTC(), s.Plan("A-1").At)
	s.Pay("A-1", "P-2", 0)
	refused(s, intake.Invalid, 1, func() error { _, err := agree("G-3", thirds); return err })
	balanced(s)
}
