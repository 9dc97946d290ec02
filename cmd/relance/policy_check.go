package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"relance/internal/collection"
	"relance/internal/policy"
	"relance/internal/screen"
)

func newPolicyCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Name every mistake of a policy file, with line and column",
		Long: `Reads a policy file and names every mistake as file:line:column. It needs no
installation. Exit code 0: the file is a policy; 2: it is not.`,
		Example: examples("relance policy check mine.yaml"),
		Args:    exactArgs("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, _, err := readPolicyFile(args[0])
			var bad *policy.Problems
			if err != nil && !errors.As(err, &bad) {
				return err
			}
			if err := tellChecked(cmd, args[0], p, bad); err != nil {
				return err
			}
			if bad != nil {
				return toldError{exitUsage}
			}
			return nil
		},
	}
}

// checked is what a check found, for scripts.
type checked struct {
	File     string          `json:"file"`
	Valid    bool            `json:"valid"`
	Name     string          `json:"name,omitempty"`
	Steps    int             `json:"steps,omitempty"`
	Problems []policyProblem `json:"problems"`
}

type policyProblem struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

func tellChecked(cmd *cobra.Command, path string, p collection.Policy, bad *policy.Problems) error {
	c := checked{File: path, Valid: bad == nil, Name: p.Name, Steps: len(p.Steps), Problems: []policyProblem{}}
	if bad != nil {
		for _, problem := range bad.List {
			c.Problems = append(c.Problems, policyProblem{problem.Line, problem.Column, problem.Text})
		}
	}
	return answer(cmd, c, func() string {
		if bad != nil {
			return screen.PolicyProblems(&policy.Problems{Source: path, List: bad.List})
		}
		return fmt.Sprintf("%s is a policy: %s, %s.\n", path, p.Name, plural(int64(len(p.Steps)), "step", "steps"))
	})
}

// readPolicyFile reads a policy file and its bytes; the error of a file that is none is *policy.Problems.
func readPolicyFile(path string) (collection.Policy, []byte, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return collection.Policy{}, nil, unreadable(err)
	}
	p, err := policy.Parse(filepath.Base(path), bytes.NewReader(raw))
	return p, raw, err
}
