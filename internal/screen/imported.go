package screen

import (
	"fmt"
	"strings"

	"relance/internal/importer"
	"relance/internal/ledger"
)

// Import tells what an import did, or why it did nothing.
func Import(file string, r importer.Report) string {
	var b strings.Builder
	if text := Problems(r.Problems); text != "" {
		b.WriteString(text + "\n")
	}
	b.WriteString(Paragraph(fmt.Sprintf("%s: %s, %d new, %d known%s.", file, count(r.Rows, "row", "rows"), r.New, r.Known, leftOut(r))))
	if sums := importSums(r); sums != "" {
		b.WriteString("\n" + sums)
	}
	if text := conclusion(r); text != "" {
		b.WriteString("\n" + Paragraph(text))
	}
	return b.String()
}

func leftOut(r importer.Report) string {
	if r.LeftOut == 0 {
		return ""
	}
	if r.Conflicts > 0 {
		return fmt.Sprintf(", %d left out (%s)", r.LeftOut, count(r.Conflicts, "conflict with what is recorded", "conflicts with what is recorded"))
	}
	return fmt.Sprintf(", %d left out", r.LeftOut)
}

// importSums adds up by currency; without known rows there is nothing to say about them.
func importSums(r importer.Report) string {
	var rows [][]string
	for _, s := range r.Sums {
		row := []string{string(s.NewAmount.Currency), itoa(int64(s.New)), s.NewAmount.Decimal()}
		if r.Known > 0 {
			row = append(row, itoa(int64(s.Known)), s.KnownAmount.Decimal())
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return ""
	}
	cols := []column{{}, {head: "NEW", right: true}, {head: "AMOUNT", right: true}}
	if r.Known > 0 {
		cols = append(cols, column{head: "KNOWN", right: true}, column{head: "AMOUNT", right: true})
	}
	return table(cols, rows)
}

func conclusion(r importer.Report) string {
	errors := r.Problems.Errors()
	switch {
	case r.Imported && r.New == 0:
		return "Nothing is new, so nothing was changed."
	case r.Imported:
		return ""
	case errors > 0 && onlyConflicts(r.Problems):
		text := fmt.Sprintf("Nothing was imported: %s what is recorded, and an invoice is never overwritten.", contradicts(r.Conflicts))
		if r.New > 0 {
			text += " To register the other rows, add --skip-bad."
		}
		return text
	case errors > 0 && r.New == 0:
		return fmt.Sprintf("Nothing was imported because of %s. Mend the file and import it again.", count(errors, "error", "errors"))
	case errors > 0:
		return fmt.Sprintf("Nothing was imported because of %s. Mend the file, or register the good rows with --skip-bad.", count(errors, "error", "errors"))
	case r.DryRun:
		return "Nothing was imported: this was a dry run."
	}
	return ""
}

func contradicts(rows int) string {
	if rows == 1 {
		return "1 row contradicts"
	}
	return fmt.Sprintf("%d rows contradict", rows)
}

func onlyConflicts(ps ledger.Problems) bool {
	for _, p := range ps {
		if p.Severity == ledger.Error && p.Code != importer.Conflict {
			return false
		}
	}
	return true
}
