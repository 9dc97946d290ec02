package casework

import "relance/internal/ledger"

// Profile is what a creditor said about itself in its settings file: who is owed, how to pay, under which names messages go
// out, and to whom debts are handed over. It is stored with the creditor as JSON and bound to a message when it is sent.
type Profile = ledger.Creditor
