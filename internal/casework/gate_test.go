package casework_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"relance/internal/collection"
	"relance/internal/delivery"
	"relance/internal/intake"
	"relance/internal/ledger"
	"relance/internal/sandbox"
	"relance/internal/scene"
)

// facts are what must keep a demand from starting once they are recorded.
func facts() map[string]func(ctx context.Context, s *scene.Scene) error {
	return map[string]func(ctx context.Context, s *scene.Scene) error{
		"payment": func(ctx context.Context, s *scene.Scene) error {
			_, err := s.Desk.Pay(ctx, intake.Payment{Creditor: scene.Creditor, Invoice: "A-1", Reference: "P-1", Source: intake.FromStaff})
			return err
		},
		"hold": func(ctx context.Context, s *scene.Scene) error {
			_, err := s.Desk.Hold(ctx, intake.Block{Creditor: scene.Creditor, Invoice: "A-1", Reason: collection.OnHold})
			return err
		},
		"dispute": func(ctx context.Context, s *scene.Scene) error {
			_, err := s.Desk.Hold(ctx, intake.Block{Creditor: scene.Creditor, Invoice: "A-1", Reason: collection.InDispute})
			return err
		},
		"agreement": func(ctx context.Context, s *scene.Scene) error {
			_, err := s.Desk.Agree(ctx, intake.Agreement{
				Creditor: scene.Creditor, Invoice: "A-1", Source: intake.FromStaff, Schedule: ledger.Schedule{Count: 3, First: scene.Day("2099-01-01"), Days: 7},
			})
			return err
		},
	}
}

// moments are when the fact comes, seen from a send. Each one sends and records, and says whether the message may be out.
func moments() map[string]func(t *testing.T, s *scene.Scene, fact func(context.Context, *scene.Scene) error) (sent bool) {
	return map[string]func(t *testing.T, s *scene.Scene, fact func(context.Context, *scene.Scene) error) bool{
		"before the claim": func(t *testing.T, s *scene.Scene, fact func(context.Context, *scene.Scene) error) bool {
			step := s.Due("A-1")
			require.NoError(t, fact(t.Context(), s))
			plan, err := s.Work.Perform(t.Context(), step)
			require.NoError(t, err)
			require.Equal(t, s.Plan("A-1"), plan)
			require.Empty(t, s.Dispatches("A-1"))
			return false
		},
		"between claim and mark": func(t *testing.T, s *scene.Scene, fact func(context.Context, *scene.Scene) error) bool {
			marking := s.Break("dispatch", "MarkCalling")
			sending := start(t.Context(), s.Work, s.Due("A-1"))
			marking.Reached()
			require.NoError(t, fact(t.Context(), s))
			require.Equal(t, []string{"suppressed"}, s.States("A-1"), "the fact itself withdraws what is claimed")
			marking.Go()
			r := await(t, sending)
			require.NoError(t, r.err)
			require.Equal(t, s.Plan("A-1"), r.plan)
			return false
		},
		"between mark and call": func(t *testing.T, s *scene.Scene, fact func(context.Context, *scene.Scene) error) bool {
			marking := s.Break("attempt", "MarkCalled")
			sending := start(t.Context(), s.Work, s.Due("A-1"))
			marking.Reached()
			release := s.Locked("select 1 from debtor for no key update") // the call's first lock
			marking.Go()
			s.Blocked(1)
			require.NoError(t, fact(t.Context(), s))
			require.Equal(t, []string{"calling"}, s.States("A-1"))
			release()
			r := await(t, sending)
			require.NoError(t, r.err)
			require.Equal(t, s.Plan("A-1"), r.plan)
			require.Equal(t, []string{"suppressed"}, s.States("A-1"), "the second look at the facts stands down")
			return false
		},
		"during the call": func(t *testing.T, s *scene.Scene, fact func(context.Context, *scene.Scene) error) bool {
			call := hold()
			sending := start(t.Context(), acting(s, call.act), s.Due("A-1"))
			await(t, call.began)
			recorded := make(chan error, 1)
			go func() { recorded <- fact(t.Context(), s) }()
			s.Blocked(1)
			require.Empty(t, recorded, "the fact waits for the call")
			close(call.goOn)
			require.NoError(t, await(t, sending).err)
			require.NoError(t, await(t, recorded))
			story := s.Timeline("A-1")
			require.Greater(t, len(story), slices.Index(story, "step_sent")+1, "the fact is recorded after the message: %v", story)
			return true
		},
		"after the call": func(t *testing.T, s *scene.Scene, fact func(context.Context, *scene.Scene) error) bool {
			s.Perform("A-1")
			require.NoError(t, fact(t.Context(), s))
			return true
		},
	}
}

