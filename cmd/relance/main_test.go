package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"relance/internal/app"
	"relance/internal/intake/intaketest"
)

func TestMain(m *testing.M) { intaketest.Main(m) }

// result is what a command left behind.
type result struct {
	code           int
	stdout, stderr string
}

// relance runs the program.
func relance(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

// flat undoes the line breaks, which depend on the length of temporary paths.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

// desk is a data directory on which commands find an installation, although no process runs on it.
type desk struct {
	*intaketest.Office
	dir string
}

func newDesk(t *testing.T, day string) desk {
	t.Helper()
	o := intaketest.New(t, day)
	dir := t.TempDir()
	raw, err := json.Marshal(app.Where{DatabaseURL: o.DatabaseURL, Blobs: o.Blobs, Sandbox: "http://127.0.0.1:1"})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "relance.json"), raw, 0o600))
	return desk{o, dir}
}

// do runs a command on the desk that must succeed.
func (d desk) do(t *testing.T, args ...string) string {
	t.Helper()
	r := relance(t, append(args, "--data-dir", d.dir)...)
	require.Zero(t, r.code, "%v: %s%s", args, r.stdout, r.stderr)
	return r.stdout
}

// fail runs a command on the desk that must end with a code.
func (d desk) fail(t *testing.T, code int, args ...string) result {
	t.Helper()
	r := relance(t, append(args, "--data-dir", d.dir)...)
	require.Equal(t, code, r.code, "%v: %s%s", args, r.stdout, r.stderr)
	return r
}

// ask runs a command with --json and decodes its answer.
func ask[T any](t *testing.T, d desk, args ...string) (answer T) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(d.do(t, append(args, "--json")...)), &answer), "%v", args)
	return answer
}

func eachCommand(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, c := range cmd.Commands() {
		eachCommand(c, visit)
	}
}

func TestHelpFitsTheTerminal(t *testing.T) {
	t.Parallel()
	eachCommand(newRoot(), func(cmd *cobra.Command) {
		require.NotEmpty(t, cmd.Short, cmd.CommandPath())
		words := strings.Fields(cmd.CommandPath())[1:]
		r := relance(t, append(words, "--help")...)
		require.Zero(t, r.code, words)
		require.Contains(t, r.stdout, cmd.CommandPath())
		for line := range strings.SplitSeq(r.stdout, "\n") {
			if len(words) == 1 && words[0] == "demo" && strings.HasPrefix(line, "  relance demo --data") {
				continue // one command line
			}
			require.LessOrEqual(t, len([]rune(line)), 80, "%v: %s", words, line)
		}
	})
}

func TestNonsenseIsAnsweredWithWhatToType(t *testing.T) {
	t.Parallel()
	nowhere := t.TempDir()
	for line, want := range map[string]struct {
		code int
		says string
	}{
		"casse":                            {exitUsage, "did you mean case"},
		"case shwo":                        {exitUsage, "did you mean show"},
		"frobnicate":                       {exitUsage, "--help"},
		"up now":                           {exitUsage, "too much"},
		"up --port-base 80":                {exitUsage, "--port-base"},
		"case show":                        {exitUsage, "INVOICE is missing"},
		"case show A B":                    {exitUsage, `"B" is too much`},
		"version --frobnicate":             {exitUsage, "unknown flag"},
		"case list --log loud":             {exitUsage, "--log"},
		"policy check nowhere.yaml":        {exitUsage, "there is no file nowhere.yaml"},
		"policy show --from elsewhere":     {exitUsage, "--from"},
		"policy show --country US":         {exitUsage, "--region"},
		"policy show --due soon":           {exitUsage, "--due"},
		"policy show --kind friend":        {exitUsage, "--kind"},
		"policy show no-such":              {exitMissing, "standard, gentle, brisk"},
		"case list --data-dir " + nowhere:  {exitFailed, "relance up"},
		"clock show --data-dir " + nowhere: {exitFailed, "relance up"},
	} {
		args := strings.Fields(line)
		if args[0] == "policy" && args[1] == "show" {
			args = append(args, "--data-dir", nowhere)
		}
		r := relance(t, args...)
		require.Equal(t, want.code, r.code, "%s: %s", line, r.stderr)
		require.Contains(t, r.stderr, want.says, line)
		require.Empty(t, r.stdout, line)
	}
}

func TestErrorsForScripts(t *testing.T) {
	t.Parallel()
	r := relance(t, "case", "show", "A-1", "--json", "--data-dir", t.TempDir())
	require.Equal(t, exitFailed, r.code)
	require.Empty(t, r.stdout)
	var told struct {
		Error struct {
			Kind     string `json:"kind"`
			ExitCode int    `json:"exit_code"`
			Message  string `json:"message"`
		} `json:"error"`
	}
	require.NoError(t, json.Unmarshal([]byte(r.stderr), &told))
	require.Equal(t, "failed", told.Error.Kind)
	require.Equal(t, exitFailed, told.Error.ExitCode)
	require.NotEmpty(t, told.Error.Message)
}

