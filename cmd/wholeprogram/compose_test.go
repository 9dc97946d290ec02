package wholeprogram_test

import (
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"

	"relance/internal/config"
	"relance/internal/health"
)

// What docker-compose.yml asks of the binary exists in it: each service's command with its flags, the path of its health
// check, and every variable it sets.
func TestComposeFileMatchesTheBinary(t *testing.T) {
	t.Parallel()
	project := composeProject(t)
	ours := 0
	for name, service := range project.Services {
		if !strings.HasPrefix(name, "relance-") || service.Build == nil {
			continue
		}
		ours++
		requireCommand(t, name, service.Command)
		requireVariables(t, name, service.Environment)
		if service.HealthCheck != nil {
			requireHealthPath(t, name, service.HealthCheck.Test)
		}
	}
	require.Equal(t, 3, ours, "migrate, serve and work run our binary")
	for _, name := range []string{"relance-db", "temporal-db", "temporal", "temporal-ui", "temporal-schema", "temporal-namespace"} {
		require.Contains(t, project.Services, name)
	}
}

// Nothing of the production topology answers to the network without asking who is calling.
func TestComposeFileListensOnLoopback(t *testing.T) {
	t.Parallel()
	for name, service := range composeProject(t).Services {
		for _, p := range service.Ports {
			require.Equal(t, "127.0.0.1", p.HostIP, "%s publishes port %s", name, p.Published)
		}
	}
}

func composeProject(t *testing.T) *types.Project {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{filepath.Join(root(t), "docker-compose.yml")}, cli.WithEnv([]string{
		"RELANCE_DB_PASSWORD=one", "TEMPORAL_DB_PASSWORD=two",
	}))
	require.NoError(t, err)
	project, err := options.LoadProject(t.Context())
	require.NoError(t, err)
	return project
}

// requireCommand asks the binary for the help of the command, and looks for each flag in it.
func requireCommand(t *testing.T, service string, command []string) {
	t.Helper()
	words := slices.DeleteFunc(slices.Clone(command), func(w string) bool { return strings.HasPrefix(w, "-") || strings.Contains(w, ":") })
	help, err := exec.Command(binary(t), append(words, "--help")...).CombinedOutput()
	require.NoError(t, err, "%s runs relance %s", service, strings.Join(words, " "))
	require.Contains(t, string(help), "relance "+strings.Join(words, " "), "the help of %s is that of its parent", service)
	for _, w := range command {
		if strings.HasPrefix(w, "-") {
			require.Contains(t, string(help), w, service)
		}
	}
}

func requireVariables(t *testing.T, service string, set types.MappingWithEquals) {
	t.Helper()
	var known []string
	for _, v := range config.Variables() {
		known = append(known, v[0])
	}
	require.NotEmpty(t, set, service)
	for name := range set {
		require.Contains(t, known, name, "%s sets a variable that the binary does not read", service)
	}
}

func requireHealthPath(t *testing.T, service string, test []string) {
	t.Helper()
	address := test[len(test)-1]
	u, err := url.Parse(address)
	require.NoError(t, err, service)
	require.Contains(t, []string{health.LivePath, health.ReadyPath}, u.Path, service)
}
