package dossier

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"time"

	"relance/internal/message"
	"relance/internal/money"
)

// timelineCSV is everything that was recorded, with the time in the creditor's zone and its offset from UTC.
func (b *builder) timelineCSV() ([]byte, error) {
	rows := [][]string{{"time", "kind", "in_words", "data"}}
	for _, e := range b.in.Timeline {
		rows = append(rows, []string{
			e.At.In(b.in.Zone).Format(time.RFC3339), harmless(e.Kind), harmless(eventWords(e)), harmless(e.Data),
		})
	}
	return table(rows)
}

// statementCSV is the statement of account as a table. Amounts are plain decimals, so that a spreadsheet can add them up.
func statementCSV(s message.Statement) ([]byte, error) {
	currency := string(s.Closing.Currency)
	rows := [][]string{
		{"date", "entry", "number", "due", "note", "debit", "credit", "balance", "currency"},
		{s.From.String(), "Opening balance", "", "", "", "", "", s.Opening.Decimal(), currency},
	}
	for _, e := range s.Entries {
		rows = append(rows, []string{
			e.On.String(), entryWords(e.Kind), harmless(oneLine(e.Number)), e.DueOn.String(), harmless(oneLine(e.Note)),
			unlessZero(e.Debit), unlessZero(e.Credit), e.Balance.Decimal(), currency,
		})
	}
	return table(append(rows, []string{s.To.String(), "Closing balance", "", "", "", "", "", s.Closing.Decimal(), currency}))
}

// table writes CSV as RFC 4180 has it, in UTF-8 with the mark by which spreadsheets know it.
func table(rows [][]string) ([]byte, error) {
	b := bytes.NewBufferString("\uFEFF")
	w := csv.NewWriter(b)
	w.UseCRLF = true
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write a table: %w", err)
	}
	return b.Bytes(), nil
}

// harmless puts an apostrophe before a cell that a spreadsheet would take for a formula (OWASP, CSV injection): such a cell
// can fetch addresses or start programs on the machine of whoever opens the file.
func harmless(cell string) string {
	if inner := strings.TrimLeft(cell, " \u00a0"); inner != "" && strings.ContainsAny(inner[:1], "=+-@\t\r\n") || startsWide(inner) {
		return "'" + cell
	}
	return cell
}

// startsWide reports whether a text begins with the wide form of a formula's first character, which some spreadsheets take
// for the narrow one.
func startsWide(s string) bool {
	for _, wide := range []string{"＝", "＋", "－", "＠"} {
		if strings.HasPrefix(s, wide) {
			return true
		}
	}
	return false
}

func unlessZero(a money.Amount) string {
	if a.IsZero() {
		return ""
	}
	return a.Decimal()
}
