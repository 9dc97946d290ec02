package inquiry

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/policy"
	"relance/internal/store"
	"relance/internal/store/db"
)

// PolicyLine is one published version of a policy.
type PolicyLine struct {
	Name        string    `json:"name"`
	Version     int       `json:"version"`
	Newest      bool      `json:"newest"` // what an invoice gets that is registered now
	Steps       int       `json:"steps"`
	FirstAfter  string    `json:"first_after"` // "30d" after the due date
	LastAfter   string    `json:"last_after"`
	SHA256      string    `json:"sha256"`
	PublishedAt time.Time `json:"published_at"`
}

// Policies lists every published version by name, the newest first.
func (r Reader) Policies(ctx context.Context) (lines []PolicyLine, err error) {
	err = r.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		rows, err := tx.PublishedPolicies(ctx)
		if err != nil {
			return fmt.Errorf("read the policies: %w", err)
		}
		lines = make([]PolicyLine, 0, len(rows))
		for i, row := range rows {
			p, err := parsePolicy(row)
			if err != nil {
				return err
			}
			lines = append(lines, PolicyLine{
				Name: row.Name, Version: int(row.Version), Newest: i == 0 || rows[i-1].Name != row.Name, Steps: len(p.Steps),
				FirstAfter: p.Steps[0].After.String(), LastAfter: p.Steps[len(p.Steps)-1].After.String(), SHA256: row.SHA256,
				PublishedAt: row.PublishedAt.UTC(),
			})
		}
		return nil
	})
	return lines, err
}

// Policy reads the newest published version of a policy. The error is intake.NotFound for one that does not exist.
func (r Reader) Policy(ctx context.Context, name string) (p collection.Policy, err error) {
	err = r.Store.Read(ctx, func(ctx context.Context, tx *store.Tx) error {
		row, err := tx.NewestPolicy(ctx, name)
		if store.NoRows(err) {
			return refuse(intake.NotFound, "there is no policy %q: `relance policy list` shows those that are published", name)
		}
		if err != nil {
			return fmt.Errorf("read policy %s: %w", name, err)
		}
		p, err = parsePolicy(row)
		return err
	})
	return p, err
}

func parsePolicy(row db.Policy) (collection.Policy, error) {
	p, err := policy.Parse(row.Name, bytes.NewReader(row.Body))
	if err != nil {
		return p, fmt.Errorf("read policy %s version %d: %w", row.Name, row.Version, err)
	}
	p.Name, p.Version = row.Name, int(row.Version)
	return p, nil
}
