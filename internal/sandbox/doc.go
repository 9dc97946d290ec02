// Package sandbox stands in for SendGrid, Twilio and Lob on this machine: one HTTP server that speaks their APIs, sends
// nothing, and keeps a ledger of everything a debtor would have received.
//
// It exists so that the demo, the tests and a trial of a policy run the production path, through the real clients and their
// base URLs, and so that a judge other than Relance itself says who was contacted when. Every request is validated against the
// providers' published contracts (contracts/), providers fail on demand (Fault), and the ledger survives a kill -9.
//
// Base URLs: http://ADDR/sendgrid, http://ADDR/twilio, http://ADDR/lob. The outbox page is at http://ADDR/.
//
// It never imports delivery or its adapters, the store, or anything else of Relance: a stand-in that shared code with what it
// judges would share its mistakes.
package sandbox
