package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/stretchr/testify/require"
)

// operationOf finds the call that a request made, and its path parameters.
func operationOf(ops *operations, r *http.Request) (operation, map[string]string, bool) {
	path, provider := strings.Trim(r.URL.Path, "/"), ""
	provider, path, _ = strings.Cut(path, "/")
	parts := strings.Split(path, "/")
	last := parts[len(parts)-1]
	switch {
	case provider == SendGrid && path == "v3/mail/send" && r.Method == http.MethodPost:
		return ops.mailSend, nil, true
	case provider == SendGrid && path == "v3/logs" && r.Method == http.MethodPost:
		return ops.logsSearch, nil, true
	case provider == SendGrid && strings.HasPrefix(path, "v3/logs/"):
		return ops.logsRead, map[string]string{"sg_message_id": last}, true
	case provider == Twilio && last == "Messages.json" && r.Method == http.MethodPost:
		return ops.messageCreate, map[string]string{"AccountSid": parts[2]}, true
	case provider == Twilio && last == "Messages.json":
		return ops.messageList, map[string]string{"AccountSid": parts[2]}, true
	case provider == Twilio && r.Method == http.MethodPost:
		return ops.messageUpdate, map[string]string{"AccountSid": parts[2], "Sid": strings.TrimSuffix(last, ".json")}, true
	case provider == Twilio:
		return ops.messageRead, map[string]string{"AccountSid": parts[2], "Sid": strings.TrimSuffix(last, ".json")}, true
	case provider == Lob && last == "letters" && r.Method == http.MethodPost:
		return ops.letterCreate, nil, true
	case provider == Lob && last == "letters":
		return ops.letterList, nil, true
	case provider == Lob && r.Method == http.MethodDelete:
		return ops.letterCancel, map[string]string{"ltr_id": last}, true
	case provider == Lob:
		return ops.letterRead, map[string]string{"ltr_id": last}, true
	}
	return operation{}, nil, false
}

// checkAnswer holds every answer of the sandbox against the provider's contract. Twilio publishes no error answers, and none
// of the three publishes all of its statuses.
func checkAnswer(t *testing.T, s *Server, r *http.Request, got reply) {
	t.Helper()
	if strings.Contains(r.URL.Path, "nonsense") {
		return
	}
	op, params, found := operationOf(s.ops, r)
	if !found {
		return
	}
	if op == s.ops.messageCreate || op == s.ops.messageList || op == s.ops.messageRead || op == s.ops.messageUpdate {
		if got.status >= 400 {
			require.Subset(t, keys(got.json(t)), []string{"code", "message", "more_info", "status"})
			return
		}
	}
	body := got.body
	if op == s.ops.letterCreate || op == s.ops.letterRead || op == s.ops.letterList {
		checkLetters(t, op.doc, got)
		if got.status == http.StatusOK {
			return
		}
	}
	input := op.input(r, params, nil)
	input.Route.Spec = op.doc
	require.NoError(t, openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: got.status, Header: got.header, Body: io.NopCloser(bytes.NewReader(body)),
		Options: validationOptions(),
	}), "%s %s answered %d %s", r.Method, r.URL.Path, got.status, body)
}

// checkLetters validates a letter against its own branch of Lob's oneOf, whose branches overlap.
func checkLetters(t *testing.T, doc *openapi3.T, got reply) {
	t.Helper()
	if got.status != http.StatusOK {
		return
	}
	object := got.json(t)
	letters, isList := object["data"].([]any)
	if !isList {
		letters = []any{object}
	}
	for _, letter := range letters {
		branch := "no_extra_service"
		switch service, _ := letter.(map[string]any)["extra_service"].(string); service {
		case "certified", "certified_return_receipt":
			branch = "certified"
		case "registered":
			branch = "registered"
		}
		schema := doc.Components.Schemas[branch].Value
		require.NoError(t, schema.VisitJSON(letter, openapi3.SetSchemaRegexCompiler(compilePattern)), "%s", got.body)
	}
}

