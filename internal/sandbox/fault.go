package sandbox

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Mode is a way in which a provider fails.
type Mode string

// The modes. "Before" means that nothing was accepted and the ledger stays as it was; "after" means that the message was
// accepted, stands in the ledger, and only the answer is missing or wrong.
const (
	ModeRefuse      Mode = "refuse"       // a documented rejection (4xx); Code picks which one
	ModeRateLimit   Mode = "rate_limit"   // 429 with the provider's headers
	ModeErrorBefore Mode = "error_before" // 500, not accepted
	ModeErrorAfter  Mode = "error_after"  // 500, although accepted
	ModeHang        Mode = "hang"         // no answer until the client gives up, not accepted
	ModeHangAfter   Mode = "hang_after"   // accepted, then no answer until the client gives up
	ModeDrop        Mode = "drop"         // accepted, then the connection is closed without an answer
	ModeDropBefore  Mode = "drop_before"  // the connection is closed without an answer, not accepted
	ModeSlow        Mode = "slow"         // accepted at once, answered after Delay
	ModeHold        Mode = "hold"         // Twilio: accepted, but stays queued, so that it can still be cancelled
	ModeBlind       Mode = "blind"        // look-ups find nothing, as when a provider's index lags
)

// Modes lists all modes, in the order in which the page explains them.
func Modes() []Mode {
	return []Mode{
		ModeRefuse, ModeRateLimit, ModeErrorBefore, ModeErrorAfter, ModeHang, ModeHangAfter, ModeDrop, ModeDropBefore,
		ModeSlow, ModeHold, ModeBlind,
	}
}

// Valid reports whether m is one of the modes.
func (m Mode) Valid() bool { return slices.Contains(Modes(), m) }

// Call is the kind of call that a fault strikes.
type Call string

// The kinds of calls.
const (
	CallSend   Call = "send"   // mail/send, creating a message, creating a letter
	CallLookup Call = "lookup" // searching and reading
	CallCancel Call = "cancel" // cancelling a message or a letter
)

// Valid reports whether c is one of the three; the empty call means CallSend.
func (c Call) Valid() bool { return c == "" || c == CallSend || c == CallLookup || c == CallCancel }

// Fault makes a provider fail for some recipients. The first fault that matches and is not used up strikes; faults that were
// set come before magic recipients.
type Fault struct {
	Provider string // "sendgrid", "twilio", "lob"; empty: all
	Call     Call   // empty: CallSend
	// Recipient is an address, a number in E.164, or a letter's recipient (its name, or the line that Entry.To shows). "*"
	// stands for any run of characters and case does not matter. Without "@" it is compared with an email's local part.
	// Empty: everybody.
	Recipient  string
	Mode       Mode
	Times      int           // how often it strikes; 0: always
	RetryAfter time.Duration // ModeRateLimit: what the provider asks for; 0: one second
	Delay      time.Duration // wait this long before answering; hanging modes: give up after it (0: never)
	// Code picks the rejection of ModeRefuse: a Twilio error code ("21610"), a Lob error code, a SendGrid HTTP status
	// ("403"). Empty: the usual one.
	Code string
}

// Validate reports every problem of the fault at once.
func (f Fault) Validate() error {
	var problems []string
	if !slices.Contains([]string{"", SendGrid, Twilio, Lob}, f.Provider) {
		problems = append(problems, fmt.Sprintf("provider %q: use sendgrid, twilio, lob or nothing for all", f.Provider))
	}
	if !f.Mode.Valid() {
		problems = append(problems, fmt.Sprintf("mode %q: use one of %v", f.Mode, Modes()))
	}
	if !f.Call.Valid() {
		problems = append(problems, fmt.Sprintf("call %q: use send, lookup or cancel", f.Call))
	}
	if f.Mode == ModeHold && f.call() != CallSend {
		problems = append(problems, "mode hold: only for call send")
	}
	if f.Mode == ModeBlind && f.call() != CallLookup {
		problems = append(problems, "mode blind: only for call lookup")
	}
	if f.Times < 0 || f.Delay < 0 || f.RetryAfter < 0 {
		problems = append(problems, "times, delay and retry_after: not below zero")
	}
	if problems != nil {
		return fmt.Errorf("%w: %s", ErrFault, strings.Join(problems, "; "))
	}
	return nil
}

