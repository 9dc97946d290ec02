package sandbox

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

//go:embed contracts/*.json
var contractFiles embed.FS

// operation is one call of one published contract.
type operation struct {
	doc    *openapi3.T
	path   string // as the contract writes it, without our prefix
	method string
}

// operations are the calls that the sandbox answers.
type operations struct {
	mailSend, logsSearch, logsRead                         operation
	messageCreate, messageList, messageRead, messageUpdate operation
	letterCreate, letterList, letterRead, letterCancel     operation
}

// publishedOperations parses the contracts once for all servers of a process.
var publishedOperations = sync.OnceValues(func() (*operations, error) {
	docs := map[string]*openapi3.T{}
	for _, name := range []string{"sendgrid_mail_v3", "sendgrid_email_logs_v3", "twilio_messages_v2010", "lob_letters_v1"} {
		doc, err := loadContract(name)
		if err != nil {
			return nil, err
		}
		docs[name] = doc
	}
	mendLob(docs["lob_letters_v1"])
	mail, logs := docs["sendgrid_mail_v3"], docs["sendgrid_email_logs_v3"]
	twilio, lob := docs["twilio_messages_v2010"], docs["lob_letters_v1"]
	const messages, message = "/2010-04-01/Accounts/{AccountSid}/Messages.json", "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"
	return &operations{
		mailSend:      operation{mail, "/v3/mail/send", http.MethodPost},
		logsSearch:    operation{logs, "/v3/logs", http.MethodPost},
		logsRead:      operation{logs, "/v3/logs/{sg_message_id}", http.MethodGet},
		messageCreate: operation{twilio, messages, http.MethodPost},
		messageList:   operation{twilio, messages, http.MethodGet},
		messageRead:   operation{twilio, message, http.MethodGet},
		messageUpdate: operation{twilio, message, http.MethodPost},
		letterCreate:  operation{lob, "/letters", http.MethodPost},
		letterList:    operation{lob, "/letters", http.MethodGet},
		letterRead:    operation{lob, "/letters/{ltr_id}", http.MethodGet},
		letterCancel:  operation{lob, "/letters/{ltr_id}", http.MethodDelete},
	}, nil
})

// mendLob corrects two slips of Lob's file. An address abroad must have either a city with a state or a postal code, but the
// file also forbids to have both; and the cursors of a list stand there as one parameter called "before/after".
func mendLob(lob *openapi3.T) {
	for _, part := range lob.Components.Schemas["inline_address_intl"].Value.AllOf {
		part.Value.AnyOf, part.Value.OneOf = append(part.Value.AnyOf, part.Value.OneOf...), nil
	}
	list := lob.Paths.Find("/letters").Get
	list.Parameters = slices.DeleteFunc(list.Parameters, func(p *openapi3.ParameterRef) bool { return p.Value.Name == "before/after" })
}

