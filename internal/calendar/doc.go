// Package calendar knows civil dates, contact hours and business days: when a debtor may be written to, and which day a
// rule that counts days arrives at.
//
// It exists so that every rule about days and hours is computed from the wall clock of the place where the debtor lives,
// through daylight-saving changes, leap days and public holidays, in one tested place. It is pure: it never asks for the
// current time, and it must never import I/O, a database driver, Temporal or another package of Relance.
// Time zone data comes from the system or, where the binary embeds it, from time/tzdata; this package does not embed it.
package calendar
