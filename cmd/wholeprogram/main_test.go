package wholeprogram_test

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files and the recorded histories anew")

func TestMain(m *testing.M) {
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// runAll builds into a folder of its own, which goes at the end, and says how long each part took.
func runAll(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "relance-wholeprogram-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	program.dir = dir
	code = m.Run()
	took.print()
	return code, nil
}

// program is the binary under test, built at its first use: what `go test` has compiled already is only linked again.
var program struct {
	dir  string
	once sync.Once
	path string
	err  error
}

func binary(t *testing.T) string {
	t.Helper()
	program.once.Do(func() {
		begin := time.Now()
		program.path = filepath.Join(program.dir, "relance")
		build := exec.Command("go", "build", "-o", program.path, "./cmd/relance")
		build.Dir = root(t)
		if out, err := build.CombinedOutput(); err != nil {
			program.err = fmt.Errorf("build relance: %w\n%s", err, out)
		}
		took.add("build of the binary", begin)
	})
	require.NoError(t, program.err)
	return program.path
}

// root is the folder of the repository.
func root(t *testing.T) string {
	t.Helper()
	wd, err := os.Getwd()
	require.NoError(t, err)
	return filepath.Dir(filepath.Dir(wd))
}

// took is how long each part took.
var took stopwatch

type stopwatch struct {
	mu    sync.Mutex
	parts []part
}

type part struct {
	name string
	took time.Duration
}

func (s *stopwatch) add(name string, begin time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts = append(s.parts, part{name, time.Since(begin)})
}

func (s *stopwatch) print() {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortFunc(s.parts, func(a, b part) int { return cmp.Or(-cmp.Compare(a.took, b.took), strings.Compare(a.name, b.name)) })
	for _, p := range s.parts {
		fmt.Printf("%8.1f s  %s\n", p.took.Seconds(), p.name)
	}
}

// timed notes how long a test takes. It is a test of the whole program, and begins after the binary was built.
func timed(t *testing.T) {
	t.Helper()
	t.Parallel()
	binary(t)
	begin := time.Now()
	t.Cleanup(func() { took.add(t.Name(), begin) })
}