func (f Fault) call() Call {
	if f.Call == "" {
		return CallSend
	}
	return f.Call
}

func (f Fault) retryAfter() time.Duration {
	if f.RetryAfter == 0 {
		return time.Second
	}
	return f.RetryAfter
}

// strikes reports whether the fault concerns a call about these recipients.
func (f Fault) strikes(provider string, call Call, recipients []string) bool {
	if f.Provider != "" && f.Provider != provider || f.call() != call {
		return false
	}
	if f.Recipient == "" || f.Recipient == "*" {
		return true
	}
	return slices.ContainsFunc(recipients, func(r string) bool { return matches(f.Recipient, r) })
}

// matches compares a recipient with a pattern in which "*" stands for anything.
func matches(pattern, recipient string) bool {
	pattern, recipient = strings.ToLower(pattern), strings.ToLower(recipient)
	if local, _, isEmail := strings.Cut(recipient, "@"); isEmail && !strings.Contains(pattern, "@") {
		recipient = local
	}
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == recipient
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(recipient) < len(first)+len(last) || !strings.HasPrefix(recipient, first) || !strings.HasSuffix(recipient, last) {
		return false
	}
	rest := recipient[len(first) : len(recipient)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return true
}

// faultSet holds the faults that are set, and how often each has struck.
type faultSet struct {
	mu    sync.Mutex
	armed []armedFault
}

type armedFault struct {
	Fault
	struck int
}

func (s *faultSet) replace(faults []Fault) error {
	armed := make([]armedFault, len(faults))
	for i, f := range faults {
		if err := f.Validate(); err != nil {
			return fmt.Errorf("fault %d: %w", i+1, err)
		}
		armed[i] = armedFault{Fault: f}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed = armed
	return nil
}

// take returns the fault that strikes this call, counting it.
func (s *faultSet) take(provider string, call Call, recipients []string) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.armed {
		f := &s.armed[i]
		if f.strikes(provider, call, recipients) && (f.Times == 0 || f.struck < f.Times) {
			f.struck++
			return f.Fault, true
		}
	}
	if call == CallSend {
		for _, r := range recipients {
			if f, found := magicFault(provider, r); found {
				return f, true
			}
		}
	}
	return Fault{}, false
}

func (s *faultSet) list() []armedFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.armed)
}

// faultJSON is a fault as PUT and GET /faults write it; durations read like "1.5s".
type faultJSON struct {
	Provider   string `json:"provider,omitempty"`
	Call       Call   `json:"call,omitempty"`
	Recipient  string `json:"recipient,omitempty"`
	Mode       Mode   `json:"mode"`
	Times      int    `json:"times,omitempty"`
	RetryAfter string `json:"retry_after,omitempty"`
	Delay      string `json:"delay,omitempty"`
	Code       string `json:"code,omitempty"`
	Struck     int    `json:"struck,omitempty"` // answers only
}

// MarshalJSON writes durations as text.
func (f armedFault) MarshalJSON() ([]byte, error) {
	return json.Marshal(faultJSON{
		f.Provider, f.Call, f.Recipient, f.Mode, f.Times, durationText(f.RetryAfter), durationText(f.Delay), f.Code, f.struck,
	})
}

func durationText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func (j faultJSON) fault() (Fault, error) {
	retryAfter, err := durationOf("retry_after", j.RetryAfter)
	if err != nil {
		return Fault{}, err
	}
	delay, err := durationOf("delay", j.Delay)
	return Fault{j.Provider, j.Call, j.Recipient, j.Mode, j.Times, retryAfter, delay, j.Code}, err
}

func durationOf(field, text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%w: %s %q: write it like \"1.5s\"", ErrFault, field, text)
	}
	return d, nil
}
