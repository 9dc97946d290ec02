package message

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/collection"
)

// The three languages say the same things: they define the same templates.
func TestSameTemplatesInEveryLanguage(t *testing.T) {
	t.Parallel()
	names := func(l Language) []string {
		var all []string
		for _, each := range books[l].Templates() {
			if strings.Contains(each.Name(), ".tmpl") || each.Name() == string(l) || helpers[each.Name()] {
				continue
			}
			all = append(all, each.Name())
		}
		slices.Sort(all)
		return all
	}
	want := names(English)
	require.NotEmpty(t, want)
	for _, l := range Languages() {
		require.Equal(t, want, names(l), l)
	}
}

// helpers are used only inside the templates of one language.
var helpers = map[string]bool{"by_registered_post": true, "notice.effect": true}

// Every closed set that names a template has all of its names.
func TestTemplatesForEveryMember(t *testing.T) {
	t.Parallel()
	for _, l := range Languages() {
		has := func(name string) { require.NotNil(t, books[l].Lookup(name), "%s/%s", l, name) }
		for _, kind := range BankKinds() {
			has("bank." + string(kind))
		}
		for _, kind := range EntryKinds() {
			has("line." + string(kind))
		}
		for _, kind := range collection.StepKinds() {
			if kind != collection.Referral {
				has("follow." + string(kind))
				has("sms.follow." + string(kind))
				has("contact." + string(kind))
			}
		}
		for _, tone := range []collection.Tone{collection.Friendly, collection.Neutral, collection.Firm, collection.Final} {
			has("closing." + string(tone))
		}
	}
}
