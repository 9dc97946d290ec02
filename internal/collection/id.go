package collection

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/google/uuid"
)

// namespace makes ids of ours from the names that people and systems use, so that registering the same thing twice, on
// any machine, gives the same id.
var namespace = uuid.MustParse("5d1f0a54-6c0e-4f6d-9a0e-7f1c2b8d9e30")

// DebtorID is the id of a creditor's debtor.
func DebtorID(creditor, externalID string) uuid.UUID { return derive("debtor", creditor, externalID) }

// InvoiceID is the id of a creditor's invoice.
func InvoiceID(creditor, number string) uuid.UUID { return derive("invoice", creditor, number) }

// CaseID is the id of the one case of an invoice.
func CaseID(invoice uuid.UUID) uuid.UUID { return derive("case", invoice.String()) }

// FactID is the id of a fact of an invoice, by the reference it has in the world it came from.
func FactID(kind string, invoice uuid.UUID, reference string) uuid.UUID {
	return derive(kind, invoice.String(), reference)
}

// StepKey is the id of what one step of one epoch brings about: its dispatch, or its task of a kind.
func StepKey(what string, caseID uuid.UUID, epoch int, step StepID) uuid.UUID {
	return derive(what, caseID.String(), fmt.Sprint(epoch), string(step))
}

// derive hashes the parts with their lengths, so that no two lists of parts meet.
func derive(kind string, parts ...string) uuid.UUID {
	var b strings.Builder
	b.WriteString(kind)
	for _, p := range parts {
		fmt.Fprintf(&b, "|%d:%s", len(p), p)
	}
	return uuid.NewSHA1(namespace, []byte(b.String()))
}

// WorkflowID is the id of the workflow of an invoice's case: case/<creditor>/<invoice number>, each part percent-encoded.
func WorkflowID(creditor, number string) string {
	return "case/" + url.PathEscape(creditor) + "/" + url.PathEscape(number)
}

// ParseWorkflowID is the inverse of WorkflowID; ok is false for an id that WorkflowID does not make.
func ParseWorkflowID(id string) (creditor, number string, ok bool) {
	parts := strings.Split(id, "/")
	if len(parts) != 3 || parts[0] != "case" {
		return "", "", false
	}
	creditor, err1 := url.PathUnescape(parts[1])
	number, err2 := url.PathUnescape(parts[2])
	if err1 != nil || err2 != nil || WorkflowID(creditor, number) != id {
		return "", "", false
	}
	return creditor, number, true
}
