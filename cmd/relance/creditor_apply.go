package main

import (
	"bytes"
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"relance/internal/ledger"
	"relance/internal/screen"
)

func newCreditorApply() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "apply FILE",
		Short: "Store the settings of a creditor, as its YAML file has them",
		Long: `Stores the settings of a creditor: legal name, address, bank accounts, senders,
agency, policy, language, time zone. Applying a changed file changes what goes out
from then on; messages that went out stay as they were.

Every problem of the file is named with line and column, and then nothing is changed.
examples/demo.creditor.yaml shows every setting.`,
		Example: examples("relance creditor apply comptoir.yaml"),
		Args:    exactArgs("FILE"),
		RunE: onOffice(func(ctx context.Context, cmd *cobra.Command, o *office, args []string) error {
			c, err := readCreditorFile(cmd, args[0])
			if err != nil {
				return err
			}
			trust := ledger.Unverified
			if o.embedded() { // whoever can open the Temporal UI of one machine owns it
				trust = ledger.Trusted
			}
			if err := o.Desk.ApplyCreditor(ctx, c, trust); err != nil {
				return err
			}
			applied, err := o.Ask.Creditor(ctx, c.ID)
			if err != nil {
				return err
			}
			return answer(cmd, applied, func() string { return "Applied.\n\n" + screen.Creditor(applied) })
		}),
	}
	dataDirFlag(cmd)
	return cmd
}

// readCreditorFile reads a file; its problems are told here, all of them.
func readCreditorFile(cmd *cobra.Command, path string) (ledger.Creditor, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return ledger.Creditor{}, unreadable(err)
	}
	c, problems, err := ledger.ReadCreditor(bytes.NewReader(raw))
	if err != nil {
		return c, fmt.Errorf("read %s: %w", path, err)
	}
	return c, tellFileProblems(cmd, path, problems)
}

// fileProblems is what is wrong with a YAML file, for scripts.
type fileProblems struct {
	File     string          `json:"file"`
	Problems ledger.Problems `json:"problems"`
}

// tellFileProblems prints what is wrong with a file, and fails when there is an error among it. Warnings go to stderr.
func tellFileProblems(cmd *cobra.Command, path string, problems ledger.Problems) error {
	if len(problems) == 0 {
		return nil
	}
	if !problems.HasErrors() {
		if !wantsJSON(cmd) {
			fmt.Fprint(cmd.ErrOrStderr(), screen.Problems(problems))
		}
		return nil
	}
	err := answer(cmd, fileProblems{path, problems}, func() string {
		return screen.Problems(problems) + "\n" + screen.Paragraph(fmt.Sprintf("%s has errors; nothing was changed.", path))
	})
	if err != nil {
		return err
	}
	return toldError{exitUsage}
}
