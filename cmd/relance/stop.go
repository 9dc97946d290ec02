package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"relance/internal/casework"
	"relance/internal/clock"
	"relance/internal/inquiry"
	"relance/internal/screen"
	"relance/internal/store"
)

func newStop() *cobra.Command {
	var creditor, reason string
	cmd := &cobra.Command{
		Use:   "stop",
		Short: "Stop sending, at once; of one creditor, or altogether",
		Long: `The stop switch. From the moment it is thrown no message begins; one that is with its
provider right now gets its answer within seconds, and the command says when the last
one has. Payments and everything else are recorded as before. ` + "`relance start`" + `
takes it back; what fell due meanwhile is then sent in its own time.`,
		Example: examples("relance stop", `relance stop --creditor comptoir --reason "wrong bank account in the settings"`),
		Args:    noArgs,
		RunE: onOffice(func(ctx context.Context, cmd *cobra.Command, o *office, _ []string) error {
			if err := o.Desk.Stop(ctx, creditor, reason); err != nil {
				return err
			}
			s := stopped{Creditor: creditor, Reason: reason}
			if err := s.wait(ctx, o); err != nil {
				return fmt.Errorf("the stop stands; whether the last message has its answer is not known: %w", err)
			}
			return answer(cmd, s, s.text)
		}),
	}
	cmd.Flags().StringVar(&creditor, "creditor", "", "of this creditor only")
	cmd.Flags().StringVar(&reason, "reason", "", "why, in your words")
	dataDirFlag(cmd)
	return cmd
}

// stopped is a stop and whether it is complete.
type stopped struct {
	Creditor string  `json:"creditor,omitempty"` // "" is the whole installation
	Reason   string  `json:"reason"`
	Complete bool    `json:"complete"` // nothing is on its way any more
	Seconds  float64 `json:"seconds"`  // until then
	// Unknown messages have an outcome that died with its process; they are looked up, not sent.
	Unknown int64 `json:"unknown"`
}

// wait returns when no message is with its provider any more. The lease bounds it: a call whose process died ends with it.
func (s *stopped) wait(ctx context.Context, o *office) error {
	began := clock.Now()
	deadline := began.Add(casework.DefaultDeadlines().Lease + 5*time.Second)
	var of *string
	if s.Creditor != "" {
		of = &s.Creditor
	}
	for {
		var under int64
		err := o.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			if under, err = tx.CallsUnderWay(ctx, clock.Now(), of); err != nil {
				return err
			}
			s.Unknown, err = tx.UnknownCalls(ctx, clock.Now(), of)
			return err
		})
		if err != nil {
			return err
		}
		s.Seconds = clock.Now().Sub(began).Round(10 * time.Millisecond).Seconds()
		if s.Complete = under == 0; s.Complete || clock.Now().After(deadline) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (s *stopped) text() string {
	who, command := "Sending is stopped.", "relance start"
	if s.Creditor != "" {
		who, command = fmt.Sprintf("Sending is stopped for creditor %s.", s.Creditor), "relance start --creditor "+s.Creditor
	}
	how := fmt.Sprintf("It is complete after %.1f s: nothing is on its way any more.", s.Seconds)
	if !s.Complete {
		how = "A message is still with its provider; nothing new begins. Run this again to see when it is complete."
	}
	text := fmt.Sprintf("%s %s `%s` takes it back.", who, how, command)
	if s.Unknown > 0 {
		text += fmt.Sprintf(" %s unknown outcome: it is looked up, not sent again.", plural(s.Unknown, "message has an", "messages have an"))
	}
	return screen.Paragraph(text)
}

// stops are the stops that stand, for scripts.
type stops struct {
	Stops []inquiry.Stop `json:"stops"`
}
