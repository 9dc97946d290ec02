package postgres

import (
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"syscall"
)

// watchdog ends an ephemeral server and removes its directory when this process ends without having done so: a test
// binary that panics, times out or is killed runs no clean-up. It is a shell that waits for the end of its standard
// input, which the kernel brings about with our own end. (Linux could signal the child at its parent's death, but means
// the parent's thread, and would leave the directory behind.)
type watchdog struct {
	cmd  *exec.Cmd
	pipe io.Closer // its standard input; held so that only our end closes it
}

const watchdogScript = `
cat >/dev/null
kill -QUIT "$1" 2>/dev/null
tries=0
while kill -0 "$1" 2>/dev/null && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
kill -KILL "$1" 2>/dev/null
rm -rf -- "$2"
`

func startWatchdog(pid int, dir string) (*watchdog, error) {
	cmd := exec.Command("/bin/sh", "-c", watchdogScript, "relance-watchdog", strconv.Itoa(pid), dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is not for it
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start watchdog of ephemeral PostgreSQL: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start watchdog of ephemeral PostgreSQL: %w", err)
	}
	return &watchdog{cmd: cmd, pipe: pipe}, nil
}

// dismissGuard ends the watchdog, where there is one, before it acts.
func (s *Server) dismissGuard() {
	if s.guard == nil {
		return
	}
	_ = syscall.Kill(-s.guard.cmd.Process.Pid, syscall.SIGKILL) // the shell and its cat
	_ = s.guard.cmd.Wait()
	s.guard = nil
}
