package law

import "relance/internal/money"

// Court is one row of the table of courts: a court or procedure, for one kind of claimant, with its limit.
type Court struct {
	Jurisdiction string        // "FR", "US-NY", "GB-SCT"
	Procedure    string        // name of the court or procedure
	Claimant     string        // who may use it, in the source's words
	Limit        *money.Amount // greatest claim it takes; nil: no cap
	Currency     money.Currency
	Status       Status
	Source       string // where the row comes from, to be shown wherever it decides
	AsOf         string // the date or year the source speaks for; may be empty
	Confidence   string // why the row has its status
	Notes        string // conditions that a person who files must know
}

// Reason is the short code of why a verdict is what it is.
type Reason string

// The reasons.
const (
	ReasonOpen        Reason = "open"        // a court is open to the claim
	ReasonLimit       Reason = "limit"       // the claim exceeds what the courts take
	ReasonCurrency    Reason = "currency"    // the claim is not in the currency of the limit
	ReasonClaimant    Reason = "claimant"    // no court admits this kind of claimant
	ReasonExcluded    Reason = "excluded"    // the procedure there is does not take debts
	ReasonNoRoute     Reason = "no_route"    // nothing is known about the jurisdiction
	ReasonAmount      Reason = "amount"      // the amount is not above nought
	ReasonUnconfirmed Reason = "unconfirmed" // only rows that may not decide alone speak about it
	ReasonConflict    Reason = "conflict"    // rows contradict each other
	ReasonDepends     Reason = "depends"     // it depends on what only a person can tell: the county, the size of the claimant, the kind of debt
)

// Verdict answers whether a claim can go to court. Uncertain means that a person decides: the verdict is then not Open,
// and Courts lists the rows in doubt.
type Verdict struct {
	Open      bool
	Uncertain bool
	Reason    Reason
	Court     Court   // the preferred open court, or the row that decided otherwise; zero when there is none
	Courts    []Court // every open court, in order of preference; when Uncertain, the rows in doubt
	Also      []Court // rows that are no route but that whoever files must know, such as preconditions
}
