// Package embedded holds what the servers that Relance runs for itself have in common: the rules of a data directory
// and of a port, and the errors a person can mend. PostgreSQL stands in embedded/postgres and Temporal in
// embedded/temporal, apart from each other, so that whoever needs only a database does not link a Temporal server.
//
// It exists for the single-machine default. In production both servers run elsewhere and nothing here is used.
// It works on Unix only and must import nothing but the standard library.
package embedded

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"strconv"
	"syscall"
)

// The kinds of trouble that a person can mend. Errors of this package and of the two below it match them with errors.Is.
var (
	// ErrPortBusy says that another program listens on a port we were told to use.
	ErrPortBusy = errors.New("port is in use")
	// ErrInUse says that another live process holds the data directory.
	ErrInUse = errors.New("data directory is in use")
	// ErrForeignDir says that a data directory holds something that Relance did not put there, or belongs to another user.
	ErrForeignDir = errors.New("data directory is not ours")
	// ErrOtherVersion says that the data was written by a version of the server that this machine does not have.
	ErrOtherVersion = errors.New("data directory is of another version")
	// ErrNotInstalled says that a server's binaries are missing and could not be brought.
	ErrNotInstalled = errors.New("server is not installed")
)

// Problem is an error a person can mend. Its text is one sentence that says what is wrong and what to do; it is meant to
// be shown as it is.
type Problem struct {
	Kind error // one of the Err values of this package
	Text string
}

// Problemf makes a Problem.
func Problemf(kind error, format string, args ...any) *Problem {
	return &Problem{Kind: kind, Text: fmt.Sprintf(format, args...)}
}

func (p *Problem) Error() string { return p.Text }

func (p *Problem) Unwrap() error { return p.Kind }

// Loopback is the only address that embedded servers listen on: neither of them asks who is calling.
const Loopback = "127.0.0.1"

// Address returns the loopback address with a port, as in "127.0.0.1:7233".
func Address(port int) string {
	return net.JoinHostPort(Loopback, strconv.Itoa(port))
}

// CheckPort returns an ErrPortBusy problem when someone listens on the port already. What is the port's purpose is said
// in the sentence ("the Temporal UI").
func CheckPort(port int, purpose string) error {
	l, err := net.Listen("tcp", Address(port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return Problemf(ErrPortBusy, "port %d on %s, wanted for %s, is in use by another program: stop that program or choose another port",
			port, Loopback, purpose)
	}
	if err != nil {
		return fmt.Errorf("listen on port %d for %s: %w", port, purpose, err)
	}
	return l.Close()
}

// FreePorts returns n different ports that nobody listens on now, and that the system will not hand out again within the
// next minute.
func FreePorts(n int) ([]int, error) {
	ports := make([]int, 0, n)
	for range n {
		l, err := net.Listen("tcp", Address(0))
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		// Held until all are found, so that they differ.
		defer func() { _ = l.Close() }()
		if err := reserve(l); err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// reserve leaves the port in TIME_WAIT by closing a connection from the listener's side. Linux does not give such a port
// to another caller who asks for any free one, yet a server may still listen on it. Systems that number their ports in
// sequence need none of this.
func reserve(l net.Listener) error {
	if runtime.GOOS != "linux" {
		return nil
	}
	out, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }()
	in, err := l.Accept()
	if err != nil {
		return err
	}
	return in.Close()
}
