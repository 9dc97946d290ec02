// Package docscheck_test holds the documents to the code: a link that leads nowhere, a command, a flag, a setting, a file or
// a test that does not exist fails here. It reads sources as text and links nothing of Relance.
package docscheck_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	root     = "../.."
	fence    = regexp.MustCompile("(?ms)^```[a-z]*\n(.*?)^```")
	inline   = regexp.MustCompile("`([^`\n]+)`")
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	command  = regexp.MustCompile(`(?m)(?:^|[\s/])relance ([a-z]+)(?: ([a-z]+)\b)?([^\n|;#]*)`)
	flag     = regexp.MustCompile(`--([a-z][a-z-]+)`)
	target   = regexp.MustCompile(`\bmake ([a-z]+)`)
	setting  = regexp.MustCompile(`\b(?:RELANCE|SENDGRID|TWILIO|LOB|TEMPORAL)_[A-Z_]+\b`)
	file     = regexp.MustCompile(`^(?:cmd|internal|workflows|activities|worker|docs|examples|deploy|scripts|\.ci)/[\w./-]*$`)
	testName = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w+`)
	use      = regexp.MustCompile(`Use:\s+"([a-z]+)`)
)

func TestDocumentsAreTrue(t *testing.T) {
	t.Parallel()
	texts := read(t)
	known, commands := map[string]string{}, map[string]string{} // where names must stand; what is beneath each command
	for path, text := range texts {
		switch {
		case strings.HasSuffix(path, "_test.go"):
			known["tests"] += text
		case strings.HasPrefix(path, "cmd/relance/"):
			known["flags"] += text
			own, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".go"), "_") // case_pay.go holds relance case pay
			for _, m := range use.FindAllStringSubmatch(text, -1) {
				commands[own] += " " + m[1] + " "
			}
		case !strings.HasSuffix(path, ".md"):
			known["settings"] += text
		}
	}
	for path, text := range texts {
		if !strings.HasSuffix(path, ".md") {
			continue
		}
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			prose := fence.ReplaceAllString(text, "")
			for _, m := range link.FindAllStringSubmatch(prose, -1) {
				if leads, _, _ := strings.Cut(m[1], "#"); !strings.Contains(leads, ":") { // an anchor alone leads to its folder
					_, err := os.Stat(filepath.Join(root, filepath.Dir(path), leads))
					require.NoError(t, err, "a link to %s", m[1])
				}
			}
			for _, m := range append(fence.FindAllStringSubmatch(text, -1), inline.FindAllStringSubmatch(prose, -1)...) {
				checkCode(t, m[1], commands, known)
			}
		})
	}
}

// checkCode looks up every name in a fenced block or a code span.
func checkCode(t *testing.T, code string, commands, known map[string]string) {
	for _, m := range target.FindAllStringSubmatch(code, -1) {
		stands(t, known["settings"], "\n"+m[1]+":")
	}
	for _, m := range command.FindAllStringSubmatch(code, -1) {
		require.Contains(t, commands, m[1], "relance %s", m[1])
		if below := commands[m[1]]; m[2] != "" && len(strings.Fields(below)) > 1 {
			require.Contains(t, below, " "+m[2]+" ", "relance %s %s", m[1], m[2])
		}
		for _, f := range flag.FindAllStringSubmatch(m[3], -1) {
			stands(t, known["flags"]+`"help"`, `"`+f[1]+`"`)
		}
	}
	for _, name := range setting.FindAllString(code, -1) {
		stands(t, known["settings"], name)
	}
	for _, name := range testName.FindAllString(code, -1) {
		stands(t, known["tests"], "\nfunc "+name+"(")
	}
	if file.MatchString(code) {
		_, err := os.Stat(filepath.Join(root, code))
		require.NoError(t, err)
	}
}

// stands is require.Contains without printing all the sources.
func stands(t *testing.T, sources, name string) {
	if !strings.Contains(sources, name) {
		t.Errorf("%q does not exist", name)
	}
}

// read gives the documents, and the sources in which the names that they use must stand.
func read(t *testing.T) map[string]string {
	texts := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == "bin" || len(path) > 1 && d.IsDir() && path[0] == '.' {
			return fs.SkipDir // not ours: tools, data directories
		}
		switch name := d.Name(); {
		case strings.HasSuffix(name, ".md"), strings.HasSuffix(name, "_test.go"), filepath.Dir(path) == "cmd/relance",
			name == "Makefile", name == ".env.example", name == "docker-compose.yml", path == "internal/config/config.go":
			raw, err := os.ReadFile(filepath.Join(root, path))
			texts[filepath.ToSlash(path)] = string(raw)
			return err
		}
		return nil
	}))
	require.Contains(t, texts, "README.md")
	return texts
}
