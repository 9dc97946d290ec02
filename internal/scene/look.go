package scene

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/stretchr/testify/require"

	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/sandbox"
	"relance/internal/store"
	"relance/internal/store/db"
)

// Case is the case of an invoice as it is stored.
func (s *Scene) Case(number string) (c db.Case) {
	s.Helper()
	s.Tx(func(ctx context.Context, tx *store.Tx) (err error) {
		c, err = tx.CaseByInvoice(ctx, collection.InvoiceID(Creditor, number))
		return err
	})
	return c
}

// Plan is what a case does next.
func (s *Scene) Plan(number string) (p collection.Plan) {
	s.Helper()
	require.NoError(s, json.Unmarshal(s.Case(number).Plan, &p))
	return p
}

// Due moves the clock to the plan's time and gives the step that the workflow would ask for then.
func (s *Scene) Due(number string) casework.Step {
	s.Helper()
	p := s.Plan(number)
	require.Equal(s, collection.Perform, p.Form, "plan %+v", p)
	s.MoveTo(p.At)
	return casework.Step{CaseID: s.Case(number).ID, Step: p.Step, Kind: p.Kind, Epoch: p.Epoch}
}

// Perform performs the step that is next, when it is due.
func (s *Scene) Perform(number string) collection.Plan {
	s.Helper()
	plan, err := s.Work.Perform(s.Context(), s.Due(number))
	require.NoError(s, err)
	return plan
}

// Climb performs steps until the one of this kind is next, and leaves the clock at its time. Letters to print are posted.
func (s *Scene) Climb(number string, to collection.StepKind) casework.Step {
	s.Helper()
	for range 12 {
		if s.Plan(number).Kind == to {
			return s.Due(number)
		}
		s.Perform(number)
		s.PostLetters(number)
	}
	require.Fail(s, "the ladder does not lead there", "to %s: plan %+v", to, s.Plan(number))
	return casework.Step{}
}

// Review moves the clock to the plan's time and reviews the case.
func (s *Scene) Review(number string) collection.Plan {
	s.Helper()
	s.MoveTo(s.Plan(number).At)
	plan, err := s.Work.Review(s.Context(), s.Case(number).ID, nil)
	require.NoError(s, err)
	return plan
}

// Dispatches are the messages of a case, oldest first.
func (s *Scene) Dispatches(number string) (list []db.CaseDispatchesRow) {
	s.Helper()
	id := s.Case(number).ID
	s.Tx(func(ctx context.Context, tx *store.Tx) (err error) {
		list, err = tx.CaseDispatches(ctx, id)
		return err
	})
	return list
}

// States are the states of a case's messages, oldest first.
func (s *Scene) States(number string) (states []string) {
	s.Helper()
	for _, d := range s.Dispatches(number) {
		states = append(states, d.State)
	}
	return states
}

// Outcomes are how the steps of a case ended, by step.
func (s *Scene) Outcomes(number string) map[string]db.Outcome {
	s.Helper()
	id := s.Case(number).ID
	all := map[string]db.Outcome{}
	s.Tx(func(ctx context.Context, tx *store.Tx) error {
		rows, err := tx.Outcomes(ctx, id)
		for _, o := range rows {
			all[o.StepID] = o
		}
		return err
	})
	return all
}

// Results are the results of a case's steps, by step.
func (s *Scene) Results(number string) map[string]string {
	s.Helper()
	all := map[string]string{}
	for step, o := range s.Outcomes(number) {
		all[step] = o.Result
	}
	return all
}

// Tasks are the tasks of a case in the order in which they were raised, and only those of the kinds given, if any are.
func (s *Scene) Tasks(number string, kinds ...casework.TaskKind) (list []db.Task) {
	s.Helper()
	id := s.Case(number).ID
	s.Tx(func(ctx context.Context, tx *store.Tx) (err error) {
		list, err = tx.CaseTasks(ctx, id)
		return err
	})
	return slices.DeleteFunc(list, func(t db.Task) bool {
		return len(kinds) > 0 && !slices.Contains(kinds, casework.TaskKind(t.Kind))
	})
}

// Task is the one task of a kind.
func (s *Scene) Task(number string, kind casework.TaskKind) db.Task {
	s.Helper()
	list := s.Tasks(number, kind)
	require.Len(s, list, 1, "tasks of kind %s", kind)
	return list[0]
}

// Timeline is what happened to an invoice, in order.
func (s *Scene) Timeline(number string) (kinds []string) {
	s.Helper()
	s.Tx(func(ctx context.Context, tx *store.Tx) error {
		rows, err := tx.Timeline(ctx, collection.InvoiceID(Creditor, number))
		for _, r := range rows {
			kinds = append(kinds, r.Kind)
		}
		return err
	})
	return kinds
}

// Received is what was accepted by a provider and not taken back, in order: all that debtors and agencies will ever get.
func (s *Scene) Received() []sandbox.Entry {
	return slices.DeleteFunc(s.Sandbox.Ledger(), func(e sandbox.Entry) bool { return e.Canceled })
}

// ReceivedFor is what was received for one invoice.
func (s *Scene) ReceivedFor(number string) []sandbox.Entry {
	s.Helper()
	own := map[string]bool{}
	for _, d := range s.Dispatches(number) {
		own[d.ID.String()] = true
	}
	return slices.DeleteFunc(s.Received(), func(e sandbox.Entry) bool { return !own[e.Reference] })
}

// Blob is a kept document.
func (s *Scene) Blob(sha string) []byte {
	s.Helper()
	content, err := s.Blobs.Get(s.Context(), sha)
	require.NoError(s, err)
	return content
}

// Everything is a fingerprint of all that is recorded: it is the same while nothing changes.
func (s *Scene) Everything() string {
	s.Helper()
	rows, err := s.DB.Query(s.Context(), "select table_name from information_schema.tables where table_schema = 'public' and table_name not like 'goose%' order by 1")
	require.NoError(s, err)
	var tables []string
	for rows.Next() {
		var name string
		require.NoError(s, rows.Scan(&name))
		tables = append(tables, name)
	}
	require.NoError(s, rows.Err())
	all := ""
	for _, name := range tables {
		var sum string
		query := fmt.Sprintf("select count(*) || md5(coalesce(string_agg(t::text, ',' order by t::text), '')) from %s t", name)
		require.NoError(s, s.DB.QueryRow(s.Context(), query).Scan(&sum))
		all += name + " " + sum + "\n"
	}
	return all
}
