package intake_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"relance/internal/embedded/postgres/pgtest"
	"relance/internal/intake"
	"relance/internal/money"
	"relance/internal/scene"
	"relance/internal/store"
)

func TestMain(m *testing.M) { pgtest.Main(m, store.Migrate) }

// same runs something that must change nothing.
func same(s *scene.Scene, do func()) {
	s.Helper()
	before := s.Everything()
	do()
	require.Equal(s, before, s.Everything())
}

// refused runs something that must be refused as a kind, with so many problems at once, and changes nothing.
func refused(s *scene.Scene, kind intake.Kind, problems int, do func() error) {
	s.Helper()
	same(s, func() {
		err := do()
		require.Equal(s, kind, intake.KindOf(err), "%v", err)
		var refusal *intake.Error
		require.ErrorAs(s, err, &refusal)
		require.Len(s, refusal.Problems, problems, "%v", refusal.Problems)
	})
}

// balanced checks that what was invoiced is what is owed and what was paid, for every case.
func balanced(s *scene.Scene) {
	s.Helper()
	require.Zero(s, s.Count(`select count(*) from cases c join invoice i on i.id = c.invoice_id
		where i.amount_minor <> (c.plan -> 'owed' ->> 'minor')::bigint + coalesce((select sum(amount_minor) from payment p where p.invoice_id = i.id), 0)
		   or i.currency <> c.plan -> 'owed' ->> 'currency'`))
}

var nobody = uuid.MustParse("00000000-0000-0000-0000-00000000dead")

func usd(cents int64) money.Amount { return money.Amount{Minor: cents, Currency: "USD"} }
