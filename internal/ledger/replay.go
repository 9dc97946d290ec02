package ledger

import "relance/internal/calendar"

// graceBeforeSettlement is how many business days before its settlement a dispute is taken to have ended: somebody agreed,
// then paid.
const graceBeforeSettlement = 3

// Events tells the ledger as a story: each invoice is registered at 00:00 on its invoice date and, where the ledger knows the
// end, paid in full at 00:00 on the day it was settled.
//
// An invoice that is marked disputed and was not settled by its due date is disputed at 00:00 on its due date and released
// three business days of the creditor's calendar before it was settled; where that is not later than the due date, in the
// same instant. One that was never settled stays disputed.
//
// All times are the creditor's. The events come in the order of [MergeEvents].
func (b *Book) Events(creditor calendar.Calendar) []Event {
	names := naming{}
	events := make([]Event, 0, 2*len(b.Rows))
	for _, row := range b.Rows {
		add := func(what What, on calendar.Date) {
			e := Event{Date: on, What: what, Invoice: row.Number, Debtor: row.Debtor.ExternalID, Row: row.Row}
			names.name(&e)
			events = append(events, e)
		}
		add(Register, row.IssuedOn)
		settled := row.Settlement.SettledOn
		late := settled.IsZero() || settled.After(row.DueOn)
		if row.Settlement.Disputed && late {
			add(Dispute, row.DueOn)
			if !settled.IsZero() {
				released := creditor.AddBusinessDays(settled, -graceBeforeSettlement)
				if !released.After(row.DueOn) {
					released = row.DueOn
				}
				add(Release, released)
			}
		}
		if !settled.IsZero() {
			add(Pay, settled)
		}
	}
	return MergeEvents(events)
}
