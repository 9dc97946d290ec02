package temporal_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdktemporal "go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"relance/internal/embedded"
	"relance/internal/embedded/temporal"
)

// helperEnv makes this test binary a program that starts a server with one open workflow and waits to be killed.
const helperEnv = "RELANCE_TEST_START_TEMPORAL"

func TestMain(m *testing.M) {
	if dir, ok := os.LookupEnv(helperEnv); ok {
		helper(dir)
		return
	}
	os.Exit(m.Run())
}

func helper(dir string) {
	ctx := context.Background()
	server, err := temporal.Start(ctx, temporal.Config{Dir: dir, NoUI: true})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	c, err := server.Client(ctx, client.Options{})
	if err == nil {
		_, err = c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "open", TaskQueue: queue}, wait)
	}
	fmt.Println("started", err)
	select {}
}

const queue = "test"

// wait is a workflow that ends when it is told to.
func wait(ctx workflow.Context) (string, error) {
	var word string
	workflow.GetSignalChannel(ctx, "end").Receive(ctx, &word)
	return word, nil
}

var (
	creditor = sdktemporal.NewSearchAttributeKeyKeyword("CreditorId")
	dueDate  = sdktemporal.NewSearchAttributeKeyTime("DueDate")
)

func start(t *testing.T, cfg temporal.Config) *temporal.Server {
	t.Helper()
	server, err := temporal.Start(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { stop(t, server) })
	return server
}

func stop(t *testing.T, server *temporal.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(t, server.Stop(ctx))
}

func dial(t *testing.T, server *temporal.Server) client.Client {
	t.Helper()
	c, err := server.Client(t.Context(), client.Options{})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// open starts a workflow that no worker runs yet.
func open(t *testing.T, c client.Client, id string, attributes ...sdktemporal.SearchAttributeUpdate) {
	t.Helper()
	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: id, TaskQueue: queue, TypedSearchAttributes: sdktemporal.NewSearchAttributes(attributes...),
	}, wait)
	require.NoError(t, err)
}

func refused(t *testing.T, cfg temporal.Config, kind error) {
	t.Helper()
	_, err := temporal.Start(t.Context(), cfg)
	require.ErrorIs(t, err, kind)
	var problem *embedded.Problem
	require.ErrorAs(t, err, &problem)
	require.NotContains(t, problem.Text, "\n")
}

func TestWorkflowRunsToItsEndAcrossRestart(t *testing.T) {
	t.Parallel()
	cfg := temporal.Config{
		Dir: t.TempDir(), NoUI: true,
		SearchAttributes: map[string]enumspb.IndexedValueType{"CreditorId": enumspb.INDEXED_VALUE_TYPE_KEYWORD},
	}
	first := start(t, cfg)
	require.True(t, first.Fresh())
	before := dial(t, first)
	open(t, before, "case/acme/1", creditor.ValueSet("acme"))
	before.Close()
	stop(t, first)
	stop(t, first) // again does no harm

	// A later version knows one attribute more and keeps what is closed for longer.
	cfg.SearchAttributes["DueDate"] = enumspb.INDEXED_VALUE_TYPE_DATETIME
	cfg.Retention = 120 * 24 * time.Hour
	second := start(t, cfg)
	require.False(t, second.Fresh())
	c := dial(t, second)
	open(t, c, "case/acme/2", creditor.ValueSet("acme"), dueDate.ValueSet(time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)))

	w := worker.New(c, queue, worker.Options{})
	w.RegisterWorkflow(wait)
	require.NoError(t, w.Start())
	defer w.Stop()
	for _, id := range []string{"case/acme/1", "case/acme/2"} {
		require.NoError(t, c.SignalWorkflow(t.Context(), id, "", "end", "done"))
		var word string
		require.NoError(t, c.GetWorkflow(t.Context(), id, "").Get(t.Context(), &word))
		require.Equal(t, "done", word)
	}
	require.Eventually(t, func() bool {
		n, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: "CreditorId = 'acme' AND ExecutionStatus = 'Completed'"})
		return err == nil && n.GetCount() == 2
	}, 20*time.Second, 50*time.Millisecond)

	namespace, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: second.Namespace()})
	require.NoError(t, err)
	require.Equal(t, cfg.Retention, namespace.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
}

