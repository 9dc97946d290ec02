package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"relance/internal/collection"
)

// Canonical writes a policy that Parse accepted in the one form it has: every setting spelled out, in a fixed order, without
// comments. Parse reads it back to the same policy. It is what is stored when a version is published; the version's number
// is not part of it.
func Canonical(p collection.Policy) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "name: %s\nmin_gap: %s\ngrace: %dd\nreview: %dd\nsteps:\n", p.Name, p.MinGap, p.Grace, p.Review)
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "  - {id: %s, kind: %s, after: %s", s.ID, s.Kind, s.After)
		if s.Tone != "" {
			fmt.Fprintf(&b, ", tone: %s", s.Tone)
		}
		if s.Channel != "" {
			fmt.Fprintf(&b, ", channel: %s", s.Channel)
		}
		fmt.Fprintf(&b, ", on_unknown: %s}\n", s.OnUnknown)
	}
	if len(p.Routes) == 0 {
		return []byte(b.String())
	}
	b.WriteString("routes:\n")
	for _, r := range p.Routes {
		fmt.Fprintf(&b, "  - {to: %s", r.Kind)
		for i, limit := range r.UpTo {
			separator := ", "
			if i == 0 {
				separator = ", up_to: {"
			}
			fmt.Fprintf(&b, "%s%s: %s", separator, limit.Currency, limit.Decimal())
		}
		if len(r.UpTo) > 0 {
			b.WriteString("}")
		}
		b.WriteString("}\n")
	}
	return []byte(b.String())
}

// Digest is the hex SHA-256 of the canonical form. Two policies with the same digest are the same policy; a published
// version whose digest changed has been tampered with.
func Digest(p collection.Policy) string {
	sum := sha256.Sum256(Canonical(p))
	return hex.EncodeToString(sum[:])
}
