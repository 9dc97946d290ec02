package judge

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"relance/internal/calendar"
	"relance/internal/casework"
	"relance/internal/store"
	"relance/internal/store/db"
)

// read takes one snapshot of all that is judged.
func read(ctx context.Context, s *store.Store) (*book, error) {
	b := &book{
		cases: map[uuid.UUID]db.JudgedCasesRow{}, dispatches: map[uuid.UUID][]db.JudgedDispatchesRow{},
		payments: map[uuid.UUID][]db.JudgedPaymentsRow{}, blocks: map[uuid.UUID][]span{},
		outcomes: map[uuid.UUID][]db.JudgedOutcomesRow{}, debtors: map[uuid.UUID]calendar.Calendar{}, policies: map[string]policySteps{},
	}
	err := s.Read(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if b.now, err = tx.Now(ctx); err != nil {
			return err
		}
		for _, part := range []func(context.Context, *store.Tx) error{b.readCases, b.readMessages, b.readFacts, b.readDebtors} {
			if err := part(ctx, tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what is to be judged: %w", err)
	}
	return b, nil
}

func (b *book) readCases(ctx context.Context, tx *store.Tx) error {
	rows, err := tx.JudgedCases(ctx)
	if err != nil {
		return err
	}
	for _, c := range rows {
		b.cases[c.ID] = c
		key := policyKey(c.PolicyName, c.PolicyVersion)
		if _, known := b.policies[key]; known {
			continue
		}
		p, err := casework.Policy(ctx, tx, c.PolicyName, c.PolicyVersion)
		if err != nil {
			return err
		}
		steps := policySteps{}
		for _, step := range p.Steps {
			steps = append(steps, step.ID)
		}
		b.policies[key] = steps
	}
	return nil
}

func (b *book) readMessages(ctx context.Context, tx *store.Tx) error {
	dispatches, err := tx.JudgedDispatches(ctx)
	if err != nil {
		return err
	}
	for _, d := range dispatches {
		b.dispatches[d.ID] = append(b.dispatches[d.ID], d)
	}
	outcomes, err := tx.JudgedOutcomes(ctx)
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		b.outcomes[o.CaseID] = append(b.outcomes[o.CaseID], o)
	}
	b.tasks, err = tx.JudgedTasks(ctx)
	return err
}

func (b *book) readFacts(ctx context.Context, tx *store.Tx) error {
	payments, err := tx.JudgedPayments(ctx)
	if err != nil {
		return err
	}
	for _, p := range payments {
		b.payments[p.InvoiceID] = append(b.payments[p.InvoiceID], p)
	}
	pauses, err := tx.JudgedPauses(ctx)
	if err != nil {
		return err
	}
	for _, p := range pauses {
		end := p.EndedAt
		if end == nil {
			end = p.ExpiresAt
		}
		b.blocks[p.InvoiceID] = append(b.blocks[p.InvoiceID], span{p.BegunAt, ending(end)})
	}
	agreements, err := tx.JudgedAgreements(ctx)
	if err != nil {
		return err
	}
	for _, a := range agreements {
		b.blocks[a.InvoiceID] = append(b.blocks[a.InvoiceID], span{a.AgreedAt, ending(a.EndedAt)})
	}
	return nil
}

func ending(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

func (b *book) readDebtors(ctx context.Context, tx *store.Tx) error {
	rows, err := tx.JudgedDebtors(ctx)
	if err != nil {
		return err
	}
	for _, d := range rows {
		if b.debtors[d.ID], err = casework.DebtorCalendar(d); err != nil {
			return err
		}
	}
	return nil
}
