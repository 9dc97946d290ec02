package money

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// wire is the JSON form. Pointers tell what is missing from what is nought.
type wire struct {
	Minor    *int64    `json:"minor"`
	Currency *Currency `json:"currency"`
}

// MarshalJSON writes {"minor":12000,"currency":"EUR"}. The zero Amount has an empty currency.
func (a Amount) MarshalJSON() ([]byte, error) {
	return json.Marshal(wire{Minor: &a.Minor, Currency: &a.Currency})
}

// UnmarshalJSON reads what MarshalJSON writes. Both members are required, minor must be a whole number and the currency
// known; only nought may come without one. Errors: ErrFormat, ErrCurrency, ErrOverflow, or the decoder's own.
func (a *Amount) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil // the convention of encoding/json
	}
	var w wire
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("read amount: %w", err)
	}
	switch {
	case w.Minor == nil || w.Currency == nil:
		return fmt.Errorf("read amount: minor and currency are required: %w", ErrFormat)
	case *w.Minor == math.MinInt64:
		return fmt.Errorf("read amount: %w", ErrOverflow)
	case *w.Currency == "" && *w.Minor != 0:
		return fmt.Errorf("read amount: no currency: %w", ErrCurrency)
	}
	*a = Amount{Minor: *w.Minor, Currency: *w.Currency}
	return nil
}

// MarshalText writes "120.00 EUR", the form of policies and settings; the zero Amount is "0".
func (a Amount) MarshalText() ([]byte, error) {
	if a.Currency != "" && !a.Currency.Valid() || a.Currency == "" && a.Minor != 0 {
		return nil, fmt.Errorf("write amount in %q: %w", string(a.Currency), ErrCurrency)
	}
	return []byte(a.String()), nil
}

// UnmarshalText reads what MarshalText writes: the amount as in Parse, one space, the currency. Errors: ErrFormat,
// ErrCurrency, ErrOverflow.
func (a *Amount) UnmarshalText(text []byte) error {
	if string(text) == "0" {
		*a = Amount{}
		return nil
	}
	decimal, code, found := strings.Cut(string(text), " ")
	if !found {
		return fmt.Errorf("read amount %q: no currency: %w", text, ErrFormat)
	}
	c, err := ParseCurrency(code)
	if err != nil {
		return err
	}
	parsed, err := Parse(decimal, c)
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}
