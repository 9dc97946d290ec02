package message

import (
	"fmt"
	"strings"

	"relance/internal/calendar"
	"relance/internal/money"
)

// The spaces that never break a line. French groups digits with the narrow one (Imprimerie nationale, CLDR); both keep an
// amount and its currency together.
const (
	noBreak       = "\u00a0"
	narrowNoBreak = "\u202f"
	minus         = "\u2212"
)

// FormatAmount writes an amount as a reader of the language expects it on paper: "€1,234.56", "1 234,56 €" with no-break
// spaces, "1234,56 zł" (Polish groups from five digits on). Currencies without a symbol that the language's readers take
// for granted stand as their ISO 4217 code. A language without templates is written as English.
func FormatAmount(a money.Amount, l Language) string {
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(a.Decimal(), "-"), ".")
	negative := ""
	if a.IsNegative() {
		negative = minus
	}
	switch l {
	case French:
		number := join(group(whole, narrowNoBreak), ",", fraction)
		return negative + number + noBreak + sign(French, a.Currency)
	case Polish:
		if len(whole) > 4 {
			whole = group(whole, noBreak)
		}
		return negative + join(whole, ",", fraction) + noBreak + sign(Polish, a.Currency)
	case English:
	}
	number := join(group(whole, ","), ".", fraction)
	if symbol, ok := signs[English][a.Currency]; ok {
		return negative + symbol + number
	}
	return negative + string(a.Currency) + noBreak + number
}

// FormatAmountSMS writes an amount for a text message, in plain ASCII and without grouping: "1234.56 EUR", "1234,56 EUR".
func FormatAmountSMS(a money.Amount, l Language) string {
	text := a.String()
	if l == French || l == Polish {
		text = strings.Replace(text, ".", ",", 1)
	}
	return text
}

// FormatDate writes a date in words: "13 October 2026", "1er octobre 2026", "13 października 2026 r.". English is
// written the British way; messages to a debtor in the United States write "October 13, 2026". The zero date is empty.
func FormatDate(d calendar.Date, l Language) string { return longDate(d, l, false) }

func longDate(d calendar.Date, l Language, american bool) string {
	if d.IsZero() {
		return ""
	}
	month := months[l][(int(d.Month)+11)%12]
	switch {
	case l == French && d.Day == 1:
		return fmt.Sprintf("1er%s%s%s%d", noBreak, month, noBreak, d.Year)
	case l == French:
		return fmt.Sprintf("%d%s%s%s%d", d.Day, noBreak, month, noBreak, d.Year)
	case l == Polish:
		return fmt.Sprintf("%d%s%s%s%d%sr.", d.Day, noBreak, month, noBreak, d.Year, noBreak)
	case american:
		return fmt.Sprintf("%s%s%d, %d", month, noBreak, d.Day, d.Year)
	}
	return fmt.Sprintf("%d%s%s%s%d", d.Day, noBreak, month, noBreak, d.Year)
}

// shortDate writes a date for narrow columns and text messages, in ASCII: "13 Oct 2026", "13/10/2026", "13.10.2026".
func shortDate(d calendar.Date, l Language, american bool) string {
	if d.IsZero() {
		return ""
	}
	switch l {
	case French:
		return fmt.Sprintf("%02d/%02d/%d", d.Day, int(d.Month), d.Year)
	case Polish:
		return fmt.Sprintf("%02d.%02d.%d", d.Day, int(d.Month), d.Year)
	case English:
	}
	month := d.Month.String()[:3]
	if american {
		return fmt.Sprintf("%s %d, %d", month, d.Day, d.Year)
	}
	return fmt.Sprintf("%d %s %d", d.Day, month, d.Year)
}

var months = map[Language][12]string{
	English: {
		"January", "February", "March", "April", "May", "June",
		"July", "August", "September", "October", "November", "December",
	},
	French: {
		"janvier", "février", "mars", "avril", "mai", "juin",
		"juillet", "août", "septembre", "octobre", "novembre", "décembre",
	},
	Polish: { // the genitive, as a date needs it
		"stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca",
		"lipca", "sierpnia", "września", "października", "listopada", "grudnia",
	},
}

// signs are the currency signs that readers of a language take for one currency only.
var signs = map[Language]map[money.Currency]string{
	English: {"EUR": "€", "USD": "$", "GBP": "£"},
	French:  {"EUR": "€"},
	Polish:  {"PLN": "zł"},
}

// sign is a currency's sign in a language, or its ISO 4217 code.
func sign(l Language, c money.Currency) string {
	if symbol, ok := signs[l][c]; ok {
		return symbol
	}
	return string(c)
}

func join(whole, mark, fraction string) string {
	if fraction == "" {
		return whole
	}
	return whole + mark + fraction
}

// group puts the separator between every three digits, counted from the right.
func group(digits, separator string) string {
	var b strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(separator)
		}
		b.WriteRune(digit)
	}
	return b.String()
}
