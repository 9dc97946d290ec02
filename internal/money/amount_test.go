package money_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/money"
)

func eur(minor int64) money.Amount { return money.Amount{Minor: minor, Currency: "EUR"} }

func TestParseReadsMajorUnits(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text     string
		currency money.Currency
		minor    int64
	}{
		{"120.00", "EUR", 12000},
		{"120", "EUR", 12000},
		{"-3.5", "EUR", -350},
		{"0.05", "EUR", 5},
		{"-0.00", "EUR", 0},
		{"007", "EUR", 700},
		{"1500", "JPY", 1500},
		{"1.234", "KWD", 1234},
		{"0.0001", "CLF", 1},
		{"92233720368547758.07", "EUR", math.MaxInt64},
		{"-92233720368547758.07", "EUR", -math.MaxInt64},
	} {
		t.Run(tc.text+" "+string(tc.currency), func(t *testing.T) {
			t.Parallel()
			got, err := money.Parse(tc.text, tc.currency)
			require.NoError(t, err)
			require.Equal(t, money.Amount{Minor: tc.minor, Currency: tc.currency}, got)
		})
	}
}

func TestParseRefusesEverythingElse(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text     string
		currency money.Currency
		kind     error
	}{
		{"", "EUR", money.ErrFormat},
		{"-", "EUR", money.ErrFormat},
		{".", "EUR", money.ErrFormat},
		{".5", "EUR", money.ErrFormat},
		{"5.", "EUR", money.ErrFormat},
		{"+5", "EUR", money.ErrFormat},
		{"--5", "EUR", money.ErrFormat},
		{" 5", "EUR", money.ErrFormat},
		{"5 ", "EUR", money.ErrFormat},
		{"1,234.00", "EUR", money.ErrFormat},
		{"1,5", "EUR", money.ErrFormat},
		{"1_000", "EUR", money.ErrFormat},
		{"1e3", "EUR", money.ErrFormat},
		{"0x10", "EUR", money.ErrFormat},
		{"1.2.3", "EUR", money.ErrFormat},
		{"1.-5", "EUR", money.ErrFormat},
		{"٣", "EUR", money.ErrFormat},
		{"1.005", "EUR", money.ErrFormat},
		{"1.0", "JPY", money.ErrFormat},
		{"92233720368547758.08", "EUR", money.ErrOverflow},
		{"-92233720368547758.08", "EUR", money.ErrOverflow},
		{"99999999999999999999999", "JPY", money.ErrOverflow},
		{"1", "", money.ErrCurrency},
		{"1", "XAU", money.ErrCurrency},
		{"1", "eur", money.ErrCurrency},
	} {
		t.Run(tc.text+" "+string(tc.currency), func(t *testing.T) {
			t.Parallel()
			_, err := money.Parse(tc.text, tc.currency)
			require.ErrorIs(t, err, tc.kind)
		})
	}
}

func TestStringShowsAllDecimals(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		amount          money.Amount
		text, decimal   string
		zero, neg, posi bool
	}{
		{eur(12000), "120.00 EUR", "120.00", false, false, true},
		{eur(-5), "-0.05 EUR", "-0.05", false, true, false},
		{eur(0), "0.00 EUR", "0.00", true, false, false},
		{money.Amount{Minor: 1500, Currency: "JPY"}, "1500 JPY", "1500", false, false, true},
		{money.Amount{Minor: 5, Currency: "KWD"}, "0.005 KWD", "0.005", false, false, true},
		{money.Amount{}, "0", "0", true, false, false},
		{eur(math.MinInt64), "-92233720368547758.08 EUR", "-92233720368547758.08", false, true, false},
	} {
		t.Run(tc.text, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.text, tc.amount.String())
			require.Equal(t, tc.decimal, tc.amount.Decimal())
			require.Equal(t, tc.zero, tc.amount.IsZero())
			require.Equal(t, tc.neg, tc.amount.IsNegative())
			require.Equal(t, tc.posi, tc.amount.IsPositive())
		})
	}
}

