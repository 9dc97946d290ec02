package workflows

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"go.temporal.io/sdk/temporal"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/money"
)

// WorkflowType is the name under which CollectInvoice is registered and started.
const WorkflowType = "CollectInvoice"

// The task queues. There is one for each kind of provider, because a rate limit belongs to a queue; the workflow itself and
// every activity that only needs the database share one.
const (
	QueueCases    = "cases"
	QueueEmail    = "notify-email"
	QueueSMS      = "notify-sms"
	QueueMail     = "mail"
	QueueReferral = "referral"
)

// Queues lists every task queue, that of the workflow first.
func Queues() []string {
	return []string{QueueCases, QueueEmail, QueueSMS, QueueMail, QueueReferral}
}

// The signals. Their names say what happened, so that a history reads like the story; what they carry is an Envelope, or
// something that a person typed.
const (
	SignalPaid    = "paid"               // a payment, a credit, or one of them taken back
	SignalAgreed  = "installment-agreed" // an agreement made, changed or ended
	SignalChanged = "case-changed"       // every other fact
)

// Signals lists the signals in the order in which a case reads them.
func Signals() []string { return []string{SignalPaid, SignalAgreed, SignalChanged} }

// QueryCase is the query that answers with a CaseView.
const QueryCase = "case"

// The activities, by the names under which they are registered.
const (
	SendEmailReminder      = "SendEmailReminder"
	SendSMSReminder        = "SendSMSReminder"
	CreateCallTask         = "CreateCallTask"
	SendEscalationNotice   = "SendEscalationNotice"
	RequestCertifiedLetter = "RequestCertifiedLetter"
	ReferCase              = "ReferCase"
	ReviewCase             = "ReviewCase"
	RecordSignal           = "RecordSignal"
)

// ActivityOf is the activity that performs a kind of step, "" for a kind that this version does not know.
func ActivityOf(kind collection.StepKind) string {
	switch kind {
	case collection.EmailReminder:
		return SendEmailReminder
	case collection.SMSReminder:
		return SendSMSReminder
	case collection.PhoneCall:
		return CreateCallTask
	case collection.EscalationNotice:
		return SendEscalationNotice
	case collection.CertifiedLetter:
		return RequestCertifiedLetter
	case collection.Referral:
		return ReferCase
	}
	return ""
}

// QueueOf is the task queue on which a kind of step is performed, "" for a kind that this version does not know. An
// escalation notice travels by email; a call task needs no provider.
func QueueOf(kind collection.StepKind) string {
	switch kind {
	case collection.EmailReminder, collection.EscalationNotice:
		return QueueEmail
	case collection.SMSReminder:
		return QueueSMS
	case collection.PhoneCall:
		return QueueCases
	case collection.CertifiedLetter:
		return QueueMail
	case collection.Referral:
		return QueueReferral
	}
	return ""
}

// The search attributes. They are for finding and filtering in the Temporal UI; lists and sums come from Postgres.
var (
	AttributeCreditor = temporal.NewSearchAttributeKeyKeyword("CreditorId")
	AttributeDebtor   = temporal.NewSearchAttributeKeyKeyword("DebtorId")
	AttributeInvoice  = temporal.NewSearchAttributeKeyKeyword("InvoiceNumber")
	AttributeStatus   = temporal.NewSearchAttributeKeyKeyword("CaseStatus")
	AttributeCurrency = temporal.NewSearchAttributeKeyKeyword("Currency")
	AttributeDue      = temporal.NewSearchAttributeKeyFloat64("AmountDue")
	AttributeDueDate  = temporal.NewSearchAttributeKeyTime("DueDate")
)

// SearchAttributeKeys lists the search attributes with their types, for registering them in a namespace.
func SearchAttributeKeys() []temporal.SearchAttributeKey {
	return []temporal.SearchAttributeKey{AttributeCreditor, AttributeDebtor, AttributeInvoice, AttributeStatus,
		AttributeCurrency, AttributeDue, AttributeDueDate}
}

// SearchAttributesFor are the attributes that a case is started with: at the start they cost neither an event nor an
// action. CaseStatus and AmountDue are as of the last phase change from then on.
func SearchAttributesFor(in CaseInput) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(
		AttributeCreditor.ValueSet(in.Creditor),
		AttributeDebtor.ValueSet(in.Debtor),
		AttributeInvoice.ValueSet(in.Invoice),
		AttributeStatus.ValueSet(string(in.Plan.Phase)),
		AttributeCurrency.ValueSet(string(in.Amount.Currency)),
		AttributeDue.ValueSet(majorUnits(in.Plan.Owed)),
		AttributeDueDate.ValueSet(in.DueOn.Start(time.UTC)),
	)
}

// StaticSummary is the line that stands beside a case in the Temporal UI for as long as it lives: invoice number, amount
// and due date.
func StaticSummary(in CaseInput) string {
	return line(fmt.Sprintf("%s · %s · due %s", clip(in.Invoice, 300), in.Amount, in.DueOn))
}

// majorUnits is an amount as a search attribute of type Double takes it. It is for filters only and never comes back.
func majorUnits(a money.Amount) float64 { //nolint:forbidigo // Temporal has no exact type; nothing is computed with it
	units, err := strconv.ParseFloat(a.Decimal(), 64) //nolint:forbidigo // as above
	if err != nil {
		return 0 // cannot be: Decimal writes digits
	}
	return units
}

