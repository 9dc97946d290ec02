package money_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/money"
)

func TestExponentsFollowISO4217(t *testing.T) {
	t.Parallel()
	for code, exponent := range map[string]int{
		"EUR": 2, "USD": 2, "GBP": 2, "PLN": 2, "CHF": 2, "HUF": 2, "CZK": 2, "MGA": 2, "MRU": 2, "XCG": 2, "ZWG": 2, "SLE": 2,
		"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "XAF": 0, "XPF": 0, "VND": 0, "UGX": 0, "UYI": 0,
		"KWD": 3, "BHD": 3, "TND": 3, "OMR": 3, "JOD": 3, "IQD": 3, "LYD": 3,
		"CLF": 4, "UYW": 4,
	} {
		c, err := money.ParseCurrency(code)
		require.NoError(t, err, code)
		require.Equal(t, money.Currency(code), c)
		require.Equal(t, exponent, c.Exponent(), code)
	}
}

func TestParseCurrency(t *testing.T) {
	t.Parallel()
	c, err := money.ParseCurrency("eUr")
	require.NoError(t, err)
	require.Equal(t, money.Currency("EUR"), c)
	for _, code := range []string{
		"", "EU", "EURO", " EUR", "EUR ", "€", "XXX", "XTS", "XAU", "XDR", "HRK", "BGN", "ANG", "ZWL", "SLL", "DEM", "ABC",
		"ıSK", "ſek", // letters that fold onto ASCII capitals
	} {
		_, err := money.ParseCurrency(code)
		require.ErrorIs(t, err, money.ErrCurrency, "%q", code)
	}
	require.False(t, money.Currency("").Valid())
	require.Zero(t, money.Currency("ABC").Exponent())
}
