package wire

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// net/http writes from a goroutine of its own, which may lose the race against a cancellation; the call decides.
func TestWriteAfterTheCallWasGivenUpIsRefused(t *testing.T) {
	t.Parallel()
	for name, giveUp := range map[string]func(*exchange, context.CancelFunc){
		"cancelled": func(_ *exchange, cancel context.CancelFunc) { cancel() },
		"ended":     func(x *exchange, _ context.CancelFunc) { x.end(errors.New("gone")) },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		x := &exchange{client: New(Settings{}), ctx: ctx}
		giveUp(x, cancel)
		var kernel bytes.Buffer
		n, err := x.write(&kernel, []byte("hello"))
		require.Error(t, err, name)
		require.Zero(t, n, name)
		require.Zero(t, kernel.Len(), name)
		require.False(t, x.end(nil).Written, name)
		cancel()
	}
}
