package policy

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"relance/internal/collection"
	"relance/internal/money"
)

// What a file that leaves a setting out gets.
const (
	defaultMinGap = 1  // days; nothing in a policy that counts in durations
	defaultGrace  = 3  // days: a transfer made on an instalment's day arrives after a weekend
	defaultReview = 14 // days
)

// maxDays bounds delays at ten years, which is longer than any limitation period of a debt that we know.
const maxDays = 3650

// maxSteps bounds a ladder.
const maxSteps = 50

// Parse reads a policy. The name is that of the file, for the error; without its extension it is also the policy's name
// when the file does not say one. Unknown keys are refused. The error is *Problems, with everything that is wrong, or the
// reader's own. Version is left zero: the store numbers what is published.
func Parse(name string, r io.Reader) (collection.Policy, error) {
	var problems report
	root, err := problems.document(r)
	if err != nil {
		return collection.Policy{}, err
	}
	var p draft
	if root != nil {
		p = problems.policy(root, name)
		problems.check(p)
	}
	if err := problems.err(name); err != nil {
		return collection.Policy{}, err
	}
	return p.policy(), nil
}

// draft is a policy on its way in: every value with its place.
type draft struct {
	name     string
	at       place
	minGap   *delay // nil: not said
	grace    int
	review   int
	steps    []rung
	routes   []route
	routesAt place // zero: not said
}

// rung is one step as far as it could be read; what could not is zero and was reported.
type rung struct {
	at          place
	id          string
	idAt        place
	kind        collection.StepKind
	after       *delay
	tone        collection.Tone
	toneAt      place // zero: not said
	channel     collection.Channel
	channelAt   place
	onUnknown   collection.OnUnknown
	onUnknownAt place
}

// what names a step in sentences.
func (s rung) what() string {
	if s.id == "" {
		return "this step"
	}
	return fmt.Sprintf("step %s", s.id)
}

// delay is a delay as it was written. Written "0s" it is a duration, which collection.Delay cannot tell from "0d".
type delay struct {
	collection.Delay
	exact bool
	at    place
}

type route struct {
	collection.Route
	at place
}

func (d draft) policy() collection.Policy {
	p := collection.Policy{Name: d.name, Grace: d.grace, Review: d.review}
	for _, s := range d.steps {
		p.Steps = append(p.Steps, collection.Step{
			ID: collection.StepID(s.id), Kind: s.kind, After: s.after.Delay, Tone: s.tone, Channel: s.channel, OnUnknown: s.onUnknown,
		})
	}
	for _, r := range d.routes {
		p.Routes = append(p.Routes, r.Route)
	}
	switch {
	case d.minGap != nil:
		p.MinGap = d.minGap.Delay
	case !p.Exact():
		p.MinGap = collection.Days(defaultMinGap)
	}
	return p
}

func (r *report) policy(root ast.Node, source string) draft {
	p := draft{at: placeOf(root), grace: defaultGrace, review: defaultReview}
	t, ok := r.table(root, "a policy", "name", "min_gap", "grace", "review", "steps", "routes")
	if !ok {
		return p
	}
	p.name = strings.TrimSuffix(filepath.Base(source), filepath.Ext(source))
	nameAt := p.at
	if name, at, said := r.text(t, "name"); said {
		p.name, nameAt = name, at
	}
	r.slug(nameAt, "the policy's name", p.name)
	p.minGap = r.minGap(t)
	p.grace = r.days(t, "grace", 0, defaultGrace)
	p.review = r.days(t, "review", 1, defaultReview)
	if n, present := t.fields["steps"]; present {
		for _, entry := range r.entries(n, "steps") {
			if s, ok := r.step(entry); ok {
				p.steps = append(p.steps, s)
			}
		}
	} else {
		r.add(p.at, "the policy has no steps; write them as a list under the key steps")
	}
	if n, present := t.fields["routes"]; present {
		p.routesAt = placeOf(n)
		for _, entry := range r.entries(n, "routes") {
			if route, ok := r.route(entry); ok {
				p.routes = append(p.routes, route)
			}
		}
	}
	return p
}

