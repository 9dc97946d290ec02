package intake_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/scene"
)

// signal records a raw signal as the workflow would, and checks that the workflow gets the plan as its result and is not
// rung besides.
func signal(s *scene.Scene, key, name, payload string) (collection.Plan, error) {
	s.Helper()
	rung := s.Count("select coalesce(max(wanted_version), 0) from outbox")
	plan, err := s.Desk.RecordSignal(s.Context(), intake.Signal{CaseID: s.Case("A-1").ID, Key: key, Name: name, Payload: []byte(payload)})
	if err == nil {
		require.Equal(s, s.Plan("A-1"), plan)
		require.Equal(s, rung, s.Count("select coalesce(max(wanted_version), 0) from outbox"))
	}
	return plan, err
}

// verdict is what was made of a signal.
func verdict(s *scene.Scene, key string) (v string) {
	s.Helper()
	require.NoError(s, s.DB.QueryRow(s.Context(), "select verdict from raw_signal where key = $1", key).Scan(&v))
	return v
}

const (
	paid   = "paid"
	agreed = "installment-agreed"
)

func TestASignalThatSaysPaid(t *testing.T) {
	t.Parallel()
	for payload, want := range map[string]struct {
		paid      int
		reference string
	}{
		"":                                    {120000, "signal:k"},
		" \n\t":                               {120000, "signal:k"},
		"null":                                {120000, "signal:k"},
		"{}":                                  {120000, "signal:k"},
		`{"amount": "20.00"}`:                 {2000, "signal:k"},
		`{"amount": "20", "currency": "EUR"}`: {2000, "signal:k"},
		`{"payment_id": "B-7"}`:               {120000, "B-7"},
		`{"received_on": "2026-02-01", "amount": "1200.00"}`: {120000, "signal:k"},
		`{"payment_id": "B-7", "amount": "0.01"}` + "  \n":   {1, "B-7"},
	} {
		s := scene.Set(t, scene.Options{})
		s.Open("A-1")
		plan, err := signal(s, "k", paid, payload)
		require.NoError(t, err)
		require.Equal(t, int64(120000-want.paid), plan.Owed.Minor, payload)
		require.Equal(t, 1, s.Count("select count(*) from payment where amount_minor = $1 and reference = $2 and source = 'signal'", want.paid, want.reference), payload)
		require.Equal(t, "recorded", verdict(s, "k"))
		require.Empty(t, s.Tasks("A-1"))
		same(s, func() {
			again, err := signal(s, "k", paid, payload)
			require.NoError(t, err)
			require.Equal(t, plan, again)
		})
		balanced(s)
	}
}

// A signal that was sent from the UI with nothing typed has no bytes at all.
func TestASignalWithoutAPayload(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	plan, err := s.Desk.RecordSignal(t.Context(), intake.Signal{CaseID: s.Case("A-1").ID, Key: "k", Name: paid, Payload: nil})
	require.NoError(t, err)
	require.Equal(t, collection.EndPaid, plan.Ending)
	require.Equal(t, "recorded", verdict(s, "k"))
	require.Empty(t, payloadOf(s, "k"))
	s.Open("A-2")
	_, err = s.Desk.RecordSignal(t.Context(), intake.Signal{CaseID: s.Case("A-2").ID, Key: "k", Name: agreed, Payload: nil})
	require.NoError(t, err)
	require.Equal(t, "open", s.Task("A-2", casework.TaskUnreadable).Status)
}

