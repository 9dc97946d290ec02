package message_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/message"
	"relance/internal/money"
)

func TestFormatAmount(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text     string
		currency money.Currency
		en       string
		fr       string
		pl       string
	}{
		{"1234.56", "EUR", "€1,234.56", "1\u202f234,56\u00a0€", "1234,56\u00a0EUR"},
		{"0.05", "EUR", "€0.05", "0,05\u00a0€", "0,05\u00a0EUR"},
		{"-1234.56", "EUR", "\u2212€1,234.56", "\u22121\u202f234,56\u00a0€", "\u22121234,56\u00a0EUR"},
		{"1234567.00", "USD", "$1,234,567.00", "1\u202f234\u202f567,00\u00a0USD", "1\u00a0234\u00a0567,00\u00a0USD"},
		{"999.99", "GBP", "£999.99", "999,99\u00a0GBP", "999,99\u00a0GBP"},
		{"1234.56", "PLN", "PLN\u00a01,234.56", "1\u202f234,56\u00a0PLN", "1234,56\u00a0zł"},
		{"12345.60", "PLN", "PLN\u00a012,345.60", "12\u202f345,60\u00a0PLN", "12\u00a0345,60\u00a0zł"},
		{"123456", "JPY", "JPY\u00a0123,456", "123\u202f456\u00a0JPY", "123\u00a0456\u00a0JPY"},
		{"1.234", "KWD", "KWD\u00a01.234", "1,234\u00a0KWD", "1,234\u00a0KWD"},
	} {
		a := amount(tc.text, tc.currency)
		require.Equal(t, tc.en, message.FormatAmount(a, message.English))
		require.Equal(t, tc.fr, message.FormatAmount(a, message.French))
		require.Equal(t, tc.pl, message.FormatAmount(a, message.Polish))
		require.Equal(t, tc.en, message.FormatAmount(a, "xx"))
	}
}

func TestFormatAmountSMS(t *testing.T) {
	t.Parallel()
	a := amount("1234.56", "EUR")
	require.Equal(t, "1234.56 EUR", message.FormatAmountSMS(a, message.English))
	require.Equal(t, "1234,56 EUR", message.FormatAmountSMS(a, message.French))
	require.Equal(t, "1234,56 EUR", message.FormatAmountSMS(a, message.Polish))
}

func TestFormatDate(t *testing.T) {
	t.Parallel()
	first, last := day("2026-03-01"), day("2026-12-31")
	require.Equal(t, "1\u00a0March\u00a02026", message.FormatDate(first, message.English))
	require.Equal(t, "1er\u00a0mars\u00a02026", message.FormatDate(first, message.French))
	require.Equal(t, "1\u00a0marca\u00a02026\u00a0r.", message.FormatDate(first, message.Polish))
	require.Equal(t, "31\u00a0December\u00a02026", message.FormatDate(last, message.English))
	require.Equal(t, "31\u00a0décembre\u00a02026", message.FormatDate(last, message.French))
	require.Equal(t, "31\u00a0grudnia\u00a02026\u00a0r.", message.FormatDate(last, message.Polish))
	for _, l := range message.Languages() {
		require.Empty(t, message.FormatDate(bare(l, "phone_call", "firm").PayBy, l))
	}
}

func TestParseLanguage(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]message.Language{
		"en": message.English, "FR": message.French, "fr-CA": message.French, "pl_PL.UTF-8": message.Polish, " en-GB ": message.English,
	} {
		got, err := message.ParseLanguage(code)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, want, message.Fallback(code))
	}
	for _, code := range []string{"", "de", "english", "e", "-fr"} {
		_, err := message.ParseLanguage(code)
		require.ErrorIs(t, err, message.ErrLanguage)
		require.Equal(t, message.English, message.Fallback(code))
	}
}
