// Package collection is the domain of Relance: what a case is, what its policy asks for, and the one pure function that
// says what happens next and when.
//
// It has no I/O, no clock of its own and no knowledge of Temporal or Postgres: facts, policy and time go in, a plan comes
// out. It imports money, calendar and law, and nothing else of Relance.
package collection