// What cannot be read, or cannot be, becomes a task and a block: never silence, and never money.
func TestASignalThatCannotBeHeeded(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	n := 0
	for _, c := range []struct{ name, payload, verdict string }{
		{paid, `paid`, "unreadable"},
		{paid, `"paid"`, "unreadable"},
		{paid, `{"amout": "20.00"}`, "unreadable"}, // misspelt: it would mean all that is owed
		{paid, `{"amount": 20}`, "unreadable"},
		{paid, `{"amount": "20.001"}`, "unreadable"},
		{paid, `{"amount": "20,00"}`, "unreadable"},
		{paid, `{"amount": "1e3"}`, "unreadable"},
		{paid, `{} {}`, "unreadable"},
		{paid, `[]`, "unreadable"},
		{paid, "\x00\xff", "unreadable"},
		{paid, `{"received_on": "yesterday"}`, "unreadable"},
		{paid, `{"amount": "20.00", "currency": "DOUBLOONS"}`, "unreadable"},
		{paid, `{"currency": "USD"}`, "unreadable"},
		{paid, `{"amount": "20.00", "currency": "USD"}`, "refused"},
		{paid, `{"amount": "0.00"}`, "refused"},
		{paid, `{"amount": "-5.00"}`, "refused"},
		{paid, `{"received_on": "2030-01-01"}`, "refused"},
		{agreed, ``, "unreadable"},
		{agreed, `{"installments": []}`, "unreadable"},
		{agreed, `{"installments": [{"due": "2026-03-01"}]}`, "unreadable"},
		{agreed, `{"instalments": [{"due": "2026-03-01", "amount": "1200.00"}]}`, "unreadable"},
		{agreed, `{"installments": [{"due": "2026-03-01", "amount": "100.00"}]}`, "refused"}, // does not add up
		{agreed, `{"installments": [{"due": "2026-01-01", "amount": "1200.00"}]}`, "refused"},
		{"case-changed", `{}`, "unreadable"},
		{"hello", `{}`, "unreadable"},
	} {
		n++
		number := fmt.Sprintf("S-%d", n)
		id := s.Open(number)
		key := fmt.Sprintf("key-%d", n)
		plan, err := s.Desk.RecordSignal(t.Context(), intake.Signal{CaseID: id, Key: key, Name: c.name, Payload: []byte(c.payload)})
		require.NoError(t, err, c.payload)
		require.Equal(t, c.verdict, verdict(s, key), "%s %s", c.name, c.payload)
		require.Equal(t, collection.Person, plan.Form, c.payload)
		require.Equal(t, []collection.Why{collection.WhySignal}, plan.Why, c.payload)
		require.Equal(t, "open", s.Task(number, casework.TaskUnreadable).Status, c.payload)
		require.Equal(t, []byte(c.payload), payloadOf(s, key), "what came is kept")
	}
	require.Zero(t, s.Count("select count(*) from payment"))
	require.Zero(t, s.Count("select count(*) from agreement"))
	require.Equal(t, n, s.Count("select count(*) from pause where reason = 'unreadable_signal'"))
}

func payloadOf(s *scene.Scene, key string) (raw []byte) {
	s.Helper()
	require.NoError(s, s.DB.QueryRow(s.Context(), "select payload from raw_signal where key = $1", key).Scan(&raw))
	return raw
}

func TestASignalThatSaysAgreed(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	const parts = `{"agreement_id": "G-1", "installments": [{"due": "2026-03-01", "amount": "600.00"}, {"due": "2026-04-01", "amount": "600"}]}`
	plan, err := signal(s, "k-1", agreed, parts)
	require.NoError(t, err)
	require.Equal(t, collection.Review, plan.Form)
	require.Equal(t, []collection.Why{collection.WhyAgreement}, plan.Why)
	require.Equal(t, 2, s.Count("select count(*) from instalment where amount_minor = 60000"))

	_, err = signal(s, "k-2", agreed, parts) // sent twice by a person, not by a retry
	require.NoError(t, err)
	require.Equal(t, "recorded", verdict(s, "k-2"))
	require.Equal(t, 1, s.Count("select count(*) from agreement"))

	_, err = signal(s, "k-3", agreed, `{"agreement_id": "G-1", "installments": [{"due": "2026-05-01", "amount": "1200.00"}]}`)
	require.NoError(t, err)
	require.Equal(t, "refused", verdict(s, "k-3"), "the same id for something else is not silently dropped")
	s.Task("A-1", casework.TaskUnreadable)
}

