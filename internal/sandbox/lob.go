package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

func (s *Server) lob() provider { return provider{Lob, lobDialect{s.config.Wall}} }

func (s *Server) routeLob(mux *http.ServeMux) {
	mux.HandleFunc("POST /lob/v1/letters", s.letterCreate)
	mux.HandleFunc("GET /lob/v1/letters", s.letterList)
	mux.HandleFunc("GET /lob/v1/letters/{id}", s.letterRead)
	mux.HandleFunc("DELETE /lob/v1/letters/{id}", s.letterCancel)
	mux.HandleFunc("/lob/", s.unknownCall(s.lob()))
}

const (
	// cancellationWindow is how long a letter without a send date can be cancelled: Lob's default.
	cancellationWindow = 5 * time.Minute
	farthestSendDate   = 180 * 24 * time.Hour
	// sendDateGrace forgives a send date that was "now" when the request was built.
	sendDateGrace = time.Minute

	maxMetadata, maxMetadataKey, maxMetadataValue = 20, 40, 500
	// maxAddressLines bounds the two lines of the recipient's address together (address_length_exceeds_limit).
	maxAddressLines = 50
)

// beginLob reads and authenticates. Validation is the handlers' own, because a letter has to be brought to JSON first.
func (s *Server) beginLob(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	p := s.lob()
	body, ok := s.readBody(w, r, p)
	if !ok {
		return nil, false
	}
	if key, _, isBasic := r.BasicAuth(); !isBasic || key == "" {
		p.unauthorized().write(w)
		return nil, false
	}
	return body, true
}

// lobAccount is "test" or "live": idempotency keys and letters are apart in the two. The key itself is kept nowhere.
func lobAccount(r *http.Request) string {
	key, _, _ := r.BasicAuth()
	if strings.HasPrefix(key, "live_") {
		return "live"
	}
	return "test"
}

func (s *Server) letterCreate(w http.ResponseWriter, r *http.Request) {
	p, op := s.lob(), s.ops.letterCreate
	body, ok := s.beginLob(w, r)
	if !ok {
		return
	}
	request, err := parseLetter(r.Header.Get("Content-Type"), body)
	if err != nil {
		s.kept(w, p, op, []problem{{"", err.Error()}})
		return
	}
	if !s.kept(w, p, op, s.letterProblems(r, request)) {
		return
	}
	if lines := request.address("to"); utf8.RuneCountInString(lines.Line1+lines.Line2) > maxAddressLines {
		lobSays(http.StatusUnprocessableEntity, "address_length_exceeds_limit",
			"to.address_line1 and to.address_line2 together may not exceed 50 characters").write(w)
		return
	}
	draft, err := s.letterEntry(r, request)
	if err != nil {
		s.lost(p, err).write(w)
		return
	}
	s.perform(w, r, p, CallSend, []string{draft.ToName, draft.To}, func(Fault) answer {
		accepted, err := s.ledger.accept([]Entry{draft})
		if err != nil {
			return s.lost(p, err)
		}
		return answer{status: http.StatusOK, header: lobQuota(s.config.Wall()), body: s.letter(accepted[0])}
	})
}

// lobQuota are the headers of the contract's answer; nobody is ever near the limit.
func lobQuota(wall time.Time) http.Header {
	reset := fmt.Sprint(wall.Add(5 * time.Second).Unix())
	return http.Header{"Ratelimit-Limit": {"150"}, "Ratelimit-Remaining": {"149"}, "Ratelimit-Reset": {reset}}
}

// letterProblems checks the contract, in which an uploaded file appears as its name, and the rules that it does not express.
func (s *Server) letterProblems(r *http.Request, request letterRequest) []problem {
	asJSON, err := json.Marshal(request.fields)
	if err != nil {
		return []problem{{"", err.Error()}}
	}
	jsonRequest := r.Clone(r.Context())
	jsonRequest.Header.Set("Content-Type", "application/json")
	problems := s.ops.letterCreate.check(jsonRequest, nil, asJSON)
	if len(problems) > 0 {
		return problems
	}
	if r.Header.Get("Idempotency-Key") != "" && r.URL.Query().Get("idempotency_key") != "" {
		problems = append(problems, problem{"idempotency_key", "give it as a header or in the query, not both"})
	}
	problems = append(problems, metadataProblems(request.metadata())...)
	problems = append(problems, serviceProblems(request)...)
	problems = append(problems, fileProblems(request)...)
	return append(problems, s.sendDateProblems(request)...)
}

