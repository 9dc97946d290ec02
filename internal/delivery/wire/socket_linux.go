package wire

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// limitUnacknowledged bounds how long the kernel goes on retransmitting what the peer has not acknowledged (tcp(7),
// TCP_USER_TIMEOUT): without it a lost connection may deliver long after the deadline. It is best effort; the hard reset at
// the end of a call is what the protocol relies on.
func limitUnacknowledged(c net.Conn, limit time.Duration) {
	socket, ok := c.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(max(limit.Milliseconds(), 1)))
	})
}