func TestAPaymentThatTwoSignalsTellOf(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	_, err := signal(s, "k-1", paid, `{"payment_id": "B-7", "amount": "20.00"}`)
	require.NoError(t, err)
	_, err = signal(s, "k-2", paid, `{"payment_id": "B-7", "amount": "20.00"}`)
	require.NoError(t, err)
	require.Equal(t, 1, s.Count("select count(*) from payment"))
	require.Equal(t, "recorded", verdict(s, "k-2"))
	require.Empty(t, s.Tasks("A-1"))

	_, err = signal(s, "k-3", paid, `{"payment_id": "B-7", "amount": "21.00"}`)
	require.NoError(t, err)
	require.Equal(t, "refused", verdict(s, "k-3"), "the same payment with another amount is for a person")
	require.Equal(t, 1, s.Count("select count(*) from payment"))
	s.Task("A-1", casework.TaskUnreadable)
	balanced(s)
}

func TestHowFarASignalCounts(t *testing.T) {
	t.Parallel()
	for trust, want := range map[string]string{"unverified": "unverified", "refused": "refused"} {
		s := scene.Set(t, scene.Options{Trust: trust})
		s.Open("A-1")
		plan, err := signal(s, "k", paid, "")
		require.NoError(t, err)
		require.Equal(t, want, verdict(s, "k"))
		require.Equal(t, collection.Person, plan.Form, "nothing is demanded while somebody says that it is paid")
		require.Zero(t, s.Count("select count(*) from payment"))
		require.Equal(t, 1, s.Count("select count(*) from pause where reason = 'unverified_signal'"))
		task := s.Task("A-1", casework.TaskConfirm)
		s.Finish(task.ID, "a mistake", "")
		require.Equal(t, collection.Perform, s.Plan("A-1").Form, "a person has looked: the ladder goes on")
		same(s, func() {
			_, err := signal(s, "k", paid, "")
			require.NoError(t, err)
		})
	}
}

// Each signal waits for its own answer: to look at one releases no other.
func TestTwoSignalsNeedTwoAnswers(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{Trust: "unverified"})
	s.Open("A-1")
	for _, key := range []string{"k-1", "k-2"} {
		_, err := signal(s, key, paid, "")
		require.NoError(t, err)
	}
	tasks := s.Tasks("A-1", casework.TaskConfirm)
	require.Len(t, tasks, 2)
	s.Finish(tasks[0].ID, "a mistake", "")
	require.Equal(t, collection.Person, s.Plan("A-1").Form, "the other still says that it is paid")
	s.Finish(tasks[1].ID, "a mistake", "")
	require.Equal(t, collection.Perform, s.Plan("A-1").Form)

	// On a test clock the next one can come in the very same instant.
	_, err := signal(s, "k-3", paid, "nonsense")
	require.NoError(t, err)
	require.Equal(t, "open", s.Task("A-1", casework.TaskUnreadable).Status)
	s.Finish(s.Task("A-1", casework.TaskUnreadable).ID, "a mistake", "")
	_, err = signal(s, "k-4", paid, "nonsense")
	require.NoError(t, err)
	require.Len(t, s.Tasks("A-1", casework.TaskUnreadable), 2)
}

func TestASignalAfterTheEnd(t *testing.T) {
	t.Parallel()
	s := scene.Set(t, scene.Options{})
	s.Open("A-1")
	s.Pay("A-1", "P-1", 0)
	closed := s.Plan("A-1")
	plan, err := signal(s, "k-1", paid, "")
	require.NoError(t, err)
	require.Equal(t, closed, plan, "all of nothing is nothing")
	require.Equal(t, "recorded", verdict(s, "k-1"))
	require.Equal(t, 1, s.Count("select count(*) from payment"))

	_, err = signal(s, "k-2", paid, `{"amount": "5.00"}`)
	require.NoError(t, err)
	require.Equal(t, 2, s.Count("select count(*) from payment"), "money is money")

	plan, err = signal(s, "k-3", paid, "nonsense")
	require.NoError(t, err)
	require.Equal(t, collection.Close, plan.Form)
	require.Equal(t, "open", s.Task("A-1", casework.TaskUnreadable).Status)
	require.Zero(t, s.Count("select count(*) from pause"))

	_, err = s.Desk.RecordSignal(t.Context(), intake.Signal{CaseID: nobody, Key: "k", Name: paid})
	require.Error(t, err)
}
