package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strconv"
	"syscall"

	"relance/internal/embedded"
)

// account is the user that the server's processes run under. PostgreSQL refuses to run as root, so root lends it the
// account of the distribution's package, or nobody's; anyone else runs it as themselves.
type account struct {
	credential *syscall.Credential // nil: ourselves
}

// serverAccounts are tried in this order.
var serverAccounts = []string{"postgres", "nobody"}

// accountFor returns the account for a cluster: the one that owns it, where it exists.
func accountFor(data string) (account, error) {
	info, err := os.Stat(data)
	switch {
	case err == nil:
		owner := info.Sys().(*syscall.Stat_t)
		return accountOf(data, owner.Uid, owner.Gid)
	case !errors.Is(err, fs.ErrNotExist):
		return account{}, fmt.Errorf("look at %s: %w", data, err)
	case os.Geteuid() != 0:
		return account{}, nil
	}
	for _, name := range serverAccounts {
		if found, err := user.Lookup(name); err == nil {
			return accountNamed(found)
		}
	}
	return account{}, embedded.Problemf(embedded.ErrNotInstalled,
		"PostgreSQL refuses to run as root and this machine has neither a user postgres nor nobody: add one with \"useradd --system postgres\" or run relance as an ordinary user")
}

func accountOf(data string, uid, gid uint32) (account, error) {
	if int(uid) == os.Geteuid() && uid != 0 {
		return account{}, nil
	}
	if os.Geteuid() != 0 || uid == 0 {
		return account{}, embedded.Problemf(embedded.ErrForeignDir,
			"%s belongs to user %d: run relance as the user who made it or choose another data directory", data, uid)
	}
	return lent(uid, gid)
}

func accountNamed(u *user.User) (account, error) {
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("read id of user %s: %w", u.Username, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("read group of user %s: %w", u.Username, err)
	}
	return lent(uint32(uid), uint32(gid))
}

func lent(uid, gid uint32) (account, error) {
	if runtime.GOOS != "linux" {
		// See command: only Linux lets another account into a directory by its descriptor.
		return account{}, embedded.Problemf(embedded.ErrNotInstalled, "PostgreSQL refuses to run as root: run relance as an ordinary user")
	}
	return account{credential: &syscall.Credential{Uid: uid, Gid: gid}}, nil
}

// own hands a file or directory to the account.
func (a account) own(path string) error {
	if a.credential == nil {
		return nil
	}
	if err := os.Chown(path, int(a.credential.Uid), int(a.credential.Gid)); err != nil {
		return fmt.Errorf("hand %s to user %d: %w", path, a.credential.Uid, err)
	}
	return nil
}

// command makes a command of the server that works on the cluster directory data under the account, in a process group
// of its own: the terminal's Ctrl-C is for us, who stop the server when the last client is done. The release function
// is to be called once the command runs or will not run.
//
// An account lent by root can often not walk to the data directory: /root and fresh temporary directories are closed to
// others, and opening them would open more than ours. So the child gets the open directory itself, as descriptor 3, and
// works on /proc/self/fd/3; the kernel then asks for no right on the directories above.
func (a account) command(ctx context.Context, name, data string, args ...string) (*exec.Cmd, func(), error) {
	cmd := exec.CommandContext(ctx, name)
	cmd.Dir = "/" // ours may be closed to the account
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: a.credential}
	release := func() {}
	if a.credential != nil {
		dir, err := os.Open(data)
		if err != nil {
			return nil, nil, fmt.Errorf("open cluster directory: %w", err)
		}
		cmd.ExtraFiles = []*os.File{dir}
		data = "/proc/self/fd/3"
		release = func() { _ = dir.Close() }
	}
	cmd.Args = append([]string{name, "-D", data}, args...)
	return cmd, release, nil
}
