package ledger

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/money"
)

func TestParseAmount(t *testing.T) {
	t.Parallel()
	point, comma := numberFormat{decimal: "."}, numberFormat{decimal: ","}
	us, de := numberFormat{decimal: ".", thousands: ","}, numberFormat{decimal: ",", thousands: "."}
	fr, ch := numberFormat{decimal: ",", thousands: " "}, numberFormat{decimal: ".", thousands: "'"}
	tests := []struct {
		text     string
		format   numberFormat
		currency money.Currency
		want     int64
		code     Code
	}{
		{"120", point, "EUR", 12000, ""},
		{"120.5", point, "EUR", 12050, ""},
		{"+120.50", point, "EUR", 12050, ""},
		{"00120.50", point, "EUR", 12050, ""},
		{"120.5000", point, "EUR", 12050, ""},
		{"1200.00", point, "JPY", 1200, ""},
		{"1.234", point, "KWD", 1234, ""},
		{"120,50", comma, "EUR", 12050, ""},
		{"1,234,567.89", us, "USD", 123456789, ""},
		{"1234567.89", us, "USD", 123456789, ""},
		{"1.234,5", de, "EUR", 123450, ""},
		{"1 234,50", fr, "EUR", 123450, ""},
		{"1\u00A0234,50", fr, "EUR", 123450, ""},
		{"1\u202F234,50", fr, "EUR", 123450, ""},
		{"1’234.50", ch, "EUR", 123450, ""},
		{"1,234", point, "EUR", 0, BadAmount},
		{"1.234", comma, "EUR", 0, BadAmount},
		{"12,34.00", us, "USD", 0, BadAmount},
		{"1,,234.00", us, "USD", 0, BadAmount},
		{",234.00", us, "USD", 0, BadAmount},
		{"1234,567.00", us, "USD", 0, BadAmount},
		{"1.2.3", point, "EUR", 0, BadAmount},
		{"12.", point, "EUR", 0, BadAmount},
		{".50", point, "EUR", 0, BadAmount},
		{"€120", point, "EUR", 0, BadAmount},
		{"120 EUR", point, "EUR", 0, BadAmount},
		{"1e3", point, "EUR", 0, BadAmount},
		{"NaN", point, "EUR", 0, BadAmount},
		{"٣", point, "EUR", 0, BadAmount},
		{"99999999999999999999", point, "EUR", 0, BadAmount},
		{"-5", point, "EUR", 0, NegativeAmount},
		{"5-", point, "EUR", 0, NegativeAmount},
		{"−5", point, "EUR", 0, NegativeAmount},
		{"(5.00)", point, "EUR", 0, NegativeAmount},
		{"0.00", point, "EUR", 0, ZeroAmount},
		{"-0", point, "EUR", 0, ZeroAmount},
		{"1.005", point, "EUR", 0, TooManyDecimals},
		{"1.5", point, "JPY", 0, TooManyDecimals},
	}
	for _, test := range tests {
		a, code, why := parseAmount(test.text, test.format, test.currency)
		require.Equal(t, test.code, code, "%q in %v: %s", test.text, test.format, why)
		require.Equal(t, code != "", why != "", test.text)
		if code == "" {
			require.Equal(t, money.Amount{Minor: test.want, Currency: test.currency}, a, test.text)
		}
	}
}

