// Package wholeprogram holds the tests of the program as a whole: the real binary as a process, with Temporal, PostgreSQL and
// the sandbox behind it, or the same parts inside the test where it has to look at a history.
//
// It exists because the promises are about the whole: a case in one package, a lock in another and a lease in a third keep
// them together. It is the one package of tests that may link the Temporal server, which takes minutes to compile, and it is
// kept to what cannot be shown with less. Nothing imports it.
package wholeprogram
