package wholeprogram_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	sdkpb "go.temporal.io/api/sdk/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"relance/internal/app"
	"relance/workflows"
)

// TestTemporalAndLogsHoldNoPersonalData lives through the demo at the noisiest log level and then looks for the name, the
// address, the email and the telephone of every debtor: in every history with its payloads, summaries, results and failures, in
// what the workflows answer to queries, in visibility, in the bytes of Temporal's files, and in every line that was logged.
func TestTemporalAndLogsHoldNoPersonalData(t *testing.T) {
	timed(t)
	demo, dir := finishedDemo(t), copied(t)
	people := debtors(t)
	require.Len(t, people, 12)

	// Something that is never found proves nothing: all of it is in what the debtors received.
	everything, err := os.ReadFile(ledgerFile(dir))
	require.NoError(t, err)
	for _, p := range people {
		require.NotEmpty(t, persons{p}.in(everything), "%s received nothing", p.id)
	}

	places := map[string][]byte{"log of the program": []byte(demo.log)}
	for _, pattern := range []string{"temporal/*", "postgres/postgres.log*"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, file := range files {
			places["file "+filepath.Base(file)], err = os.ReadFile(file)
			require.NoError(t, err)
		}
	}
	maps.Copy(places, whatTemporalSays(t, inside(t, app.Options{Dir: dir})))

	for place, content := range places {
		require.Empty(t, people.in(content), place)
	}
	require.Greater(t, bytes.Count(places["log of the program"], []byte("\n")), 20, "nothing was logged")
	require.True(t, bytes.Contains(places["file temporal.db"], []byte("RL-2026-019")), "the file holds no histories")
}

// whatTemporalSays is all that Temporal would tell somebody who may look at everything, one text for each place.
func whatTemporalSays(t *testing.T, e *app.Embedded) map[string][]byte {
	t.Helper()
	places := map[string][]byte{}
	all := executions(t, e)
	require.Len(t, all, finishedDemoCases)
	for _, info := range all {
		id, run := info.GetExecution().GetWorkflowId(), info.GetExecution().GetRunId()
		events := history(t, e.Temporal, id, run)
		require.Contains(t, words(events), `"case_id":`, "the payloads are read")
		places["history of "+id] = []byte(words(events))
		places["visibility of "+id] = []byte(words(info))

		described, err := e.Temporal.DescribeWorkflowExecution(t.Context(), id, run)
		require.NoError(t, err)
		require.Contains(t, words(described), " · due 2026-", "the summary is read")
		places["description of "+id] = []byte(words(described))

		for _, query := range []string{workflows.QueryCase, "__temporal_workflow_metadata"} {
			answer, err := e.Temporal.QueryWorkflow(t.Context(), id, run, query)
			require.NoError(t, err)
			var view json.RawMessage
			var metadata sdkpb.WorkflowMetadata
			if query == workflows.QueryCase {
				require.NoError(t, answer.Get(&view))
			} else {
				require.NoError(t, answer.Get(&metadata))
				require.Contains(t, metadata.GetCurrentDetails(), "| When (UTC) | What |", "the details are read")
				view = json.RawMessage(words(&metadata))
			}
			places[query+" of "+id] = view
		}
	}
	return places
}

// finishedDemoCases is how many cases the demo opens; each is one workflow.
const finishedDemoCases = 18

// words are all texts and bytes of a message, however deep, one a line.
func words(m proto.Message) string {
	var out strings.Builder
	collect(&out, m.ProtoReflect())
	return out.String()
}

func collect(out *strings.Builder, m protoreflect.Message) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap():
			value.Map().Range(func(key protoreflect.MapKey, v protoreflect.Value) bool {
				out.WriteString(key.String() + "\n")
				collectOne(out, field.MapValue().Kind(), v)
				return true
			})
		case field.IsList():
			for i := range value.List().Len() {
				collectOne(out, field.Kind(), value.List().Get(i))
			}
		default:
			collectOne(out, field.Kind(), value)
		}
		return true
	})
}

func collectOne(out *strings.Builder, kind protoreflect.Kind, value protoreflect.Value) {
	switch kind {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		collect(out, value.Message())
	case protoreflect.StringKind:
		out.WriteString(value.String() + "\n")
	case protoreflect.BytesKind:
		out.Write(value.Bytes())
		out.WriteByte('\n')
	default: // numbers and enumerations name nobody
	}
}

// person is what must stay in PostgreSQL and the messages.
type person struct {
	id, name, email, phone string
	address                string
}

type persons []person

// debtors reads the people of the demo from its ledger.
func debtors(t *testing.T) persons {
	t.Helper()
	file, err := os.Open(filepath.Join(root(t), "examples", "demo.csv"))
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err)
	column := func(row []string, name string) string { return row[slices.Index(rows[0], name)] }
	byID := map[string]person{}
	for _, row := range rows[1:] {
		p := person{
			id: column(row, "debtor_id"), name: column(row, "debtor_name"), email: column(row, "email"), phone: column(row, "phone"),
			address: column(row, "address"),
		}
		byID[p.id] = p
	}
	return slices.Collect(maps.Values(byID))
}

// in finds what of these people stands in a text, in any case of letters, however a number is written and whether the letters
// beyond ASCII are escaped.
func (all persons) in(text []byte) (found []string) {
	text = bytes.ToLower(text)
	for _, p := range all {
		for _, hidden := range p.traces() {
			ascii := strings.Trim(strconv.QuoteToASCII(hidden), `"`)
			if bytes.Contains(text, bytes.ToLower([]byte(hidden))) || bytes.Contains(text, bytes.ToLower([]byte(ascii))) {
				found = append(found, hidden)
			}
		}
	}
	return found
}

// traces are the texts that give a person away.
func (p person) traces() []string {
	hidden := []string{p.name, p.email, p.address}
	if p.phone == "" {
		return hidden
	}
	digits := regexp.MustCompile(`\D`).ReplaceAllString(p.phone, "")
	hidden = append(hidden, p.phone, digits)
	if local := digits[len(digits)-9:]; !strings.HasPrefix(local, "000") { // without country code and trunk prefix
		hidden = append(hidden, local)
	}
	return hidden
}
