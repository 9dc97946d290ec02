package casework_test

import (
	"archive/zip"
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/ledger"
	"relance/internal/sandbox"
	"relance/internal/scene"
)

// proved checks that the one message of a case went out as exactly the bytes that are kept, and that nothing else did.
func proved(s *scene.Scene, number string) sandbox.Entry {
	s.Helper()
	dispatches := s.Dispatches(number)
	d := dispatches[len(dispatches)-1]
	require.Equal(s, "accepted", d.State)
	wire := s.Wire()
	sent := wire[len(wire)-1]
	require.Equal(s, d.BodySHA256, sent.SHA256(), "what the record names is not what went over the wire")
	require.Equal(s, s.Blob(d.BodySHA256), sent.Body, "what is kept is not what went over the wire")
	require.Equal(s, d.ContentType, sent.ContentType)
	require.Equal(s, d.IdempotencyKey, sent.IdempotencyKey)
	got := s.ReceivedFor(number)
	e := got[len(got)-1]
	require.Equal(s, d.ID.String(), e.Reference)
	require.Equal(s, d.AttemptID.String(), e.Attempt)
	require.Equal(s, d.Kind, e.Kind)
	require.Equal(s, e.ProviderID, *d.ProviderID)
	require.Len(s, got, len(dispatches))
	require.Empty(s, s.Sandbox.Violations(), "every request keeps the provider's contract")
	o := s.Outcomes(number)[d.StepID]
	require.Equal(s, "sent", o.Result)
	require.Equal(s, d.ID, *o.DispatchID)
	require.Equal(s, s.Now(), o.RecordedAt.UTC())
	return e
}

func TestEveryMessageIsKeptAsTheBytesThatWentOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind   collection.StepKind
		change func(*intake.Invoice)
		check  func(t *testing.T, s *scene.Scene, e sandbox.Entry)
	}{
		"email reminder": {collection.EmailReminder, func(*intake.Invoice) {}, func(t *testing.T, _ *scene.Scene, e sandbox.Entry) {
			require.Equal(t, "D-A-1@atelier.example.com", e.To)
			require.Contains(t, e.Text, "1\u202f200,00\u00a0€")
			require.NotEmpty(t, e.HTML)
		}},
		"sms reminder": {collection.SMSReminder, func(*intake.Invoice) {}, func(t *testing.T, _ *scene.Scene, e sandbox.Entry) {
			require.Equal(t, "+33639981001", e.To)
			require.Equal(t, "ACME", e.From)
			require.Contains(t, e.Text, "A-1")
		}},
		"escalation notice": {collection.EscalationNotice, func(*intake.Invoice) {}, func(t *testing.T, s *scene.Scene, e sandbox.Entry) {
			require.Len(t, e.Files, 1)
			require.Equal(t, "application/pdf", e.Files[0].MediaType)
			pdf, err := s.Sandbox.Open(e.Files[0])
			require.NoError(t, err)
			require.True(t, bytes.HasPrefix(pdf, []byte("%PDF-")))
		}},
		"certified letter": {collection.CertifiedLetter, scene.American, func(t *testing.T, s *scene.Scene, e sandbox.Entry) {
			require.Equal(t, "certified_return_receipt", e.Letter.Service)
			require.Equal(t, "NY", e.Letter.From.State)
			require.Len(t, e.Files, 1)
			d := s.Dispatches("A-1")[1]
			require.Equal(t, d.ID.String(), d.IdempotencyKey)
			require.Equal(t, e.Letter.Tracking, *d.Tracking)
			require.Equal(t, 1, s.Count("select count(*) from posting where tracking = $1 and posted_on = '2026-02-06'", e.Letter.Tracking))
		}},
		"agency placement": {collection.Referral, scene.American, func(t *testing.T, s *scene.Scene, e sandbox.Entry) {
			require.Equal(t, "dossiers@agency.example.com", e.To)
			require.Len(t, e.Files, 1)
			packed, err := s.Sandbox.Open(e.Files[0])
			require.NoError(t, err)
			_, err = zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
			require.NoError(t, err)
			require.Equal(t, "referred", s.Case("A-1").Status)
			require.Equal(t, collection.EndReferred, s.Plan("A-1").Ending)
			require.Equal(t, 1, s.Count("select count(*) from referral where route = 'agency'"))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scene.Set(t, scene.Options{Record: true})
			s.Ladder(c.kind)
			s.Open("A-1", scene.Policy("ladder"), c.change)
			opened := s.Plan("A-1").Version
			step, before := s.Climb("A-1", c.kind), s.Plan("A-1").Version
			plan, err := s.Work.Perform(t.Context(), step)
			require.NoError(t, err)
			require.Greater(t, plan.Version, before)
			require.Equal(t, plan, s.Plan("A-1"), "the workflow gets the plan that is stored")
			c.check(t, s, proved(s, "A-1"))
			require.Zero(t, s.Count("select count(*) from outbox where wanted_version > $1", opened), "an activity's own result never rings")
		})
	}
}

