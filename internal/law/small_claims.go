package law

import "relance/internal/money"

// SmallClaims finds the court that is open to a claim.
func SmallClaims(jurisdiction string, claimant ClaimantKind, amount money.Amount) Verdict {
	return Verdict{Reason: ReasonNoRoute}
}
