package money

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// The kinds of error of this package beside ErrCurrency.
var (
	// ErrFormat is an amount that is not written as digits with an optional '-' and an optional '.'.
	ErrFormat = errors.New("not an amount")
	// ErrOverflow is an amount beyond 2^63-1 minor units, either way.
	ErrOverflow = errors.New("amount too large")
	// ErrMismatch is arithmetic between two currencies.
	ErrMismatch = errors.New("currencies differ")
)

// Amount is a sum of money. Minor counts the currency's smallest unit (cents for EUR, whole yen for JPY, fils for KWD)
// and may be negative; its range is symmetric, -(2^63-1) to 2^63-1. The zero Amount has no currency and is neutral: it can
// be added to, subtracted from and compared with an amount of any currency.
type Amount struct {
	Minor    int64
	Currency Currency
}

// Parse reads an amount written in major units: "120.00", "-3.5", "12". It is strict: digits, an optional leading '-', an
// optional '.' with digits on both sides and at most c.Exponent() decimals. Signs such as '+', group separators, spaces
// and decimal commas are refused, because "1,234" means two different sums in two countries. Errors: ErrCurrency,
// ErrFormat, ErrOverflow.
func Parse(text string, c Currency) (Amount, error) {
	if !c.Valid() {
		return Amount{}, fmt.Errorf("read amount in %q: %w", string(c), ErrCurrency)
	}
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, hasPoint := strings.Cut(digits, ".")
	if whole == "" || (hasPoint && fraction == "") || !onlyDigits(whole) || !onlyDigits(fraction) {
		return Amount{}, fmt.Errorf("read amount %q: %w", text, ErrFormat)
	}
	if len(fraction) > c.Exponent() {
		return Amount{}, fmt.Errorf("read amount %q: %s has %d decimals: %w", text, c, c.Exponent(), ErrFormat)
	}
	padded := whole + fraction + strings.Repeat("0", c.Exponent()-len(fraction))
	minor, err := strconv.ParseInt(padded, 10, 64)
	if err != nil { // only the range is left to fail: these are digits
		return Amount{}, fmt.Errorf("read amount %q: %w", text, ErrOverflow)
	}
	if negative {
		minor = -minor
	}
	return Amount{Minor: minor, Currency: c}, nil
}

func onlyDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// Decimal is the amount in major units with all its decimals, for example "120.00". Parse reads it back.
func (a Amount) Decimal() string {
	sign, magnitude := "", uint64(a.Minor) //nolint:gosec // the sign is put right below
	if a.Minor < 0 {
		sign, magnitude = "-", -magnitude // two's complement: right for the smallest int64 too
	}
	exponent := a.Currency.Exponent()
	digits := strconv.FormatUint(magnitude, 10)
	if missing := exponent + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	point := len(digits) - exponent
	if exponent == 0 {
		return sign + digits
	}
	return sign + digits[:point] + "." + digits[point:]
}

// String is the amount with its currency, for example "120.00 EUR"; the zero Amount is "0".
func (a Amount) String() string {
	if a.Currency == "" {
		return a.Decimal()
	}
	return a.Decimal() + " " + string(a.Currency)
}

// IsZero reports whether the amount is nought, in whatever currency.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// IsNegative reports whether the amount is below nought.
func (a Amount) IsNegative() bool { return a.Minor < 0 }

// IsPositive reports whether the amount is above nought.
func (a Amount) IsPositive() bool { return a.Minor > 0 }

// Add is a + b. Errors: ErrMismatch, ErrOverflow.
func (a Amount) Add(b Amount) (Amount, error) {
	c, err := common(a, b)
	if err != nil {
		return Amount{}, fmt.Errorf("add %s to %s: %w", b, a, err)
	}
	sum := a.Minor + b.Minor
	// Overflow shows as a sum on the wrong side of a; the one value outside the symmetric range counts as overflow.
	if (b.Minor > 0 && sum < a.Minor) || (b.Minor < 0 && sum > a.Minor) || sum == math.MinInt64 {
		return Amount{}, fmt.Errorf("add %s to %s: %w", b, a, ErrOverflow)
	}
	return Amount{Minor: sum, Currency: c}, nil
}

// Sub is a - b. Errors: ErrMismatch, ErrOverflow.
func (a Amount) Sub(b Amount) (Amount, error) {
	c, err := common(a, b)
	if err != nil {
		return Amount{}, fmt.Errorf("subtract %s from %s: %w", b, a, err)
	}
	difference := a.Minor - b.Minor
	if (b.Minor > 0 && difference > a.Minor) || (b.Minor < 0 && difference < a.Minor) || difference == math.MinInt64 {
		return Amount{}, fmt.Errorf("subtract %s from %s: %w", b, a, ErrOverflow)
	}
	return Amount{Minor: difference, Currency: c}, nil
}

// Neg is -a. The one int64 without a counterpart, which nothing in this package makes, becomes the greatest amount.
func (a Amount) Neg() Amount {
	if a.Minor == math.MinInt64 {
		return Amount{Minor: math.MaxInt64, Currency: a.Currency}
	}
	return Amount{Minor: -a.Minor, Currency: a.Currency}
}

// Cmp is -1, 0 or +1 as a is less than, equal to or greater than b. The error is ErrMismatch: amounts of two currencies
// have no order.
func (a Amount) Cmp(b Amount) (int, error) {
	if _, err := common(a, b); err != nil {
		return 0, fmt.Errorf("compare %s with %s: %w", a, b, err)
	}
	switch {
	case a.Minor < b.Minor:
		return -1, nil
	case a.Minor > b.Minor:
		return 1, nil
	}
	return 0, nil
}

// Min is the lesser of a and b. The error is ErrMismatch.
func Min(a, b Amount) (Amount, error) {
	order, err := a.Cmp(b)
	if err != nil {
		return Amount{}, err
	}
	c, _ := common(a, b) // Cmp has just found them comparable
	if order > 0 {
		a = b
	}
	return Amount{Minor: a.Minor, Currency: c}, nil
}

// Sum adds the amounts up, from left to right; of none it is the zero Amount. Errors: ErrMismatch, ErrOverflow.
func Sum(amounts []Amount) (Amount, error) {
	var total Amount
	for _, a := range amounts {
		var err error
		if total, err = total.Add(a); err != nil {
			return Amount{}, err
		}
	}
	return total, nil
}

// common is the currency that a and b share; the zero Amount shares any.
func common(a, b Amount) (Currency, error) {
	switch {
	case a.Currency == b.Currency, b == Amount{}:
		return a.Currency, nil
	case a == Amount{}:
		return b.Currency, nil
	}
	return "", ErrMismatch
}
