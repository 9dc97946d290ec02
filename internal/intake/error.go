package intake

import (
	"errors"
	"strings"

	"relance/internal/store"
)

// Kind is what went wrong, for the caller that has to decide on an exit code or an HTTP status.
type Kind string

// The kinds of error. Everything else is a fault of ours or of the machine.
const (
	Invalid  Kind = "invalid"   // what was said makes no sense; say it differently
	NotFound Kind = "not_found" // the creditor, invoice, case or task does not exist
	Conflict Kind = "conflict"  // it contradicts what is already recorded
	Stopped  Kind = "stopped"   // the case is over, or the step is
	Busy     Kind = "busy"      // a message is on its way right now; nothing was recorded, try again
)

// Error is a refusal in the user's words. Nothing was changed.
type Error struct {
	Kind     Kind
	Problems []string
}

// Error joins the problems.
func (e *Error) Error() string { return strings.Join(e.Problems, "; ") }

// KindOf is the kind of a refusal, or "" for any other error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

func refuse(kind Kind, problems ...string) error { return &Error{Kind: kind, Problems: problems} }

// busy turns a row that stayed locked into a refusal: a message for the invoice is on its way, and nothing was recorded.
func busy(err error) error {
	if !store.LockTimedOut(err) {
		return err
	}
	return refuse(Busy, "a message for this invoice is on its way right now; nothing was recorded, try again in a few seconds")
}

// problems collects what is wrong with one input.
type problems []string

func (p *problems) add(text string) { *p = append(*p, text) }

func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return refuse(Invalid, p...)
}
