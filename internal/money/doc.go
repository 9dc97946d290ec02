// Package money holds exact amounts: an integer count of minor units and an ISO 4217 currency.
//
// It exists so that what was invoiced, paid, credited, forgiven and is still owed always adds up to the last cent: there is
// no float, no rounding and no conversion here, and arithmetic that would mix currencies or overflow is an error, never a
// wrong number. It is pure and imports nothing of Relance; it must never import I/O, a clock or a database driver.
package money
