// Package store is Postgres: pools, the two kinds of transaction, migrations, and the queries that sqlc generates in db.
//
// It knows rows and locks, not rules: what a fact means is said in collection, and who may write one in casework and intake.
// It never imports Temporal.
package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Config says how to reach Postgres.
type Config struct {
	URL string
	// Conns is the size of the pool that everything but sending uses.
	Conns int32
	// SendConns is the size of the pool of the sends. A send holds a connection for as long as its HTTP call lasts, so it has
	// a pool of its own and cannot starve a payment. All provider queues together must have no more slots than this.
	SendConns int32
}

// Deadlines, in their order: LockTimeout + the HTTP call < FactTimeout < IdleInTransaction < lease < start-to-close.
const (
	LockTimeout = 2 * time.Second // of a send
	// FactTimeout is how long everything else waits for a row. A payment that meets a call in flight waits for the call; when
	// that takes longer than it may, nothing is recorded and the caller is told to come back.
	FactTimeout       = 8 * time.Second
	IdleInTransaction = 9 * time.Second
)

// Store holds the two pools.
type Store struct {
	pool *pgxpool.Pool
	send *pgxpool.Pool
}

// Open connects both pools. The error says what could not be reached and never contains the password.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	pool, err := connect(ctx, cfg.URL, cfg.Conns, "relance")
	if err != nil {
		return nil, err
	}
	send, err := connect(ctx, cfg.URL, cfg.SendConns, "relance send")
	if err != nil {
		pool.Close()
		return nil, err
	}
	return &Store{pool: pool, send: send}, nil
}

func connect(ctx context.Context, url string, conns int32, name string) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("read the database address: %w", err)
	}
	cfg.MaxConns = max(conns, 2)
	cfg.ConnConfig.RuntimeParams["application_name"] = name
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	cfg.ConnConfig.RuntimeParams["lock_timeout"] = milliseconds(FactTimeout)
	cfg.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = milliseconds(IdleInTransaction)
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach Postgres at %s:%d (is it running?): %w", cfg.ConnConfig.Host, cfg.ConnConfig.Port, err)
	}
	return pool, nil
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%d", d.Milliseconds()) }

// Close returns every connection.
func (s *Store) Close() {
	s.send.Close()
	s.pool.Close()
}

// Ping reports whether Postgres answers.
func (s *Store) Ping(ctx context.Context) error { return s.pool.Ping(ctx) }
