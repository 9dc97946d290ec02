// Package message renders what a debtor reads or hears: emails (subject, text, HTML), text messages, letters and the
// statement of account as PDF, and the notes for a telephone call, in English, French and Polish.
//
// It exists so that one reviewed set of words says everything Relance says, the same in every channel. The words stand in
// templates/<language>; Go code chooses which of them apply and never adds a sentence of its own. A Notice goes in with the
// facts of one message; what it does not carry (interest, fees, a consequence that is not planned) cannot be said.
//
// Rendering is pure: no I/O, no clock, and the same Notice gives the same bytes, PDF included, because the bytes are frozen
// when a dispatch is claimed and compared again before it is sent. The package imports collection, money, calendar and law,
// and nothing else of Relance.
package message
