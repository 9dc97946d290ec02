//go:build !linux

package wire

import (
	"net"
	"time"
)

// limitUnacknowledged does nothing where TCP_USER_TIMEOUT does not exist; the hard reset at the end of a call remains.
func limitUnacknowledged(net.Conn, time.Duration) {}
