package delivery_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"relance/internal/delivery"
)

func TestTagsAreOpaque(t *testing.T) {
	t.Parallel()
	good := delivery.Tags{Dispatch: "6b1f8c52-0d3e-4f6a-9c51-2f4f1d0a0001", Attempt: "a1", Kind: "email_reminder"}
	require.Empty(t, good.Problems())
	require.Len(t, delivery.Tags{}.Problems(), 3)
	for _, bad := range []string{"", "a b", "a&b", `a"b`, "é", "a\nb", strings.Repeat("a", 65)} {
		require.Len(t, delivery.Tags{Dispatch: bad, Attempt: "a", Kind: "k"}.Problems(), 1, "%q", bad)
	}
}

func TestDetailIsBounded(t *testing.T) {
	t.Parallel()
	require.Equal(t, "short", delivery.Bounded("short"))
	require.Equal(t, "a\uFFFDb", delivery.Bounded("a\xffb"))
	long := delivery.Bounded("x" + strings.Repeat("é", 1000))
	require.LessOrEqual(t, len(long), 500)
	require.Greater(t, len(long), 490)
	require.True(t, utf8.ValidString(long), "no character is cut in two")
}

func TestStatesAreClosed(t *testing.T) {
	t.Parallel()
	for _, s := range []delivery.State{delivery.Accepted, delivery.Refused, delivery.Later, delivery.Unknown} {
		require.True(t, s.Valid())
	}
	require.False(t, delivery.State("").Valid())
	require.True(t, delivery.Recalled.Valid())
	require.True(t, delivery.TooLate.Valid())
	require.False(t, delivery.Recall("").Valid())
}

func TestFrozenBelongsToItsAccount(t *testing.T) {
	t.Parallel()
	f := delivery.Frozen{Provider: "lob", Account: "us", Body: []byte("x")}
	require.True(t, f.MadeFor("lob", "us"))
	require.False(t, f.MadeFor("lob", "eu"))
	require.False(t, f.MadeFor("twilio", "us"))
	require.False(t, delivery.Frozen{Provider: "lob", Account: "us"}.MadeFor("lob", "us"))
	require.Equal(t, "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", f.SHA256())
}

// A positive control is newer than the call, not only newer than the claim.
func TestPositiveControlIsNewerThanTheCall(t *testing.T) {
	t.Parallel()
	claim := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	at := func(d time.Duration) time.Time { return claim.Add(d) }
	for name, c := range map[string]struct {
		query   delivery.Query
		created time.Time
		want    bool
	}{
		"after the claim":                  {delivery.Query{Since: claim}, at(time.Second), true},
		"at the claim":                     {delivery.Query{Since: claim}, claim, false},
		"between claim and call":           {delivery.Query{Since: claim, Called: at(time.Minute)}, at(time.Second), false},
		"after the call":                   {delivery.Query{Since: claim, Called: at(time.Minute)}, at(time.Hour), true},
		"call before the claim is ignored": {delivery.Query{Since: claim, Called: at(-time.Hour)}, at(-time.Minute), false},
		"at the end":                       {delivery.Query{Since: claim, Until: at(time.Hour)}, at(time.Hour), true},
		"after the end":                    {delivery.Query{Since: claim, Until: at(time.Hour)}, at(2 * time.Hour), false},
	} {
		require.Equal(t, c.want, c.query.Controls(c.created), name)
	}
}

func TestErrorsHaveKinds(t *testing.T) {
	t.Parallel()
	require.NoError(t, delivery.Invalid("lob", nil))
	err := delivery.Invalid("lob", []string{"to: want a city"})
	require.ErrorIs(t, err, delivery.ErrInvalid)
	require.NotErrorIs(t, err, delivery.ErrUnserved)
	var prepare *delivery.PrepareError
	require.ErrorAs(t, err, &prepare)
	for _, err := range []error{
		err, &delivery.LookupError{Provider: "lob", Code: delivery.CodeTimeout}, &delivery.ConfigError{Provider: "lob", Problems: []string{"p"}},
	} {
		require.Contains(t, err.Error(), "lob")
	}
	require.NotErrorIs(t, &delivery.LookupError{}, delivery.ErrInvalid)
}

func TestMisconfiguredWaitsForAnOperator(t *testing.T) {
	t.Parallel()
	out := delivery.Misconfigured(delivery.CodeAuth, "d")
	require.Equal(t, delivery.Later, out.State, "the message is not lost with a refusal")
	require.Equal(t, delivery.MendAfter, out.RetryAfter)
	require.False(t, delivery.NotWritten(delivery.CodeDNS, "").Written)
}
