package law

import (
	"encoding/csv"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// copyOf is the embedded tables in a form that a test can damage.
func copyOf(t *testing.T) fstest.MapFS {
	t.Helper()
	data, err := fs.Sub(files, "data")
	require.NoError(t, err)
	names, err := fs.Glob(data, "*")
	require.NoError(t, err)
	out := fstest.MapFS{}
	for _, name := range names {
		content, err := fs.ReadFile(data, name)
		require.NoError(t, err)
		out[name] = &fstest.MapFile{Data: content}
	}
	return out
}

func TestEmbeddedTablesLoad(t *testing.T) {
	t.Parallel()
	loaded, err := load(copyOf(t))
	require.NoError(t, err)
	require.Equal(t, RulesVersion(), loaded.version)
	require.Len(t, loaded.countries, 249)
	rows := 0
	for _, courts := range loaded.courts {
		rows += len(courts)
	}
	require.Equal(t, 97, rows)
	states := 0
	for jurisdiction := range loaded.courts {
		if strings.HasPrefix(jurisdiction, "US-") {
			states++
			require.True(t, loaded.regions["US"][jurisdiction[3:]], jurisdiction)
		}
	}
	require.Equal(t, 51, states, "fifty states and the District of Columbia")
}

func TestRoutesAreRankedOnce(t *testing.T) {
	t.Parallel()
	for jurisdiction, rows := range shipped.courts {
		seen := make(map[int]string)
		for _, row := range rows {
			if row.role != roleRoute {
				continue
			}
			other, taken := seen[row.rank]
			// Two rows may share a rank when they are one court for two kinds of claimant, or two readings in conflict.
			if taken && other != row.Procedure {
				require.Equal(t, "US-ID", jurisdiction)
			}
			seen[row.rank] = row.Procedure
		}
	}
}

func TestBadTablesAreRefused(t *testing.T) {
	t.Parallel()
	const limits, routes, kinds = "small_claims_limits.csv", "small_claims_routes.csv", "claimant_kinds.csv"
	for _, tc := range []struct{ name, file, old, new string }{
		{"an amount that is none", limits, "any,20000,USD", "any,20k,USD"},
		{"a limit of nought", limits, "any,20000,USD", "any,0,USD"},
		{"too many decimals", limits, "any,20000,USD", "any,20000.001,USD"},
		{"an unknown currency", limits, "any,20000,USD", "any,20000,USS"},
		{"an unknown status", limits, ",secondary,", ",likely,"},
		{"an unknown claimant", limits, "natural person", "natural persons"},
		{"a row without a role", limits, "US-TX,Justice Court (JP)", "US-TX,Justice Court"},
		{"another header", limits, "jurisdiction,procedure", "place,procedure"},
		{"an unknown role", routes, "Justice Court (JP),route", "Justice Court (JP),maybe"},
		{"a route without a rank", routes, "Justice Court (JP),route,1", "Justice Court (JP),route,0"},
		{"a rank that is no number", routes, "Justice Court (JP),route,1", "Justice Court (JP),route,first"},
		{"information with a rank", routes, "(CPC 750-1),information,0", "(CPC 750-1),information,2"},
		{"an unknown bound", routes, "at_most", "about"},
		{"an unknown venue", routes, ",yes,", ",perhaps,"},
		{"a doubtful amount that is none", routes, ",4000,", ",4k,"},
		{"a route twice", routes, "US-WY,Circuit Court Small Claims", "US-WI,Circuit Court Small Claims"},
		{"an unknown admission", kinds, "natural person,yes,no", "natural person,yes,maybe"},
		{"a claimant twice", kinds, "natural person,yes,no", "individual,yes,no"},
		{"a negative period", "notice_periods.csv", "FR,any,8", "FR,any,-8"},
		{"a period in words", "notice_periods.csv", "FR,any,8", "FR,any,eight"},
		{"counted from nowhere", "notice_periods.csv", ",receipt,", ",arrival,"},
		{"a period of unknown status", "notice_periods.csv", ",secondary,", ",sure,"},
		{"an unknown debtor", "notice_periods.csv", "FR,any", "FR,person"},
		{"a debtor twice", "notice_periods.csv", "GB-EAW,company", "GB-EAW,consumer"},
		{"nothing elsewhere", "notice_periods.csv", "*,any", "*,company"},
		{"ranges that overlap", "postcodes.csv", "US,100,149,NY", "US,100,150,NY"},
		{"a range backwards", "postcodes.csv", "US,100,149,NY", "US,149,100,NY"},
		{"a range of two lengths", "postcodes.csv", "US,100,149,NY", "US,100,14999,NY"},
		{"a country in small letters", "countries.txt", "FR", "fr"},
		{"a country twice", "countries.txt", "FR", "DE"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			damaged := copyOf(t)
			before := string(damaged[tc.file].Data)
			require.Contains(t, before, tc.old)
			damaged[tc.file] = &fstest.MapFile{Data: []byte(strings.Replace(before, tc.old, tc.new, 1))}
			_, err := load(damaged)
			require.ErrorIs(t, err, errTable)
		})
	}
}

func TestRowsOfAnotherLengthAreRefused(t *testing.T) {
	t.Parallel()
	damaged := copyOf(t)
	damaged["claimant_kinds.csv"] = &fstest.MapFile{Data: []byte("claimant_kind,individual,company,why\nany,yes\n")}
	_, err := load(damaged)
	require.ErrorIs(t, err, csv.ErrFieldCount)
	damaged["claimant_kinds.csv"] = &fstest.MapFile{}
	_, err = load(damaged)
	require.ErrorIs(t, err, errTable)
}

func TestEveryTableIsNeeded(t *testing.T) {
	t.Parallel()
	for name := range copyOf(t) {
		damaged := copyOf(t)
		delete(damaged, name)
		_, err := load(damaged)
		require.ErrorIs(t, err, fs.ErrNotExist, name)
	}
}

func TestRulesVersionFollowsEveryTable(t *testing.T) {
	t.Parallel()
	require.Regexp(t, `^[0-9a-f]{12}$`, RulesVersion())
	versions := map[string]bool{RulesVersion(): true}
	for name, file := range copyOf(t) {
		changed := copyOf(t)
		changed[name] = &fstest.MapFile{Data: append([]byte(nil), append(file.Data, '\n')...)}
		version, err := fingerprint(changed)
		require.NoError(t, err)
		require.False(t, versions[version], name)
		versions[version] = true
	}
}
