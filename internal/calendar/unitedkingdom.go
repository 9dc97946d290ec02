package calendar

import (
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/gb"
)

// The bank holidays of the three jurisdictions of the United Kingdom: Banking and Financial Dealings Act 1971, schedule 1,
// and royal proclamations. The library has one list for England and Wales; Scotland and Northern Ireland keep other days.
var (
	// A day that falls on a weekend is kept on the next Monday.
	toMonday = []cal.AltDay{{Day: time.Saturday, Offset: 2}, {Day: time.Sunday, Offset: 1}}

	stateFuneral = fixed("Bank Holiday for the State Funeral of Queen Elizabeth II", time.September, 19, 2022, 2022)

	englandAndWales = with(gb.Holidays, stateFuneral)

	// Northern Ireland adds two days to those of England and Wales.
	northernIreland = with(englandAndWales,
		substituted(fixed("St Patrick's Day", time.March, 17, 0, 0), toMonday),
		substituted(fixed("Battle of the Boyne (Orangemen's Day)", time.July, 12, 0, 0), toMonday),
	)

	// Scotland has no Easter Monday and its summer holiday is the first Monday in August. 2 January is kept after New
	// Year's Day, so when 1 January is a Sunday it moves on from Monday to Tuesday.
	scotland = []*cal.Holiday{
		gb.NewYear,
		substituted(fixed("2nd January", time.January, 2, 0, 0), []cal.AltDay{
			{Day: time.Saturday, Offset: 2}, {Day: time.Sunday, Offset: 2}, {Day: time.Monday, Offset: 1},
		}),
		gb.GoodFriday,
		gb.EarlyMay,
		gb.VEDay,
		gb.CoronationDay,
		gb.SpringHoliday,
		gb.SpringHoliday2022,
		gb.PlatinumJubilee,
		fixed("World Cup bank holiday", time.June, 15, 2026, 2026), // royal proclamation of 2026-02-04
		gb.SummerHolidayScotland,
		stateFuneral,
		substituted(fixed("St Andrew's Day", time.November, 30, 2007, 0), toMonday), // St Andrew's Day Bank Holiday (Scotland) Act 2007
		gb.ChristmasDay,
		gb.BoxingDay,
	}
)

func substituted(h *cal.Holiday, days []cal.AltDay) *cal.Holiday {
	h.Observed = days
	return h
}
