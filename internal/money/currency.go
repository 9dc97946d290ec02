package money

import (
	"errors"
	"fmt"
	"strings"
)

// ErrCurrency is the kind of error for a currency code that is not an active ISO 4217 code with a minor unit.
var ErrCurrency = errors.New("unknown currency")

// Currency is an ISO 4217 alphabetic code in capitals, for example "EUR". The empty Currency belongs to the zero Amount
// only.
type Currency string

// exponents holds every active ISO 4217 code that has a minor unit, with the number of decimals of that unit, as in the
// standard's table A.1. Left out are codes without a minor unit (precious metals, XBA-XBD, XTS, XXX), units of account between banks (XAD, XDR, XSU, XUA), in
// which no invoice is written, and codes that were withdrawn: HRK (2023), SLL, ZWL, ANG (now XCG) and BGN (Bulgaria has
// used the euro since 2026-01-01).
var exponents = func() map[Currency]int {
	table := map[int]string{
		0: `BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF`,
		2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
			CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
			IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
			MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP
			SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG
			YER ZAR ZMW ZWG`,
		3: `BHD IQD JOD KWD LYD OMR TND`,
		4: `CLF UYW`,
	}
	m := make(map[Currency]int, 180)
	for exponent, codes := range table {
		for _, code := range strings.Fields(codes) {
			m[Currency(code)] = exponent
		}
	}
	return m
}()

// ParseCurrency reads an ISO 4217 code; small letters are accepted, anything else around or in it is not. The error is
// ErrCurrency for a code that is unknown, withdrawn or has no minor unit.
func ParseCurrency(s string) (Currency, error) {
	c := Currency(s)
	if c.Valid() {
		return c, nil
	}
	// Only plain letters are folded: ToUpper maps some other characters onto capitals too.
	if len(s) == 3 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		c = Currency(strings.ToUpper(s))
		if c.Valid() {
			return c, nil
		}
	}
	return "", fmt.Errorf("currency %q: %w", s, ErrCurrency)
}

// Valid reports whether c is an active ISO 4217 code with a minor unit, in capitals.
func (c Currency) Valid() bool {
	_, known := exponents[c]
	return known
}

// Exponent is the number of decimals of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD. It is 0 for a code that is not
// Valid, so that such an amount shows its bare minor units rather than an invented fraction.
func (c Currency) Exponent() int { return exponents[c] }

// String is the code itself.
func (c Currency) String() string { return string(c) }

// MarshalText writes the code. The empty Currency is written as nothing; any other code that is not Valid is ErrCurrency.
func (c Currency) MarshalText() ([]byte, error) {
	if c != "" && !c.Valid() {
		return nil, fmt.Errorf("write currency %q: %w", string(c), ErrCurrency)
	}
	return []byte(c), nil
}

// UnmarshalText reads what MarshalText writes, with the tolerance of ParseCurrency.
func (c *Currency) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*c = ""
		return nil
	}
	parsed, err := ParseCurrency(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}
