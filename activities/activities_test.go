package activities_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"relance/activities"
	"relance/internal/archive"
	"relance/internal/casework"
	"relance/internal/collection"
	"relance/internal/delivery"
	"relance/internal/intake"
	"relance/internal/message"
	"relance/workflows"
)

// office answers every request with the same plan or error, and remembers what it was asked.
type office struct {
	plan     collection.Plan
	err      error
	clockErr error
	how      collection.Result
	howErr   error
	now      time.Time
	test     bool

	step    casework.Step
	stepAt  time.Time
	review  uuid.UUID
	failure *casework.Failure
	signal  intake.Signal
}

func (o *office) Perform(_ context.Context, step casework.Step) (collection.Plan, error) {
	o.step, o.stepAt = step, time.Now()
	return o.plan, o.err
}

func (o *office) Outcome(_ context.Context, step casework.Step) (collection.Result, error) {
	if step != o.step {
		return "", errors.New("another step")
	}
	return o.how, o.howErr
}

func (o *office) Review(_ context.Context, id uuid.UUID, failure *casework.Failure) (collection.Plan, error) {
	o.review, o.failure = id, failure
	return o.plan, o.err
}

func (o *office) RecordSignal(_ context.Context, s intake.Signal) (collection.Plan, error) {
	o.signal = s
	return o.plan, o.err
}

func (o *office) Now(context.Context) (time.Time, bool, error) { return o.now, o.test, o.clockErr }

func (o *office) activities() *activities.Activities {
	return activities.New(activities.Deps{Steps: o, Reviews: o, Signals: o, Clock: o})
}

var (
	caseID = uuid.MustParse("3d6f3c5e-0000-4000-8000-000000000001")
	noon   = time.Date(2026, 2, 5, 12, 0, 0, 0, time.UTC)
	next   = collection.Plan{Version: 7, Form: collection.Review, At: noon.Add(time.Hour)}
)

type registry map[string]any

func (r registry) RegisterActivityWithOptions(a any, o activity.RegisterOptions) { r[o.Name] = a }

// Every activity that the workflow calls is registered on the queue on which the workflow looks for it, and nowhere else.
func TestEveryActivityIsRegisteredOnItsQueue(t *testing.T) {
	t.Parallel()
	where := map[string]string{}
	for _, queue := range workflows.Queues() {
		r := registry{}
		(&office{}).activities().Register(queue, r)
		for name := range r {
			require.NotContains(t, where, name)
			where[name] = queue
		}
	}
	want := map[string]string{workflows.ReviewCase: workflows.QueueCases, workflows.RecordSignal: workflows.QueueCases}
	for _, kind := range collection.StepKinds() {
		want[workflows.ActivityOf(kind)] = workflows.QueueOf(kind)
	}
	require.Equal(t, want, where)
}

func TestAStepIsPerformedAsItWasAsked(t *testing.T) {
	t.Parallel()
	for _, kind := range collection.StepKinds() {
		o := &office{plan: next, now: noon, how: collection.Tasked}
		var suite testsuite.WorkflowTestSuite
		env := suite.NewTestActivityEnvironment()
		o.activities().Register(workflows.QueueOf(kind), env)
		in := workflows.StepInput{CaseID: caseID.String(), Step: "first", Kind: kind, Epoch: 2, DueAt: noon}
		value, err := env.ExecuteActivity(workflows.ActivityOf(kind), in)
		require.NoError(t, err)
		var got workflows.StepResult
		require.NoError(t, value.Get(&got))
		require.Equal(t, casework.Step{CaseID: caseID, Step: "first", Kind: kind, Epoch: 2}, o.step)
		require.Equal(t, next, got.Plan)
		require.Equal(t, collection.Tasked, got.Outcome)
		require.Zero(t, got.Now, "on the wall clock the workflow has its own")
	}
}

func TestAReviewAndASignalAreHandedOn(t *testing.T) {
	t.Parallel()
	o := &office{plan: next, now: noon, test: true}
	a := o.activities()
	got, err := a.ReviewCase(t.Context(), workflows.ReviewInput{CaseID: caseID.String()})
	require.NoError(t, err)
	require.Equal(t, workflows.StepResult{Plan: next, Now: noon}, got, "on a test clock business time comes with the plan")
	require.Equal(t, caseID, o.review)
	require.Nil(t, o.failure)
	_, err = a.ReviewCase(t.Context(), workflows.ReviewInput{CaseID: caseID.String(), Failure: &workflows.Failure{Step: "first", Epoch: 2, Cause: "x"}})
	require.NoError(t, err)
	require.Equal(t, &casework.Failure{Step: "first", Epoch: 2, Cause: "x"}, o.failure)
	got, err = a.RecordSignal(t.Context(), workflows.SignalInput{CaseID: caseID.String(), Key: "run/1", Name: "paid", Payload: []byte("{}")})
	require.NoError(t, err)
	require.Equal(t, next, got.Plan)
	require.Equal(t, intake.Signal{CaseID: caseID, Key: "run/1", Name: "paid", Payload: []byte("{}")}, o.signal)
}

// What was done is not lost because something for people's eyes cannot be read afterwards.
func TestAPlanIsReturnedWhateverFailsAfterwards(t *testing.T) {
	t.Parallel()
	o := &office{plan: next, clockErr: errors.New("no clock")}
	got, err := o.activities().ReviewCase(t.Context(), workflows.ReviewInput{CaseID: caseID.String()})
	require.NoError(t, err)
	require.Equal(t, workflows.StepResult{Plan: next}, got)
	o = &office{plan: next, now: noon, howErr: errors.New(secret)}
	got, err = o.activities().SendEmailReminder(t.Context(), workflows.StepInput{CaseID: caseID.String(), DueAt: noon})
	require.NoError(t, err)
	require.Equal(t, workflows.StepResult{Plan: next}, got)
}

