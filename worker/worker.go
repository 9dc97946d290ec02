package worker

import (
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"relance/activities"
	"relance/workflows"
)

// Limits are how much runs at once and how fast.
type Limits struct {
	// Sends is the number of sends that may hold a connection at once, over all provider queues together. It is the size of
	// the send pool: a send that cannot get a connection would hold its lease for nothing.
	Sends int
	// PerSecond bounds the steps of each provider queue, for the account behind it; 0 leaves a queue unbounded.
	PerSecond map[string]float64
}

// DefaultLimits suit one machine and ordinary provider accounts.
func DefaultLimits() Limits {
	return Limits{Sends: 12, PerSecond: map[string]float64{
		workflows.QueueEmail: 50, workflows.QueueSMS: 10, workflows.QueueMail: 10, workflows.QueueReferral: 2,
	}}
}

// Pool is the workers of all task queues.
type Pool struct{ workers []worker.Worker }

// stopTimeout lets a send that has begun finish: longer than lock timeout, call and commit together.
const stopTimeout = 20 * time.Second

// Start runs a worker for every task queue.
func Start(c client.Client, a *activities.Activities, limits Limits, log *slog.Logger) (*Pool, error) {
	p := &Pool{}
	for _, queue := range workflows.Queues() {
		w := worker.New(c, queue, options(queue, limits))
		a.Register(queue, w)
		if queue == workflows.QueueCases {
			w.RegisterWorkflowWithOptions(workflows.CollectInvoice, workflow.RegisterOptions{Name: workflows.WorkflowType})
		}
		if err := w.Start(); err != nil {
			p.Stop()
			return nil, fmt.Errorf("start the worker of %s: %w", queue, err)
		}
		p.workers = append(p.workers, w)
	}
	log.Debug("workers run", "queues", workflows.Queues())
	return p, nil
}

func options(queue string, limits Limits) worker.Options {
	o := worker.Options{
		WorkerStopTimeout:        stopTimeout,
		DeadlockDetectionTimeout: 10 * time.Second, // a busy single machine is slow, not deadlocked
		DisableEagerActivities:   true,             // an eager activity would pass by its queue's limit
	}
	if queue == workflows.QueueCases {
		o.MaxConcurrentWorkflowTaskPollers, o.MaxConcurrentActivityTaskPollers = 8, 4
		o.MaxConcurrentActivityExecutionSize = 16
		return o
	}
	o.DisableWorkflowWorker = true
	o.MaxConcurrentActivityExecutionSize = max(limits.Sends/(len(workflows.Queues())-1), 1)
	o.MaxConcurrentActivityTaskPollers = 4
	o.TaskQueueActivitiesPerSecond = limits.PerSecond[queue]
	return o
}

// Stop lets what runs finish, and stops the workers side by side.
func (p *Pool) Stop() {
	done := make(chan struct{}, len(p.workers))
	for _, w := range p.workers {
		go func() { w.Stop(); done <- struct{}{} }()
	}
	for range p.workers {
		<-done
	}
}
