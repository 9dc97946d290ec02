package delivery

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The kinds of a PrepareError.
var (
	// ErrInvalid: a part of the message is missing or malformed; no attempt with the same message can succeed.
	ErrInvalid = errors.New("message is invalid")
	// ErrUnserved: the provider does not carry such a message (a letter to or from a country that it does not serve);
	// another provider, or a person, may.
	ErrUnserved = errors.New("message is not served by this provider")
)

// PrepareError says why a message could not be frozen. Its problems name fields and rules, never a person's data.
type PrepareError struct {
	Provider string
	Kind     error // ErrInvalid or ErrUnserved
	Problems []string
}

// Error lists the problems.
func (e *PrepareError) Error() string {
	return fmt.Sprintf("prepare for %s: %v: %s", e.Provider, e.Kind, strings.Join(e.Problems, "; "))
}

// Unwrap gives the kind, for errors.Is.
func (e *PrepareError) Unwrap() error { return e.Kind }

// Invalid is nil without problems, else a PrepareError of kind ErrInvalid.
func Invalid(provider string, problems []string) error {
	if len(problems) == 0 {
		return nil
	}
	return &PrepareError{Provider: provider, Kind: ErrInvalid, Problems: problems}
}

// LookupError says why a look-up or a recall proves nothing. It carries a kind and numbers, never a provider's text, so it
// may reach Temporal.
type LookupError struct {
	Provider   string
	Code       string
	HTTPStatus int           // 0: no answer
	RetryAfter time.Duration // how long the provider asks to wait; 0: not said
}

// Error names provider, code and status.
func (e *LookupError) Error() string {
	return fmt.Sprintf("ask %s: %s (HTTP %d)", e.Provider, e.Code, e.HTTPStatus)
}

// ConfigError says why an adapter cannot be built: every problem of its settings, without their values.
type ConfigError struct {
	Provider string
	Problems []string
}

// Error lists the problems.
func (e *ConfigError) Error() string {
	return fmt.Sprintf("configure %s: %s", e.Provider, strings.Join(e.Problems, "; "))
}
