// Package intake is what people and systems tell Relance: register an invoice, record a payment, put a case on hold, agree on
// instalments, finish a task, stop sending.
//
// Each use case is one transaction: it takes the invoice's gate, checks everything the caller said and names every problem at
// once, writes the fact, withdraws what the fact has made wrong, plans again, and leaves the news in the outbox. It never
// talks to Temporal, so it works while Temporal is down.
package intake
