package collection

// effectiveKind resolves what a rung really does for this debtor, and why: a reminder goes out on the preferred channel
// where the policy asks for it, and on the other one where its own is closed. A step with no channel left keeps its kind and
// ends as skipped.
func effectiveKind(s Step, r Reach) (StepKind, []Why) {
	switch s.Kind {
	case EmailReminder, SMSReminder:
		return reminderKind(s, r)
	case PhoneCall:
		if !r.Phone {
			return s.Kind, []Why{WhyNoChannel}
		}
	case EscalationNotice:
		if !r.Email {
			return s.Kind, []Why{WhyNoEmail} // printed and posted by a person
		}
	case CertifiedLetter, Referral:
	}
	return s.Kind, nil
}

func reminderKind(s Step, r Reach) (StepKind, []Why) {
	kind, why := s.Kind, []Why(nil)
	if s.Channel == Preferred {
		kind, why = preferredKind(s.Kind, r.Preferred)
	}
	switch {
	case !r.Email && !r.SMS:
		return kind, append(why, WhyNoChannel)
	case kind == EmailReminder && !r.Email:
		return SMSReminder, append(why, WhyNoEmail)
	case kind == SMSReminder && !r.SMS:
		return EmailReminder, append(why, WhyNoPhone)
	}
	return kind, why
}

// preferredKind is the reminder for the channel that the debtor answers. Who prefers the phone gets an SMS, which is the
// nearest to it that a reminder can be; a preference for post is none between email and SMS.
func preferredKind(own StepKind, preferred Channel) (StepKind, []Why) {
	switch preferred {
	case ByEmail:
		return EmailReminder, []Why{WhyPreferred}
	case BySMS, ByPhone:
		return SMSReminder, []Why{WhyPreferred}
	case ByPost, Preferred:
	}
	return own, []Why{WhyNoPreference}
}