func TestPoliciesNeedNoInstallation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := filepath.Join(dir, "good.yaml")
	require.NoError(t, os.WriteFile(good, []byte("steps:\n  - {id: one, kind: email_reminder, after: 1d, tone: friendly}\n"), 0o600))
	bad := filepath.Join(dir, "bad.yaml")
	require.NoError(t, os.WriteFile(bad, []byte("steps:\n  - {id: one, kind: email, after: 1d}\nspeed: 1\n"), 0o600))

	r := relance(t, "policy", "check", good)
	require.Zero(t, r.code)
	require.Contains(t, r.stdout, "1 step")
	r = relance(t, "policy", "check", bad)
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.stdout, "bad.yaml:2:")
	require.Contains(t, r.stdout, "bad.yaml:3:1")
	require.Empty(t, r.stderr)

	var checked struct {
		Valid    bool `json:"valid"`
		Problems []struct{ Line, Column int }
	}
	r = relance(t, "policy", "check", bad, "--json")
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &checked))
	require.False(t, checked.Valid)
	require.Len(t, checked.Problems, 2)

	r = relance(t, "policy", "show", "brisk", "--due", "2026-12-21", "--data-dir", dir)
	require.Zero(t, r.code, r.stderr)
	require.Contains(t, r.stdout, "built in")
	r = relance(t, "policy", "show", good, "--due", "2026-12-21")
	require.Zero(t, r.code, r.stderr)
	require.Contains(t, r.stdout, "Tue 2026-12-22")
	r = relance(t, "policy", "show", bad)
	require.Equal(t, exitUsage, r.code)
	var shown struct{ Steps []struct{ At string } }
	r = relance(t, "policy", "show", "standard", "--due", "2026-12-21", "--json", "--data-dir", dir)
	require.NoError(t, json.Unmarshal([]byte(r.stdout), &shown))
	require.Len(t, shown.Steps, 5)
	require.NotEmpty(t, shown.Steps[0].At)
}

func TestTroubleWithPostgresInOneSentence(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{
		"28P01": "password", "3D000": "does not exist", "42P01": "migrate up", "53300": "max_connections", "57P03": "try again", "53100": "disk",
	} {
		require.ErrorContains(t, explain(&pgconn.PgError{Code: code, Message: "FATAL"}, inProduction), want)
	}
	_, err := pgconn.Connect(t.Context(), "postgres://relance:secret@127.0.0.1:1/relance")
	err = explain(err, inProduction)
	require.ErrorContains(t, err, "127.0.0.1:1")
	require.ErrorContains(t, err, "RELANCE_DATABASE_URL")
	require.NotContains(t, err.Error(), "secret")
	err = explain(fmt.Errorf("read: %w", &net.OpError{Op: "read", Err: errors.New("connection reset")}), inProduction)
	require.ErrorContains(t, err, "does not answer any more")
	other := errors.New("other")
	require.Equal(t, other, explain(other, inProduction))
	require.NoError(t, explain(nil, inProduction))
}

func TestProvidersAreAllSetUpOrNone(t *testing.T) {
	t.Parallel()
	env := map[string]string{}
	getenv := func(name string) string { return env[name] }
	none, err := realProviders(getenv)
	require.NoError(t, err)
	require.Nil(t, none)
	env["SENDGRID_API_KEY"] = "SG.key"
	_, err = realProviders(getenv)
	require.ErrorAs(t, err, new(usageError))
	require.ErrorContains(t, err, "twilio")
	env["TWILIO_ACCOUNT_SID"], env["TWILIO_API_SECRET"], env["LOB_API_KEY"] = "AC"+strings.Repeat("0", 32), "secret", "test_key"
	all, err := realProviders(getenv)
	require.NoError(t, err)
	require.NotNil(t, all)
}

func TestWrongKeysAreToldAtTheStart(t *testing.T) {
	t.Parallel()
	deny := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	t.Cleanup(deny.Close)
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	t.Cleanup(broken.Close)
	env := map[string]string{
		"SENDGRID_API_KEY": "SG.key", "TWILIO_ACCOUNT_SID": "AC" + strings.Repeat("0", 32), "TWILIO_API_SECRET": "secret", "LOB_API_KEY": "test_key",
		"SENDGRID_BASE_URL": deny.URL, "TWILIO_BASE_URL": deny.URL, "LOB_BASE_URL": broken.URL,
	}
	p, err := realProviders(func(name string) string { return env[name] })
	require.NoError(t, err)
	err = app.TryProviders(t.Context(), *p, slog.New(slog.DiscardHandler))
	require.ErrorIs(t, err, app.ErrKeys)
	require.ErrorContains(t, err, "SENDGRID_API_KEY")
	require.ErrorContains(t, err, "TWILIO_API_SECRET")
	require.NotContains(t, err.Error(), "LOB_API_KEY", "a provider that is down says nothing about keys")
}
