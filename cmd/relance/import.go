package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"relance/internal/importer"
	"relance/internal/intake"
	"relance/internal/ledger"
	"relance/internal/message"
	"relance/internal/screen"
)

type importFlags struct {
	creditor, mapping, enter, policy string
	dryRun, skipBad                  bool
}

func newImport() *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Register overdue invoices from a CSV file",
		Long:  importHelp(),
		Example: examples("relance import invoices.csv --dry-run", "relance import invoices.csv --mapping invoices.yaml --skip-bad",
			"relance import old-book.csv --enter paused   # somebody looks at each first"),
		Args: exactArgs("FILE"),
		RunE: onOffice(func(ctx context.Context, cmd *cobra.Command, o *office, args []string) error {
			if err := oneOf("enter", f.enter, string(intake.EnterFirst), string(intake.EnterByAge), string(intake.EnterPaused)); err != nil {
				return err
			}
			return runImport(ctx, cmd, o, args[0], f)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.creditor, "creditor", "", "whose invoices they are; may be left out when there is one creditor only")
	flags.StringVar(&f.mapping, "mapping", "", "YAML file that explains the columns (default: the file beside FILE, if any)")
	flags.BoolVar(&f.dryRun, "dry-run", false, "look at everything and change nothing")
	flags.BoolVar(&f.skipBad, "skip-bad", false, "register the good rows although others have errors")
	flags.StringVar(&f.enter, "enter", string(intake.EnterFirst), "where invoices long overdue come in: first, by-age or paused")
	flags.StringVar(&f.policy, "policy", "", "policy for all of them (default: the row's, then the creditor's)")
	dataDirFlag(cmd)
	return cmd
}

func runImport(ctx context.Context, cmd *cobra.Command, o *office, path string, f importFlags) error {
	creditor, err := o.Ask.TheCreditor(ctx, f.creditor)
	if err != nil {
		return err
	}
	mapping, err := readMappingFile(cmd, path, f.mapping)
	if err != nil {
		return err
	}
	progress := newBar(cmd)
	defer progress.clear()
	book, err := readLedgerFile(ctx, path, mapping, o, progress)
	if err != nil {
		return err
	}
	im := importer.Importer{Desk: o.Desk, Progress: func(stage importer.Stage, done, total int) {
		progress.tell(string(stage), int64(done), int64(total))
	}}
	report, err := im.Import(ctx, book, importer.Options{
		Creditor: creditor, Policy: f.policy, Enter: intake.Enter(f.enter), DryRun: f.dryRun, SkipBad: f.skipBad,
		Folder: filepath.Dir(path), Headers: mapping.Columns,
	})
	progress.clear()
	if err != nil && report.New > 0 {
		return fmt.Errorf("after %s: %w; run the same import again for the rest", plural(int64(report.New), "new invoice", "new invoices"), sentenceError(err))
	}
	if err != nil {
		return err
	}
	if err := answer(cmd, report, func() string { return screen.Import(path, report) }); err != nil {
		return err
	}
	return importVerdict(report, f.skipBad)
}

// importVerdict is the exit code of an import: errors of the file, or contradictions to what is recorded, keep all of it out.
func importVerdict(r importer.Report, skipBad bool) error {
	if skipBad || !r.Problems.HasErrors() {
		return nil
	}
	for _, p := range r.Problems {
		if p.Severity == ledger.Error && p.Code != importer.Conflict {
			return toldError{exitUsage}
		}
	}
	return toldError{exitRefused}
}

// readMappingFile reads the mapping that is named, or the one beside the ledger, or none.
func readMappingFile(cmd *cobra.Command, ledgerPath, path string) (ledger.Mapping, error) {
	if path == "" {
		path = strings.TrimSuffix(ledgerPath, filepath.Ext(ledgerPath)) + ".yaml"
		if !exists(path) {
			return ledger.DefaultMapping(), nil
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "relance: columns as %s explains them\n", path)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return ledger.Mapping{}, unreadable(err)
	}
	m, problems, err := ledger.ReadMapping(bytes.NewReader(raw))
	if err != nil {
		return m, fmt.Errorf("read %s: %w", path, err)
	}
	return m, tellFileProblems(cmd, path, problems)
}

func exists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func readLedgerFile(ctx context.Context, path string, mapping ledger.Mapping, o *office, progress *bar) (*ledger.Book, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, unreadable(err)
	} else if info.IsDir() {
		return nil, usagef("%s is a folder, not a CSV file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(err)
	}
	defer func() { _ = file.Close() }()
	book, err := ledger.Read(ctx, file, mapping, ledger.Options{
		Fiction:   o.embedded() && o.Where.Sandbox != "", // nothing leaves a sandbox, and who tries it out uses such numbers
		Languages: languages(),
		DocumentExists: func(name string) bool {
			if !filepath.IsAbs(name) {
				name = filepath.Join(filepath.Dir(path), name)
			}
			return exists(name)
		},
		Progress: func(done, total int64) { progress.tell("reading the file", done, total) },
	})
	if errors.Is(err, ledger.ErrInvalid) {
		return nil, usageError{err}
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return book, nil
}

func languages() []string {
	var codes []string
	for _, l := range message.Languages() {
		codes = append(codes, string(l))
	}
	return codes
}

// importHelp explains the file, with every field that it can have.
func importHelp() string {
	var b strings.Builder
	b.WriteString(`Registers the invoices of a CSV file. Encoding (UTF-8, Windows-1252) and delimiter
are found out; everything else is taken as it is written and never guessed.

Every problem of the file is named with row, column and value, and every row that
contradicts what is recorded. Nothing is imported then, unless --skip-bad says to take
the good rows. The same file twice changes nothing. A known invoice is never
overwritten. Documents that rows name are read and kept.

--enter says where an invoice comes in that is long overdue: at the first step of its
policy (first), past the reminders that it would have had by now (by-age), or on hold
until somebody resumes it (paused). Never are two steps less than the policy's least
gap apart, and the notice and the letter always come before a referral.

The columns, in any order, under these headers or under those that a mapping names:

`)
	for _, f := range ledger.Fields() {
		mark := " "
		if f.Required {
			mark = "*"
		}
		b.WriteString(screen.Labelled(mark+" "+string(f.Field), 23, f.Meaning))
	}
	b.WriteString(`
* required, unless the mapping has a constant, a template or a default for it

A mapping is a YAML file:

  format:    {dates: D/M/YYYY, decimal: ",", thousands: "."}
  columns:   {invoice_number: Rechnungsnr., due_on: Fällig am}
  constants: {currency: EUR, country: DE, debtor_kind: company}
  defaults:  {language: en}
  values:    {disputed: {Ja: true, Nein: false}}
  templates: {debtor_name: "Customer {debtor_id}"}

` + ledger.TemplateHelp)
	return strings.TrimRight(b.String(), "\n")
}
