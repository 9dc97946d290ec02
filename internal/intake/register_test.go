package intake_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/ledger"
	"relance/internal/scene"
	"relance/workflows"
)

func TestRegistering(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	in := scene.Invoice("A/1 ü") // numbers are as people make them
	in.Documents = []intake.Attached{{Kind: "contract", Name: "terms.pdf", MediaType: "application/pdf", SHA256: fmt.Sprintf("%064d", 1), Size: 1}}
	done, err := s.Desk.Register(t.Context(), []intake.Invoice{in})
	require.NoError(t, err)
	require.Equal(t, []intake.Registered{{ID: collection.InvoiceID(scene.Creditor, "A/1 ü"), New: true}}, done)
	require.Equal(t, 1, s.Count(`select count(*) from invoice i join debtor d on d.id = i.debtor_id where i.number = 'A/1 ü' and i.amount_minor = 120000
		and i.policy_name = 'brisk' and d.name = 'Atelier Fictif SARL' and d.contact_hours = '09:00-18:00 Mon-Fri'`))
	require.Equal(t, 2, s.Count("select count(*) from contact_point"))
	require.Equal(t, 1, s.Count("select count(*) from document"))

	same(s, func() {
		again, err := s.Desk.Register(t.Context(), []intake.Invoice{in, in})
		require.NoError(t, err)
		require.Equal(t, []intake.Registered{{ID: done[0].ID}, {ID: done[0].ID}}, again)
	})
	s.Register("A-2", func(in *intake.Invoice) { in.Row.Debtor.ExternalID = scene.Invoice("A/1 ü").Row.Debtor.ExternalID })
	require.Equal(t, 1, s.Count("select count(*) from debtor"), "one debtor, two invoices")
}

// What contradicts the record is refused, all of it at once and with all that stood beside it.
func TestRegisteringAContradiction(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Register("A-1")
	other := scene.Invoice("A-1")
	other.Row.Amount.Minor++
	other.Row.DueOn = other.Row.DueOn.AddDays(1)
	other.Row.Debtor.ExternalID = "another"
	foreign := scene.Invoice("A-3")
	foreign.Policy = "unheard-of"
	refused(s, intake.Conflict, 2, func() error {
		_, err := s.Desk.Register(t.Context(), []intake.Invoice{scene.Invoice("A-2"), other, foreign})
		require.Equal(t, 3, strings.Count(err.Error(), "is recorded"), "amount, day and debtor: %v", err)
		return err
	})
	stranger := scene.Invoice("A-4")
	stranger.Creditor = "nobody"
	refused(s, intake.NotFound, 1, func() error {
		_, err := s.Desk.Register(t.Context(), []intake.Invoice{stranger})
		return err
	})
}

// Promise 1: one case for each invoice, by any route, in any order, at once from many clients.
func TestTheSameInvoicesRegisteredByManyAtOnce(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	const clients, invoices = 32, 10
	batch := make([]intake.Invoice, invoices)
	for i := range batch {
		batch[i] = scene.Invoice(fmt.Sprintf("A-%02d", i))
		batch[i].Row.Debtor = scene.Debtor(fmt.Sprintf("D-%d", i%3))
	}
	crowd(clients, func(n int) {
		var err error
		if n%2 == 0 { // an import, sorted as imports are
			_, err = s.Desk.Register(t.Context(), batch)
		} else { // a client of the API, one by one in an order of its own
			for _, i := range rand.Perm(invoices) {
				if _, err = s.Desk.Register(t.Context(), batch[i:i+1]); err != nil {
					break
				}
			}
		}
		if err != nil {
			t.Error(err)
		}
	})
	require.Equal(t, invoices, s.Count("select count(*) from invoice"))
	require.Equal(t, 3, s.Count("select count(*) from debtor"))
	require.Equal(t, invoices, s.Count("select count(*) from timeline where kind = 'registered'"))
	crowd(clients, func(n int) {
		if err := s.Work.Open(t.Context(), collection.InvoiceID(scene.Creditor, batch[n%invoices].Row.Number)); err != nil {
			t.Error(err)
		}
	})
	require.Equal(t, invoices, s.Count("select count(*) from cases"))
	balanced(s)
}

func TestAPolicyIsPublishedOnce(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	body := func(days int) []byte {
		return fmt.Appendf(nil, "name: mine\nmin_gap: 1d\ngrace: 3d\nreview: 14d\nsteps:\n  - {id: a, kind: email_reminder, after: %dd, tone: friendly}\n", days)
	}
	publish := func(days int) int32 {
		v, err := s.Desk.PublishPolicy(t.Context(), "mine", body(days))
		require.NoError(t, err)
		return v
	}
	require.Equal(t, int32(1), publish(1))
	same(s, func() { require.Equal(t, int32(1), publish(1)) })
	require.Equal(t, int32(2), publish(2))
	same(s, func() {
		_, err := s.Desk.PublishPolicy(t.Context(), "mine", []byte("steps: many"))
		require.Error(t, err)
	})
	// Several processes start at once and publish what comes with them.
	crowd(8, func(i int) {
		if _, err := s.Desk.PublishPolicy(t.Context(), "mine", body(3+i%2)); err != nil {
			t.Error(err)
		}
	})
	require.Equal(t, 4, s.Count("select count(*) from policy where name = 'mine'"))
	require.Equal(t, 4, s.Count("select max(version) from policy where name = 'mine'"))
}

func TestACreditorsSettings(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	c := scene.Company()
	c.Policy = "unheard-of"
	refused(s, intake.NotFound, 1, func() error { return s.Desk.ApplyCreditor(t.Context(), c, ledger.Trusted) })
	same(s, func() { require.NoError(t, s.Desk.ApplyCreditor(t.Context(), scene.Company(), ledger.Trusted)) })
	require.NoError(t, s.Desk.ApplyCreditor(t.Context(), scene.Company(), ledger.Unverified))
	require.Equal(t, 1, s.Count("select count(*) from creditor where raw_signals = 'unverified'"))
	c = scene.Company()
	c.RawSignals = ledger.Refused
	require.NoError(t, s.Desk.ApplyCreditor(t.Context(), c, ledger.Trusted))
	require.Equal(t, 1, s.Count("select count(*) from creditor where raw_signals = 'refused'"), "the creditor's own word counts more")
}

func TestStoppingANobody(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	refused(s, intake.NotFound, 1, func() error { return s.Desk.Stop(t.Context(), "nobody", "why not") })
	refused(s, intake.NotFound, 1, func() error { return s.Desk.Start(t.Context(), "nobody") })
}

// A case whose workflow could not be started would never be collected: its invoice is refused while somebody listens.
func TestANumberThatNoWorkflowCanHave(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	room := workflows.MaxCaseID - len(workflows.CaseID(scene.Creditor, ""))
	for _, digit := range []string{"7", "/", "発"} {
		width := len(workflows.CaseID(scene.Creditor, digit)) - len(workflows.CaseID(scene.Creditor, ""))
		longest := strings.Repeat(digit, room/width)
		s.Register(longest)
		refused(s, intake.Invalid, 1, func() error {
			_, err := s.Desk.Register(t.Context(), []intake.Invoice{scene.Invoice(longest + digit)})
			return err
		})
	}
}
