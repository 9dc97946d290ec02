package wholeprogram_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDemoStory holds what the demo tells, line by line, and its report. Read testdata/demo.story.txt to see the product live
// through its first four months.
func TestDemoStory(t *testing.T) {
	timed(t)
	demo := finishedDemo(t)
	require.Equal(t, noViolations(), demo.report.Violations)

	raw, err := json.MarshalIndent(demo.report.withoutSeconds(), "", "  ")
	require.NoError(t, err)
	golden(t, "demo.report.json", string(raw)+"\n")
	golden(t, "demo.story.txt", ofAnyRun(demo.stdout, demo.dir))
}

// ofAnyRun leaves out of a demo's output what differs between two runs: ports, the folder, seconds.
func ofAnyRun(output, dir string) string {
	output = strings.ReplaceAll(output, dir, "DIRECTORY")
	output = regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(output, "127.0.0.1:PORT")
	return regexp.MustCompile(`, in [0-9ms.]+\n`).ReplaceAllString(output, ", in SECONDS\n")
}