func metadataProblems(metadata map[string]string) []problem {
	var problems []problem
	if len(metadata) > maxMetadata {
		problems = append(problems, problem{"metadata", "at most 20 pairs"})
	}
	for name, value := range metadata {
		if len(name) > maxMetadataKey || utf8.RuneCountInString(value) > maxMetadataValue || strings.ContainsAny(name+value, `"\`) {
			problems = append(problems, problem{"metadata." + name, `keys up to 40 and values up to 500 characters, without " and \`})
		}
	}
	return problems
}

// serviceProblems: only a US company can send, and only within the US can a letter be certified.
func serviceProblems(request letterRequest) []problem {
	var problems []problem
	if _, isObject := request.fields["from"].(map[string]any); !isObject || !request.address("from").isUS() {
		problems = append(problems, problem{"from", "must be an inline US address (foreign_return_address)"})
	}
	if _, isObject := request.fields["to"].(map[string]any); !isObject {
		problems = append(problems, problem{"to", "must be an inline address: the sandbox has no address book"})
	}
	service := request.text("extra_service")
	if strings.HasPrefix(service, "certified") && !request.address("to").isUS() {
		problems = append(problems, problem{"extra_service", "certified letters stay within the US (invalid_international_feature)"})
	}
	if service != "" && (request.text("mail_type") == "usps_standard" || request.text("size") == "us_legal") {
		problems = append(problems, problem{"extra_service", "not with usps_standard or us_legal"})
	}
	return problems
}

func fileProblems(request letterRequest) []problem {
	switch {
	case request.upload == nil:
		return nil
	case len(request.upload) > maxLetterFile:
		return []problem{{"file", "larger than 5 MB (file_size_exceeds_limit)"}}
	case !isPDF(request.upload) && !strings.Contains(string(request.upload), "<"):
		return []problem{{"file", "neither PDF nor HTML (invalid_file)"}}
	}
	return nil
}

// sendDateProblems reads the business clock: a send date is when the debtor's letter is printed.
func (s *Server) sendDateProblems(request letterRequest) []problem {
	at, err := sendDate(request.text("send_date"))
	if err != nil {
		return []problem{{"send_date", "is not a time in ISO 8601"}}
	}
	if at.IsZero() {
		return nil
	}
	if now := s.config.Now(); at.Before(now.Add(-sendDateGrace)) || at.After(now.Add(farthestSendDate)) {
		return []problem{{"send_date", "must be after the current time and at most 180 days ahead"}}
	}
	return nil
}

// sendDate reads a date, which means midnight UTC, or a time, which means UTC unless it says otherwise.
func sendDate(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	var at time.Time
	var err error
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if at, err = time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return at, err
}

func (s *Server) letterEntry(r *http.Request, request letterRequest) (Entry, error) {
	from, to := request.address("from"), request.address("to")
	key := r.Header.Get("Idempotency-Key")
	if key == "" {
		key = r.URL.Query().Get("idempotency_key")
	}
	sendAt, _ := sendDate(request.text("send_date")) // checked before
	e := Entry{
		Provider: Lob, Account: lobAccount(r), To: to.Line(), ToName: cmp.Or(to.Name, to.Company), From: from.Line(),
		Subject: request.text("description"), IdempotencyKey: key,
		Letter: &Letter{
			To: to, From: from, Service: request.text("extra_service"),
			MailType:  cmp.Or(request.text("mail_type"), "usps_first_class"),
			Placement: cmp.Or(request.text("address_placement"), "top_first_page"),
			UseType:   request.text("use_type"), Color: request.flag("color", false),
			DoubleSided: request.flag("double_sided", true), SendDate: sendAt,
		},
	}
	e.setTags(request.metadata())
	return e, s.attachLetterFile(&e, request)
}

func (s *Server) attachLetterFile(e *Entry, request letterRequest) error {
	content, name, media := request.upload, request.text("file"), "text/html"
	switch {
	case isPDF(content):
		media = "application/pdf"
	case content == nil && strings.Contains(name, "<"):
		content, name = []byte(name), "letter.html"
	case content == nil:
		e.Letter.FileReference = name
		return nil
	}
	stored, err := s.ledger.store(name, media, content)
	e.Files = []File{stored}
	return err
}
