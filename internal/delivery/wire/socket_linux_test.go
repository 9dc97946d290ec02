package wire_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"relance/internal/delivery/deliverytest"
	"relance/internal/delivery/wire"
)

// The kernel must not go on retransmitting long after the deadline of a call.
func TestUnacknowledgedBytesAreLimited(t *testing.T) {
	t.Parallel()
	var socket *net.TCPConn
	limit := -1
	s := deliverytest.NewServer(t, func(conn net.Conn, r deliverytest.Request) {
		raw, err := socket.SyscallConn()
		if err == nil {
			_ = raw.Control(func(fd uintptr) {
				limit, _ = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
			})
		}
		deliverytest.Answer(deliverytest.Reply{Status: 200})(conn, r)
	})
	c := wire.New(wire.Settings{
		Timeout: 3 * time.Second,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			socket, _ = conn.(*net.TCPConn)
			return conn, err
		},
	})
	require.NoError(t, post(t.Context(), c, s.URL(), []byte("x")).Err)
	require.Equal(t, 3000, limit)
}
