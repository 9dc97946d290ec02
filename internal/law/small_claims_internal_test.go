package law

import (
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/money"
)

func euros(major int64) money.Amount { return money.Amount{Minor: major * 100, Currency: "EUR"} }

func route(rank int, status Status, limit int64) courtRow {
	row := courtRow{
		Court:  Court{Currency: "EUR", Status: status},
		role:   roleRoute,
		rank:   rank,
		admits: map[ClaimantKind]admission{IndividualClaimant: admitted, CompanyClaimant: admitted},
	}
	if limit > 0 {
		most := euros(limit)
		row.Limit = &most
	}
	return row
}

// Combinations of rows that today's table does not have, but that a correction may bring.
func TestRowsTogether(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		rows   []courtRow
		amount int64
		reason Reason
	}{
		{"a sure row beats a doubtful one", []courtRow{route(1, Unconfirmed, 5000), route(2, Secondary, 1000)}, 500, ReasonOpen},
		{"a doubtful row that fits is asked about", []courtRow{route(1, Secondary, 1000), route(2, Unconfirmed, 5000)}, 2000, ReasonUnconfirmed},
		{"two noes need no person", []courtRow{route(1, Secondary, 1000), route(2, Unconfirmed, 5000)}, 9000, ReasonLimit},
		{"a doubtful limit alone is asked about", []courtRow{route(1, Unconfirmed, 5000)}, 9000, ReasonUnconfirmed},
		{"the same doubtful limit twice is no conflict", []courtRow{route(1, Unconfirmed, 5000), route(1, Unconfirmed, 5000)}, 500, ReasonUnconfirmed},
		{"two doubtful limits conflict", []courtRow{route(1, Unconfirmed, 5000), route(1, Unconfirmed, 9000)}, 500, ReasonConflict},
		{"a limit and none conflict", []courtRow{route(1, Unconfirmed, 5000), route(1, Unconfirmed, 0)}, 500, ReasonConflict},
		{"doubtful rows without limits agree", []courtRow{route(1, Unconfirmed, 0), route(1, Unconfirmed, 0)}, 500, ReasonUnconfirmed},
		{"nothing known", nil, 500, ReasonNoRoute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			v := judge(tc.rows, CompanyClaimant, euros(tc.amount))
			require.Equal(t, tc.reason, v.Reason)
			require.Equal(t, tc.reason == ReasonOpen, v.Open)
			require.Equal(t, tc.reason == ReasonUnconfirmed || tc.reason == ReasonConflict, v.Uncertain)
		})
	}
}
