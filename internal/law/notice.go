package law

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// Where a notice period is counted from.
const (
	FromPosting = "posting" // the day the final notice was posted
	FromReceipt = "receipt" // the day the debtor received it
)

// Notice is the least time between the final notice and a referral.
type Notice struct {
	Days   int    // whole days, of which at least this many must have passed; 0: the law asks for none
	From   string // FromPosting or FromReceipt
	Source string // the rule, and where it is known from
	AsOf   string // the date or year the source speaks for
	Notes  string // what else the rule asks for
	Status Status
}

// noticeKey is a jurisdiction, or a country for all of its jurisdictions, and a kind of debtor.
type noticeKey struct {
	place string
	kind  DebtorKind
}

// elsewhere is the place of the period that holds where no other does.
const elsewhere = "*"

// NoticePeriod is the least time between the final notice and a referral in the debtor's jurisdiction; the policy's own gap
// may be longer. Examples: 30 days for a consumer or sole trader in England and Wales (Pre-Action Protocol for Debt
// Claims), 8 for a mise en demeure in France, 30 from receipt in Spain (LO 1/2025), none for a first-party creditor in the
// United States. Where no rule is known it is 14 days from posting, unconfirmed.
//
// Unlike a court's limit, an unconfirmed period is kept too: waiting is the cautious side. A kind that is not Valid gets
// the longest period of its jurisdiction. The table is data/notice_periods.csv.
func NoticePeriod(jurisdiction string, kind DebtorKind) Notice {
	country, _, _ := strings.Cut(jurisdiction, "-")
	for _, place := range []string{jurisdiction, country, elsewhere} {
		if notice, known := shipped.notices[noticeKey{place, kind}]; known {
			return notice
		}
		if longest, known := longestNotice(place); known && !kind.Valid() {
			return longest
		}
	}
	return Notice{} // not reached: load refuses a table without elsewhere for every kind
}

func longestNotice(place string) (longest Notice, known bool) {
	for _, kind := range debtorKinds() {
		if notice, ok := shipped.notices[noticeKey{place, kind}]; ok && (!known || notice.Days > longest.Days) {
			longest, known = notice, true
		}
	}
	return longest, known
}

func debtorKinds() []DebtorKind { return []DebtorKind{Consumer, SoleTrader, Company} }

// loadNotices reads the notice periods; a row for any kind of debtor stands for one row for each.
func loadNotices(dir fs.FS) (map[noticeKey]Notice, error) {
	records, err := readTable(dir, "notice_periods.csv",
		"jurisdiction", "debtor_kind", "days", "counted_from", "source", "as_of", "status", "notes")
	if err != nil {
		return nil, err
	}
	notices := make(map[noticeKey]Notice)
	var faults []error
	for _, r := range records {
		notice, err := newNotice(r)
		kinds := []DebtorKind{DebtorKind(r.get("debtor_kind"))}
		if kinds[0] == "any" {
			kinds = debtorKinds()
		}
		faults = append(faults, err)
		for _, kind := range kinds {
			key := noticeKey{r.get("jurisdiction"), kind}
			if _, twice := notices[key]; twice || !kind.Valid() {
				faults = append(faults, r.fault("debtor kind %q is unknown or listed twice", kind))
			}
			notices[key] = notice
		}
	}
	for _, kind := range debtorKinds() {
		if _, known := notices[noticeKey{elsewhere, kind}]; !known {
			faults = append(faults, fmt.Errorf("notice_periods.csv: nothing for %s elsewhere: %w", kind, errTable))
		}
	}
	return notices, errors.Join(faults...)
}

func newNotice(r record) (Notice, error) {
	days, err := strconv.Atoi(r.get("days"))
	notice := Notice{
		Days:   days,
		From:   r.get("counted_from"),
		Source: r.get("source"),
		AsOf:   r.get("as_of"),
		Notes:  r.get("notes"),
		Status: Status(r.get("status")),
	}
	switch {
	case err != nil || days < 0:
		return Notice{}, r.fault("days is %q", r.get("days"))
	case notice.From != FromPosting && notice.From != FromReceipt:
		return Notice{}, r.fault("counted_from is %q", notice.From)
	case notice.Source == "" || !notice.Status.Valid():
		return Notice{}, r.fault("source and a known status are required")
	}
	return notice, nil
}
