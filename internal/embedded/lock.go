package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// LockName is the file in a data directory whose lock says that a process lives on it. The file itself stays for ever.
const LockName = "lock"

// Lock is the sole right to a data directory. The kernel gives it back when the process ends, however it ends.
type Lock struct {
	file *os.File
}

// LockDir makes the directory where it is missing and takes the sole right to it. It returns an ErrInUse problem when
// another process has it and an ErrForeignDir problem when the directory belongs to another user.
func LockDir(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, denied(dir, fmt.Errorf("make data directory %s: %w", dir, err))
	}
	file, err := os.OpenFile(filepath.Join(dir, LockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, denied(dir, fmt.Errorf("open the lock of data directory %s: %w", dir, err))
	}
	if err := flock(file); err != nil {
		holder, _ := os.ReadFile(file.Name())
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, Problemf(ErrInUse, "data directory %s is in use by another Relance (process %s): stop it or choose another directory",
				dir, strings.TrimSpace(string(holder)))
		}
		return nil, fmt.Errorf("lock data directory %s: %w", dir, err)
	}
	// The number only serves the sentence above; the lock holds without it.
	_ = file.Truncate(0)
	_, _ = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return &Lock{file: file}, nil
}

// lockPatience is how long a lock may be held by what a killed process leaves: a child that it was about to start has its
// open files until the new program runs.
const lockPatience = time.Second

func flock(file *os.File) error {
	patience := time.After(lockPatience)
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		select {
		case <-patience:
			return err
		case <-time.After(lockPatience / 50):
		}
	}
}

// Release gives the directory back.
func (l *Lock) Release() error {
	return l.file.Close()
}

func denied(dir string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return Problemf(ErrForeignDir, "data directory %s may not be written by this user: run relance as the user who made it or choose another directory", dir)
	}
	return err
}
