package law

// DebtorKind is what a debtor is in law. Which contact rules and notice periods apply depends on it.
type DebtorKind string

// The kinds of debtor.
const (
	Consumer   DebtorKind = "consumer"
	SoleTrader DebtorKind = "sole_trader"
	Company    DebtorKind = "company"
)

// Valid reports whether k is one of the kinds.
func (k DebtorKind) Valid() bool {
	switch k {
	case Consumer, SoleTrader, Company:
		return true
	}
	return false
}

// ClaimantKind is what a creditor is before a court: several courts admit legal persons up to a lower sum, or not at all.
// A sole trader sues as an individual.
type ClaimantKind string

// The kinds of claimant.
const (
	IndividualClaimant ClaimantKind = "individual"
	CompanyClaimant    ClaimantKind = "company"
)

// Valid reports whether k is one of the kinds.
func (k ClaimantKind) Valid() bool {
	switch k {
	case IndividualClaimant, CompanyClaimant:
		return true
	}
	return false
}

// Status says how far a row of a table may be trusted.
type Status string

// The states of a row.
const (
	Confirmed   Status = "confirmed"   // an official text was read; decides
	Secondary   Status = "secondary"   // secondary sources were read; decides, with its source shown
	Unconfirmed Status = "unconfirmed" // conflicting, unread or missing; never decides alone
)

// Valid reports whether s is one of the states.
func (s Status) Valid() bool {
	switch s {
	case Confirmed, Secondary, Unconfirmed:
		return true
	}
	return false
}

// Decides reports whether a row of this status may decide without a person.
func (s Status) Decides() bool { return s == Confirmed || s == Secondary }