func (r *report) minGap(t table) *delay {
	text, at, said := r.text(t, "min_gap")
	if !said {
		return nil
	}
	gap := r.delay(at, "min_gap", text)
	if gap != nil && (gap.Days < 0 || gap.Duration < 0) {
		r.add(at, "min_gap: %s is negative; the least gap between two steps is 0d or more", text)
		return nil
	}
	return gap
}

func (r *report) step(n ast.Node) (rung, bool) {
	t, ok := r.table(n, "a step", "id", "kind", "after", "tone", "channel", "on_unknown")
	if !ok {
		return rung{}, false
	}
	s := rung{at: t.at, onUnknown: collection.Hold}
	if id, at, ok := r.required(t, "a step", "id"); ok {
		s.id, s.idAt = id, at
		r.slug(at, "the step's id", id)
	}
	if text, at, ok := r.required(t, s.what(), "kind"); ok {
		s.kind = oneOf(r, at, s.what(), "kind", text, collection.StepKinds())
	}
	if text, at, ok := r.required(t, s.what(), "after"); ok {
		s.after = r.delay(at, s.what(), text)
	}
	if text, at, ok := r.text(t, "tone"); ok {
		s.tone, s.toneAt = oneOf(r, at, s.what(), "tone", text, tones), at
	}
	if text, at, ok := r.text(t, "channel"); ok {
		s.channel, s.channelAt = oneOf(r, at, s.what(), "channel", text, []collection.Channel{collection.Preferred}), at
	}
	if text, at, ok := r.text(t, "on_unknown"); ok {
		s.onUnknown, s.onUnknownAt = oneOf(r, at, s.what(), "on_unknown", text, []collection.OnUnknown{collection.Hold, collection.Resend}), at
	}
	return s, true
}

var tones = []collection.Tone{collection.Friendly, collection.Neutral, collection.Firm, collection.Final}

func (r *report) route(n ast.Node) (route, bool) {
	t, ok := r.table(n, "a route", "to", "up_to")
	if !ok {
		return route{}, false
	}
	where := route{at: t.at}
	if text, at, ok := r.required(t, "a route", "to"); ok {
		where.Kind = oneOf(r, at, "to", "route", text, []collection.RouteKind{collection.SmallClaims, collection.Agency})
	}
	if n, present := t.fields["up_to"]; present {
		where.UpTo = r.limits(n)
	}
	return where, true
}

// limits reads {EUR: 5000, GBP: 5000.00}, in whatever order, into the order of the currencies' codes.
func (r *report) limits(n ast.Node) []money.Amount {
	mapping, ok := n.(*ast.MappingNode)
	if !ok || len(mapping.Values) == 0 {
		r.add(placeOf(n), "up_to is a limit for each currency, such as {EUR: 5000, GBP: 4500.50}")
		return nil
	}
	var limits []money.Amount
	for _, entry := range mapping.Values {
		code := entry.Key.GetToken().Value
		currency, err := money.ParseCurrency(code)
		if err != nil || string(currency) != code {
			r.add(placeOf(entry.Key), "%q is not a currency; write its ISO 4217 code, such as EUR", code)
			continue
		}
		text, at, ok := r.text(table{fields: map[string]ast.Node{code: entry.Value}}, code)
		if !ok {
			continue
		}
		limit, err := money.Parse(text, currency)
		switch {
		case errors.Is(err, money.ErrOverflow):
			r.add(at, "%s %s is more money than there is", text, currency)
		case err != nil:
			r.add(at, "%q is not an amount in %s; write digits and a point, with at most %d decimals", text, currency, currency.Exponent())
		case !limit.IsPositive():
			r.add(at, "a limit of %s takes no claim at all; it must be more than nought", limit)
		case slices.ContainsFunc(limits, func(l money.Amount) bool { return l.Currency == currency }):
			r.add(placeOf(entry.Key), "%s has two limits here", currency)
		default:
			limits = append(limits, limit)
		}
	}
	slices.SortFunc(limits, func(a, b money.Amount) int { return strings.Compare(string(a.Currency), string(b.Currency)) })
	return limits
}
