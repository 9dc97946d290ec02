package intake_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/ledger"
	"relance/internal/scene"
	"relance/internal/store/db"
)

// letter sets a scene in which a certified letter lies there to be printed and posted.
func letter(t *testing.T) (*scene.Scene, db.Task) {
	t.Helper()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	_, err := s.Work.Perform(t.Context(), s.Climb("A-1", collection.CertifiedLetter))
	require.NoError(t, err)
	return s, s.Task("A-1", casework.TaskPrintAndPost)
}

// claim sets a scene in which a claim lies there to be filed.
func claim(t *testing.T) (*scene.Scene, db.Task) {
	t.Helper()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	_, err := s.Work.Perform(t.Context(), s.Climb("A-1", collection.Referral))
	require.NoError(t, err)
	return s, s.Task("A-1", casework.TaskFileClaim)
}

func finish(s *scene.Scene, task uuid.UUID, outcome, tracking string, on calendar.Date) func() error {
	return func() error {
		_, err := s.Desk.Finish(s.Context(), intake.Done{Task: task, Outcome: outcome, Tracking: tracking, On: on})
		return err
	}
}

func today(s *scene.Scene) calendar.Date { return calendar.DateOf(s.Now(), scene.Paris()) }

// The day of posting starts the notice period, and the tracking number proves it.
func TestPostingALetter(t *testing.T) {
	t.Parallel()
	s, task := letter(t)
	s.Wait(3 * 24 * time.Hour)
	never := calendar.Date{}
	refused(s, intake.Invalid, 1, finish(s, task.ID, "", "", never))                    // no proof
	refused(s, intake.Invalid, 1, finish(s, task.ID, "", "RN 1", today(s).AddDays(1)))  // not yet
	refused(s, intake.Invalid, 1, finish(s, task.ID, "", "RN 1", today(s).AddDays(-4))) // before it was printed
	require.Equal(t, []collection.Why{collection.WhyNotPosted}, s.Plan("A-1").Why)

	yesterday := today(s).AddDays(-1)
	r, err := s.Desk.Finish(t.Context(), intake.Done{Task: task.ID, Tracking: "RN 1", On: yesterday})
	require.NoError(t, err)
	require.True(t, r.Changed)
	require.Equal(t, collection.Referral, r.Plan.Kind)
	require.GreaterOrEqual(t, calendar.DateOf(r.Plan.At, scene.Paris()).Sub(yesterday), 9, "eight whole days in France")
	require.Equal(t, 1, s.Count("select count(*) from posting where posted_on = $1 and tracking = 'RN 1'", yesterday.String()))
	require.Equal(t, 1, s.Count("select count(*) from outbox where wanted_version = $1", r.Plan.Version), "the workflow hears of it")

	same(s, func() { require.False(t, s.Finish(task.ID, "", "RN 1").Changed) })
	refused(s, intake.Stopped, 1, finish(s, task.ID, "", "RN 2", never))
	refused(s, intake.NotFound, 1, finish(s, nobody, "", "", never))
}

func TestPostingALetterByManyAtOnce(t *testing.T) {
	t.Parallel()
	s, task := letter(t)
	crowd(8, func(int) {
		if _, err := s.Desk.Finish(t.Context(), intake.Done{Task: task.ID, Tracking: "RN 1"}); err != nil {
			t.Error(err)
		}
	})
	require.Equal(t, 1, s.Count("select count(*) from posting"))
	require.Equal(t, 1, s.Count("select count(*) from timeline where kind = 'task_done'"))
}

// A notice on paper is no final notice: it needs no tracking number and starts no period.
func TestPostingANotice(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Ladder(collection.EscalationNotice, collection.CertifiedLetter)
	s.Open("A-1", scene.Policy("ladder"), scene.NoEmail)
	s.Perform("A-1")
	require.True(t, s.Finish(s.Task("A-1", casework.TaskPrintAndPost).ID, "", "").Changed)
	require.Zero(t, s.Count("select count(*) from posting"))
}

