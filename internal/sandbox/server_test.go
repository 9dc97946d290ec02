package sandbox

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBusyAddressIsNamed(t *testing.T) {
	t.Parallel()
	f := start(t)
	second, err := New(Config{Addr: f.Addr(), Dir: t.TempDir()})
	require.NoError(t, err)
	err = second.Start()
	require.ErrorIs(t, err, ErrAddressBusy)
	require.ErrorContains(t, err, f.Addr(), "the one thing that the reader needs")
	require.NoError(t, second.Stop(t.Context()))
	require.NoError(t, second.Stop(t.Context()), "twice does no harm")
}

func TestAddressThatCannotBe(t *testing.T) {
	t.Parallel()
	s, err := New(Config{Addr: "127.0.0.1:99999", Dir: t.TempDir()})
	require.NoError(t, err)
	require.Error(t, s.Start())
	require.Equal(t, "127.0.0.1:99999", s.Addr())
	require.NoError(t, s.Stop(t.Context()))
}

func TestHealth(t *testing.T) {
	t.Parallel()
	f := start(t)
	require.Equal(t, "ok\n", string(f.get("/healthz").body))
	require.Equal(t, "http://"+f.Addr(), f.URL())
	host, port, err := net.SplitHostPort(f.Addr())
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1", host)
	require.NotEqual(t, "0", port)
}

func TestStopGivesUpWithTheContext(t *testing.T) {
	t.Parallel()
	s, err := New(Config{Addr: "127.0.0.1:0", Dir: t.TempDir()})
	require.NoError(t, err)
	require.NoError(t, s.Start())
	conn, err := net.Dial("tcp", s.Addr())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = conn.Write([]byte("POST /sendgrid/v3/mail/send HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{"))
	require.NoError(t, err)
	_, err = http.Get(s.URL() + "/healthz") //nolint:bodyclose,noctx // a round trip: the server has seen the first connection
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Stop(ctx), context.Canceled)
}

func TestLargeBodies(t *testing.T) {
	t.Parallel()
	f := start(t)
	large := strings.Repeat("x", maxBody+1)
	for path, header := range map[string]http.Header{
		"/sendgrid/v3/mail/send": sendGridHeader, messagesPath(".json"): twilioHeader, "/lob/v1/letters": lobHeader,
	} {
		request := httptest.NewRequest(http.MethodPost, path, strings.NewReader(large))
		request.Host, request.Header = "localhost", header
		recorder := httptest.NewRecorder()
		f.http.Handler.ServeHTTP(recorder, request)
		require.Equal(t, http.StatusRequestEntityTooLarge, recorder.Code, path)
		require.True(t, json.Valid(recorder.Body.Bytes()))
	}
	require.Empty(t, f.Ledger())
}

// TestHosts: a foreign name that was pointed at this machine gets nothing (DNS rebinding).
func TestHosts(t *testing.T) {
	t.Parallel()
	s, err := New(Config{Dir: t.TempDir(), Hosts: []string{"sandbox"}})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Stop(t.Context())) }()
	for host, want := range map[string]int{
		"localhost": 200, "localhost:8025": 200, "LOCALHOST": 200, "127.0.0.1:8025": 200, "[::1]:8025": 200, "sandbox:8025": 200,
		"evil.example": 421, "evil.example:8025": 421, "localhost.evil.example": 421, "": 421,
	} {
		for _, path := range []string{"/healthz", "/", "/ledger.json"} {
			request := httptest.NewRequest(http.MethodGet, path, nil)
			request.Host = host
			recorder := httptest.NewRecorder()
			s.http.Handler.ServeHTTP(recorder, request)
			require.Equal(t, want, recorder.Code, "%s %s", host, path)
		}
	}
}

func TestOtherPagesCannotSetFaults(t *testing.T) {
	t.Parallel()
	f := start(t)
	header := http.Header{"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}}
	require.Equal(t, http.StatusForbidden, f.do(t.Context(), http.MethodPut, "/faults", header, `[{"mode": "drop"}]`).status)
	require.JSONEq(t, `[]`, string(f.get("/faults").body))
}

func TestLedgerOverHTTP(t *testing.T) {
	t.Parallel()
	f := start(t)
	read := func(query string) []Entry {
		got := f.get("/ledger.json" + query)
		require.Equal(t, http.StatusOK, got.status)
		var entries []Entry
		require.NoError(t, json.Unmarshal(got.body, &entries), "%s", got.body)
		return entries
	}
	require.Empty(t, read(""))
	f.fill()
	require.Equal(t, f.Ledger(), read(""))
	require.Equal(t, f.Ledger()[2:], read("?after=2"))
	require.Empty(t, read("?after=3"))
	require.Empty(t, read("?after=99"))
	require.Len(t, read("?after=-1"), 3)
}

func TestViolationsOverHTTP(t *testing.T) {
	t.Parallel()
	f := start(t)
	require.JSONEq(t, `[]`, string(f.get("/violations.json").body))
	require.Equal(t, http.StatusNotFound, f.get("/lob/v1/nonsense").status)
	var violations []Violation
	require.NoError(t, json.Unmarshal(f.get("/violations.json").body, &violations))
	require.Equal(t, f.Violations(), violations)
	for range keptViolations {
		f.violate(Lob, "GET", []problem{{"a", "b"}, {"", "c"}})
	}
	require.Len(t, f.Violations(), keptViolations)
	require.Equal(t, "a: b; c", f.Violations()[0].Reason)
	require.Equal(t, keptViolations+1, f.violated)
}