// CaseInput starts a case, and continues it as new.
type CaseInput struct {
	CaseID   string          `json:"case_id"`  // the id of the case in Postgres, a UUID; the workflow's own id is CaseID()
	Creditor string          `json:"creditor"` // ids, never names
	Debtor   string          `json:"debtor"`
	Invoice  string          `json:"invoice"` // the invoice's number
	DueOn    calendar.Date   `json:"due_on"`
	Amount   money.Amount    `json:"amount"` // as invoiced; what is still owed is in the plan
	Plan     collection.Plan `json:"plan"`
	// TestClock tells that business time stands still until news moves it; the case then starts no timer. Now is business
	// time on a test clock and zero on the wall clock.
	TestClock bool      `json:"test_clock,omitempty"`
	Now       time.Time `json:"now,omitzero"`
	// Carried is what earlier runs of the same case leave to this one; nil in the first run.
	Carried *Carried `json:"carried,omitempty"`
}

// StepInput asks an activity to perform one step.
type StepInput struct {
	CaseID  string              `json:"case_id"`
	Step    collection.StepID   `json:"step"`
	Kind    collection.StepKind `json:"kind"`
	Epoch   int                 `json:"epoch,omitempty"`
	Version int64               `json:"version"` // of the plan that asked for it
	DueAt   time.Time           `json:"due_at"`
}

// StepResult is what every activity of a case returns: the newest plan.
type StepResult struct {
	Plan collection.Plan `json:"plan"`
	// Now is business time on a test clock, where it may have moved; zero otherwise.
	Now time.Time `json:"now,omitzero"`
	// Outcome is how the step ended, for the timeline in the UI only. Empty when it was handed back unperformed, or when
	// nobody tells.
	Outcome collection.Result `json:"outcome,omitempty"`
}

// ReviewInput asks for a new plan. Failure is set when a step's activity failed for good: the review then records the
// step's outcome and raises the task as well.
type ReviewInput struct {
	CaseID  string   `json:"case_id"`
	Version int64    `json:"version"`
	Failure *Failure `json:"failure,omitempty"`
}

// Failure names a step whose activity failed for good. Cause is a code and never a text: texts contain addresses.
type Failure struct {
	Step  collection.StepID   `json:"step"`
	Epoch int                 `json:"epoch,omitempty"`
	Kind  collection.StepKind `json:"kind"`
	Cause string              `json:"cause"`
}

// The causes that this package gives. Any other cause is the type of the application error that the activity ended with.
const (
	CauseTimedOut = "timed_out"
	CausePanicked = "panicked"
	CauseFailed   = "failed"
)

// SignalInput hands over a signal that a person sent. Payload is its bytes as they came, empty when it had none; what they
// mean is decided where they are recorded.
type SignalInput struct {
	CaseID string `json:"case_id"`
	// Key tells this signal from any other one of its case, "<first run id>/<ordinal>", so that it counts once however often
	// it is recorded. An id inside the payload goes before it.
	Key     string `json:"key"`
	Name    string `json:"name"`
	Payload []byte `json:"payload,omitempty"`
}

// Envelope is what the relay's signals carry: the events it tells of, and the plan as it is now. Its version must be
// greater than zero and its plan present.
type Envelope struct {
	Events  []string         `json:"events,omitempty"`
	Version int64            `json:"version"`
	Plan    *collection.Plan `json:"plan"`
	Now     time.Time        `json:"now,omitzero"` // business time on a test clock; zero otherwise
}

// CaseResult is how a case ended, and the version of the plan that said so.
type CaseResult struct {
	Ending  collection.Ending `json:"ending"`
	Version int64             `json:"version"`
}

// CaseView answers the query: what a case holds and what it has done.
type CaseView struct {
	CaseID   string           `json:"case_id"`
	Creditor string           `json:"creditor"`
	Debtor   string           `json:"debtor"`
	Invoice  string           `json:"invoice"`
	DueOn    calendar.Date    `json:"due_on"`
	Amount   money.Amount     `json:"amount"`
	Version  int64            `json:"version"` // of the plan held
	Plan     collection.Plan  `json:"plan"`
	Phase    collection.Phase `json:"phase"`
	Since    time.Time        `json:"since"`            // when the plan held was last heard of
	Now      time.Time        `json:"now,omitzero"`     // business time heard of, on a test clock
	Running  string           `json:"running"`          // the activity at work for the plan, "" when there is none
	Unread   int              `json:"unread,omitempty"` // signals from people that are not recorded yet
	RetryAt  time.Time        `json:"retry_at,omitzero"`
	Log      []Entry          `json:"log"`
}

// CaseID is the id of a case's workflow, "case/<creditor>/<number>", each part percent-encoded, so that two invoices never
// share an id. It is the domain's, which seeds every jitter with it; it stands here beside the other names. An id longer
// than MaxCaseID cannot be started: whoever registers an invoice refuses such a number.
func CaseID(creditor, number string) string { return collection.WorkflowID(creditor, number) }

// MaxCaseID is the greatest length of a workflow id in bytes: Temporal's tables on SQL hold no more.
const MaxCaseID = 255

// ErrCaseID is a text that is not the id of a case's workflow.
var ErrCaseID = errors.New("not the workflow id of a case")

// ParseCaseID is the inverse of CaseID. It accepts nothing that CaseID would not have written: the error is ErrCaseID.
func ParseCaseID(id string) (creditor, number string, err error) {
	creditor, number, ok := collection.ParseWorkflowID(id)
	if !ok || creditor == "" || number == "" || len(id) > MaxCaseID {
		return "", "", fmt.Errorf("read workflow id %q: %w", clip(id, MaxCaseID), ErrCaseID)
	}
	return creditor, number, nil
}
