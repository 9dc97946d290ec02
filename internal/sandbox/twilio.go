package sandbox

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

func (s *Server) twilio() provider { return provider{Twilio, twilioDialect{}} }

func (s *Server) routeTwilio(mux *http.ServeMux) {
	const messages = "/twilio/2010-04-01/Accounts/{account}/Messages"
	mux.HandleFunc("POST "+messages+".json", s.messageCreate)
	mux.HandleFunc("GET "+messages+".json", s.messageList)
	mux.HandleFunc("GET "+messages+"/{sid}", s.messageRead)
	mux.HandleFunc("POST "+messages+"/{sid}", s.messageUpdate)
	mux.HandleFunc("/twilio/", s.unknownCall(s.twilio()))
}

// Limits of a message (Messages resource, "Body", "ValidityPeriod", "SendAt").
const (
	maxSMSBody        = 1600
	maxValiditySecs   = 36_000
	soonestSendAt     = 300 * time.Second
	farthestSMSSendAt = 35 * 24 * time.Hour
)

var (
	e164         = regexp.MustCompile(`^\+[1-9]\d{6,14}$`)
	shortCode    = regexp.MustCompile(`^\d{5,6}$`)
	alphanumeric = regexp.MustCompile(`^[A-Za-z0-9 &_+-]{1,11}$`)
	accountSID   = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)
)

// beginTwilio reads, authenticates and validates a request.
func (s *Server) beginTwilio(w http.ResponseWriter, r *http.Request, op operation, params map[string]string) ([]byte, bool) {
	p := s.twilio()
	body, ok := s.readBody(w, r, p)
	if !ok {
		return nil, false
	}
	user, secret, isBasic := r.BasicAuth()
	account := r.PathValue("account")
	if !isBasic || secret == "" || !accountSID.MatchString(account) || user != account && !strings.HasPrefix(user, "SK") {
		p.unauthorized().write(w)
		return nil, false
	}
	params["AccountSid"] = account
	return body, s.kept(w, p, op, op.check(r, params, body))
}

func (s *Server) messageCreate(w http.ResponseWriter, r *http.Request) {
	p, op := s.twilio(), s.ops.messageCreate
	body, ok := s.beginTwilio(w, r, op, map[string]string{})
	if !ok {
		return
	}
	form, _ := url.ParseQuery(string(body)) // validated above
	if !s.kept(w, p, op, messageProblems(form)) {
		return
	}
	if refusal, found := messageRefusal(form, s.config.Now); found {
		refusal.write(w)
		return
	}
	draft := smsEntry(r.PathValue("account"), form)
	s.perform(w, r, p, CallSend, []string{draft.To}, func(f Fault) answer {
		draft.SMS.Held = f.Mode == ModeHold
		accepted, err := s.ledger.accept([]Entry{draft})
		if err != nil {
			return s.lost(p, err)
		}
		return answer{status: http.StatusCreated, body: accepted[0].message(initialStatus(accepted[0]))}
	})
}

// messageProblems are mistakes of the sender's program that the OpenAPI file does not express.
func messageProblems(form url.Values) []problem {
	var problems []problem
	from, service := form.Get("From"), form.Get("MessagingServiceSid")
	if form.Get("To") == "" {
		problems = append(problems, problem{"To", "A 'To' phone number is required."})
	}
	if from == "" && service == "" {
		problems = append(problems, problem{"From", "A 'From' phone number is required."})
	}
	if form.Get("Body") == "" && form.Get("MediaUrl") == "" && form.Get("ContentSid") == "" {
		problems = append(problems, problem{"Body", "Message body is required."})
	}
	if callback := form.Get("StatusCallback"); callback != "" && !isCallback(callback) {
		problems = append(problems, problem{"StatusCallback", "The 'StatusCallback' URL is not a valid URL."})
	}
	if text := form.Get("ValidityPeriod"); text != "" {
		if secs, err := strconv.Atoi(text); err != nil || secs < 1 || secs > maxValiditySecs {
			problems = append(problems, problem{"ValidityPeriod", "must be from 1 to 36000."})
		}
	}
	if (form.Get("ScheduleType") != "" || form.Get("SendAt") != "") && (service == "" || form.Get("ScheduleType") == "" || form.Get("SendAt") == "") {
		problems = append(problems, problem{"SendAt", "Scheduling needs MessagingServiceSid, ScheduleType and SendAt."})
	}
	return problems
}

