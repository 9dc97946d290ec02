package policy

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"relance/internal/collection"
)

// ErrUnknown is the kind of error for a policy that is not built in.
var ErrUnknown = errors.New("no such policy")

//go:embed builtin/*.yaml
var files embed.FS

// Names lists the policies that are built in, the default first.
func Names() []string { return []string{"standard", "gentle", "brisk"} }

// Builtin is a policy that is built in, and its file as it was written, with its comments. The error is ErrUnknown.
func Builtin(name string) (collection.Policy, []byte, error) {
	if !slices.Contains(Names(), name) {
		return collection.Policy{}, nil, fmt.Errorf("policy %q: %w; built in are %s", name, ErrUnknown, strings.Join(Names(), ", "))
	}
	file := name + ".yaml"
	source, err := files.ReadFile("builtin/" + file)
	if err != nil {
		return collection.Policy{}, nil, fmt.Errorf("open built-in policy %s: %w", name, err)
	}
	p, err := Parse(file, bytes.NewReader(source))
	if err != nil {
		return collection.Policy{}, nil, err
	}
	return p, source, nil
}
