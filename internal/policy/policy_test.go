package policy_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/law"
	"relance/internal/money"
	"relance/internal/policy"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "run with -update to write it")
	require.Equal(t, string(want), got)
}

// The built-in policies are written down in the design; here they are again, by hand.
func TestBuiltinPoliciesAreTheOnesDescribed(t *testing.T) {
	t.Parallel()
	want := map[string]struct {
		gap   int
		steps string
	}{
		"standard": {5, "30 email_reminder friendly, 37 sms_reminder neutral, 47 escalation_notice firm, " +
			"61 certified_letter final, 76 referral"},
		"gentle": {1, "-3 email_reminder friendly, 1 email_reminder friendly, 10 email_reminder neutral, 15 phone_call, " +
			"21 email_reminder firm, 30 escalation_notice firm, 45 certified_letter final, 60 referral"},
		"brisk": {1, "1 email_reminder friendly, 4 sms_reminder neutral, 8 escalation_notice firm, 12 certified_letter final, 20 referral"},
	}
	require.ElementsMatch(t, []string{"standard", "gentle", "brisk"}, policy.Names())
	for _, name := range policy.Names() {
		p, source, err := policy.Builtin(name)
		require.NoError(t, err)
		require.Equal(t, name, p.Name)
		require.Equal(t, collection.Days(want[name].gap), p.MinGap)
		var steps []string
		for _, s := range p.Steps {
			steps = append(steps, strings.TrimSpace(strings.TrimSuffix(s.After.String(), "d")+" "+string(s.Kind)+" "+string(s.Tone)))
			require.Equal(t, collection.Hold, s.OnUnknown)
			require.Empty(t, s.Channel)
		}
		require.Equal(t, want[name].steps, strings.Join(steps, ", "))
		require.Equal(t, []collection.Route{
			{Kind: collection.SmallClaims, UpTo: []money.Amount{
				{Minor: 500000, Currency: "EUR"}, {Minor: 500000, Currency: "GBP"},
				{Minor: 2000000, Currency: "PLN"}, {Minor: 500000, Currency: "USD"},
			}},
			{Kind: collection.Agency},
		}, p.Routes)
		require.Contains(t, string(source), "#", "the file comes with its comments")
	}
	_, _, err := policy.Builtin("fierce")
	require.ErrorIs(t, err, policy.ErrUnknown)
}

func TestParseReadsEveryKey(t *testing.T) {
	t.Parallel()
	p, err := policy.Parse("dir/mine.yaml", strings.NewReader("\ufeff"+`
min_gap: 2d
grace: 0d
review: 7d
steps:
  - id: nudge
    kind: sms_reminder
    after: -2d
    tone: friendly
    channel: preferred
    on_unknown: resend
  - {id: call, kind: phone_call, after: 3d}
  - {id: "notice", kind: 'escalation_notice', after: 9d, tone: firm, on_unknown: hold}
  - {id: letter, kind: certified_letter, after: 20d, tone: final}
  - {id: court, kind: referral, after: 40d}
routes:
  - to: small_claims
    up_to: {USD: 100, JPY: 5000, EUR: 12.5}
`))
	require.NoError(t, err)
	hold := collection.Hold
	require.Equal(t, collection.Policy{
		Name: "mine", MinGap: collection.Days(2), Grace: 0, Review: 7,
		Steps: []collection.Step{
			{ID: "nudge", Kind: collection.SMSReminder, After: collection.Days(-2), Tone: collection.Friendly, Channel: collection.Preferred, OnUnknown: collection.Resend},
			{ID: "call", Kind: collection.PhoneCall, After: collection.Days(3), OnUnknown: hold},
			{ID: "notice", Kind: collection.EscalationNotice, After: collection.Days(9), Tone: collection.Firm, OnUnknown: hold},
			{ID: "letter", Kind: collection.CertifiedLetter, After: collection.Days(20), Tone: collection.Final, OnUnknown: hold},
			{ID: "court", Kind: collection.Referral, After: collection.Days(40), OnUnknown: hold},
		},
		Routes: []collection.Route{{Kind: collection.SmallClaims, UpTo: []money.Amount{
			{Minor: 1250, Currency: "EUR"}, {Minor: 5000, Currency: "JPY"}, {Minor: 10000, Currency: "USD"},
		}}},
	}, p)
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	p, err := policy.Parse("short", strings.NewReader("steps: [{id: a, kind: email_reminder, after: 0d, tone: firm}]"))
	require.NoError(t, err)
	require.Equal(t, collection.Days(1), p.MinGap)
	require.Equal(t, 3, p.Grace)
	require.Equal(t, 14, p.Review)

	p, err = policy.Parse("seconds", strings.NewReader("steps: [{id: a, kind: email_reminder, after: 2s, tone: firm}, {id: b, kind: phone_call, after: 1m30s}]"))
	require.NoError(t, err)
	require.True(t, p.Exact())
	require.Equal(t, collection.Delay{}, p.MinGap)
	require.Equal(t, 90*time.Second, p.Steps[1].After.Duration)
}

// Each file under testdata/bad is refused, with the problems in the golden beside it.
func TestBadPolicies(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/bad/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			source, err := os.ReadFile(path)
			require.NoError(t, err)
			_, err = policy.Parse(filepath.Base(path), bytes.NewReader(source))
			var problems *policy.Problems
			require.ErrorAs(t, err, &problems)
			require.NotEmpty(t, problems.List)
			golden(t, "bad/"+strings.TrimSuffix(filepath.Base(path), ".yaml")+".golden", err.Error()+"\n")
		})
	}
}

