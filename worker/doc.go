// Package worker builds and runs what stands between Postgres and Temporal: the workers of each task queue with their
// limits, the relay that brings news to workflows, the opening of cases that are due, the sweep, and the driver of a test
// clock.
package worker
