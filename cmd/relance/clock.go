package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"relance/internal/inquiry"
)

func newClock() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "clock",
		Short: "Show the clock; move a test clock forward",
		Long: `Business time is real time, except in an installation that was made with a test clock
(by relance demo): there it stands still until it is moved forward, and everything
that falls due in between is done in order.`,
		Example: examples("relance clock show", "relance clock advance --by 7d"),
		Args:    cobra.ArbitraryArgs,
		RunE:    parent,
	}
	cmd.AddCommand(newClockShow(), newClockAdvance())
	return cmd
}

// businessZone is the time zone that all creditors share, else UTC.
func businessZone(ctx context.Context, r inquiry.Reader) *time.Location {
	lines, err := r.Creditors(ctx)
	if err != nil || len(lines) == 0 {
		return time.UTC
	}
	for _, c := range lines {
		if c.TimeZone != lines[0].TimeZone {
			return time.UTC
		}
	}
	zone, err := time.LoadLocation(lines[0].TimeZone)
	if err != nil {
		return time.UTC
	}
	return zone
}