func isCallback(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && !strings.Contains(u.Hostname(), "_")
}

// messageRefusal is what Twilio refuses because of what was written rather than how: the contract is kept.
func messageRefusal(form url.Values, now func() time.Time) (answer, bool) {
	to, from := form.Get("To"), form.Get("From")
	switch {
	case !e164.MatchString(to):
		return twilioSays(http.StatusBadRequest, twilioBadTo, "The 'To' number "+to+" is not a valid phone number."), true
	case from != "" && !e164.MatchString(from) && !shortCode.MatchString(from) && !isSenderName(from):
		return twilioSays(http.StatusBadRequest, twilioBadFrom, "The 'From' number "+from+" is not a valid phone number, shortcode, or alphanumeric sender ID."), true
	case utf8.RuneCountInString(form.Get("Body")) > maxSMSBody:
		return twilioSays(http.StatusBadRequest, twilioBodyTooLong, "The concatenated message body exceeds the 1600 character limit"), true
	}
	sendAt, err := time.Parse(time.RFC3339, form.Get("SendAt"))
	if err != nil {
		return answer{}, false // none
	}
	if sendAt.Before(now().Add(soonestSendAt)) {
		return twilioSays(http.StatusBadRequest, twilioSendAtTooSoon, "SendAt timestamp must be at least 300 seconds in the future"), true
	}
	if sendAt.After(now().Add(farthestSMSSendAt)) {
		return twilioSays(http.StatusBadRequest, twilioSendAtTooLate, "SendAt timestamp must be at most 35 days in the future"), true
	}
	return answer{}, false
}

func isSenderName(from string) bool {
	return alphanumeric.MatchString(from) && strings.ContainsAny(from, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
}

func smsEntry(account string, form url.Values) Entry {
	e := Entry{Provider: Twilio, Account: account, To: form.Get("To"), From: form.Get("From"), Text: form.Get("Body")}
	details := &SMS{Callback: form.Get("StatusCallback"), Service: form.Get("MessagingServiceSid")}
	e.Segments, details.Encoding = segmentsOf(e.Text)
	details.ValidSecs, _ = strconv.Atoi(form.Get("ValidityPeriod"))
	if sendAt, err := time.Parse(time.RFC3339, form.Get("SendAt")); err == nil {
		details.SendAt = sendAt.UTC()
	}
	e.SMS = details
	if callback, err := url.Parse(details.Callback); err == nil {
		e.setTags(firstValues(callback.Query()))
	}
	return e
}

func firstValues(values url.Values) map[string]string {
	if len(values) == 0 {
		return nil
	}
	firsts := map[string]string{}
	for name := range values {
		firsts[name] = values.Get(name)
	}
	return firsts
}

// messageUpdate cancels. Redacting (an empty Body) is not offered.
func (s *Server) messageUpdate(w http.ResponseWriter, r *http.Request) {
	p, op := s.twilio(), s.ops.messageUpdate
	sid, isJSON := strings.CutSuffix(r.PathValue("sid"), ".json")
	body, ok := s.beginTwilio(w, r, op, map[string]string{"Sid": sid})
	if !ok {
		return
	}
	e := s.messageWith(r.PathValue("account"), sid)
	if e == nil || !isJSON {
		p.unknown(r.Method, r.URL.Path).write(w)
		return
	}
	form, _ := url.ParseQuery(string(body)) // validated above
	if form.Get("Status") != "canceled" {
		s.kept(w, p, op, []problem{{"Status", "the sandbox can only cancel a message"}})
		return
	}
	s.perform(w, r, p, CallCancel, []string{e.To}, func(Fault) answer { return s.cancelMessage(e) })
}

func (s *Server) cancelMessage(e *Entry) answer {
	canceled, done, err := s.ledger.cancel(e.Seq, func(e *Entry, now time.Time) bool {
		return e.SMS.Held || e.SMS.SendAt.After(now)
	})
	if err != nil {
		return s.lost(s.twilio(), err)
	}
	if !done {
		// The status is not published; Twilio's 304xx errors end in the HTTP status that they come with.
		return twilioSays(http.StatusConflict, twilioNotCancelable, "This message cannot be canceled")
	}
	return answer{status: http.StatusOK, body: canceled.message("canceled")}
}

func (s *Server) messageWith(account, sid string) *Entry {
	for _, e := range s.ledger.withID(sid) {
		if e.Provider == Twilio && e.Account == account {
			return e
		}
	}
	return nil
}
