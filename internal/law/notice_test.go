package law_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/law"
)

func TestNoticePeriod(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		jurisdiction string
		kind         law.DebtorKind
		days         int
		from         string
		status       law.Status
	}{
		{"GB-EAW", law.Consumer, 30, law.FromPosting, law.Secondary},
		{"GB-EAW", law.SoleTrader, 30, law.FromPosting, law.Secondary},
		{"GB-EAW", law.Company, 14, law.FromPosting, law.Unconfirmed},
		{"GB-SCT", law.Consumer, 30, law.FromPosting, law.Unconfirmed},
		{"GB-NIR", law.Company, 14, law.FromPosting, law.Unconfirmed},
		{"GB-EAW", "", 30, law.FromPosting, law.Secondary}, // an unknown kind gets the longest
		{"FR", law.Company, 8, law.FromPosting, law.Secondary},
		{"PL", law.Consumer, 7, law.FromPosting, law.Secondary},
		{"DE", law.Company, 7, law.FromPosting, law.Unconfirmed},
		{"ES", law.Company, 30, law.FromReceipt, law.Secondary},
		{"US-NY", law.Consumer, 0, law.FromPosting, law.Secondary},
		{"US-CA", law.Company, 0, law.FromPosting, law.Secondary},
		{"CA-ON", law.Company, 14, law.FromPosting, law.Unconfirmed},
		{"IT", law.Consumer, 14, law.FromPosting, law.Unconfirmed},
		{"", law.Consumer, 14, law.FromPosting, law.Unconfirmed},
		{"ZZ", "", 14, law.FromPosting, law.Unconfirmed},
	} {
		n := law.NoticePeriod(tc.jurisdiction, tc.kind)
		require.Equal(t, tc.days, n.Days, "%s %s", tc.jurisdiction, tc.kind)
		require.Equal(t, tc.from, n.From, "%s %s", tc.jurisdiction, tc.kind)
		require.Equal(t, tc.status, n.Status, "%s %s", tc.jurisdiction, tc.kind)
		require.NotEmpty(t, n.Source)
	}
}

func TestNoticePeriodsGolden(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, jurisdiction := range []string{"DE", "ES", "FR", "GB-EAW", "GB-NIR", "GB-SCT", "IE", "IT", "PL", "US-NY"} {
		for _, kind := range []law.DebtorKind{law.Consumer, law.SoleTrader, law.Company} {
			n := law.NoticePeriod(jurisdiction, kind)
			fmt.Fprintf(&b, "%s %s: %d days from %s (%s)\n  %s\n", jurisdiction, kind, n.Days, n.From, n.Status, n.Source)
		}
	}
	golden(t, "notice_periods.txt", b.String())
}

func TestClosedSets(t *testing.T) {
	t.Parallel()
	for _, kind := range []law.DebtorKind{law.Consumer, law.SoleTrader, law.Company} {
		require.True(t, kind.Valid())
	}
	require.False(t, law.DebtorKind("").Valid())
	require.True(t, individual.Valid())
	require.True(t, company.Valid())
	require.False(t, law.ClaimantKind("sole_trader").Valid())
	require.True(t, law.Confirmed.Decides())
	require.True(t, law.Secondary.Decides())
	require.False(t, law.Unconfirmed.Decides())
	require.True(t, law.Unconfirmed.Valid())
	require.False(t, law.Status("").Valid())
}
