package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"relance/internal/app"
	"relance/internal/calendar"
	"relance/internal/clock"
	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/law"
	"relance/internal/policy"
)

type showFlags struct{ due, country, region, kind, from string }

func newPolicyShow() *cobra.Command {
	var f showFlags
	cmd := &cobra.Command{
		Use:   "show [NAME|FILE]",
		Short: "Show a policy's ladder with the dates of an example",
		Long: `Shows the ladder of a policy with the dates that an invoice would have if nobody
paid: a YAML file, a policy published in the running installation, or a built-in one
(--from says which of the two where both have the name). The example's debtor is in
--country, whose holidays and notice period count.`,
		Example: examples("relance policy show", "relance policy show gentle --due 2026-12-11 --country GB --kind consumer", "relance policy show mine.yaml"),
		Args:    atMostArgs(1, "NAME or FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("from", f.from, "any", "published", "built-in"); err != nil {
				return err
			}
			name := "standard"
			if len(args) > 0 {
				name = args[0]
			}
			example, err := f.example()
			if err != nil {
				return err
			}
			p, origin, err := findPolicy(cmd, name, f.from)
			if err != nil {
				return err
			}
			return tellPolicy(cmd, p, origin, example)
		},
	}
	cmd.Flags().StringVar(&f.due, "due", "", "due date of the example, `YYYY-MM-DD` (default: today)")
	cmd.Flags().StringVar(&f.country, "country", "FR", "country of the example's debtor")
	cmd.Flags().StringVar(&f.region, "region", "", "its state or region, such as NY")
	cmd.Flags().StringVar(&f.kind, "kind", string(law.Company), "its kind: company, sole_trader or consumer")
	cmd.Flags().StringVar(&f.from, "from", "any", "any, published or built-in")
	dataDirFlag(cmd)
	return cmd
}

func (f showFlags) example() (policy.Example, error) {
	var e policy.Example
	country, region := strings.ToUpper(f.country), strings.ToUpper(f.region)
	zone, err := calendar.ZoneOf(country, region)
	if err != nil {
		return e, usagef("--country %q: the time zone is not certain; write two letters such as FR, and in the US the state with --region", f.country)
	}
	kind := law.DebtorKind(f.kind)
	if !kind.Valid() {
		return e, usagef("--kind %q: use company, sole_trader or consumer", f.kind)
	}
	e.DueOn = calendar.DateOf(clock.Now(), zone)
	if f.due != "" {
		if e.DueOn, err = calendar.ParseDate(f.due); err != nil {
			return e, usagef("--due %q is not a date such as 2026-01-31", f.due)
		}
	}
	place, _ := law.Jurisdiction(country, region, "")
	e.Debtor = calendar.Calendar{Zone: zone, Hours: calendar.DefaultHours(), Country: country, Region: region}
	e.Creditor, e.Notice = zone, law.NoticePeriod(place, kind)
	return e, nil
}

// findPolicy looks for a file, then for a published policy, then for a built-in one.
func findPolicy(cmd *cobra.Command, name, from string) (p collection.Policy, origin string, err error) {
	if from == "any" {
		if info, statErr := os.Stat(name); statErr == nil && info.Mode().IsRegular() {
			p, _, err = readPolicyFile(name)
			return p, "file " + name, told(cmd, name, err)
		}
		if strings.ContainsAny(name, "./") {
			return p, "", usagef("there is no file %s", name)
		}
	}
	builtIn := slices.Contains(policy.Names(), name)
	if from != "built-in" {
		p, err = publishedPolicy(cmd, name)
		if err == nil {
			return p, fmt.Sprintf("published, version %d", p.Version), nil
		}
		if from == "published" || !builtIn {
			return p, "", err
		}
	}
	p, _, err = policy.Builtin(name)
	return p, "built in", err
}

// told prints the mistakes of a policy file as policy check does.
func told(cmd *cobra.Command, path string, err error) error {
	var bad *policy.Problems
	if !errors.As(err, &bad) {
		return err
	}
	if err := tellChecked(cmd, path, collection.Policy{}, bad); err != nil {
		return err
	}
	return toldError{exitUsage}
}

func publishedPolicy(cmd *cobra.Command, name string) (collection.Policy, error) {
	o, err := connect(cmd)
	if errors.Is(err, app.ErrNotRunning) {
		return collection.Policy{}, &intake.Error{Kind: intake.NotFound, Problems: []string{fmt.Sprintf(
			"there is no built-in policy %q (%s), and no installation runs here that could have it", name, strings.Join(policy.Names(), ", "))}}
	}
	if err != nil {
		return collection.Policy{}, err
	}
	defer func() { _ = o.Close() }()
	return o.Ask.Policy(cmd.Context(), name)
}

// shownPolicy is a policy with the dates of an example, for scripts.
type shownPolicy struct {
	Name    string        `json:"name"`
	Version int           `json:"version,omitempty"`
	Origin  string        `json:"origin"`
	MinGap  string        `json:"min_gap"`
	Grace   int           `json:"grace_days"`
	Review  int           `json:"review_days"`
	DueOn   calendar.Date `json:"example_due_on"`
	Steps   []shownStep   `json:"steps"`
	Routes  []shownRoute  `json:"routes"`
}

type shownStep struct {
	ID      collection.StepID   `json:"id"`
	Kind    collection.StepKind `json:"kind"`
	After   string              `json:"after"`
	Tone    collection.Tone     `json:"tone,omitempty"`
	Channel collection.Channel  `json:"channel,omitempty"`
	// At is when the example would come to this step; absent in a policy that counts in seconds.
	At  time.Time        `json:"at,omitzero"`
	Why []collection.Why `json:"why,omitempty"`
}

type shownRoute struct {
	To   collection.RouteKind `json:"to"`
	UpTo []string             `json:"up_to,omitempty"`
}

func tellPolicy(cmd *cobra.Command, p collection.Policy, origin string, e policy.Example) error {
	s := shownPolicy{
		Name: p.Name, Version: p.Version, Origin: origin, MinGap: p.MinGap.String(), Grace: p.Grace, Review: p.Review, DueOn: e.DueOn,
		Steps: []shownStep{}, Routes: []shownRoute{},
	}
	dates := map[collection.StepID]collection.Planned{}
	if !p.Exact() {
		for _, planned := range e.Ladder(p) {
			dates[planned.Step] = planned
		}
	}
	for _, step := range p.Steps {
		planned := dates[step.ID]
		s.Steps = append(s.Steps, shownStep{step.ID, step.Kind, step.After.String(), step.Tone, step.Channel, planned.At, planned.Why})
	}
	for _, r := range p.Routes {
		route := shownRoute{To: r.Kind}
		for _, limit := range r.UpTo {
			route.UpTo = append(route.UpTo, limit.String())
		}
		s.Routes = append(s.Routes, route)
	}
	if wantsJSON(cmd) {
		return printJSON(cmd.OutOrStdout(), s)
	}
	fmt.Fprintf(cmd.OutOrStdout(), "(%s)\n", origin)
	return policy.Show(cmd.OutOrStdout(), p, e)
}