// Promise 2: once Relance has answered that a fact is recorded, no demand starts.
func TestNoDemandStartsAfterAFact(t *testing.T) {
	t.Parallel()
	for _, clock := range []string{"test clock", "wall clock"} {
		for what, fact := range facts() {
			for when, send := range moments() {
				if clock == "wall clock" && (what != "payment" || when == "before the claim" || when == "after the call") {
					continue // one fact at the moments that depend on time
				}
				t.Run(what+" "+when+" on the "+clock, func(t *testing.T) {
					t.Parallel()
					s := scene.Set(t, scene.Options{WallClock: clock == "wall clock"})
					if clock == "wall clock" {
						s.DueNow("A-1", collection.EmailReminder)
					} else {
						s.Open("A-1")
					}
					sent := send(t, s, fact)
					before := s.Received()
					require.Len(t, before, map[bool]int{true: 1, false: 0}[sent])
					require.NotEqual(t, collection.Perform, s.Plan("A-1").Form)
					if clock == "test clock" {
						s.Wait(5 * 24 * time.Hour) // the next step would have come by now
					}
					for _, kind := range []collection.StepKind{collection.EmailReminder, collection.SMSReminder} {
						for _, id := range []collection.StepID{"first_reminder", "second_reminder", "only"} {
							step := s.Case("A-1").ID
							_, err := s.Work.Perform(t.Context(), stepOf(step, id, kind))
							require.NoError(t, err)
						}
					}
					require.Equal(t, before, s.Received(), "nothing goes out any more")
					require.Zero(t, s.Count("select count(*) from dispatch where state in ('claimed', 'calling', 'unknown')"))
				})
			}
		}
	}
}

// A payment that meets a call which hangs waits for the call's deadline and no longer.
func TestAHangingProviderHoldsAPaymentNoLongerThanTheCallMayTake(t *testing.T) {
	t.Parallel()
	const call = 300 * time.Millisecond
	s := scene.Set(t, scene.Options{Call: call})
	s.Open("A-1")
	s.Faults(sandbox.Fault{Mode: sandbox.ModeHang})
	began, ended := make(chan time.Time, 1), make(chan struct{})
	watched := acting(s, func(ctx context.Context, send func(context.Context) delivery.Outcome) delivery.Outcome {
		deadline, _ := ctx.Deadline()
		began <- deadline
		defer close(ended)
		return send(ctx)
	})
	step := s.Due("A-1")
	sending := start(t.Context(), watched, step)
	deadline := await(t, began)
	require.LessOrEqual(t, time.Until(deadline), call)
	recorded := make(chan error, 1)
	go func() { recorded <- facts()["payment"](t.Context(), s) }()
	s.Blocked(1)
	require.NoError(t, await(t, recorded), "the payment is recorded, late and not refused")
	await(t, ended)
	require.NoError(t, await(t, sending).err)
	require.Equal(t, []string{"unknown"}, s.States("A-1"))
	require.Equal(t, collection.Close, s.Plan("A-1").Form)
	require.Empty(t, s.Received())
}

