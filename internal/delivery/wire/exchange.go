package wire

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"relance/internal/delivery"
)

var (
	errEnded       = errors.New("the call has ended")
	errLate        = fmt.Errorf("the deadline passed before the write: %w", context.DeadlineExceeded)
	errTooLong     = errors.New("the answer is too long")
	errNothingDone = errors.New("no request was made")
)

// exchange is one call: the round tripper of its HTTP client and the record of what happened. It has a transport of its own,
// so a connection that it dialled can serve no other call.
type exchange struct {
	client *Client
	ctx    context.Context //nolint:containedctx // an exchange is the state of one call and lives no longer than it

	mu       sync.Mutex
	begun    bool
	ended    bool
	written  bool
	answered bool
	stage    string // the step of the call before the first write: dns, connect or tls
	answer   Answer
}

// RoundTrip sends the one request of this call and reads the whole answer. Every further request is refused unsent.
func (x *exchange) RoundTrip(request *http.Request) (*http.Response, error) {
	if !x.begin() {
		if request.Body != nil {
			_ = request.Body.Close()
		}
		return nil, ErrSecondCall
	}
	transport := &http.Transport{
		DialContext:            x.dial,
		DialTLSContext:         x.dialTLS,
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: 64 << 10,
		// A map that is not nil keeps HTTP/2 off.
		TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{},
	}
	trace := &httptrace.ClientTrace{GotFirstResponseByte: x.gotByte}
	request = request.WithContext(httptrace.WithClientTrace(x.ctx, trace))
	request.GetBody = nil // nothing may send the body a second time

	response, err := transport.RoundTrip(request)
	if err != nil {
		x.record(Answer{Err: err})
		return nil, err
	}
	body, err := readAll(response.Body)
	x.record(Answer{Status: response.StatusCode, Header: response.Header, Body: body, Err: err})
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

func readAll(body io.ReadCloser) ([]byte, error) {
	defer body.Close() //nolint:errcheck // the body has been read, or its error is already known
	content, err := io.ReadAll(io.LimitReader(body, answerBytes+1))
	if err == nil && len(content) > answerBytes {
		return content[:answerBytes], errTooLong
	}
	return content, err
}

func (x *exchange) begin() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	first := !x.begun && !x.ended
	x.begun = true
	return first
}

func (x *exchange) record(a Answer) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.answer = a
}

func (x *exchange) gotByte() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.answered = true
}

func (x *exchange) reached(stage string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.stage = stage
}

// end closes the call for good: a write that has not begun by now never will, so what it reports as unwritten stays so.
func (x *exchange) end(err error) Answer {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ended = true
	answer := x.answer
	if answer.Status == 0 && answer.Err == nil {
		answer.Err = err
		if err == nil {
			answer.Err = errNothingDone
		}
	}
	answer.Written = x.written
	answer.stage = x.stage
	answer.Received = x.client.now()
	return answer
}

// dial opens the raw connection under the call's own context.
func (x *exchange) dial(_ context.Context, network, address string) (net.Conn, error) {
	raw, err := x.dialRaw(network, address)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: raw, raw: raw, call: x}, nil
}

// dialTLS does the handshake itself, so that the bytes counted as written are those of the request and not the handshake's.
func (x *exchange) dialTLS(_ context.Context, network, address string) (net.Conn, error) {
	raw, err := x.dialRaw(network, address)
	if err != nil {
		return nil, err
	}
	x.reached(delivery.CodeTLS)
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	config := x.client.tls.Clone()
	config.ServerName = host
	secure := tls.Client(raw, config)
	if err := secure.HandshakeContext(x.ctx); err != nil {
		_ = raw.Close()
		return nil, err
	}
	return &conn{Conn: secure, raw: raw, call: x}, nil
}

func (x *exchange) dialRaw(network, address string) (net.Conn, error) {
	x.reached(delivery.CodeConnect)
	raw, err := x.client.dial(x.ctx, network, address)
	if err != nil {
		var dns *net.DNSError
		if errors.As(err, &dns) {
			x.reached(delivery.CodeDNS)
		}
		return nil, err
	}
	limitUnacknowledged(raw, x.client.timeout)
	return raw, nil
}

// write passes one write on, unless the call has been given up. The deadline is read again on the wall clock, because timers
// stand still while a machine is suspended: a process that wakes up late must not send.
func (x *exchange) write(to io.Writer, p []byte) (int, error) {
	x.mu.Lock()
	if err := x.refusal(); err != nil {
		x.mu.Unlock()
		return 0, err
	}
	before := x.written
	x.written = true
	x.mu.Unlock()

	n, err := to.Write(p)
	if n == 0 && !before {
		// The kernel took nothing; under TLS it took no whole record, and half a record cannot be read.
		x.mu.Lock()
		x.written = false
		x.mu.Unlock()
	}
	return n, err
}

func (x *exchange) refusal() error {
	if x.ended {
		return errEnded
	}
	if err := x.ctx.Err(); err != nil {
		return err
	}
	if deadline, ok := x.ctx.Deadline(); ok && wall(x.client.now()).After(wall(deadline)) {
		return errLate
	}
	return nil
}

// wall strips the monotonic reading.
func wall(t time.Time) time.Time { return t.Round(0) }

// abandoned reports whether closing the connection now may leave bytes of an unanswered request with the kernel.
func (x *exchange) abandoned() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return !x.answered || x.ctx.Err() != nil
}

// conn is the connection of one call. Conn is what the request is written to, raw the socket beneath it.
type conn struct {
	net.Conn
	raw  net.Conn
	call *exchange
}

// Write writes unless the call has been given up.
func (c *conn) Write(p []byte) (int, error) { return c.call.write(c.Conn, p) }

// Close closes in good order after an answer. Without one it resets: what the kernel still holds is thrown away instead of
// being delivered after we gave up, and TLS says no farewell, which could block behind it.
func (c *conn) Close() error {
	if !c.call.abandoned() {
		return c.Conn.Close()
	}
	if socket, ok := c.raw.(interface{ SetLinger(sec int) error }); ok {
		_ = socket.SetLinger(0)
	}
	return c.raw.Close()
}
