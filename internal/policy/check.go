package policy

import (
	"time"

	"relance/internal/collection"
)

// check applies the rules that hold between the parts of a policy. It says nothing about a value that could not be read:
// that has its own problem already.
func (r *report) check(p draft) {
	if len(p.steps) > maxSteps {
		r.add(p.steps[maxSteps].at, "a ladder has at most %d steps", maxSteps)
	}
	r.checkIDs(p)
	r.checkUnits(p)
	r.checkOrder(p)
	r.checkTones(p)
	r.checkLegalSteps(p)
	r.checkRoutes(p)
	for _, s := range p.steps {
		r.checkStep(s)
	}
}

// checkStep holds the rules of a single step.
func (r *report) checkStep(s rung) {
	if s.kind == "" {
		return
	}
	reminder := s.kind == collection.EmailReminder || s.kind == collection.SMSReminder
	switch {
	case s.toneAt == place{} && speaks(s.kind):
		r.add(s.at, "%s needs tone, because it writes to the debtor: %s", s.what(), orList(tones))
	case s.toneAt != place{} && !speaks(s.kind):
		r.add(s.toneAt, "%s: kind %s writes nothing to the debtor and has no tone", s.what(), s.kind)
	}
	if s.channel != "" && !reminder {
		r.add(s.channelAt, "%s: only an email_reminder or an sms_reminder can go out on the preferred channel", s.what())
	}
	if s.onUnknown == collection.Resend && !reminder {
		r.add(s.onUnknownAt, "%s: kind %s is never sent again on a guess; only reminders can say on_unknown: resend", s.what(), s.kind)
	}
	if s.after != nil && !s.after.exact && s.kind.Legal() && s.after.Days < 1 {
		r.add(s.after.at, "%s: kind %s cannot come before the invoice is overdue; the earliest is 1d", s.what(), s.kind)
	}
	if s.after != nil && s.after.exact && s.after.Duration < time.Second {
		r.add(s.after.at, "%s: a duration counts from the opening of the case and is at least 1s", s.what())
	}
}

// speaks reports whether a step of this kind writes to the debtor.
func speaks(k collection.StepKind) bool {
	switch k {
	case collection.EmailReminder, collection.SMSReminder, collection.EscalationNotice, collection.CertifiedLetter:
		return true
	case collection.PhoneCall, collection.Referral:
		return false
	}
	return true
}

func (r *report) checkIDs(p draft) {
	first := map[string]place{}
	for _, s := range p.steps {
		if s.id == "" {
			continue
		}
		if at, taken := first[s.id]; taken {
			r.add(s.idAt, "the id %s is taken by the step in line %d; every step has an id of its own", s.id, at.line)
			continue
		}
		first[s.id] = s.idAt
	}
}

// checkUnits refuses a ladder that counts in days here and in durations there: the first begin at the due date, the others
// at the opening of the case.
func (r *report) checkUnits(p draft) {
	var first *delay
	for _, s := range p.steps {
		switch {
		case s.after == nil:
		case first == nil:
			first = s.after
		case s.after.exact != first.exact:
			r.add(s.after.at, "%s: %s and %s do not mix; a ladder counts either in days or in durations", s.what(), first, s.after)
		}
	}
	if p.minGap != nil && first != nil && p.minGap.exact != first.exact && p.minGap.Delay != (collection.Delay{}) {
		r.add(p.minGap.at, "min_gap: %s and %s do not mix; a ladder counts either in days or in durations", p.minGap, first)
	}
}

// checkOrder wants each step to be later than the one before, by the policy's own least gap: a date that min_gap would
// always move is not what its author meant.
func (r *report) checkOrder(p draft) {
	var last *rung
	for i := range p.steps {
		s := &p.steps[i]
		if s.after == nil {
			continue
		}
		if last != nil && s.after.exact == last.after.exact {
			r.checkPair(p, *last, *s)
		}
		last = s
	}
}

func (r *report) checkPair(p draft, last, s rung) {
	days, span := s.after.Days-last.after.Days, s.after.Duration-last.after.Duration
	if days <= 0 && span <= 0 {
		r.add(s.after.at, "%s at %s does not come after %s at %s; write the steps in the order of their days", s.what(), s.after, last.what(), last.after)
		return
	}
	if p.minGap != nil && p.minGap.exact == s.after.exact && (days < p.minGap.Days || span < p.minGap.Duration) {
		r.add(s.after.at, "%s at %s is closer to %s at %s than min_gap, %s, allows", s.what(), s.after, last.what(), last.after, p.minGap)
	}
}

func (r *report) checkTones(p draft) {
	var last rung
	for _, s := range p.steps {
		if s.tone == "" {
			continue
		}
		if last.tone != "" && s.tone.Below(last.tone) {
			r.add(s.toneAt, "%s speaks milder (%s) than %s before it (%s); the tone only rises", s.what(), s.tone, last.what(), last.tone)
		}
		last = s
	}
}

// checkLegalSteps wants one final notice at most, from which the law's period is counted, and before a referral both the
// escalation notice and the letter: nobody is referred unwarned. A referral ends the ladder.
func (r *report) checkLegalSteps(p draft) {
	seen := map[collection.StepKind]bool{}
	for i, s := range p.steps {
		if s.kind == "" {
			return // a misspelt kind may be the one that would be missed below
		}
		if s.kind == collection.CertifiedLetter && seen[s.kind] {
			r.add(s.at, "%s is a second certified_letter; there is one final notice, from which the law counts", s.what())
		}
		if s.kind == collection.CertifiedLetter && !seen[collection.EscalationNotice] {
			r.add(s.at, "%s needs an escalation_notice before it", s.what())
		}
		if s.kind == collection.Referral && !seen[collection.CertifiedLetter] {
			r.add(s.at, "%s needs a certified_letter before it; nobody is referred without a final notice", s.what())
		}
		if s.kind == collection.Referral && i != len(p.steps)-1 {
			r.add(s.at, "%s is not the last step; a referral ends the ladder", s.what())
		}
		seen[s.kind] = true
	}
}

func (r *report) checkRoutes(p draft) {
	refers, unread := false, false
	for _, s := range p.steps {
		unread = unread || s.kind == ""
		if s.kind == collection.Referral && p.routesAt == (place{}) {
			r.add(s.at, "%s has nowhere to go; add routes with small_claims or agency", s.what())
		}
		refers = refers || s.kind == collection.Referral
	}
	if p.routesAt != (place{}) && !refers && !unread {
		r.add(p.routesAt, "the policy has routes but no referral that would take them")
	}
	seen := map[collection.RouteKind]bool{}
	for i, route := range p.routes {
		if route.Kind == "" {
			continue
		}
		if seen[route.Kind] {
			r.add(route.at, "the route %s stands here twice", route.Kind)
		}
		seen[route.Kind] = true
		if route.Kind == collection.Agency && len(route.UpTo) == 0 && i != len(p.routes)-1 {
			r.add(route.at, "the route agency takes every claim, so the routes after it are never reached; put it last or give it up_to")
		}
	}
}