func TestParseDate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text    string
		layouts string
		want    string
		code    Code
	}{
		{"2026-02-28", isoDate, "2026-02-28", ""},
		{"2024-02-29", isoDate, "2024-02-29", ""},
		{"2026-02-29", isoDate, "", BadDate},
		{"2026-2-8", isoDate, "", BadDate},
		{"2/1/2013", isoDate, "", BadDate},
		{"2026-02-28 00:00:00", isoDate, "", BadDate},
		{"2/1/2013", "M/D/YYYY", "2013-02-01", ""},
		{"02/01/2013", "M/D/YYYY", "2013-02-01", ""},
		{"2/1/2013", "D/M/YYYY", "2013-01-02", ""},
		{"13/2/2013", "M/D/YYYY", "", BadDate},
		{"01.02.13", "DD.MM.YY", "2013-02-01", ""},
		{"1.2.2013", "DD.MM.YYYY", "", BadDate},
		{"20130201", "YYYYMMDD", "2013-02-01", ""},
		{"2026-02-28T09:30:00Z", "YYYY-MM-DDThh:mm:ssZ", "2026-02-28", ""},
		{"13/2/2013", "M/D/YYYY D/M/YYYY", "2013-02-13", ""},
		{"2/2/2013", "M/D/YYYY D/M/YYYY", "2013-02-02", ""},
		{"2/1/2013", "M/D/YYYY D/M/YYYY", "", AmbiguousDate},
		{"46027", isoDate, "", BadDate},
		{"0203-01-01", isoDate, "", BadDate},
		{"9999-12-31", isoDate, "", BadDate},
		{"", isoDate, "", BadDate},
	}
	for _, test := range tests {
		var layouts []layout
		for _, text := range strings.Fields(test.layouts) {
			l, err := parseLayout(text)
			require.NoError(t, err)
			layouts = append(layouts, l)
		}
		d, code, why := parseDate(test.text, layouts)
		require.Equal(t, test.code, code, "%q as %s: %s", test.text, test.layouts, why)
		if code == "" {
			require.Equal(t, test.want, d.String(), test.text)
		}
	}
	for _, bad := range []string{"", "dd/mm/yyyy", "YYYY", "D/D/YYYY", "MM/DD", "YYYY-MM-DD-YYYY", "DD. MMM YYYY", "é"} {
		_, err := parseLayout(bad)
		require.Error(t, err, bad)
	}
}

func TestParseEmail(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a@example.com":                          "a@example.com",
		"A.b+c@EXAMPLE.Test":                     "A.b+c@example.test",
		"a@xn--bcher-kva.example.com":            "a@xn--bcher-kva.example.com",
		"sandbox-refuse.c5@example.com":          "sandbox-refuse.c5@example.com",
		"":                                       "",
		"a":                                      "",
		"a@":                                     "",
		"@example.com":                           "",
		"a@localhost":                            "",
		"a@example..com":                         "",
		"a@-example.com":                         "",
		"a@example.com.":                         "",
		"a@[127.0.0.1]":                          "",
		"A <a@example.com>":                      "",
		"mailto:a@example.com":                   "",
		"a b@example.com":                        "",
		"\"a b\"@example.com":                    "",
		"a@example.com\nBcc: b@test.test":        "",
		"a@example.com, b@example.com":           "",
		"é@example.com":                          "",
		"a@bücher.example.com":                   "",
		strings.Repeat("a", 65) + "@example.com": "",
	} {
		email, advice := parseEmail(text)
		require.Equal(t, want == "", advice != "", text)
		if want != "" {
			require.Equal(t, want, email)
		}
	}
}

func TestParsePhone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text, country, want string
		codes               []Code
	}{
		{"+1 202-555-0143", "US", "+12025550143", []Code{PhoneFiction}},
		{"(202) 555-0143", "US", "+12025550143", []Code{PhoneFiction}},
		{"020 7946 0123", "GB", "+442079460123", []Code{PhoneFiction}},
		{"07700 900123", "GB", "+447700900123", []Code{PhoneFiction}},
		{"01 99 00 12 34", "FR", "+33199001234", []Code{PhoneFiction}},
		{"+33 6 39 98 12 34", "PL", "+33639981234", []Code{PhoneFiction}},
		{"030/23125 123", "DE", "+493023125123", []Code{PhoneFiction}},
		{"+49 152 28817386", "DE", "+4915228817386", []Code{PhoneFiction}},
		{"0171 3920011", "DE", "+491713920011", []Code{PhoneFiction}},
		{"000 000 012", "PL", "+48000000012", []Code{PhoneFiction}},
		{"+48 000 111 222", "PL", "+48000111222", []Code{PhoneNotInService}},
		{"+1 202 555 0143 ext. 12", "US", "+12025550143", []Code{PhoneFiction, PhoneExtension}},
		{"555-0143", "US", "", []Code{BadPhone}},
		{"12", "FR", "", []Code{BadPhone}},
		{"020 7946 0123 / 020 7946 0124", "GB", "", []Code{BadPhone}},
		{"call me", "US", "", []Code{BadPhone}},
		{"020 7946 0123", "", "", []Code{BadPhone}},
	}
	for _, test := range tests {
		p := parsePhone(test.text, test.country)
		var have []Code
		for _, f := range p.findings {
			have = append(have, f.code)
		}
		require.Equal(t, test.codes, have, test.text)
		require.Equal(t, test.want, p.e164, test.text)
	}
}

