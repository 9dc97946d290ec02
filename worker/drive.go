package worker

import (
	"context"
)

// Drive runs fn with the driver listening, as the only one of its installation. It returns ErrDriven, and runs nothing, when
// another driver is at work; when the driver goes deaf, fn is cancelled.
func (d *Driver) Drive(ctx context.Context, fn func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ready, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		cancel(d.Listen(ctx, func() { close(ready) }))
	}()
	select {
	case <-ready:
	case <-gone:
		return context.Cause(ctx)
	}
	err := fn(ctx)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	cancel(nil)
	<-gone // the right to drive is given back before the next one asks
	return err
}
