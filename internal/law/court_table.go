package law

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"

	"relance/internal/money"
)

// role says what a row of the court table is to a creditor with an unpaid invoice.
type role string

const (
	roleRoute       role = "route"       // the claim can be brought there
	roleInformation role = "information" // a precondition or a detail of a route, never a route itself
	roleExcluded    role = "excluded"    // a court that does not take debts
)

// admission says whether a kind of claimant may use a court.
type admission string

const (
	admitted    admission = "yes"
	notAdmitted admission = "no"
	depends     admission = "depends" // on something that is not known here: a person decides
)

// courtRow is a Court with what the product itself says about it, from small_claims_routes.csv and claimant_kinds.csv.
type courtRow struct {
	Court
	role     role
	rank     int // order of preference among the routes of a jurisdiction, 1 first
	admits   map[ClaimantKind]admission
	below    bool          // the claim must be below the limit, not at most at it
	moreThan *money.Amount // the claim must exceed this; nil: no floor
	sureUpTo *money.Amount // above this the answer depends on more than the amount; nil: nothing to doubt
	byVenue  bool          // one of several courts between which the debtor's place decides
}

// loadCourts joins the three tables. Every row of the law's table needs its entry in the product's two and the reverse, so
// that a row added later cannot become a route by accident.
func loadCourts(dir fs.FS) (map[string][]courtRow, error) {
	kinds, err := loadClaimantKinds(dir)
	if err != nil {
		return nil, err
	}
	routes, err := readTable(dir, "small_claims_routes.csv",
		"jurisdiction", "procedure", "role", "rank", "bound", "more_than", "sure_up_to", "by_venue", "why")
	if err != nil {
		return nil, err
	}
	limits, err := readTable(dir, "small_claims_limits.csv", "jurisdiction", "procedure", "claimant_kind", "limit_amount",
		"currency", "source", "as_of", "status", "confidence", "notes")
	if err != nil {
		return nil, err
	}
	type key struct{ jurisdiction, procedure string }
	keyOf := func(r record) key { return key{r.get("jurisdiction"), r.get("procedure")} }

	var faults []error
	routeOf := make(map[key]record, len(routes))
	unused := make(map[key]record, len(routes))
	for _, r := range routes {
		if _, twice := routeOf[keyOf(r)]; twice {
			faults = append(faults, r.fault("listed twice"))
		}
		routeOf[keyOf(r)], unused[keyOf(r)] = r, r
	}
	courts := make(map[string][]courtRow)
	for _, r := range limits {
		route, known := routeOf[keyOf(r)]
		if !known {
			faults = append(faults, r.fault("no entry in small_claims_routes.csv"))
			continue
		}
		delete(unused, keyOf(r))
		row, err := newCourtRow(r, route, kinds)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		courts[row.Jurisdiction] = append(courts[row.Jurisdiction], row)
	}
	for _, r := range unused {
		faults = append(faults, r.fault("no such row in small_claims_limits.csv"))
	}
	for _, rows := range courts {
		slices.SortStableFunc(rows, func(a, b courtRow) int { return a.rank - b.rank })
	}
	return courts, errors.Join(faults...)
}

// loadClaimantKinds reads what the sources' free words for claimants mean.
func loadClaimantKinds(dir fs.FS) (map[string]map[ClaimantKind]admission, error) {
	records, err := readTable(dir, "claimant_kinds.csv", "claimant_kind", "individual", "company", "why")
	if err != nil {
		return nil, err
	}
	var faults []error
	kinds := make(map[string]map[ClaimantKind]admission, len(records))
	for _, r := range records {
		admits := make(map[ClaimantKind]admission, 2)
		for _, kind := range []ClaimantKind{IndividualClaimant, CompanyClaimant} {
			a := admission(r.get(string(kind)))
			switch a {
			case admitted, notAdmitted, depends:
				admits[kind] = a
			default:
				faults = append(faults, r.fault("%s is %q", kind, a))
			}
		}
		if _, twice := kinds[r.get("claimant_kind")]; twice {
			faults = append(faults, r.fault("listed twice"))
		}
		kinds[r.get("claimant_kind")] = admits
	}
	return kinds, errors.Join(faults...)
}

func newCourtRow(r, route record, kinds map[string]map[ClaimantKind]admission) (courtRow, error) {
	currency, err := money.ParseCurrency(r.get("currency"))
	if err != nil {
		return courtRow{}, r.fault("%v", err)
	}
	row := courtRow{
		Court: Court{
			Jurisdiction: r.get("jurisdiction"),
			Procedure:    r.get("procedure"),
			Claimant:     r.get("claimant_kind"),
			Currency:     currency,
			Status:       Status(r.get("status")),
			Source:       r.get("source"),
			AsOf:         r.get("as_of"),
			Confidence:   r.get("confidence"),
			Notes:        r.get("notes"),
		},
		role:    role(route.get("role")),
		admits:  kinds[r.get("claimant_kind")],
		below:   route.get("bound") == "below",
		byVenue: route.get("by_venue") == "yes",
	}
	var faults [4]error
	row.Limit, faults[0] = readCap(r, "limit_amount", currency)
	row.moreThan, faults[1] = readCap(route, "more_than", currency)
	row.sureUpTo, faults[2] = readCap(route, "sure_up_to", currency)
	if row.rank, err = strconv.Atoi(route.get("rank")); err != nil {
		faults[3] = route.fault("rank: %v", err)
	}
	return row, errors.Join(errors.Join(faults[:]...), row.check(r, route))
}

// check holds a row against what its columns may say.
func (c courtRow) check(r, route record) error {
	var faults []error
	if c.Jurisdiction == "" || c.Procedure == "" || c.Source == "" {
		faults = append(faults, r.fault("jurisdiction, procedure and source are required"))
	}
	if !c.Status.Valid() {
		faults = append(faults, r.fault("status is %q", c.Status))
	}
	if c.admits == nil {
		faults = append(faults, r.fault("claimant %q has no entry in claimant_kinds.csv", c.Claimant))
	}
	if bound := route.get("bound"); bound != "at_most" && bound != "below" {
		faults = append(faults, route.fault("bound is %q", bound))
	}
	if venue := route.get("by_venue"); venue != "" && venue != "yes" {
		faults = append(faults, route.fault("by_venue is %q", venue))
	}
	switch c.role {
	case roleRoute:
		if c.rank < 1 {
			faults = append(faults, route.fault("a route needs a rank"))
		}
	case roleInformation, roleExcluded:
		if c.rank != 0 {
			faults = append(faults, route.fault("only a route has a rank"))
		}
	default:
		faults = append(faults, route.fault("role is %q", c.role))
	}
	return errors.Join(faults...)
}

// readCap reads an amount in whole or decimal major units; an empty cell is none.
func readCap(r record, column string, currency money.Currency) (*money.Amount, error) {
	if r.get(column) == "" {
		return nil, nil
	}
	amount, err := money.Parse(r.get(column), currency)
	if err != nil {
		return nil, r.fault("%s: %v", column, err)
	}
	if !amount.IsPositive() {
		return nil, r.fault("%s is not above nought", column)
	}
	return &amount, nil
}

// public is the row as callers get it, with a limit of its own that they may change without harm.
func (c courtRow) public() Court {
	out := c.Court
	if c.Limit != nil {
		limit := *c.Limit
		out.Limit = &limit
	}
	return out
}
