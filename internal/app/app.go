// Package app is the composition root: it puts the parts together into an embedded installation, or into the processes of a
// production one. It is the only package besides cmd that imports everything, and it holds no rules.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"

	"relance/activities"
	"relance/internal/archive"
	"relance/internal/casework"
	"relance/internal/clock"
	"relance/internal/config"
	"relance/internal/delivery/lob"
	"relance/internal/delivery/sendgrid"
	"relance/internal/delivery/twilio"
	"relance/internal/intake"
	"relance/internal/store"
	"relance/internal/store/db"
	"relance/worker"
)

// The pools of one process. Their sum stays well below max_connections.
const (
	poolSize = 16
	sendPool = 12
)

// Core is what every process needs: the database, the document store, and the use cases on them.
type Core struct {
	Store   *store.Store
	Archive *archive.Archive
	Desk    *intake.Desk
	Log     *slog.Logger
}

// OpenCore opens the database and the document store.
func OpenCore(ctx context.Context, databaseURL, blobs string, log *slog.Logger) (*Core, error) {
	s, err := store.Open(ctx, store.Config{URL: databaseURL, Conns: poolSize, SendConns: sendPool})
	if err != nil {
		return nil, err
	}
	a, err := archive.Open(ctx, blobs)
	if err != nil {
		s.Close()
		return nil, err
	}
	return &Core{Store: s, Archive: a, Desk: &intake.Desk{Store: s, Blobs: a}, Log: log}, nil
}

// Close lets go of both.
func (c *Core) Close() error {
	c.Store.Close()
	return c.Archive.Close()
}

// Install makes the one row that says what this installation is, unless it is there. A test clock starts at the instant
// given; a zero instant means the wall clock. An installation of the other kind is an error.
func (c *Core) Install(ctx context.Context, start time.Time) error {
	kind, began := "wall", (*time.Time)(nil)
	if !start.IsZero() {
		start = start.UTC()
		kind, began = "test", &start
	}
	return c.Store.Retry(ctx, func(ctx context.Context, tx *store.Tx) error {
		err := tx.CreateInstallation(ctx, db.CreateInstallationParams{Instance: uuid.New(), Clock: kind, BusinessNow: began, CreatedAt: clock.Now()})
		if err != nil {
			return fmt.Errorf("set the installation up: %w", err)
		}
		inst, err := tx.Installation(ctx)
		if err != nil {
			return fmt.Errorf("read the installation: %w", err)
		}
		if inst.Clock != kind {
			return fmt.Errorf("%w: it was made with a %s clock", ErrOtherClock, inst.Clock)
		}
		return nil
	})
}

// ErrOtherClock means that a data directory was made for real time and is asked for a test clock, or the other way round.
var ErrOtherClock = errors.New("the clock of an installation is chosen once, when it is made")

// Now is business time and whether it stands on a test clock. It is the clock of the activities.
func (c *Core) Now(ctx context.Context) (now time.Time, test bool, err error) {
	err = c.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		inst, err := tx.Installation(ctx)
		if err != nil {
			return err
		}
		if test = inst.BusinessNow != nil; test {
			now = inst.BusinessNow.UTC()
			return nil
		}
		now = clock.Now()
		return nil
	})
	return now, test, err
}

// Work puts the providers behind the send protocol.
func (c *Core) Work(p config.Providers, deadlines casework.Deadlines) (*casework.Work, error) {
	mail, err1 := sendgrid.New(sendgrid.Config{BaseURL: p.SendGrid.BaseURL, APIKey: p.SendGrid.APIKey, Account: "sendgrid", Timeout: deadlines.Call})
	texts, err2 := twilio.New(twilio.Config{
		BaseURL: p.Twilio.BaseURL, AccountSID: p.Twilio.AccountSID, KeySID: p.Twilio.KeySID, Secret: p.Twilio.Secret,
		MessagingServiceSID: p.Twilio.ServiceSID, CallbackURL: p.Twilio.CallbackURL, Account: "twilio", Timeout: deadlines.Call,
	})
	post, err3 := lob.New(lob.Config{BaseURL: p.Lob.BaseURL, APIKey: p.Lob.APIKey, Account: "lob", Timeout: deadlines.Call})
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, fmt.Errorf("set the providers up: %w", err)
	}
	return &casework.Work{Store: c.Store, Blobs: c.Archive, Mail: mail, Texts: texts, Post: post, Deadlines: deadlines}, nil
}

// Workers runs everything that stands between Postgres and Temporal until Stop.
type Workers struct {
	Relay  *worker.Relay
	Driver *worker.Driver
	pool   *worker.Pool
	cancel context.CancelFunc
	ended  chan struct{}
}

// StartWorkers runs the workers and the relay. On the wall clock it also opens what is due and sweeps; on a test clock only
// the driver does.
func (c *Core) StartWorkers(ctx context.Context, temporal client.Client, work *casework.Work, limits worker.Limits) (*Workers, error) {
	_, test, err := c.Now(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the clock: %w", err)
	}
	a := activities.New(activities.Deps{Steps: work, Reviews: work, Signals: c.Desk, Clock: c})
	pool, err := worker.Start(temporal, a, limits, c.Log)
	if err != nil {
		return nil, err
	}
	w := &Workers{
		Relay: &worker.Relay{Store: c.Store, Temporal: temporal, Log: c.Log}, pool: pool, ended: make(chan struct{}),
	}
	if !test {
		w.Relay.Starts = worker.DefaultStarts()
	}
	w.Driver = &worker.Driver{Store: c.Store, Relay: w.Relay, Opener: work, Log: c.Log}
	ctx, w.cancel = context.WithCancel(context.WithoutCancel(ctx))
	opens := func(ctx context.Context) error { return worker.OpenDue(ctx, c.Store, work) }
	if test {
		opens = nil
	}
	go func() {
		defer close(w.ended)
		if !test {
			go worker.Sweep(ctx, c.Store, work, c.Log)
		}
		w.Relay.Run(ctx, opens)
	}()
	return w, nil
}

// Stop lets sends that have begun finish, and returns when nothing runs any more.
func (w *Workers) Stop() {
	w.cancel()
	<-w.ended
	w.pool.Stop()
}