func TestFilingAClaim(t *testing.T) {
	t.Parallel()
	for outcome, refers := range map[string]bool{"filed": true, "": true, "declined": false} {
		s, task := claim(t)
		refused(s, intake.Invalid, 1, finish(s, task.ID, "perhaps", "", calendar.Date{}))
		r := s.Finish(task.ID, outcome, "")
		require.Equal(t, refers, s.Count("select count(*) from referral where route = 'small_claims' and dossier_sha256 = $1", *task.BodySHA256) == 1)
		if refers {
			require.Equal(t, "referred", s.Case("A-1").Status)
			require.Equal(t, collection.EndReferred, r.Plan.Ending)
			require.True(t, s.Pay("A-1", "P-1", 100).Changed, "money is booked all the same")
			require.Equal(t, "referred", s.Case("A-1").Status)
			balanced(s)
			continue
		}
		require.Equal(t, []collection.Why{collection.WhyLadderDone}, r.Plan.Why, "a person goes on from here")
		require.Equal(t, "open", s.Case("A-1").Status)
	}
}

func TestChoosingARoute(t *testing.T) {
	t.Parallel()
	for outcome, route := range map[string]string{"agency": "agency", "small_claims": "small_claims", "declined": ""} {
		s := scene.Set(t, scene.Options{})
		s.Settings(func(c *ledger.Creditor) { c.Agency = nil })
		s.Open("A-1", scene.Amount(90000000)) // more than any small claim
		_, err := s.Work.Perform(t.Context(), s.Climb("A-1", collection.Referral))
		require.NoError(t, err)
		task := s.Task("A-1", casework.TaskChooseRoute)
		refused(s, intake.Invalid, 1, finish(s, task.ID, "bailiff", "", calendar.Date{}))
		refused(s, intake.Invalid, 1, finish(s, task.ID, "", "", calendar.Date{}))
		s.Finish(task.ID, outcome, "")
		want := 1
		if route == "" {
			want = 0
		}
		require.Equal(t, want, s.Count("select count(*) from referral where route = $1", route))
		require.Equal(t, want == 1, s.Case("A-1").Status == "referred")
	}
}

func TestCallingADebtor(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Ladder(collection.PhoneCall, collection.EmailReminder)
	s.Open("A-1", scene.Policy("ladder"))
	plan := s.Perform("A-1")
	require.Equal(t, collection.EmailReminder, plan.Kind, "a call never holds up the ladder")
	task := s.Task("A-1", casework.TaskCall)
	s.Finish(task.ID, "left a message", "")
	task = s.Task("A-1", casework.TaskCall)
	require.Equal(t, "done", task.Status)
	require.Equal(t, "left a message", *task.Outcome)
	require.Equal(t, plan, s.Plan("A-1"))
}

// What a payment or a block has made wrong is taken back from the people who would do it.
func TestATaskIsWithdrawnByAFact(t *testing.T) {
	t.Parallel()
	for name, fact := range map[string]func(s *scene.Scene){
		"payment":   func(s *scene.Scene) { s.Pay("A-1", "P-1", 0) },
		"hold":      func(s *scene.Scene) { s.Hold("A-1") },
		"agreement": func(s *scene.Scene) { s.Agree("A-1", 3) },
	} {
		for what, set := range map[string]func(*testing.T) (*scene.Scene, db.Task){"letter": letter, "claim": claim} {
			t.Run(what+" by "+name, func(t *testing.T) {
				t.Parallel()
				s, task := set(t)
				fact(s)
				kind := casework.TaskKind(task.Kind)
				require.Equal(t, "withdrawn", s.Task("A-1", kind).Status)
				refused(s, intake.Stopped, 1, finish(s, task.ID, "", "RN 1", calendar.Date{}))
				require.Zero(t, s.Count("select count(*) from posting where tracking = 'RN 1'"))
				require.Zero(t, s.Count("select count(*) from referral"))
			})
		}
	}
}

