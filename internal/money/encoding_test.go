package money_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"relance/internal/money"
)

func TestJSON(t *testing.T) {
	t.Parallel()
	encoded, err := json.Marshal(eur(12000))
	require.NoError(t, err)
	require.JSONEq(t, `{"minor":12000,"currency":"EUR"}`, string(encoded))

	var a money.Amount
	require.NoError(t, json.Unmarshal([]byte(`{"currency":"jpy","minor":-3}`), &a))
	require.Equal(t, money.Amount{Minor: -3, Currency: "JPY"}, a)
	require.NoError(t, json.Unmarshal([]byte(`null`), &a), "null leaves the value alone")
	require.Equal(t, money.Amount{Minor: -3, Currency: "JPY"}, a)
	require.NoError(t, json.Unmarshal([]byte(`{"minor":0,"currency":""}`), &a))
	require.Equal(t, money.Amount{}, a)
}

func TestJSONRefuses(t *testing.T) {
	t.Parallel()
	for text, kind := range map[string]error{
		`{}`:                            money.ErrFormat,
		`{"minor":5}`:                   money.ErrFormat,
		`{"currency":"EUR"}`:            money.ErrFormat,
		`{"minor":5,"currency":""}`:     money.ErrCurrency,
		`{"minor":5,"currency":"EURO"}`: money.ErrCurrency,
		`{"minor":-9223372036854775808,"currency":"EUR"}`: money.ErrOverflow,
	} {
		var a money.Amount
		require.ErrorIs(t, json.Unmarshal([]byte(text), &a), kind, text)
	}
	for _, text := range []string{
		`{"minor":5.5,"currency":"EUR"}`, `{"minor":"5","currency":"EUR"}`, `{"minor":9223372036854775808,"currency":"EUR"}`,
		`"5.00 EUR"`, `5`, `[]`,
	} {
		var a money.Amount
		require.Error(t, json.Unmarshal([]byte(text), &a), text)
	}
	_, err := json.Marshal(money.Amount{Minor: 1, Currency: "ABC"})
	require.Error(t, err)
}

func TestText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]money.Amount{"5000.00 EUR": eur(500000), "20000 PLN": {Minor: 2000000, Currency: "PLN"}, "0": {}} {
		var a money.Amount
		require.NoError(t, a.UnmarshalText([]byte(text)))
		require.Equal(t, want, a)
	}
	for text, kind := range map[string]error{
		"": money.ErrFormat, "5": money.ErrFormat, "5  EUR": money.ErrCurrency, "EUR 5": money.ErrCurrency, "5 ABC": money.ErrCurrency,
		"5 EUR ": money.ErrCurrency, "x EUR": money.ErrFormat, "99999999999999999999 EUR": money.ErrOverflow,
	} {
		var a money.Amount
		require.ErrorIs(t, a.UnmarshalText([]byte(text)), kind, "%q", text)
	}
	_, err := money.Amount{Minor: 1}.MarshalText()
	require.ErrorIs(t, err, money.ErrCurrency)
}

// Policies state their amount bands in YAML.
func TestYAMLUsesTheTextForm(t *testing.T) {
	t.Parallel()
	var band struct {
		UpTo money.Amount `yaml:"up_to"`
	}
	require.NoError(t, yaml.Unmarshal([]byte("up_to: 5000.00 EUR\n"), &band))
	require.Equal(t, eur(500000), band.UpTo)
	encoded, err := yaml.Marshal(band)
	require.NoError(t, err)
	require.YAMLEq(t, "up_to: 5000.00 EUR\n", string(encoded))
}

// amounts draws any amount that the package itself can make.
func amounts() *rapid.Generator[money.Amount] {
	return rapid.Custom(func(t *rapid.T) money.Amount {
		return money.Amount{
			Minor:    rapid.Int64Range(-math.MaxInt64, math.MaxInt64).Draw(t, "minor"),
			Currency: rapid.SampledFrom([]money.Currency{"EUR", "JPY", "KWD", "CLF", "PLN"}).Draw(t, "currency"),
		}
	})
}

func TestEveryFormRoundTrips(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := amounts().Draw(t, "amount")
		parsed, err := money.Parse(want.Decimal(), want.Currency)
		require.NoError(t, err)
		require.Equal(t, want, parsed)

		text, err := want.MarshalText()
		require.NoError(t, err)
		var fromText money.Amount
		require.NoError(t, fromText.UnmarshalText(text))
		require.Equal(t, want, fromText)

		encoded, err := json.Marshal(want)
		require.NoError(t, err)
		var fromJSON money.Amount
		require.NoError(t, json.Unmarshal(encoded, &fromJSON))
		require.Equal(t, want, fromJSON)
	})
}

func TestArithmeticIsExactOrRefused(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := amounts().Draw(t, "a"), amounts().Draw(t, "b")
		sum, err := a.Add(b)
		if a.Currency != b.Currency {
			require.ErrorIs(t, err, money.ErrMismatch)
			return
		}
		if err != nil {
			require.ErrorIs(t, err, money.ErrOverflow)
			// The sum of the magnitudes leaves the range.
			require.Greater(t, magnitude(a)+magnitude(b), uint64(math.MaxInt64))
			return
		}
		back, err := sum.Sub(b)
		require.NoError(t, err)
		require.Equal(t, a, back)
		swapped, err := b.Add(a)
		require.NoError(t, err)
		require.Equal(t, sum, swapped)
		order, err := sum.Cmp(a)
		require.NoError(t, err)
		require.Equal(t, b.IsPositive(), order > 0)
		require.Equal(t, b.IsNegative(), order < 0)
	})
}

func TestNegIsItsOwnInverse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := amounts().Draw(t, "a")
		require.Equal(t, a, a.Neg().Neg())
		sum, err := a.Add(a.Neg())
		require.NoError(t, err)
		require.True(t, sum.IsZero())
	})
}

func magnitude(a money.Amount) uint64 {
	if a.IsNegative() {
		a = a.Neg()
	}
	return uint64(a.Minor)
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"120.00", "-3.5", "", "1,2", "92233720368547758.08", "٣", "1.2.3"} {
		f.Add(seed, "EUR")
	}
	f.Fuzz(func(t *testing.T, text, code string) {
		a, err := money.Parse(text, money.Currency(code))
		if err != nil {
			return
		}
		again, err := money.Parse(a.Decimal(), a.Currency)
		require.NoError(t, err)
		require.Equal(t, a, again)
	})
}
