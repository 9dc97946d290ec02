// Package policy reads and writes policies as people keep them: YAML files, three of them built into the binary.
//
// It exists so that a mistake in a policy is found before the first debtor feels it: a file is refused with every problem
// at once, each with its line, its column and a sentence in the words of whoever wrote it. What a policy means is the
// business of package collection; how one is written is described in docs/policies.md. The package has no I/O of its own
// and never imports the store, Temporal or an adapter.
package policy
