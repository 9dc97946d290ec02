package ledger

import (
	"fmt"
	"strings"

	"relance/internal/money"
)

// numberFormat is how a file writes amounts: 1.234,50 has decimal "," and thousands ".".
type numberFormat struct {
	decimal   string
	thousands string
}

// minusSigns and spaces are what files really use for them.
const (
	minusSigns = "-−–"
	spaces     = " \u00A0\u202F\u2009"
)

// parseAmount reads an amount of currency c that somebody owes. On failure it says why, for the person who brought the file.
// Zeros beyond the currency's decimals carry no money and are dropped: "120.0000" is 120.00 EUR.
func parseAmount(text string, f numberFormat, c money.Currency) (a money.Amount, code Code, why string) {
	body, negative := unsigned(text)
	if body == "" || strings.Trim(body, "0123456789.,'’"+spaces) != "" {
		return a, BadAmount, "This is not an amount: write digits only, such as " + f.example(c) +
			"; the currency has a column of its own."
	}
	whole, fraction, hasFraction := strings.Cut(body, f.decimal)
	whole, ok := f.ungroup(whole)
	if !ok || whole == "" || strings.Trim(whole+fraction, "0123456789") != "" || (hasFraction && fraction == "") {
		return a, BadAmount, f.advice(body, c)
	}
	places := c.Exponent()
	for len(fraction) > places && fraction[len(fraction)-1] == '0' {
		fraction = fraction[:len(fraction)-1]
	}
	if len(fraction) > places {
		return a, TooManyDecimals, fmt.Sprintf("%s has %d decimals, this amount has %d: round it in the invoicing system, or check "+
			"which mark stands for the decimals.", c, places, len(fraction))
	}
	if fraction != "" {
		whole += "." + fraction
	}
	a, err := money.Parse(whole, c)
	switch {
	case err != nil:
		return a, BadAmount, "This amount is too large to be real."
	case a.IsZero():
		return a, ZeroAmount, "Nothing is owed on this invoice: leave it out of the file."
	case negative:
		return a, NegativeAmount, "An invoice cannot have a negative amount: leave credit notes out of the file and record them " +
			"against the invoice they belong to."
	}
	return a, "", ""
}

// unsigned takes the sign off an amount: -5, 5- and (5) are negative.
func unsigned(text string) (body string, negative bool) {
	body = strings.TrimSpace(text)
	if inner, ok := strings.CutPrefix(body, "("); ok && strings.HasSuffix(inner, ")") {
		return strings.TrimSpace(strings.TrimSuffix(inner, ")")), true
	}
	trimmed := strings.Trim(body, minusSigns)
	if trimmed != body {
		return strings.TrimSpace(trimmed), true
	}
	return strings.TrimPrefix(body, "+"), false
}

// ungroup removes thousands marks, which must stand exactly between groups of three.
func (f numberFormat) ungroup(whole string) (string, bool) {
	marks := f.thousands
	switch {
	case marks == "":
		return whole, true
	case strings.Contains(spaces, marks):
		marks = spaces
	case marks == "'" || marks == "’":
		marks = "'’"
	}
	groups := strings.FieldsFunc(whole, func(r rune) bool { return strings.ContainsRune(marks, r) })
	if len(groups) < 2 {
		return whole, !strings.ContainsAny(whole, marks)
	}
	for i, g := range groups {
		if (i == 0 && len(g) > 3) || (i > 0 && len(g) != 3) {
			return "", false
		}
	}
	joined := strings.Join(groups, "")
	marked := len([]rune(whole)) - len([]rune(joined))
	return joined, marked == len(groups)-1
}

func (f numberFormat) example(c money.Currency) string {
	if c.Exponent() == 0 {
		return "1250"
	}
	return "1250" + f.decimal + "00"[:min(2, c.Exponent())]
}

func (f numberFormat) advice(body string, c money.Currency) string {
	const under = " under “format” of the mapping"
	switch {
	case f.decimal == "." && f.thousands == "" && strings.Contains(body, ","):
		return "The comma is neither expected as decimal mark nor between thousands: write " + f.example(c) +
			", or set “decimal” or “thousands”" + under + ". It is never guessed."
	case f.decimal == "," && f.thousands == "" && strings.Contains(body, "."):
		return "The point is not expected here: write " + f.example(c) + ", or set “decimal” or “thousands”" + under +
			". It is never guessed."
	case f.thousands == "" && strings.ContainsAny(body, "'’"+spaces):
		return "Thousands are not expected to be marked: write " + f.example(c) + ", or set “thousands”" + under + "."
	}
	return "This is not an amount: write one such as " + f.example(c) + ", or check “decimal” and “thousands”" + under + "."
}