func TestUnreadableSource(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	_, err := policy.Parse("x", iotest.ErrReader(broken))
	require.ErrorIs(t, err, broken)

	var problems *policy.Problems
	for name, text := range map[string]string{
		"too long":      strings.Repeat("# policy\n", 5000),
		"not UTF-8":     "name: caf\xe9\n",
		"deeply nested": strings.Repeat("[", 30000),
	} {
		_, err := policy.Parse("x", strings.NewReader(text))
		require.ErrorAs(t, err, &problems, name)
		require.Len(t, problems.List, 1, name)
	}
}

func TestCanonicalFormIsReadBack(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, name := range policy.Names() {
		p, _, err := policy.Builtin(name)
		require.NoError(t, err)
		canonical := policy.Canonical(p)
		golden(t, "canonical/"+name+".yaml", string(canonical))
		again, err := policy.Parse("stored", bytes.NewReader(canonical))
		require.NoError(t, err)
		require.Equal(t, p, again)
		require.Equal(t, policy.Digest(p), policy.Digest(again))
		require.Empty(t, seen[policy.Digest(p)])
		seen[policy.Digest(p)] = name

		p.Version = 7
		require.Equal(t, policy.Digest(again), policy.Digest(p), "the number of a version is not what it says")
	}
}

// What the manual shows is what the binary does.
func TestManualShowsThePolicyAsItIs(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("../../docs/policies.md")
	require.NoError(t, err)
	_, source, err := policy.Builtin("standard")
	require.NoError(t, err)
	require.Contains(t, string(manual), string(source))
	shown, err := os.ReadFile("testdata/show/standard_fr.txt")
	require.NoError(t, err)
	require.Contains(t, string(manual), string(shown))
}

func TestShow(t *testing.T) {
	t.Parallel()
	paris, err := time.LoadLocation("Europe/Paris")
	require.NoError(t, err)
	london, err := time.LoadLocation("Europe/London")
	require.NoError(t, err)
	// Due dates whose ladders meet Easter, 1 May, Whit Monday and the British law's 30 days.
	examples := map[string]policy.Example{
		"fr": {DueOn: date(t, "2026-03-05"), Debtor: calendar.Calendar{Zone: paris, Country: "FR"}, Creditor: paris,
			Notice: law.Notice{Days: 8, From: law.FromPosting}},
		"gb": {DueOn: date(t, "2026-03-05"), Debtor: calendar.Calendar{Zone: london, Country: "GB", Hours: calendar.DefaultHours()},
			Creditor: paris, Notice: law.Notice{Days: 30, From: law.FromPosting}},
	}
	policies := map[string]collection.Policy{}
	for _, name := range policy.Names() {
		policies[name], _, err = policy.Builtin(name)
		require.NoError(t, err)
	}
	policies["seconds"], err = policy.Parse("seconds", strings.NewReader(`
steps:
  - {id: a_step_with_a_name_longer_than_ok, kind: email_reminder, after: 2s, tone: friendly, channel: preferred}
  - {id: call, kind: phone_call, after: 1h30m}
`))
	require.Error(t, err)
	policies["seconds"], err = policy.Parse("seconds", strings.NewReader(`
steps:
  - {id: a_step_with_quite_a_long_name, kind: email_reminder, after: 2s, tone: friendly, channel: preferred}
  - {id: call, kind: phone_call, after: 1h30m}
`))
	require.NoError(t, err)
	for name, p := range policies {
		for place, example := range examples {
			var out bytes.Buffer
			require.NoError(t, policy.Show(&out, p, example))
			for line := range strings.Lines(out.String()) {
				require.LessOrEqual(t, len([]rune(strings.TrimSuffix(line, "\n"))), 80, line)
			}
			golden(t, "show/"+name+"_"+place+".txt", out.String())
		}
	}
	require.Error(t, policy.Show(brokenPipe{}, policies["standard"], examples["fr"]))
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, os.ErrClosed }

func date(t *testing.T, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	require.NoError(t, err)
	return d
}

// FuzzParse looks for a file that is accepted and then means something else when it is stored and read back, or that
// makes the ladder misbehave.
func FuzzParse(f *testing.F) {
	for _, name := range policy.Names() {
		_, source, err := policy.Builtin(name)
		require.NoError(f, err)
		f.Add(source)
	}
	paths, err := filepath.Glob("testdata/bad/*.yaml")
	require.NoError(f, err)
	for _, path := range paths {
		source, err := os.ReadFile(path)
		require.NoError(f, err)
		f.Add(source)
	}
	f.Add([]byte("steps: [{id: a, kind: email_reminder, after: 2s, tone: firm}]\nmin_gap: 1s\n"))
	f.Add([]byte("? a\n: b\n"))
	f.Add([]byte("a: &x [*x]\n<<: *x\n"))
	f.Fuzz(func(t *testing.T, source []byte) {
		p, err := policy.Parse("fuzz", bytes.NewReader(source))
		if err != nil {
			var problems *policy.Problems
			require.ErrorAs(t, err, &problems)
			for _, problem := range problems.List {
				require.Positive(t, problem.Line)
				require.Positive(t, problem.Column)
			}
			return
		}
		again, err := policy.Parse("canonical", bytes.NewReader(policy.Canonical(p)))
		require.NoError(t, err)
		require.Equal(t, p, again)
		var out bytes.Buffer
		require.NoError(t, policy.Show(&out, p, policy.Example{DueOn: calendar.Date{Year: 2026, Month: 3, Day: 5}, Creditor: time.UTC}))
	})
}
