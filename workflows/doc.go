// Package workflows is the deterministic half of Relance: the life of one case as a Temporal workflow, the names and
// payloads by which the rest of the program speaks with it, and the options of its activities.
//
// A case holds one plan, waits until its time, has its step performed by an activity and adopts the plan that comes back.
// It decides nothing, so that the rules can change while ten thousand cases sleep. Start at CollectInvoice.
//
// Everything here runs again on every replay. The package must never import the store, an adapter, the activities or any
// clock; of Relance it knows collection, money and calendar. Nothing in its payloads says anything about a person.
package workflows
