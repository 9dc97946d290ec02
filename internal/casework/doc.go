// Package casework changes a case under its locks: it opens it, claims and sends its messages, records what came of them,
// and plans again after every change.
//
// It is where the promises are kept. Every function here takes the locks in the one documented order (debtor, invoices,
// contact points, dispatches), reads the facts after it holds them, and stores the next plan in the transaction that
// changed a fact. It knows nothing of Temporal: the workflow calls it through activities, people through intake.
package casework
