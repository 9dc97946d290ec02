package activities

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"relance/internal/archive"
	"relance/internal/casework"
	"relance/internal/delivery"
	"relance/internal/intake"
	"relance/internal/message"
	"relance/internal/store"
)

// The types of the errors that reach Temporal. They say what kind of thing went wrong; the text behind them stays in our own
// log, because it may hold an address.
const (
	typeInvalid  = "invalid_input"
	typeBusy     = "attempt_under_way"
	typeLocked   = "lock_timeout"
	typeUnsaid   = "message_cannot_be_said"
	typeLost     = "document_lost"
	typeRefused  = "refused"
	typeDatabase = "database"
)

// invalid is an input that no retry mends.
func invalid(err error) error {
	return temporal.NewNonRetryableApplicationError("the activity's input cannot be read", typeInvalid, err)
}

// failed turns an error into what Temporal may see: a kind, what was being done, and the case's id.
func failed(ctx context.Context, doing, caseID string, err error) error {
	if activity.IsActivity(ctx) {
		activity.GetLogger(ctx).Warn("activity failed", "doing", doing, "case", caseID, "error", err)
	}
	text := fmt.Sprintf("%s of case %s", doing, caseID)
	switch {
	case errors.Is(err, context.Canceled): // bare: what is wrapped around it stays in the log
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	case errors.Is(err, casework.ErrBusy):
		return temporal.NewApplicationError(text+": another attempt is under way", typeBusy)
	case store.LockTimedOut(err):
		return temporal.NewApplicationError(text+": a row stayed locked", typeLocked)
	case errors.Is(err, message.ErrInvalid), errors.Is(err, message.ErrKind), errors.Is(err, message.ErrGlyph),
		errors.Is(err, delivery.ErrInvalid), errors.Is(err, delivery.ErrUnserved):
		return temporal.NewNonRetryableApplicationError(text+": the message cannot be said; see the log", typeUnsaid, nil)
	case errors.Is(err, archive.ErrNotFound), errors.Is(err, archive.ErrDamaged):
		return temporal.NewApplicationError(text+": a document is missing or damaged; see the log", typeLost)
	case intake.KindOf(err) != "":
		return temporal.NewNonRetryableApplicationError(text+": refused as "+string(intake.KindOf(err)), typeRefused, nil)
	}
	return temporal.NewApplicationError(text+": see the log", typeDatabase)
}
