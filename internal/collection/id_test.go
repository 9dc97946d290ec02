package collection_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"relance/internal/collection"
)

func TestWorkflowIDHasAnInverse(t *testing.T) {
	t.Parallel()
	require.Equal(t, "case/acme/INV%2F2026%20001", collection.WorkflowID("acme", "INV/2026 001"))
	rapid.Check(t, func(t *rapid.T) {
		creditor, number := rapid.String().Draw(t, "creditor"), rapid.String().Draw(t, "number")
		c, n, ok := collection.ParseWorkflowID(collection.WorkflowID(creditor, number))
		require.True(t, ok)
		require.Equal(t, creditor, c)
		require.Equal(t, number, n)
	})
	for _, id := range []string{"", "case", "case/a", "case/a/b/c", "sweep/a/b", "case/a/%zz", "case/a/b c", "case/a/%41"} {
		_, _, ok := collection.ParseWorkflowID(id)
		require.False(t, ok, id)
	}
}

// Ids derive from names, so they must not meet where the names do not, and must never change: records refer to them.
func TestDerivedIDs(t *testing.T) {
	t.Parallel()
	invoice := collection.InvoiceID("acme", "INV-1")
	require.Equal(t, "d6d751c3-9dc6-55e1-ab78-43da190dbcfe", invoice.String())
	ids := map[string]string{}
	for name, id := range map[string]string{
		"invoice":         invoice.String(),
		"debtor":          collection.DebtorID("acme", "INV-1").String(),
		"moved border":    collection.InvoiceID("acmeI", "NV-1").String(),
		"separator":       collection.InvoiceID("acme|5:INV-1", "").String(),
		"case":            collection.CaseID(invoice).String(),
		"payment":         collection.FactID("payment", invoice, "1").String(),
		"credit":          collection.FactID("credit", invoice, "1").String(),
		"dispatch":        collection.StepKey("dispatch", collection.CaseID(invoice), 0, "first_reminder").String(),
		"dispatch again":  collection.StepKey("dispatch", collection.CaseID(invoice), 1, "first_reminder").String(),
		"task of a step":  collection.StepKey("task", collection.CaseID(invoice), 0, "first_reminder").String(),
		"of another step": collection.StepKey("task", collection.CaseID(invoice), 0, "second_reminder").String(),
	} {
		require.NotContains(t, ids, id, name)
		ids[id] = name
	}
	require.Equal(t, invoice, collection.InvoiceID("acme", "INV-1"))
}