// The block is over: the letter lies there again, printed anew with the day and the amount of now.
func TestAWithdrawnTaskComesBackAfterARelease(t *testing.T) {
	t.Parallel()
	s, task := letter(t)
	s.Hold("A-1")
	s.Wait(10 * 24 * time.Hour)
	s.Pay("A-1", "P-1", 20000) // in between
	require.Equal(t, "withdrawn", s.Task("A-1", casework.TaskPrintAndPost).Status, "the hold stands")
	s.Release("A-1")
	again := s.Task("A-1", casework.TaskPrintAndPost)
	require.Equal(t, "open", again.Status)
	require.Equal(t, task.ID, again.ID)
	require.NotEqual(t, *task.BodySHA256, *again.BodySHA256)
	require.Equal(t, s.Now(), again.OpenedAt.UTC())
	require.Equal(t, "%PDF-", string(s.Blob(*again.BodySHA256)[:5]))
	require.NotEmpty(t, s.Blob(*task.BodySHA256), "the old one is kept too")
	same(s, func() { s.Release("A-1") })
	s.Finish(task.ID, "", "RN 1")
	require.Equal(t, collection.Referral, s.Plan("A-1").Kind)
	require.Equal(t, scene.Euro(100000), s.Plan("A-1").Owed)

	filed, task := claim(t)
	filed.Hold("A-1")
	filed.Release("A-1")
	require.Equal(t, "open", filed.Task("A-1", casework.TaskFileClaim).Status)
	require.Equal(t, task.ID, filed.Task("A-1", casework.TaskFileClaim).ID)
}

// A payment in part makes the letter say another amount; it is printed anew at once.
func TestAPaymentInPartPrintsTheLetterAnew(t *testing.T) {
	t.Parallel()
	s, task := letter(t)
	s.Pay("A-1", "P-1", 20000)
	again := s.Task("A-1", casework.TaskPrintAndPost)
	require.Equal(t, "open", again.Status)
	require.NotEqual(t, *task.BodySHA256, *again.BodySHA256)
	require.Equal(t, []string{"task_withdrawn", "payment", "task_reopened"}, s.Timeline("A-1")[len(s.Timeline("A-1"))-3:])
}

// shut is a document store that takes nothing.
type shut struct{ casework.Blobs }

func (shut) Put(context.Context, []byte) (string, error) {
	return "", errors.New("the document store is down")
}

// A payment is recorded although the letter that it changes cannot be printed anew just now: the old one stays withdrawn,
// and it is printed when somebody looks at the case again.
func TestAPaymentDoesNotWaitForThePrinter(t *testing.T) {
	t.Parallel()
	for name, breaks := range map[string]func(s *scene.Scene) *intake.Desk{
		"the document store is down": func(s *scene.Scene) *intake.Desk { return &intake.Desk{Store: s.Store, Blobs: shut{s.Blobs}} },
		"it cannot be set": func(s *scene.Scene) *intake.Desk {
			s.SQL("update debtor set name = '発'")
			return s.Desk
		},
	} {
		s, task := letter(t)
		_, err := breaks(s).Pay(t.Context(), s.Payment("A-1", "P-1", 20000))
		require.NoError(t, err, name)
		require.Equal(t, scene.Euro(100000), s.Plan("A-1").Owed)
		require.Equal(t, "withdrawn", s.Task("A-1", casework.TaskPrintAndPost).Status, "nobody posts the old amount")
		review := s.Task("A-1", casework.TaskReview)
		require.Contains(t, string(review.Data), "letter_not_printed")
		s.SQL("update debtor set name = 'Atelier Fictif SARL'")
		s.Finish(review.ID, "", "")
		require.Equal(t, "open", s.Task("A-1", casework.TaskPrintAndPost).Status)
		require.NotEqual(t, *task.BodySHA256, *s.Task("A-1", casework.TaskPrintAndPost).BodySHA256)
	}
}

// What somebody has to look into is no demand: neither a hold nor a payment in part takes it off the list.
func TestWorkThatIsNoDemandStays(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1", scene.NoEmail, scene.NoPhone)
	s.Perform("A-1")
	for _, fact := range []func(){
		func() { s.Pay("A-1", "P-1", 100) }, func() { s.Hold("A-1") }, func() { s.Release("A-1") }, func() { s.Agree("A-1", 2) },
	} {
		fact()
		require.Equal(t, "open", s.Task("A-1", casework.TaskFindDebtor).Status)
	}
	s.Pay("A-1", "P-2", 0)
	require.Equal(t, "withdrawn", s.Task("A-1", casework.TaskFindDebtor).Status, "nobody looks for one who has paid")
}