func keys(object map[string]any) []string {
	var names []string
	for name := range object {
		names = append(names, name)
	}
	return names
}

func TestContractsAreValid(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]openapi3.ValidationOption{
		"sendgrid_mail_v3":       nil,
		"sendgrid_email_logs_v3": nil,
		"twilio_messages_v2010":  {openapi3.DisableExamplesValidation()},
		"lob_letters_v1":         {openapi3.DisableSchemaPatternValidation(), openapi3.DisableExamplesValidation()},
	} {
		doc, err := loadContract(name)
		require.NoError(t, err)
		require.NoError(t, doc.Validate(t.Context(), options...), name)
	}
}

// TestReadAs30 holds that reading SendGrid's 3.1 files as 3.0 changes no verdict.
func TestReadAs30(t *testing.T) {
	t.Parallel()
	ops, err := publishedOperations()
	require.NoError(t, err)
	for name, change := range brokenMails {
		requireSameVerdict(t, ops.mailSend, mailBody("a@debtor.example", change), name)
	}
	requireSameVerdict(t, ops.mailSend, mailBody("a@debtor.example", nil), "good mail")
	for _, body := range []string{`{"query": "", "limit": 10}`, `{"limit": 0}`, `{"limit": "1"}`, `{"query": 1}`, `{"subusers": ["1", "2"]}`, `[]`} {
		requireSameVerdict(t, ops.logsSearch, body, body)
	}
}

func requireSameVerdict(t *testing.T, op operation, body, name string) {
	t.Helper()
	request := httptest.NewRequest(op.method, op.path, nil)
	request.Header.Set("Content-Type", "application/json")
	as30 := op.input(request, nil, []byte(body))
	as31 := op.input(request, nil, []byte(body))
	as31.Route.Spec = op.doc
	require.True(t, as31.Route.Spec.IsOpenAPI31OrLater())
	require.False(t, as30.Route.Spec.IsOpenAPI31OrLater())
	verdict30 := openapi3filter.ValidateRequest(t.Context(), as30)
	verdict31 := openapi3filter.ValidateRequest(t.Context(), as31)
	require.Equal(t, verdict31 == nil, verdict30 == nil, "%s: %v, %v", name, verdict30, verdict31)
}

func TestNotURLPattern(t *testing.T) {
	t.Parallel()
	pattern, err := compilePattern(`^(?!https://)[a-z:/.]+\.pdf$`)
	require.NoError(t, err)
	require.True(t, pattern.MatchString("letter.pdf"))
	require.False(t, pattern.MatchString("https://x.example/letter.pdf"))
	require.False(t, pattern.MatchString("letter.doc"))
	_, err = compilePattern("(")
	require.Error(t, err)
}

// TestLobCountries: every country of the contract has a name that the contract's answers know.
func TestLobCountries(t *testing.T) {
	t.Parallel()
	ops, err := publishedOperations()
	require.NoError(t, err)
	schemas := ops.letterCreate.doc.Components.Schemas
	names := map[string]bool{}
	for _, part := range schemas["address_intl"].Value.AllOf {
		if country := part.Value.Properties["address_country"]; country != nil {
			for _, name := range country.Value.Enum {
				names[name.(string)] = true
			}
		}
	}
	require.NotEmpty(t, names)
	for _, code := range schemas["country_extended"].Value.Enum {
		require.True(t, names[lobCountry(code.(string))], "%s is %q", code, lobCountry(code.(string)))
	}
	require.Equal(t, "UNITED STATES", lobCountry("US"))
	require.Equal(t, "UNITED STATES", lobCountry(""))
	require.Equal(t, "??", lobCountry("??"))
}

func TestUnreadableBodyHasNoFields(t *testing.T) {
	t.Parallel()
	require.Empty(t, objectKeys([]byte(`["a"]`)))
	var object map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(`{"a": 1}`), &object))
	require.Equal(t, []string{"a"}, objectKeys([]byte(`{"a": 1}`)))
}
