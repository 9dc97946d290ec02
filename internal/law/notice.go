package law

// Where a notice period is counted from.
const (
	FromPosting = "posting" // the day the final notice was posted
	FromReceipt = "receipt" // the day the debtor received it
)

// Notice is the least time between the final notice and a referral.
type Notice struct {
	Days   int    // whole days, at least this many must have passed
	From   string // FromPosting or FromReceipt
	Source string // the rule, and where it is known from
	Status Status
}

// NoticePeriod is the least time between the final notice and a referral in the debtor's jurisdiction.
func NoticePeriod(jurisdiction string, kind DebtorKind) Notice {
	return Notice{Days: 14, From: FromPosting, Status: Unconfirmed}
}