func TestANoticeCarriesTheInvoice(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{Record: true})
	s.Ladder(collection.EscalationNotice)
	sha, err := s.Blobs.Put(t.Context(), []byte("%PDF-1.7 an invoice"))
	require.NoError(t, err)
	s.Open("A-1", scene.Policy("ladder"), func(in *intake.Invoice) {
		in.Documents = []intake.Attached{{Kind: "invoice", Name: "A-1.pdf", MediaType: "application/pdf", SHA256: sha, Size: 19}}
	})
	s.Perform("A-1")
	e := proved(s, "A-1")
	require.Len(t, e.Files, 2)
	require.Equal(t, sha, e.Files[1].SHA256)
}

// What no provider can do is work for a person: the step has ended, the task begins, and nothing was sent.
func TestAStepBecomesATask(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind   collection.StepKind
		change func(*intake.Invoice)
		scene  func(*scene.Scene)
		task   casework.TaskKind
		why    string
		begins string // of the task's document; empty: it has none
	}{
		"phone call":            {kind: collection.PhoneCall, task: casework.TaskCall, why: "call"},
		"letter outside the US": {kind: collection.CertifiedLetter, task: casework.TaskPrintAndPost, why: "no_letter_provider_here", begins: "%PDF-"},
		"notice without an email address": {
			kind: collection.EscalationNotice, change: scene.NoEmail, task: casework.TaskPrintAndPost, why: "no_email_address", begins: "%PDF-",
		},
		"referral without an agency": {
			kind:  collection.Referral,
			scene: func(s *scene.Scene) { s.Settings(func(c *ledger.Creditor) { c.Agency = nil }) },
			task:  casework.TaskChooseRoute, why: "no_agency", begins: "PK",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scene.Set(t, scene.Options{})
			if c.scene != nil {
				c.scene(s)
			}
			s.Ladder(c.kind)
			if c.change == nil {
				c.change = func(*intake.Invoice) {}
			}
			s.Open("A-1", scene.Policy("ladder"), c.change)
			step := s.Climb("A-1", c.kind)
			_, err := s.Work.Perform(t.Context(), step)
			require.NoError(t, err)

			task := s.Task("A-1", c.task)
			require.Equal(t, "open", task.Status)
			require.Contains(t, string(task.Data), c.why)
			if c.begins != "" {
				require.True(t, strings.HasPrefix(string(s.Blob(*task.BodySHA256)), c.begins))
			}
			o := s.Outcomes("A-1")[string(step.Step)]
			require.Equal(t, "tasked", o.Result)
			require.Equal(t, task.ID, *o.TaskID)
			require.Empty(t, slices.DeleteFunc(s.Received(), func(e sandbox.Entry) bool { return e.Kind != string(c.kind) }))

			_, err = s.Work.Perform(t.Context(), step)
			require.NoError(t, err)
			s.Task("A-1", c.task) // one, however often
		})
	}
}

func TestASmallClaimIsFiledByAPerson(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	step := s.Climb("A-1", collection.Referral)
	_, err := s.Work.Perform(t.Context(), step)
	require.NoError(t, err)
	task := s.Task("A-1", casework.TaskFileClaim)
	require.Contains(t, string(task.Data), `"jurisdiction": "FR"`)
	require.Equal(t, "open", s.Case("A-1").Status)
	require.Equal(t, collection.Person, s.Plan("A-1").Form)
	require.Len(t, s.ReceivedFor("A-1"), 3, "two reminders and the notice; nobody was told to file by email")
}

