package temporal

import (
	"context"
	"io"
	"log/slog"
	"os"
	"strings"

	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/server/common/log/tag"
)

// logger passes the server's warnings and errors on. Below that the server writes a line for most things it does.
type logger struct {
	slog  *slog.Logger
	level *slog.LevelVar
}

// newLogger makes a logger that is silent until the server is up.
func newLogger(to *slog.Logger) *logger {
	level := new(slog.LevelVar)
	l := &logger{slog: slog.New(&threshold{Handler: to.Handler(), level: level}), level: level}
	l.silence()
	return l
}

// speak lets warnings and errors through.
func (l *logger) speak() { l.level.Set(slog.LevelWarn) }

// silence lets nothing through: while the services come up they report each other as errors, and at the end every cancelled
// call. What keeps the server from starting is said by the error that Start returns.
func (l *logger) silence() { l.level.Set(slog.LevelError + 100) }

// pointless are warnings about what we leave out on purpose.
var pointless = []string{
	"HTTP API port has not been set.",
}

// SLog lets the server use the logger as it is where it wants a slog.Logger.
func (l *logger) SLog() *slog.Logger { return l.slog }

// The methods of Temporal's log.Logger.

func (l *logger) Debug(msg string, tags ...tag.Tag)  { l.write(slog.LevelDebug, msg, tags) }
func (l *logger) Info(msg string, tags ...tag.Tag)   { l.write(slog.LevelInfo, msg, tags) }
func (l *logger) Warn(msg string, tags ...tag.Tag)   { l.write(slog.LevelWarn, msg, tags) }
func (l *logger) Error(msg string, tags ...tag.Tag)  { l.write(slog.LevelError, msg, tags) }
func (l *logger) DPanic(msg string, tags ...tag.Tag) { l.write(slog.LevelError, msg, tags) }

func (l *logger) Panic(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	panic(msg)
}

// Fatal ends the process, as the server's code relies on.
func (l *logger) Fatal(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	os.Exit(1)
}

func (l *logger) write(level slog.Level, msg string, tags []tag.Tag) {
	ctx := context.Background()
	if !l.slog.Enabled(ctx, level) {
		return // making the values of tags costs more than writing them
	}
	for _, begin := range pointless {
		if strings.HasPrefix(msg, begin) {
			return
		}
	}
	attrs := make([]slog.Attr, 0, len(tags))
	for _, t := range tags {
		attrs = append(attrs, slog.Any(t.Key(), t.Value()))
	}
	l.slog.LogAttrs(ctx, level, msg, attrs...)
}

// threshold is a handler with a level of its own above that of the handler it wraps.
type threshold struct {
	slog.Handler
	level slog.Leveler
}

func (h *threshold) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.level.Level() && h.Handler.Enabled(ctx, level)
}

func (h *threshold) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &threshold{Handler: h.Handler.WithAttrs(attrs), level: h.level}
}

func (h *threshold) WithGroup(name string) slog.Handler {
	return &threshold{Handler: h.Handler.WithGroup(name), level: h.level}
}

func discardSDK() sdklog.Logger {
	return sdklog.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))
}
