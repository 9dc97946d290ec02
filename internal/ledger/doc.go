// Package ledger reads the files that people bring: a CSV of overdue invoices with the YAML mapping that explains it, the
// settings of a creditor, and the story of what debtors did.
//
// It exists so that every other package gets typed, checked values, and so that the person who brought a file hears of
// every problem in it at once, by row, column and value, in words that say what to do. It never guesses where a wrong
// guess costs money: not between day and month, not between decimal and thousands marks, not the kind of a debtor.
//
// It reads and checks, nothing else: no database, no network, no Temporal, no clock. Of Relance it imports money, calendar,
// law and collection only.
//
// Problems carry values from the file, so they are personal data: they are for the screen of the person who brought the
// file, never for a log, an error or Temporal.
package ledger
