// Package importer brings a ledger into the book: it names every problem of the file and every contradiction to what is
// recorded before it changes anything, keeps the documents, and registers the invoices in small batches.
//
// It exists so that the command line and, later, an upload in the browser import alike. Importing the same file twice, or
// twice at once, changes nothing more. It must not import Temporal, nor anything that draws on a screen.
package importer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/ledger"
	"relance/internal/money"
	"relance/internal/store"
)

// batchSize is how many invoices are registered in one transaction: few enough that a payment never waits for long, many
// enough that a book of ten thousand takes a minute.
const batchSize = 50

// The problems that show only against what is recorded. Their codes continue those of package ledger.
const (
	Conflict           ledger.Code = "conflict"
	UnknownPolicy      ledger.Code = "unknown_policy"
	UnreadableDocument ledger.Code = "unreadable_document"
)

// Importer imports.
type Importer struct {
	Desk *intake.Desk
	// Progress hears how far a stage has come; nil: nobody does.
	Progress func(stage Stage, done, total int)
}

// Stage is a part of the work that can take long.
type Stage string

// The stages.
const (
	Documents   Stage = "reading documents"
	Registering Stage = "registering invoices"
)

// Options say what to import and how.
type Options struct {
	Creditor string
	Policy   string // of every row; "" is the row's, then the creditor's
	Enter    intake.Enter
	// DryRun looks and changes nothing.
	DryRun bool
	// SkipBad imports the good rows although others have errors.
	SkipBad bool
	// Folder is where the paths of documents start.
	Folder string
	// Headers are the file's own names of the fields, for problems; a field without one is called by its name.
	Headers map[ledger.Field]string
}

// Report says what an import did, or would do.
type Report struct {
	Creditor string `json:"creditor"`
	DryRun   bool   `json:"dry_run"`
	// Imported is false when nothing was changed: in a dry run, and because of errors.
	Imported bool `json:"imported"`
	Rows     int  `json:"rows"` // in the file
	// New were registered now; when Imported is false, they would be.
	New     int `json:"new"`
	Known   int `json:"known"`    // recorded before with the same content
	LeftOut int `json:"left_out"` // because of errors, conflicts among them, or as copies of another row
	// Conflicts are the rows that contradict what is recorded.
	Conflicts int   `json:"conflicts"`
	Sums      []Sum `json:"sums"`
	// Problems of the file, in the order of its rows.
	Problems ledger.Problems `json:"problems"`
}

// Sum is the invoices of one currency.
type Sum struct {
	New         int          `json:"new"`
	NewAmount   money.Amount `json:"new_amount"`
	Known       int          `json:"known"`
	KnownAmount money.Amount `json:"known_amount"`
}

// Import imports a book. Without an error the report says what became of it; a file with errors is no error of Import. Errors
// are intake.NotFound for a creditor that does not exist, and breakdowns, after which the same import can be run again.
func (im Importer) Import(ctx context.Context, book *ledger.Book, o Options) (Report, error) {
	w := &work{Importer: im, Options: o, report: Report{
		Creditor: o.Creditor, DryRun: o.DryRun, Rows: book.Total, Sums: []Sum{}, Problems: slices.Clone(book.Problems),
	}}
	if _, err := sums(book.Rows, nil); err != nil {
		return w.report, &intake.Error{Kind: intake.Invalid, Problems: []string{"the amounts of the file add up to more money than there is: look for one with too many digits"}}
	}
	if err := w.sort(ctx, book.Rows); err != nil {
		return w.report, err
	}
	if !w.mayGoOn() || o.DryRun {
		return w.finish(), nil
	}
	attached, err := w.attach(ctx)
	if err != nil {
		return w.report, err
	}
	if !w.mayGoOn() {
		return w.finish(), nil
	}
	w.report.Imported = true
	err = w.register(ctx, attached)
	return w.finish(), err
}

