// Package clock is the only place that reads the machine's clock.
//
// There are two clocks. The technical one, here, serves leases, deadlines and retries. Business time, which a policy, a
// debtor, the law or a person would notice, comes from the store: on a test clock it stands in Postgres, in production it is
// the same as this one. Rules never read this package.
package clock

import "time"

// Now is the technical time, in UTC.
func Now() time.Time { return time.Now().UTC() }

// Until is how long it is until t; negative when t has passed.
func Until(t time.Time) time.Duration { return time.Until(t) }
