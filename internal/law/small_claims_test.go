package law_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"relance/internal/law"
	"relance/internal/money"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// amount reads "5000.00 EUR".
func amount(t require.TestingT, text string) money.Amount {
	var a money.Amount
	require.NoError(t, a.UnmarshalText([]byte(text)))
	return a
}

const (
	individual = law.IndividualClaimant
	company    = law.CompanyClaimant
)

func TestSmallClaims(t *testing.T) {
	t.Parallel()
	const (
		open      = law.ReasonOpen
		limit     = law.ReasonLimit
		dependsOn = law.ReasonDepends
	)
	for _, tc := range []struct {
		name, jurisdiction string
		claimant           law.ClaimantKind
		amount             string
		reason             law.Reason
		court              string // beginning of the procedure's name
	}{
		{"at the limit", "US-TX", company, "20000.00 USD", open, "Justice Court"},
		{"a cent above", "US-TX", company, "20000.01 USD", limit, "Justice Court"},
		{"another currency", "US-TX", company, "100.00 EUR", law.ReasonCurrency, "Justice Court"},
		{"nothing owed", "US-TX", company, "0.00 USD", law.ReasonAmount, ""},
		{"a credit", "US-TX", company, "-5.00 USD", law.ReasonAmount, ""},
		{"unknown jurisdiction", "ZZ", company, "100.00 EUR", law.ReasonNoRoute, ""},
		{"no jurisdiction", "", company, "100.00 EUR", law.ReasonNoRoute, ""},
		{"unknown claimant", "US-TX", "", "100.00 USD", law.ReasonClaimant, "Justice Court"},

		{"California, individual", "US-CA", individual, "12500.00 USD", open, "Superior Court"},
		{"California, individual above", "US-CA", individual, "12500.01 USD", limit, "Superior Court"},
		{"California, company", "US-CA", company, "6250.00 USD", open, "Superior Court"},
		{"California, company above", "US-CA", company, "6250.01 USD", limit, "Superior Court"},
		{"Washington, company", "US-WA", company, "5000.01 USD", limit, "District Court"},
		{"Washington, individual", "US-WA", individual, "5000.01 USD", open, "District Court"},

		{"New York, individual, every court", "US-NY", individual, "3000.00 USD", open, "Town and Village"},
		{"New York, individual, some courts", "US-NY", individual, "3000.01 USD", dependsOn, "Town and Village"},
		{"New York, individual, one court", "US-NY", individual, "10000.00 USD", dependsOn, "Town and Village"},
		{"New York, individual, no court", "US-NY", individual, "10000.01 USD", limit, "NYC Civil Court Small"},
		{"New York, company", "US-NY", company, "100.00 USD", law.ReasonUnconfirmed, "NYC Civil Court Commercial"},
		{"New York, company above the doubtful limit", "US-NY", company, "99999.00 USD", law.ReasonUnconfirmed, "NYC Civil Court Commercial"},
		{"New York, company, euros", "US-NY", company, "100.00 EUR", law.ReasonCurrency, "NYC Civil Court Commercial"},
		{"Idaho", "US-ID", company, "100.00 USD", law.ReasonConflict, "Magistrate Division"},
		{"North Carolina, every county", "US-NC", company, "5000.00 USD", open, "District Court"},
		{"North Carolina, some counties", "US-NC", company, "5000.01 USD", dependsOn, "District Court"},
		{"North Carolina, no county", "US-NC", company, "10000.01 USD", limit, "District Court"},
		{"Minnesota, any debt", "US-MN", company, "4000.00 USD", open, "Conciliation"},
		{"Minnesota, not consumer credit", "US-MN", company, "20000.00 USD", dependsOn, "Conciliation"},
		{"Vermont, any debt", "US-VT", company, "5000.00 USD", open, "Superior"},
		{"Vermont, not a consumer's", "US-VT", company, "10000.00 USD", dependsOn, "Superior"},

		{"England and Wales", "GB-EAW", company, "10000.00 GBP", open, "County Court small claims"},
		{"Scotland", "GB-SCT", company, "5000.01 GBP", limit, "Sheriff Court"},
		{"Northern Ireland", "GB-NIR", individual, "5000.00 GBP", open, "County Court Small"},
		{"Great Britain without a nation", "GB", company, "100.00 GBP", law.ReasonNoRoute, ""},
		{"Ireland takes no debts", "IE", company, "100.00 EUR", law.ReasonExcluded, "District Court"},
		{"the Union is no domestic route", "EU", company, "100.00 EUR", law.ReasonNoRoute, ""},

		{"France, small", "FR", company, "5000.00 EUR", open, "Procedure simplifiee"},
		{"France, large", "FR", company, "5000.01 EUR", open, "Injonction de payer"},
		{"Poland", "PL", company, "20000.00 PLN", open, "EPU"},
		{"Poland, just below the limit", "PL", company, "99999999.99 PLN", open, "EPU"},
		{"Poland, at the limit", "PL", company, "100000000.00 PLN", limit, "EPU"},
		{"Poland, in euros", "PL", company, "100.00 EUR", law.ReasonCurrency, "EPU"},
		{"Germany", "DE", individual, "9000000.00 EUR", open, "Gerichtliches Mahnverfahren"},
		{"Germany, in dollars", "DE", individual, "90.00 USD", law.ReasonCurrency, "Gerichtliches Mahnverfahren"},
		{"Spain", "ES", company, "50000.00 EUR", open, "Proceso monitorio"},
		{"Italy", "IT", company, "20000.00 EUR", open, "Decreto ingiuntivo"},

		{"British Columbia, tribunal", "CA-BC", company, "5000.00 CAD", open, "Civil Resolution"},
		{"British Columbia, court", "CA-BC", company, "5000.01 CAD", open, "Provincial Court"},
		{"British Columbia, neither", "CA-BC", company, "35000.01 CAD", limit, "Provincial Court"},
		{"Quebec, individual", "CA-QC", individual, "15000.00 CAD", open, "Division"},
		{"Quebec, company of unknown size", "CA-QC", company, "15000.00 CAD", dependsOn, "Division"},
		{"Quebec, company above", "CA-QC", company, "15000.01 CAD", limit, "Division"},
		{"Manitoba", "CA-MB", company, "100.00 CAD", law.ReasonUnconfirmed, "Court of King"},
		{"Victoria", "AU-VIC", company, "100.00 AUD", law.ReasonUnconfirmed, "Magistrates Court"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			v := law.SmallClaims(tc.jurisdiction, tc.claimant, amount(t, tc.amount))
			require.Equal(t, tc.reason, v.Reason)
			require.True(t, strings.HasPrefix(v.Court.Procedure, tc.court) && (v.Court.Procedure == "") == (tc.court == ""),
				"court is %q", v.Court.Procedure)
			require.Equal(t, tc.reason == open, v.Open)
			switch tc.reason {
			case law.ReasonDepends, law.ReasonUnconfirmed, law.ReasonConflict:
				require.True(t, v.Uncertain)
			default:
				require.False(t, v.Uncertain)
			}
		})
	}
}

