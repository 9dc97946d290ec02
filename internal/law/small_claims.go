package law

import (
	"maps"
	"slices"

	"relance/internal/money"
)

// standing is what one route says about one claim.
type standing int

const (
	standsClosed   standing = iota // the amount does not fit
	standsOpen                     // the claim may be brought there
	standsDoubtful                 // a person must look
	standsApart                    // another currency
	standsBarred                   // this kind of claimant is not admitted
)

// SmallClaims says whether a claim of this amount, by this kind of claimant, against a debtor in this jurisdiction can go
// to a small-claims court or an order-for-payment procedure, and to which.
//
// Rows that are confirmed or secondary decide; the best open one is Court, all of them are Courts, each with its source.
// A person decides (Uncertain, not Open) where nothing open is known and a row speaks that may not decide alone:
//   - rows marked unconfirmed, such as the commercial claims part of New York City, the only court of New York known to take
//     companies, or the two contradicting limits of Idaho;
//   - courts between which the debtor's place decides (New York, for individuals: 3,000, 5,000 or 10,000): open up to the
//     lowest limit, doubtful up to the highest, closed beyond;
//   - limits that are lower in some counties or for some debts (North Carolina, Minnesota, Vermont), between the two;
//   - claimants that are admitted under conditions not known here (Quebec: companies of at most ten employees).
//
// A claim in another currency than the limit is not open: nothing is converted. Ireland's procedure is not open either,
// because it is reported to exclude debts. The limits, their sources and dates are in data/small_claims_limits.csv, which
// rows are routes in data/small_claims_routes.csv. The answer concerns domestic claims; cross-border procedures of the EU
// are not considered. Whether a limit counts interest and costs differs between courts: see the notes of each row.
func SmallClaims(jurisdiction string, claimant ClaimantKind, amount money.Amount) Verdict {
	return judge(shipped.courts[jurisdiction], claimant, amount)
}

// judge weighs the rows of one jurisdiction.
func judge(rows []courtRow, claimant ClaimantKind, amount money.Amount) Verdict {
	if !amount.IsPositive() {
		return Verdict{Reason: ReasonAmount}
	}
	found := sortByStanding(rows, claimant, amount)
	verdict := Verdict{Also: information(rows, claimant, amount)}
	switch {
	case len(found[standsOpen]) > 0:
		verdict.Open, verdict.Reason, verdict.Courts = true, ReasonOpen, public(found[standsOpen])
	case len(found[standsDoubtful]) > 0:
		verdict.Uncertain, verdict.Reason = true, doubt(found[standsDoubtful])
		verdict.Courts = public(found[standsDoubtful])
	default:
		verdict.Reason, verdict.Court = closed(rows, found)
	}
	if len(verdict.Courts) > 0 {
		verdict.Court = verdict.Courts[0]
	}
	return verdict
}

func sortByStanding(rows []courtRow, claimant ClaimantKind, amount money.Amount) map[standing][]courtRow {
	found := make(map[standing][]courtRow)
	var venues []courtRow
	for _, row := range rows {
		if row.role != roleRoute {
			continue
		}
		s := row.standing(claimant, amount)
		if row.byVenue && (s == standsOpen || s == standsClosed) {
			venues = append(venues, row)
			continue
		}
		found[s] = append(found[s], row)
	}
	joint := jointStanding(venues, claimant, amount)
	found[joint] = append(found[joint], venues...)
	if len(found[standsClosed]) > 0 {
		dropRefuted(found, amount)
	}
	return found
}

// standing weighs one route by itself.
func (c courtRow) standing(claimant ClaimantKind, amount money.Amount) standing {
	admits := c.admits[claimant]
	switch {
	case admits != admitted && admits != depends:
		return standsBarred
	case amount.Currency != c.Currency:
		return standsApart
	case !c.Status.Decides():
		return standsDoubtful
	case !c.fits(amount):
		return standsClosed
	case admits == depends, c.sureUpTo != nil && amount.Minor > c.sureUpTo.Minor:
		return standsDoubtful
	}
	return standsOpen
}

// fits compares the amount with the row's bounds; the currencies are the same.
func (c courtRow) fits(amount money.Amount) bool {
	if c.moreThan != nil && amount.Minor <= c.moreThan.Minor {
		return false
	}
	if c.Limit == nil {
		return true
	}
	if c.below {
		return amount.Minor < c.Limit.Minor
	}
	return amount.Minor <= c.Limit.Minor
}

// jointStanding weighs courts between which the debtor's place decides: one of them is the right one, and which is not
// known here. Only when all agree is the answer clear.
func jointStanding(venues []courtRow, claimant ClaimantKind, amount money.Amount) standing {
	open := 0
	for _, row := range venues {
		if row.standing(claimant, amount) == standsOpen {
			open++
		}
	}
	switch open {
	case 0:
		return standsClosed
	case len(venues):
		return standsOpen
	}
	return standsDoubtful
}

// dropRefuted drops unconfirmed rows that do not even fit, when a row that may decide has already said no: two noes need no
// person. Where only unconfirmed rows speak they stay, because it is their limit that is in doubt.
func dropRefuted(found map[standing][]courtRow, amount money.Amount) {
	var kept []courtRow
	for _, row := range found[standsDoubtful] {
		if row.Status.Decides() || row.fits(amount) {
			kept = append(kept, row)
		}
	}
	found[standsDoubtful] = kept
}

// doubt names why a person must look.
func doubt(rows []courtRow) Reason {
	unconfirmed := 0
	conflict := false
	for _, row := range rows {
		if row.Status.Decides() {
			continue
		}
		unconfirmed++
		conflict = conflict || !sameLimit(row.Court, rows[0].Court)
	}
	switch {
	case conflict:
		return ReasonConflict
	case unconfirmed == len(rows):
		return ReasonUnconfirmed
	}
	return ReasonDepends
}

func sameLimit(a, b Court) bool {
	if a.Limit == nil || b.Limit == nil {
		return a.Limit == b.Limit
	}
	return *a.Limit == *b.Limit
}

// closed names why no court is open, and the row that says so.
func closed(rows []courtRow, found map[standing][]courtRow) (Reason, Court) {
	if limits := found[standsClosed]; len(limits) > 0 {
		highest := limits[0]
		for _, row := range limits[1:] {
			if row.Limit != nil && (highest.Limit == nil || row.Limit.Minor > highest.Limit.Minor) {
				highest = row
			}
		}
		return ReasonLimit, highest.public()
	}
	if apart := found[standsApart]; len(apart) > 0 {
		return ReasonCurrency, apart[0].public()
	}
	if barred := found[standsBarred]; len(barred) > 0 {
		return ReasonClaimant, barred[0].public()
	}
	for _, row := range rows {
		if row.role == roleExcluded {
			return ReasonExcluded, row.public()
		}
	}
	return ReasonNoRoute, Court{}
}

// information lists the rows that are no routes but that concern a claim of this amount.
func information(rows []courtRow, claimant ClaimantKind, amount money.Amount) []Court {
	var out []Court
	for _, row := range rows {
		if row.role == roleInformation && row.admits[claimant] == admitted && row.Currency == amount.Currency && row.fits(amount) {
			out = append(out, row.public())
		}
	}
	return out
}

func public(rows []courtRow) []Court {
	out := make([]Court, len(rows))
	for i, row := range rows {
		out[i] = row.public()
	}
	return out
}

// Jurisdictions lists the codes that the court table knows, in alphabetical order.
func Jurisdictions() []string { return slices.Sorted(maps.Keys(shipped.courts)) }
