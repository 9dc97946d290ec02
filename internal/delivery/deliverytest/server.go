package deliverytest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"
)

// Prefix is the path under which the server stands, as a stand-in of several providers does.
const Prefix = "/stand-in/api"

// Request is one request as it arrived.
type Request struct {
	Method string
	URI    string
	Header http.Header
	Body   []byte
}

// Script says what the server does with a request that it has read to the end. A script that neither answers nor closes leaves
// the client waiting.
type Script func(net.Conn, Request)

// Server is a provider on a raw socket: it counts connections, bytes and requests, and knows how each connection ended.
type Server struct {
	listener net.Listener
	script   Script
	bytes    atomic.Int64
	done     sync.WaitGroup

	mu       sync.Mutex
	requests []Request
	conns    []net.Conn
	ends     chan error
}

// NewServer starts a server on a loopback port and stops it when the test ends.
func NewServer(t T, script Script) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &Server{listener: listener, script: script, ends: make(chan error, 1024)}
	s.done.Go(s.accept)
	t.Cleanup(s.stop)
	return s
}

// URL is the base URL of the server, with Prefix.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() + Prefix }

// Requests are the requests read so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Connections is the number of connections so far, Bytes the number of bytes that came over them.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Bytes is the number of bytes received so far.
func (s *Server) Bytes() int64 { return s.bytes.Load() }

// End is how the next connection to end did so: io.EOF, or the error of a reset.
func (s *Server) End(t T) error {
	t.Helper()
	select {
	case err := <-s.ends:
		return err
	case <-time.After(patience):
		require.Fail(t, "the client did not close its connection")
		return nil
	}
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns = append(s.conns, conn)
		s.mu.Unlock()
		s.done.Go(func() { s.serve(conn) })
	}
}

// serve reads requests until the connection ends, so that a second one on the same connection is counted too.
func (s *Server) serve(conn net.Conn) {
	defer conn.Close() //nolint:errcheck // the client has gone
	reader := bufio.NewReader(io.TeeReader(conn, (*counter)(&s.bytes)))
	for {
		request, err := http.ReadRequest(reader)
		if err != nil {
			s.ends <- err
			return
		}
		body, err := io.ReadAll(request.Body)
		if err != nil {
			s.ends <- err
			return
		}
		r := Request{Method: request.Method, URI: request.RequestURI, Header: request.Header, Body: body}
		s.mu.Lock()
		s.requests = append(s.requests, r)
		s.mu.Unlock()
		s.script(conn, r)
	}
}

func (s *Server) stop() {
	_ = s.listener.Close()
	s.mu.Lock()
	for _, conn := range s.conns {
		_ = conn.Close()
	}
	s.mu.Unlock()
	s.done.Wait()
}

type counter atomic.Int64

func (c *counter) Write(p []byte) (int, error) {
	(*atomic.Int64)(c).Add(int64(len(p)))
	return len(p), nil
}

// Answer is a script that gives a reply.
func Answer(r Reply) Script {
	return func(conn net.Conn, _ Request) { _, _ = io.WriteString(conn, r.wire(len(r.Body))) }
}

// Silence is a script that never answers.
func Silence(net.Conn, Request) {}

// Drop is a script that closes the connection without an answer.
func Drop(conn net.Conn, _ Request) { _ = conn.Close() }

// Reset is a script that resets the connection without an answer.
func Reset(conn net.Conn, _ Request) {
	if socket, ok := conn.(*net.TCPConn); ok {
		_ = socket.SetLinger(0)
	}
	_ = conn.Close()
}

// CutHeader is a script that closes the connection in the middle of a reply's header.
func CutHeader(r Reply) Script {
	return func(conn net.Conn, _ Request) {
		text := r.wire(len(r.Body))
		_, _ = io.WriteString(conn, text[:strings.Index(text, "\r\n")+8])
		_ = conn.Close()
	}
}

// CutBody is a script that promises a longer body than it sends, and then does what next does.
func CutBody(r Reply, next Script) Script {
	return func(conn net.Conn, request Request) {
		_, _ = io.WriteString(conn, r.wire(len(r.Body)+100))
		next(conn, request)
	}
}

func (r Reply) wire(length int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", r.Status, http.StatusText(r.Status))
	names := make([]string, 0, len(r.Header))
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "%s: %s\r\n", name, r.Header[name])
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n%s", length, r.Body)
	return b.String()
}