func TestAllOpenCourtsComeInOrder(t *testing.T) {
	t.Parallel()
	v := law.SmallClaims("FR", company, amount(t, "5000.00 EUR"))
	require.Len(t, v.Courts, 2)
	require.Equal(t, v.Court, v.Courts[0])
	require.Equal(t, amount(t, "5000.00 EUR"), *v.Courts[0].Limit)
	require.Equal(t, law.Secondary, v.Courts[0].Status)
	require.Contains(t, v.Courts[0].Source, "CPCE L125-1")
	require.Nil(t, v.Courts[1].Limit)
	require.Len(t, v.Also, 1, "the attempt that CPC 750-1 asks for is told, but is no route")
	require.Contains(t, v.Also[0].Procedure, "MARD")

	v = law.SmallClaims("FR", company, amount(t, "5000.01 EUR"))
	require.Len(t, v.Courts, 1)
	require.Empty(t, v.Also)

	v = law.SmallClaims("US-NY", individual, amount(t, "100.00 USD"))
	require.Len(t, v.Courts, 3)
	v = law.SmallClaims("US-ID", individual, amount(t, "100.00 USD"))
	require.Len(t, v.Courts, 2, "both readings are shown to whoever decides")
}

func TestCallersCannotChangeTheTables(t *testing.T) {
	t.Parallel()
	v := law.SmallClaims("US-TX", company, amount(t, "100.00 USD"))
	v.Court.Limit.Minor = 1
	require.True(t, law.SmallClaims("US-TX", company, amount(t, "100.00 USD")).Open)
}

// What a reviewer of the law reads: each jurisdiction, each kind of claimant, at telling amounts.
func TestSmallClaimsGolden(t *testing.T) {
	t.Parallel()
	currencies := map[string]string{"US": "USD", "GB": "GBP", "PL": "PLN", "CA": "CAD", "AU": "AUD"}
	var b strings.Builder
	for _, jurisdiction := range law.Jurisdictions() {
		currency := currencies[jurisdiction[:2]]
		if currency == "" {
			currency = "EUR"
		}
		for _, claimant := range []law.ClaimantKind{individual, company} {
			fmt.Fprintf(&b, "%s %s\n", jurisdiction, claimant)
			for _, sum := range []string{"1000", "5000", "10000", "20000", "100000"} {
				v := law.SmallClaims(jurisdiction, claimant, amount(t, sum+" "+currency))
				fmt.Fprintf(&b, "  %6s %s %s", sum, currency, v.Reason)
				for _, court := range v.Courts {
					fmt.Fprintf(&b, " | %s (%s)", court.Procedure, court.Status)
				}
				fmt.Fprintln(&b)
			}
		}
	}
	golden(t, "small_claims.txt", b.String())
}

func TestVerdictsHoldTogether(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		jurisdiction := rapid.SampledFrom(append(law.Jurisdictions(), "ZZ")).Draw(t, "jurisdiction")
		claimant := rapid.SampledFrom([]law.ClaimantKind{individual, company, ""}).Draw(t, "claimant")
		sum := money.Amount{
			Minor:    rapid.Int64Range(-100, 20_000_000_000).Draw(t, "minor"),
			Currency: rapid.SampledFrom([]money.Currency{"EUR", "USD", "GBP", "PLN", "CAD", "AUD"}).Draw(t, "currency"),
		}
		v := law.SmallClaims(jurisdiction, claimant, sum)
		require.False(t, v.Open && v.Uncertain)
		require.Equal(t, v.Open, v.Reason == law.ReasonOpen)
		require.Equal(t, v.Open || v.Uncertain, len(v.Courts) > 0)
		if !v.Open {
			return
		}
		for _, court := range v.Courts {
			require.True(t, court.Status.Decides(), "a row that may not decide has decided")
			require.Equal(t, sum.Currency, court.Currency)
			require.NotEmpty(t, court.Source)
			if court.Limit != nil {
				order, err := sum.Cmp(*court.Limit)
				require.NoError(t, err)
				require.LessOrEqual(t, order, 0)
			}
		}
	})
}
