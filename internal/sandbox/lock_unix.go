//go:build unix

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockDir keeps a second sandbox from writing into the same ledger. The kernel releases the lock when the process dies,
// however it dies.
func lockDir(path string) (func(), error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open sandbox lock: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %s: stop the other one or use another directory", ErrInUse, path), file.Close())
	}
	return func() { _ = file.Close() }, nil // closing releases the lock; nothing was written
}