// secret is what a provider or a database may put into the text of an error.
const secret = "jeanne.d@example.com +33639981001 12 rue des Exemples"

// An error that reaches Temporal carries a kind and ids; what is retried is what a retry can mend.
func TestErrorsCarryAKindAndNoText(t *testing.T) {
	t.Parallel()
	wrap := func(err error) error { return fmt.Errorf("claim for %s: %w", secret, err) }
	for name, c := range map[string]struct {
		err   error
		kind  string
		final bool
	}{
		"another attempt":        {casework.ErrBusy, "attempt_under_way", false},
		"lock timeout":           {&pgconn.PgError{Code: "55P03", Message: secret}, "lock_timeout", false},
		"deadlock":               {&pgconn.PgError{Code: "40P01", Message: secret}, "database", false},
		"incomplete message":     {&message.InvalidError{Problems: []string{secret}}, "message_cannot_be_said", true},
		"no such message":        {message.ErrKind, "message_cannot_be_said", true},
		"unprintable":            {message.ErrGlyph, "message_cannot_be_said", true},
		"refused by the adapter": {&delivery.PrepareError{Kind: delivery.ErrInvalid, Problems: []string{secret}}, "message_cannot_be_said", true},
		"not served":             {&delivery.PrepareError{Kind: delivery.ErrUnserved, Problems: []string{secret}}, "message_cannot_be_said", true},
		"document lost":          {archive.ErrNotFound, "document_lost", false},
		"document damaged":       {archive.ErrDamaged, "document_lost", false},
		"refused":                {&intake.Error{Kind: intake.Conflict, Problems: []string{secret}}, "refused", true},
		"anything":               {errors.New(secret), "database", false},
		"joined with another":    {errors.Join(casework.ErrBusy, errors.New(secret)), "attempt_under_way", false},
	} {
		for where, call := range calls(&office{err: wrap(c.err), now: noon}) {
			err := call(t.Context())
			var app *temporal.ApplicationError
			require.ErrorAs(t, err, &app, "%s in %s", name, where)
			require.Equal(t, c.kind, app.Type(), "%s in %s", name, where)
			require.Equal(t, c.final, app.NonRetryable(), "%s in %s", name, where)
			for e := err; e != nil; e = errors.Unwrap(e) {
				for _, part := range []string{"jeanne", "336", "rue des"} {
					require.NotContains(t, e.Error(), part, "%s in %s", name, where)
				}
			}
			require.Contains(t, err.Error(), caseID.String())
		}
	}
	for _, ended := range []error{context.Canceled, context.DeadlineExceeded} {
		for where, call := range calls(&office{err: wrap(ended), now: noon}) {
			require.Equal(t, ended, call(t.Context()), "bare: %s", where)
		}
	}
}

func calls(o *office) map[string]func(context.Context) error {
	a := o.activities()
	return map[string]func(context.Context) error{
		"a step": func(ctx context.Context) error {
			_, err := a.SendEmailReminder(ctx, workflows.StepInput{CaseID: caseID.String(), DueAt: noon})
			return err
		},
		"a review": func(ctx context.Context) error {
			_, err := a.ReviewCase(ctx, workflows.ReviewInput{CaseID: caseID.String()})
			return err
		},
		"a signal": func(ctx context.Context) error {
			_, err := a.RecordSignal(ctx, workflows.SignalInput{CaseID: caseID.String()})
			return err
		},
	}
}

func TestAnInputThatCannotBeReadIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	a := (&office{}).activities()
	_, step := a.ReferCase(t.Context(), workflows.StepInput{CaseID: "not a case"})
	_, review := a.ReviewCase(t.Context(), workflows.ReviewInput{CaseID: "not a case"})
	_, signal := a.RecordSignal(t.Context(), workflows.SignalInput{CaseID: "not a case"})
	for _, err := range []error{step, review, signal} {
		var app *temporal.ApplicationError
		require.ErrorAs(t, err, &app)
		require.Equal(t, "invalid_input", app.Type())
		require.True(t, app.NonRetryable())
	}
}

// A clock that goes a little fast wakes a step early: it waits out up to a minute, and never on a test clock.
func TestAStepThatIsWokenUpEarlyWaits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		early time.Duration
		test  bool
		waits time.Duration
	}{
		"in time":                    {0, false, 0},
		"late":                       {-time.Hour, false, 0},
		"a little early":             {3 * time.Second, false, 3 * time.Second},
		"a minute early":             {time.Minute, false, time.Minute},
		"much too early":             {time.Minute + time.Second, false, 0}, // the facts answer with the plan
		"a little early, test clock": {3 * time.Second, true, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			o := &office{plan: next, now: noon, test: c.test}
			began := time.Now()
			_, err := o.activities().SendSMSReminder(t.Context(), workflows.StepInput{CaseID: caseID.String(), DueAt: noon.Add(c.early)})
			require.NoError(t, err, name)
			require.Equal(t, c.waits, o.stepAt.Sub(began), name)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		o := &office{plan: next, now: noon}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := o.activities().SendSMSReminder(ctx, workflows.StepInput{CaseID: caseID.String(), DueAt: noon.Add(30 * time.Second)})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Zero(t, o.step, "who is stopped while waiting performs nothing")
	})
	o := &office{plan: next, clockErr: errors.New("no clock")}
	_, err := o.activities().SendSMSReminder(t.Context(), workflows.StepInput{CaseID: caseID.String(), DueAt: noon})
	require.Error(t, err)
	require.Zero(t, o.step, "without a clock nothing is performed")
}
