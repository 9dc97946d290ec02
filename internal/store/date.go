package store

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"relance/internal/calendar"
)

// Day turns a civil date into a column value; the zero date becomes NULL.
func Day(d calendar.Date) pgtype.Date {
	if d.IsZero() {
		return pgtype.Date{}
	}
	return pgtype.Date{Time: time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC), Valid: true}
}

// Date turns a column value into a civil date; NULL becomes the zero date.
func Date(d pgtype.Date) calendar.Date {
	if !d.Valid {
		return calendar.Date{}
	}
	return calendar.DateOf(d.Time, time.UTC)
}
