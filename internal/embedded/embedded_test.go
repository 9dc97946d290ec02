package embedded_test

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/embedded"
)

func TestFreePortsDifferAndAreFree(t *testing.T) {
	t.Parallel()
	ports, err := embedded.FreePorts(20)
	require.NoError(t, err)
	seen := map[int]bool{}
	for _, port := range ports {
		require.False(t, seen[port], "port %d was given twice", port)
		seen[port] = true
		require.NoError(t, embedded.CheckPort(port, "a test"))
	}
}

func TestCheckPortNamesPortAndPurpose(t *testing.T) {
	t.Parallel()
	other, err := net.Listen("tcp", embedded.Address(0))
	require.NoError(t, err)
	defer func() { _ = other.Close() }()
	port := other.Addr().(*net.TCPAddr).Port

	err = embedded.CheckPort(port, "the outbox")
	require.ErrorIs(t, err, embedded.ErrPortBusy)
	var problem *embedded.Problem
	require.ErrorAs(t, err, &problem)
	require.Contains(t, problem.Text, strconv.Itoa(port))
	require.Contains(t, problem.Text, "the outbox")
}

func TestOneProcessForEachDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "on the way")
	lock, err := embedded.LockDir(dir)
	require.NoError(t, err)

	_, err = embedded.LockDir(dir)
	require.ErrorIs(t, err, embedded.ErrInUse)
	require.ErrorContains(t, err, strconv.Itoa(os.Getpid()), "it says who has it")

	require.NoError(t, lock.Release())
	again, err := embedded.LockDir(dir)
	require.NoError(t, err)
	require.NoError(t, again.Release())
}