// work is one import on its way.
type work struct {
	Importer
	Options
	report Report
	fresh  []ledger.Row // to be registered
	done   []ledger.Row // registered now
	known  []ledger.Row
}

func (w *work) tell(stage Stage, done, total int) {
	if w.Progress != nil {
		w.Progress(stage, done, total)
	}
}

// mayGoOn reports that no error stands against the import.
func (w *work) mayGoOn() bool { return w.SkipBad || !w.report.Problems.HasErrors() }

func (w *work) problem(row ledger.Row, f ledger.Field, code ledger.Code, value, message string) {
	column := w.Headers[f]
	if column == "" {
		column = string(f)
	}
	w.report.Problems = append(w.report.Problems, ledger.Problem{
		Severity: ledger.Error, Code: code, Row: row.Row, Line: row.Line, Column: column, Value: value, Message: message,
	})
}

// sort tells new rows from known ones and from those that contradict what is recorded, and puts the new ones into the one
// order in which everybody takes locks: debtor, then invoice.
func (w *work) sort(ctx context.Context, rows []ledger.Row) error {
	standings, err := w.Desk.Compare(ctx, w.Creditor, rows)
	if err != nil {
		return err
	}
	unknown, err := w.unknownPolicies(ctx, rows)
	if err != nil {
		return err
	}
	for i, row := range rows {
		switch s := standings[i]; {
		case len(s.Differences) > 0:
			w.report.Conflicts++
			for _, d := range s.Differences {
				w.problem(row, d.Field, Conflict, d.Said, "The invoice "+d.Text+".")
			}
		case s.Known:
			w.known = append(w.known, row)
		case unknown[w.policyOf(row)]:
			w.problem(row, ledger.FieldPolicy, UnknownPolicy, w.policyOf(row),
				"This policy is not published: run “relance policy publish FILE”, or use standard, gentle or brisk.")
		default:
			w.fresh = append(w.fresh, row)
		}
	}
	slices.SortFunc(w.fresh, func(a, b ledger.Row) int {
		return cmp.Or(
			cmp.Compare(collection.DebtorID(w.Creditor, a.Debtor.ExternalID).String(), collection.DebtorID(w.Creditor, b.Debtor.ExternalID).String()),
			cmp.Compare(collection.InvoiceID(w.Creditor, a.Number).String(), collection.InvoiceID(w.Creditor, b.Number).String()),
		)
	})
	return nil
}

func (w *work) policyOf(row ledger.Row) string { return cmp.Or(w.Policy, row.Policy) }

// unknownPolicies are the policies that rows ask for and nobody has published. "" is the creditor's own and known.
func (w *work) unknownPolicies(ctx context.Context, rows []ledger.Row) (map[string]bool, error) {
	unknown := map[string]bool{"": false}
	err := w.Desk.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, row := range rows {
			name := w.policyOf(row)
			if _, seen := unknown[name]; seen {
				continue
			}
			_, err := tx.NewestPolicy(ctx, name)
			if err != nil && !store.NoRows(err) {
				return fmt.Errorf("look policy %q up: %w", name, err)
			}
			unknown[name] = err != nil
		}
		return nil
	})
	return unknown, err
}

