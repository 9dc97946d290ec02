package collection

// StepID is a rung's name in its policy, for example "first_reminder". It is what a dispatch, an outcome and a timeline
// entry refer to, so it never changes within a published policy version.
type StepID string

// StepKind is what a step does. The set is closed: each kind has one activity.
type StepKind string

// The six kinds of step.
const (
	EmailReminder    StepKind = "email_reminder"
	SMSReminder      StepKind = "sms_reminder"
	PhoneCall        StepKind = "phone_call"
	EscalationNotice StepKind = "escalation_notice"
	CertifiedLetter  StepKind = "certified_letter"
	Referral         StepKind = "referral"
)

// StepKinds lists every kind in the order of rising severity.
func StepKinds() []StepKind {
	return []StepKind{EmailReminder, SMSReminder, PhoneCall, EscalationNotice, CertifiedLetter, Referral}
}

// Valid reports whether k is one of the six kinds.
func (k StepKind) Valid() bool {
	switch k {
	case EmailReminder, SMSReminder, PhoneCall, EscalationNotice, CertifiedLetter, Referral:
		return true
	}
	return false
}

// Legal reports whether the step carries legal weight. The outcome of a legal step that cannot be proved always goes to a
// person; it is never sent again on a guess.
func (k StepKind) Legal() bool {
	switch k {
	case EscalationNotice, CertifiedLetter, Referral:
		return true
	case EmailReminder, SMSReminder, PhoneCall:
		return false
	}
	return true
}

// Tone is how a message speaks. It rises step by step and is never threatening or untrue.
type Tone string

// The tones, from a nudge to the last letter.
const (
	Friendly Tone = "friendly"
	Neutral  Tone = "neutral"
	Firm     Tone = "firm"
	Final    Tone = "final"
)

// Valid reports whether t is one of the tones.
func (t Tone) Valid() bool { return t.rank() > 0 }

// Below reports whether t is milder than o.
func (t Tone) Below(o Tone) bool { return t.rank() < o.rank() }

func (t Tone) rank() int {
	switch t {
	case Friendly:
		return 1
	case Neutral:
		return 2
	case Firm:
		return 3
	case Final:
		return 4
	}
	return 0
}

// Channel is a way to reach a debtor.
type Channel string

// The channels. Preferred is only meaningful in a policy step: it stands for the channel this debtor answers.
const (
	ByEmail   Channel = "email"
	BySMS     Channel = "sms"
	ByPhone   Channel = "phone"
	ByPost    Channel = "post"
	Preferred Channel = "preferred"
)

// Valid reports whether c is a channel a message can travel on.
func (c Channel) Valid() bool {
	switch c {
	case ByEmail, BySMS, ByPhone, ByPost:
		return true
	case Preferred:
		return false
	}
	return false
}