// The amount in a message is the amount owed at the moment of sending.
func TestAPaymentInPartChangesTheMessageThatIsClaimed(t *testing.T) {
	t.Parallel()
	part := func(_ context.Context, s *scene.Scene) error { s.Pay("A-1", "P-1", 50000); return nil }
	for when, want := range map[string]struct {
		states  []string
		attempt int32
	}{
		"before the claim":       {[]string{"accepted"}, 1},
		"between claim and mark": {[]string{"suppressed", "accepted"}, 1},
		"between mark and call":  {[]string{"accepted"}, 2},
	} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			s := scene.Set(t, scene.Options{})
			s.Open("A-1")
			switch step := s.Due("A-1"); when {
			case "before the claim":
				require.NoError(t, part(t.Context(), s))
				s.Perform("A-1")
			case "between claim and mark":
				marking := s.Break("dispatch", "MarkCalling")
				sending := start(t.Context(), s.Work, step)
				marking.Reached()
				require.NoError(t, part(t.Context(), s))
				marking.Go()
				require.NoError(t, await(t, sending).err)
			case "between mark and call":
				marking := s.Break("attempt", "MarkCalled")
				sending := start(t.Context(), s.Work, step)
				marking.Reached()
				release := s.Locked("select 1 from debtor for no key update")
				marking.Go()
				s.Blocked(1)
				require.NoError(t, part(t.Context(), s))
				release()
				require.NoError(t, await(t, sending).err)
			}
			require.Equal(t, want.states, s.States("A-1"))
			got := s.Received()
			require.Len(t, got, 1, "exactly one message")
			require.Contains(t, got[0].Text, "700,00")
			require.NotContains(t, got[0].Text, "reste 1\u202f200,00")
			dispatches := s.Dispatches("A-1")
			last := dispatches[len(dispatches)-1]
			require.Equal(t, int64(70000), last.AmountMinor, "the record states the same amount")
			require.Equal(t, want.attempt, last.Attempt)
			require.Equal(t, "sent", s.Results("A-1")["first_reminder"])
		})
	}
}

// What a message is made of can change while it is claimed: then the new one goes out, once.
func TestAMessageThatWouldSaySomethingElseIsWrittenAnew(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(s *scene.Scene)
		check  func(t *testing.T, e sandbox.Entry)
	}{
		"recipient": {
			func(s *scene.Scene) {
				s.SQL(`insert into contact_point (id, debtor_id, channel, value, created_at)
					select gen_random_uuid(), id, 'email', 'new@atelier.example.com', '2020-01-01' from debtor`)
			},
			func(t *testing.T, e sandbox.Entry) { require.Equal(t, "new@atelier.example.com", e.To) },
		},
		"bank account": {
			func(s *scene.Scene) {
				s.Settings(func(c *ledger.Creditor) { c.Bank[0].IBAN = "DE89370400440532013000"; c.Bank[0].BIC = "COBADEFFXXX" })
			},
			func(t *testing.T, e sandbox.Entry) {
				require.Contains(t, e.Text, "DE89")
				require.NotContains(t, e.Text, "FR14")
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scene.Set(t, scene.Options{})
			s.Open("A-1")
			marking := s.Break("attempt", "MarkCalled")
			sending := start(t.Context(), s.Work, s.Due("A-1"))
			marking.Reached()
			invoice := s.Locked("select 1 from invoice for no key update") // nobody may hold the contact point when it changes
			marking.Go()
			s.Blocked(1)
			c.change(s)
			invoice()
			require.NoError(t, await(t, sending).err)
			got := s.Received()
			require.Len(t, got, 1)
			c.check(t, got[0])
			require.Equal(t, []string{"accepted"}, s.States("A-1"))
			require.Equal(t, 1, s.Count("select count(*) from attempt where result = 'superseded' and called_at is not null"))
			require.Equal(t, s.Dispatches("A-1")[0].Recipient, got[0].To)
		})
	}
}

// An address that is retired while its message is claimed is not written to any more; the debtor hears once, another way.
func TestARetiredAddressIsNotWrittenTo(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	marking := s.Break("attempt", "MarkCalled")
	sending := start(t.Context(), s.Work, s.Due("A-1"))
	marking.Reached()
	invoice := s.Locked("select 1 from invoice for no key update")
	marking.Go()
	s.Blocked(1)
	s.SQL("update contact_point set invalid_at = now(), invalid_code = 'bounced' where channel = 'email'")
	invoice()
	r := await(t, sending)
	require.NoError(t, r.err)
	require.Equal(t, collection.SMSReminder, r.plan.Kind, "the workflow is told to go another way")
	require.Empty(t, s.Received())

	s.Perform("A-1")
	got := s.Received()
	require.Len(t, got, 1)
	require.Equal(t, sandbox.Twilio, got[0].Provider)
	require.Equal(t, []string{"accepted"}, s.States("A-1"))
	require.Equal(t, "sms_reminder", s.Outcomes("A-1")["first_reminder"].Kind)
}