// attach keeps the documents of the new rows. A row whose document cannot be read is left out.
func (w *work) attach(ctx context.Context) (map[string][]intake.Attached, error) {
	total := 0
	for _, row := range w.fresh {
		total += len(row.Documents)
	}
	all, good, done := map[string][]intake.Attached{}, make([]ledger.Row, 0, len(w.fresh)), 0
	for _, row := range w.fresh {
		kept, unread, err := w.Desk.AttachRow(ctx, w.Folder, row)
		if err != nil {
			return nil, err
		}
		for _, u := range unread {
			w.problem(row, documentField(u.Document.Kind), UnreadableDocument, u.Document.Location, "The document cannot be read: "+u.Reason+".")
		}
		if len(unread) == 0 {
			good = append(good, row)
			all[row.Number] = kept
		}
		if len(row.Documents) > 0 {
			done += len(row.Documents)
			w.tell(Documents, done, total)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	w.fresh = good
	return all, nil
}

func documentField(kind ledger.DocumentKind) ledger.Field {
	switch kind {
	case ledger.InvoiceDocument:
		return ledger.FieldInvoiceFile
	case ledger.ContractDocument:
		return ledger.FieldContractFile
	case ledger.DeliveryProofDocument:
		return ledger.FieldDeliveryFile
	case ledger.OtherDocument:
	}
	return ledger.FieldOtherFile
}

// register commits batch after batch. A batch that somebody else's registration contradicts since we looked is tried again
// row by row, so that one contradiction keeps out one row.
func (w *work) register(ctx context.Context, attached map[string][]intake.Attached) error {
	past := 0
	for batch := range slices.Chunk(w.fresh, batchSize) {
		err := w.commit(ctx, batch, attached)
		if intake.KindOf(err) != "" {
			err = w.oneByOne(ctx, batch, attached)
		}
		if err != nil {
			return err
		}
		past += len(batch)
		w.tell(Registering, past, len(w.fresh))
	}
	return nil
}

func (w *work) oneByOne(ctx context.Context, batch []ledger.Row, attached map[string][]intake.Attached) error {
	for _, row := range batch {
		err := w.commit(ctx, []ledger.Row{row}, attached)
		var refused *intake.Error
		if errors.As(err, &refused) {
			w.report.Conflicts++
			w.problem(row, ledger.FieldNumber, Conflict, row.Number, refused.Error()+".")
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *work) commit(ctx context.Context, batch []ledger.Row, attached map[string][]intake.Attached) error {
	in := make([]intake.Invoice, len(batch))
	for i, row := range batch {
		in[i] = intake.Invoice{Creditor: w.Creditor, Row: row, Documents: attached[row.Number], Enter: w.Enter, Policy: w.Policy}
	}
	done, err := w.Desk.Register(ctx, in)
	if err != nil {
		return err
	}
	for i, d := range done {
		if d.New {
			w.done = append(w.done, batch[i])
		} else { // somebody else was faster and said the same
			w.known = append(w.known, batch[i])
		}
	}
	return nil
}

// finish counts.
func (w *work) finish() Report {
	fresh := w.fresh
	if w.report.Imported {
		fresh = w.done
	}
	r := &w.report
	r.New, r.Known = len(fresh), len(w.known)
	r.LeftOut = r.Rows - r.New - r.Known
	r.Sums, _ = sums(fresh, w.known) // checked over all rows before anything was done
	slices.SortStableFunc(r.Problems, func(a, b ledger.Problem) int { return cmp.Compare(a.Line, b.Line) })
	return *r
}

// sums adds up by currency; the error is money.ErrOverflow.
func sums(fresh, known []ledger.Row) ([]Sum, error) {
	by := map[money.Currency]*Sum{}
	add := func(rows []ledger.Row, to func(*Sum) (*int, *money.Amount)) error {
		for _, row := range rows {
			c := row.Amount.Currency
			if by[c] == nil {
				by[c] = &Sum{NewAmount: money.Amount{Currency: c}, KnownAmount: money.Amount{Currency: c}}
			}
			n, sum := to(by[c])
			total, err := sum.Add(row.Amount)
			if err != nil {
				return err
			}
			*n, *sum = *n+1, total
		}
		return nil
	}
	err := errors.Join(
		add(fresh, func(s *Sum) (*int, *money.Amount) { return &s.New, &s.NewAmount }),
		add(known, func(s *Sum) (*int, *money.Amount) { return &s.Known, &s.KnownAmount }),
	)
	all := make([]Sum, 0, len(by))
	for _, c := range slices.Sorted(maps.Keys(by)) {
		all = append(all, *by[c])
	}
	return all, err
}
