package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"relance/internal/collection"
)

// The priorities, 1 before 5. No fairness key is set here: an activity inherits the one its workflow was started with,
// the creditor's, so that one creditor's backlog never stands before another's.
const (
	priorityUrgent  = 1 // what a person has just told us: it may stop a demand
	priorityRoutine = 3 // reminders and reviews
)

// stepOptions are the options for performing a kind of step.
func stepOptions(kind collection.StepKind, summary string, testClock bool) workflow.ActivityOptions {
	if QueueOf(kind) == QueueCases {
		return toDatabase(priorityRoutine, summary)
	}
	options := toProvider(QueueOf(kind), summary)
	if testClock {
		// Everything waits for this one step, so an attempt whose process died is found out soon. It is still longer than the
		// lease of a dispatch on a test clock, and no step waits out a difference there.
		options.StartToCloseTimeout = 20 * time.Second
	}
	return options
}

// toProvider is for an activity that calls somebody outside, once, under its locks.
func toProvider(queue, summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue: queue,
		// Longer than the lease of a dispatch, so that an attempt that Temporal gave up can no longer be inside its call;
		// and it leaves room for an attempt that is woken up to a minute early and waits out the difference.
		StartToCloseTimeout: 2 * time.Minute,
		// An outage over a weekend is survived. Then a person learns of it, and the case goes on.
		ScheduleToCloseTimeout: 72 * time.Hour,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    5 * time.Second, // a deploy or a deadlock is over by then
			BackoffCoefficient: 2,
			MaximumInterval:    5 * time.Minute, // after an outage the debtor's window is not missed for want of a try
		},
		Priority: temporal.Priority{PriorityKey: priorityRoutine},
		Summary:  summary,
	}
}

// toDatabase is for an activity that needs nothing but our own database. It is tried for as long as it takes: without the
// database there is nothing else that the case could do.
func toDatabase(priority int, summary string) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		TaskQueue: QueueCases,
		// A transaction waits at most for a call in flight (seconds); what takes longer has lost its process.
		StartToCloseTimeout: 30 * time.Second,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    time.Second,
			BackoffCoefficient: 2,
			MaximumInterval:    time.Minute, // once the database is back nobody waits longer than this
		},
		Priority: temporal.Priority{PriorityKey: priority},
		Summary:  summary,
	}
}
