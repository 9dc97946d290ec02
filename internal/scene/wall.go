package scene

import (
	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/intake"
)

// DueNow opens an invoice whose first step, of the kind given, is due at once on the wall clock, at any hour of any day.
func (s *Scene) DueNow(number string, kind collection.StepKind, changes ...func(*intake.Invoice)) casework.Step {
	s.Helper()
	tone := map[collection.StepKind]string{collection.EscalationNotice: ", tone: firm", collection.CertifiedLetter: ", tone: final"}[kind]
	if tone == "" && kind != collection.PhoneCall {
		tone = ", tone: friendly"
	}
	name := "at_once"
	s.Publish(name, "name: "+name+"\nmin_gap: 1s\ngrace: 3d\nreview: 14d\nsteps:\n  - {id: only, kind: "+string(kind)+", after: 1s"+tone+"}\n")
	always := func(in *intake.Invoice) {
		in.Policy, in.Row.Debtor.ContactHours = name, calendar.Hours{Always: true}
	}
	id := s.Open(number, append([]func(*intake.Invoice){always}, changes...)...)
	// As if it had been opened two days ago, and its window of that day had passed.
	s.SQL(`update cases set opened_at = opened_at - interval '2 days', plan_version = plan_version + 1, plan_at = plan_at - interval '2 days',
		plan = plan || jsonb_build_object('version', plan_version + 1, 'at', to_char(plan_at - interval '2 days', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
		where id = $1`, id)
	require.True(s, s.Plan(number).Asks("only", 1, s.Now()))
	return casework.Step{CaseID: id, Step: "only", Kind: kind, Epoch: 1}
}