func TestAStepThatNothingCarriesIsSkippedWithTheReason(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind    collection.StepKind
		changes []func(*intake.Invoice)
		reason  string
		traced  bool // whether somebody is asked to find the debtor
	}{
		"email":  {collection.EmailReminder, []func(*intake.Invoice){scene.NoEmail, scene.NoPhone}, "no_email_address", true},
		"sms":    {collection.SMSReminder, []func(*intake.Invoice){scene.NoEmail, scene.NoPhone}, "no_mobile_number", true},
		"call":   {collection.PhoneCall, []func(*intake.Invoice){scene.NoPhone}, "no_phone_number", false},
		"notice": {collection.EscalationNotice, []func(*intake.Invoice){scene.NoEmail, scene.NoAddress}, "no_email_address", false},
		"letter": {collection.CertifiedLetter, []func(*intake.Invoice){scene.NoAddress}, "no_postal_address", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scene.Set(t, scene.Options{})
			s.Ladder(c.kind)
			s.Open("A-1", append(c.changes, scene.Policy("ladder"))...)
			step := s.Climb("A-1", c.kind)
			sent := len(s.Received())
			_, err := s.Work.Perform(t.Context(), step)
			require.NoError(t, err)
			o := s.Outcomes("A-1")[string(step.Step)]
			require.Equal(t, "skipped", o.Result)
			require.Equal(t, c.reason, o.Reason)
			require.Len(t, s.Received(), sent)
			require.Zero(t, s.Count("select count(*) from dispatch where state = 'claimed'"))
			require.Equal(t, c.traced, len(s.Tasks("A-1", casework.TaskFindDebtor)) == 1)
		})
	}
}

// A step is performed when the facts ask for it and never else, whatever a workflow asks.
func TestAWorkflowThatAsksForTheWrongStepGetsThePlan(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	due := s.Due("A-1")
	for name, step := range map[string]casework.Step{
		"another step":  {CaseID: due.CaseID, Step: "second_reminder", Kind: collection.SMSReminder, Epoch: 1},
		"another epoch": {CaseID: due.CaseID, Step: due.Step, Kind: due.Kind, Epoch: 2},
		"another kind":  {CaseID: due.CaseID, Step: due.Step, Kind: collection.SMSReminder, Epoch: 1},
	} {
		plan, err := s.Work.Perform(t.Context(), step)
		require.NoError(t, err, name)
		require.Equal(t, s.Plan("A-1"), plan, name)
		require.Empty(t, s.Dispatches("A-1"), name)
	}
	s2 := scene.Set(t, scene.Options{})
	s2.Open("A-1")
	plan := s2.Plan("A-1")
	early, err := s2.Work.Perform(t.Context(), casework.Step{CaseID: s2.Case("A-1").ID, Step: plan.Step, Kind: plan.Kind, Epoch: 1})
	require.NoError(t, err)
	require.Equal(t, plan, early)
	require.Empty(t, s2.Received(), "not before its time")
}

func TestPerformingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	step := s.Due("A-1")
	first, err := s.Work.Perform(t.Context(), step)
	require.NoError(t, err)
	for range 3 {
		again, err := s.Work.Perform(t.Context(), step)
		require.NoError(t, err)
		require.Equal(t, first, again)
	}
	require.Len(t, s.Received(), 1)
	require.Equal(t, []string{"registered", "case_opened", "step_sent"}, s.Timeline("A-1"))
}

func TestOnTheWallClock(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{WallClock: true, Record: true})
	step := s.DueNow("A-1", collection.EmailReminder)
	_, err := s.Work.Perform(t.Context(), step)
	require.NoError(t, err)
	require.Len(t, s.ReceivedFor("A-1"), 1)
	require.Equal(t, s.Wire()[0].SHA256(), s.Dispatches("A-1")[0].BodySHA256)
	_, err = s.Work.Perform(t.Context(), step)
	require.NoError(t, err)
	require.Len(t, s.Received(), 1)
}