func TestArithmetic(t *testing.T) {
	t.Parallel()
	sum, err := eur(100).Add(eur(-250))
	require.NoError(t, err)
	require.Equal(t, eur(-150), sum)
	difference, err := eur(100).Sub(eur(250))
	require.NoError(t, err)
	require.Equal(t, eur(-150), difference)
	require.Equal(t, eur(-100), eur(100).Neg())
	require.Equal(t, eur(math.MaxInt64), eur(math.MinInt64).Neg())
}

func TestOverflowIsAnError(t *testing.T) {
	t.Parallel()
	for name, operation := range map[string]func() (money.Amount, error){
		"add above":                 func() (money.Amount, error) { return eur(math.MaxInt64).Add(eur(1)) },
		"add below":                 func() (money.Amount, error) { return eur(-math.MaxInt64).Add(eur(-1)) },
		"add far below":             func() (money.Amount, error) { return eur(-math.MaxInt64).Add(eur(-math.MaxInt64)) },
		"subtract above":            func() (money.Amount, error) { return eur(math.MaxInt64).Sub(eur(-1)) },
		"subtract below":            func() (money.Amount, error) { return eur(-math.MaxInt64).Sub(eur(1)) },
		"subtract the least number": func() (money.Amount, error) { return eur(0).Sub(eur(math.MinInt64)) },
		"sum": func() (money.Amount, error) {
			return money.Sum([]money.Amount{eur(math.MaxInt64), eur(1), eur(-1)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := operation()
			require.ErrorIs(t, err, money.ErrOverflow)
		})
	}
}

func TestCurrenciesDoNotMix(t *testing.T) {
	t.Parallel()
	dollars := money.Amount{Minor: 1, Currency: "USD"}
	_, err := eur(1).Add(dollars)
	require.ErrorIs(t, err, money.ErrMismatch)
	_, err = eur(1).Sub(dollars)
	require.ErrorIs(t, err, money.ErrMismatch)
	_, err = eur(1).Cmp(dollars)
	require.ErrorIs(t, err, money.ErrMismatch)
	_, err = money.Min(eur(1), dollars)
	require.ErrorIs(t, err, money.ErrMismatch)
	_, err = money.Sum([]money.Amount{eur(1), dollars})
	require.ErrorIs(t, err, money.ErrMismatch)
	// Nought euros are euros, and an amount without a currency is no money.
	_, err = eur(0).Add(dollars)
	require.ErrorIs(t, err, money.ErrMismatch)
	_, err = money.Amount{Minor: 1}.Add(dollars)
	require.ErrorIs(t, err, money.ErrMismatch)
}

func TestZeroAmountIsNeutral(t *testing.T) {
	t.Parallel()
	var none money.Amount
	sum, err := none.Add(eur(5))
	require.NoError(t, err)
	require.Equal(t, eur(5), sum)
	difference, err := none.Sub(eur(5))
	require.NoError(t, err)
	require.Equal(t, eur(-5), difference)
	difference, err = eur(5).Sub(none)
	require.NoError(t, err)
	require.Equal(t, eur(5), difference)
	order, err := eur(5).Cmp(none)
	require.NoError(t, err)
	require.Equal(t, 1, order)
	least, err := money.Min(eur(5), none)
	require.NoError(t, err)
	require.Equal(t, eur(0), least)
	total, err := money.Sum(nil)
	require.NoError(t, err)
	require.Equal(t, none, total)
}

func TestCmpAndMin(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b  int64
		order int
		least int64
	}{{1, 2, -1, 1}, {2, 2, 0, 2}, {3, -2, 1, -2}} {
		order, err := eur(tc.a).Cmp(eur(tc.b))
		require.NoError(t, err)
		require.Equal(t, tc.order, order)
		least, err := money.Min(eur(tc.a), eur(tc.b))
		require.NoError(t, err)
		require.Equal(t, eur(tc.least), least)
	}
}