func TestRetentionIsNotTemporalsOneDay(t *testing.T) {
	t.Parallel()
	server := start(t, temporal.Config{NoUI: true})
	namespace, err := dial(t, server).WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{Namespace: server.Namespace()})
	require.NoError(t, err)
	require.Equal(t, 90*24*time.Hour, namespace.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
}

func TestSurvivesKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	kill := sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "started <nil>", strings.TrimSpace(line))

	refused(t, temporal.Config{Dir: dir, NoUI: true}, embedded.ErrInUse)
	kill()

	server := start(t, temporal.Config{Dir: dir, NoUI: true})
	require.False(t, server.Fresh())
	described, err := dial(t, server).DescribeWorkflowExecution(t.Context(), "open", "")
	require.NoError(t, err)
	require.Equal(t, enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING, described.GetWorkflowExecutionInfo().GetStatus())
}

// Temporal cannot read a file of another schema and would not say so.
func TestStoreOfAnotherVersionIsPutAside(t *testing.T) {
	t.Parallel()
	for name, version := range map[string]string{"older": "temporal 0.1, visibility 0.1\n", "interrupted": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "temporal.db")
			require.NoError(t, os.WriteFile(path, []byte("not of this version"), 0o600))
			require.NoError(t, os.WriteFile(path+"-wal", []byte("nor its log"), 0o600))
			if version != "" {
				require.NoError(t, os.WriteFile(path+".version", []byte(version), 0o600))
			}

			server := start(t, temporal.Config{Dir: dir, NoUI: true})
			require.True(t, server.Fresh())
			aside, err := filepath.Glob(path + ".old-*")
			require.NoError(t, err)
			require.Len(t, aside, 1)
			kept, err := os.ReadFile(aside[0])
			require.NoError(t, err)
			require.Equal(t, "not of this version", string(kept))
		})
	}
}

func TestBusyPorts(t *testing.T) {
	t.Parallel()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = other.Close() }()
	port := other.Addr().(*net.TCPAddr).Port
	refused(t, temporal.Config{FrontendPort: port}, embedded.ErrPortBusy)
	refused(t, temporal.Config{UIPort: port}, embedded.ErrPortBusy)
	refused(t, temporal.Config{MetricsPort: port}, embedded.ErrPortBusy)
}

func TestUIAndMetricsAnswerOnThisMachineOnly(t *testing.T) {
	t.Parallel()
	ports, err := embedded.FreePorts(1)
	require.NoError(t, err)
	server := start(t, temporal.Config{MetricsPort: ports[0], Namespace: "relance"})

	page, err := http.Get(server.UIURL() + "/namespaces/relance/workflows")
	require.NoError(t, err)
	body, err := io.ReadAll(page.Body)
	require.NoError(t, err)
	require.NoError(t, page.Body.Close())
	require.Equal(t, http.StatusOK, page.StatusCode)
	require.Contains(t, string(body), "/_app/immutable/", "the scripts of the UI")

	api, err := http.Get(server.UIURL() + "/api/v1/namespaces/relance")
	require.NoError(t, err)
	require.NoError(t, api.Body.Close())
	require.Equal(t, http.StatusOK, api.StatusCode, "the UI reaches the server")

	metrics, err := http.Get("http://" + embedded.Address(ports[0]) + "/metrics")
	require.NoError(t, err)
	require.NoError(t, metrics.Body.Close())
	require.Equal(t, http.StatusOK, metrics.StatusCode)

	own, err := net.InterfaceAddrs()
	require.NoError(t, err)
	for _, address := range own {
		ip := address.(*net.IPNet).IP
		if ip.IsLoopback() {
			continue
		}
		for _, at := range []string{server.HostPort(), strings.TrimPrefix(server.UIURL(), "http://"), embedded.Address(ports[0])} {
			_, port, err := net.SplitHostPort(at)
			require.NoError(t, err)
			_, err = net.DialTimeout("tcp", net.JoinHostPort(ip.String(), port), time.Second)
			require.Error(t, err, at)
		}
	}
}

func TestStartAndStopAreQuiet(t *testing.T) {
	t.Parallel()
	var out lockedBuffer
	server := start(t, temporal.Config{Dir: t.TempDir(), Logger: slog.New(slog.NewTextHandler(&out, nil))})
	stop(t, server)
	require.Empty(t, out.String())
}

func TestStopKeepsItsDeadline(t *testing.T) {
	t.Parallel()
	server, err := temporal.Start(t.Context(), temporal.Config{NoUI: true})
	require.NoError(t, err)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, server.Stop(ended), context.Canceled)
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