func TestParsePlaces(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"fr": "FR", "GB": "GB", "UK": "", "FRA": "", "EU": "", "ZZ": "", "840": "", "DD": "", "": ""} {
		country, advice := parseCountry(text)
		require.Equal(t, want, country, text)
		require.Equal(t, want == "", advice != "", text)
	}
	for _, test := range []struct{ text, country, want string }{
		{"NY", "US", "NY"}, {"us-ny", "US", "NY"}, {"XX", "US", ""}, {"New York", "US", ""}, {"SCT", "GB", "SCT"}, {"75", "FR", "75"},
	} {
		require.Equal(t, test.want, parseRegion(test.text, test.country), test.text)
	}
	for text, want := range map[string]string{"fr": "fr", "pl-PL": "pl", "pl_PL": "pl", "deu": "de", "xx": "", "english": "", "und": ""} {
		require.Equal(t, want, parseLanguage(text), text)
	}
	for text, want := range map[string]string{"Europe/Paris": "Europe/Paris", "UTC": "UTC", "EST": "", "Local": "", "Europe/Lyon": "", "../etc": ""} {
		require.Equal(t, want, parseTimeZone(text), text)
	}
}

func TestTemplates(t *testing.T) {
	t.Parallel()
	values := map[Field]string{FieldDebtorID: "0379-NÉVHP Łódź", FieldName: ""}
	fill := func(text string) string {
		tm, err := parseTemplate(text)
		require.NoError(t, err, text)
		return tm.fill(func(p templatePart) string {
			if p.header != "" {
				return "cell of " + p.header
			}
			return values[p.field]
		})
	}
	require.Equal(t, "Customer 0379-NÉVHP Łódź", fill("Customer {debtor_id}"))
	require.Equal(t, "0379-nevhp-lodz@example.com", fill("{debtor_id|slug}@example.com"))
	require.Equal(t, "0379-névhp łódź", fill("{ debtor_id | lower }"))
	require.Equal(t, "CELL OF FIRST NAME", fill("{@First name|upper}"))
	require.Equal(t, "{x} 0379-nevhp-lodz", fill("{{x}} {debtor_id|slug}"))
	require.Empty(t, fill("Customer {debtor_name}"), "no value, no template")
	require.Regexp(t, `^\+1(212|315)55501\d\d$`, fill("+1{debtor_id|pick:212/315}55501{debtor_id|digits:2}"))
	digits := fill("{debtor_id|digits:18}")
	require.Equal(t, digits, fill("{debtor_id|digits:18}"))
	require.Len(t, fill("{debtor_id|digits:18}"), 18)

	for _, bad := range []string{
		"", "{", "}", "{debtor_id", "debtor_id}", "{}", "{nobody}", "{debtor_id|}", "{debtor_id|slugg}", "{debtor_id|digits}",
		"{debtor_id|digits:0}", "{debtor_id|digits:19}", "{debtor_id|pick:x}",
	} {
		_, err := parseTemplate(bad)
		require.Error(t, err, bad)
	}
}
