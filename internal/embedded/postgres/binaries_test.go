package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/embedded"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	at := func(majors ...int) []binaries {
		var found []binaries
		for _, major := range majors {
			found = append(found, binaries{dir: "somewhere", major: major})
		}
		return found
	}
	for name, tt := range map[string]struct {
		found []binaries
		want  int // major of the cluster, 0: none yet
		major int
		kind  error
	}{
		"newest for a new cluster":        {found: at(15, 17, 16), major: 17},
		"the one that wrote the cluster":  {found: at(15, 17, 16), want: 15, major: 15},
		"none at all":                     {kind: embedded.ErrNotInstalled},
		"none that can read the cluster":  {found: at(17), want: 15, kind: embedded.ErrOtherVersion},
		"too old for a new cluster":       {found: at(13), kind: embedded.ErrOtherVersion},
		"none, though a cluster is there": {want: 15, kind: embedded.ErrNotInstalled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := choose(tt.found, tt.want)
			require.ErrorIs(t, err, tt.kind)
			if tt.kind == nil {
				require.Equal(t, tt.major, got.major)
			}
		})
	}
}