func loadContract(name string) (*openapi3.T, error) {
	text, err := contractFiles.ReadFile("contracts/" + name + ".json")
	if err != nil {
		return nil, fmt.Errorf("read contract %s: %w", name, err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		return nil, fmt.Errorf("load contract %s: %w", name, err)
	}
	return doc, nil
}

// problem is one way in which a request breaks a contract. Field is dotted ("personalizations.0.to.0.email") or empty.
type problem struct {
	Field   string
	Message string
}

func (p problem) String() string {
	if p.Field == "" {
		return p.Message
	}
	return p.Field + ": " + p.Message
}

// route is what the validator needs to know about where a request arrived.
//
// Two of the files are OpenAPI 3.1, for which the validator compiles the whole schema again at every call: 2 to 17 ms. Their
// request schemas use nothing that 3.0 has not, so for requests they are read as 3.0, in 0.1 ms; a test compares the verdicts.
func (o operation) route() *routers.Route {
	item := o.doc.Paths.Find(o.path)
	spec := *o.doc
	spec.OpenAPI = "3.0.3"
	return &routers.Route{Spec: &spec, Path: o.path, PathItem: item, Method: o.method, Operation: item.GetOperation(o.method)}
}

// check validates a request whose body has been read already. It returns nil when the contract is kept.
func (o operation) check(r *http.Request, params map[string]string, body []byte) []problem {
	input := o.input(r, params, body)
	problems := problemsOf(openapi3filter.ValidateRequest(r.Context(), input))
	return append(problems, o.unknownFields(r, body)...)
}

func (o operation) input(r *http.Request, params map[string]string, body []byte) *openapi3filter.RequestValidationInput {
	copied := r.Clone(r.Context())
	copied.Body, copied.ContentLength, copied.GetBody = io.NopCloser(bytes.NewReader(body)), int64(len(body)), nil
	return &openapi3filter.RequestValidationInput{
		Request: copied, PathParams: params, QueryParams: r.URL.Query(), Route: o.route(), Options: validationOptions(),
	}
}

// validationOptions: authentication is the handlers' own business, because a wrong key is not a broken contract; SendGrid's
// "email" format is not among those that the validator enforces by itself.
func validationOptions() *openapi3filter.Options {
	return &openapi3filter.Options{
		MultiError:          true,
		SkipSettingDefaults: true,
		AuthenticationFunc:  openapi3filter.NoopAuthenticationFunc,
		RegexCompiler:       compilePattern,
		SchemaValidationOptions: []openapi3.SchemaValidationOption{
			openapi3.WithStringFormatValidator("email", emailFormat),
			openapi3.SetSchemaRegexCompiler(compilePattern),
		},
	}
}

var emailFormat = openapi3.NewRegexpFormatValidator(`^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$`)

// compilePattern supports the one look-ahead that the contracts contain: Lob's "not a URL".
func compilePattern(pattern string) (openapi3.RegexMatcher, error) {
	const notURL = `^(?!https://)`
	rest, found := strings.CutPrefix(pattern, notURL)
	if !found {
		return regexp.Compile(pattern)
	}
	compiled, err := regexp.Compile("^" + rest)
	return notURLPattern{compiled}, err
}

type notURLPattern struct{ rest *regexp.Regexp }

func (p notURLPattern) MatchString(s string) bool {
	return !strings.HasPrefix(s, "https://") && p.rest.MatchString(s)
}

// problemsOf flattens the validator's tree of errors. Values are left out: they are what a debtor would have read.
func problemsOf(err error) []problem {
	if err == nil {
		return nil
	}
	if several, ok := err.(openapi3.MultiError); ok { //nolint:errorlint // the tree is walked level by level
		var all []problem
		for _, one := range several {
			all = append(all, problemsOf(one)...)
		}
		return all
	}
	var inRequest *openapi3filter.RequestError
	if errors.As(err, &inRequest) {
		return problemsInRequest(inRequest)
	}
	var inSchema *openapi3.SchemaError
	if errors.As(err, &inSchema) {
		return []problem{{strings.Join(inSchema.JSONPointer(), "."), schemaReason(inSchema)}}
	}
	return []problem{{"", err.Error()}}
}

func problemsInRequest(err *openapi3filter.RequestError) []problem {
	inner := problemsOf(err.Err)
	if len(inner) == 0 {
		inner = []problem{{"", err.Reason}}
	}
	if err.Parameter != nil {
		for i := range inner {
			inner[i].Field = strings.TrimSuffix(err.Parameter.Name+"."+inner[i].Field, ".")
		}
	}
	return inner
}

// schemaReason is the validator's reason, without the patterns of formats, and with what each alternative lacks.
func schemaReason(err *openapi3.SchemaError) string {
	switch err.SchemaField {
	case "format":
		return "is not a valid " + err.Schema.Format
	case "oneOf", "anyOf", "allOf":
	default:
		return err.Reason
	}
	var reasons []string
	for _, p := range problemsOf(err.Origin) {
		if s := p.String(); !slices.Contains(reasons, s) {
			reasons = append(reasons, s)
		}
	}
	if reasons == nil {
		return err.Reason
	}
	return strings.Join(reasons, "; or ")
}

// unknownFields finds top-level fields that the contract does not have. The contracts do not forbid them, but a misspelt
// field is silently ignored by a provider, and a stand-in should be where that comes out.
func (o operation) unknownFields(r *http.Request, body []byte) []problem {
	requestBody := o.route().Operation.RequestBody
	if requestBody == nil || len(body) == 0 {
		return nil
	}
	media := requestBody.Value.Content.Get(r.Header.Get("Content-Type"))
	if media == nil || media.Schema == nil {
		return nil
	}
	known := map[string]bool{}
	collectFields(media.Schema.Value, known)
	var problems []problem
	for _, name := range topLevelFields(r.Header.Get("Content-Type"), body) {
		if !known[name] {
			problems = append(problems, problem{name, "is not a field of this call"})
		}
	}
	return problems
}

func collectFields(schema *openapi3.Schema, into map[string]bool) {
	for name := range schema.Properties {
		into[name] = true
	}
	for _, part := range schema.AllOf {
		collectFields(part.Value, into)
	}
}

func topLevelFields(contentType string, body []byte) []string {
	var names []string
	if strings.HasPrefix(contentType, "application/x-www-form-urlencoded") {
		values, _ := url.ParseQuery(string(body)) // the validator has reported a malformed body
		for name := range values {
			names = append(names, name)
		}
	} else {
		names = objectKeys(body)
	}
	slices.Sort(names)
	return names
}
