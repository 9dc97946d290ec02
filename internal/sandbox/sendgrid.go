package sandbox

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
)

func (s *Server) sendGrid() provider { return provider{SendGrid, sendGridDialect{s.config.Wall}} }

func (s *Server) routeSendGrid(mux *http.ServeMux) {
	mux.HandleFunc("POST /sendgrid/v3/mail/send", s.mailSend)
	mux.HandleFunc("POST /sendgrid/v3/logs", s.logsSearch)
	mux.HandleFunc("GET /sendgrid/v3/logs/{id}", s.logsRead)
	mux.HandleFunc("/sendgrid/", s.unknownCall(s.sendGrid()))
}

// unknownCall answers what the provider may have and the sandbox has not.
func (s *Server) unknownCall(p provider) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.violate(p.name, r.Method, []problem{{"", "the sandbox has no such call"}})
		p.unknown(r.Method, r.URL.Path).write(w)
	}
}

// beginSendGrid reads, authenticates and validates a SendGrid request.
func (s *Server) beginSendGrid(w http.ResponseWriter, r *http.Request, op operation, params map[string]string) ([]byte, bool) {
	p := s.sendGrid()
	body, ok := s.readBody(w, r, p)
	if !ok {
		return nil, false
	}
	key, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !isBearer || strings.TrimSpace(key) == "" {
		p.unauthorized().write(w)
		return nil, false
	}
	return body, s.kept(w, p, op, op.check(r, params, body))
}

// kept reports whether a contract was kept, and answers and counts it when not.
func (s *Server) kept(w http.ResponseWriter, p provider, op operation, problems []problem) bool {
	if len(problems) == 0 {
		return true
	}
	s.violate(p.name, op.method+" "+op.path, problems)
	p.broken(problems).write(w)
	return false
}

// mail is the part of a mail/send request that decides what arrives.
type mail struct {
	Personalizations []personalization `json:"personalizations"`
	From             mailbox           `json:"from"`
	ReplyTo          *mailbox          `json:"reply_to"`
	Subject          string            `json:"subject"`
	Content          []mailContent     `json:"content"`
	Attachments      []mailAttachment  `json:"attachments"`
	TemplateID       string            `json:"template_id"`
	Headers          map[string]string `json:"headers"`
	Categories       []string          `json:"categories"`
	CustomArgs       map[string]string `json:"custom_args"`
	SendAt           int64             `json:"send_at"`
	MailSettings     struct {
		SandboxMode struct {
			Enable bool `json:"enable"`
		} `json:"sandbox_mode"`
	} `json:"mail_settings"`
}

type personalization struct {
	To         []mailbox         `json:"to"`
	Cc         []mailbox         `json:"cc"`
	Bcc        []mailbox         `json:"bcc"`
	Subject    string            `json:"subject"`
	Headers    map[string]string `json:"headers"`
	CustomArgs map[string]string `json:"custom_args"`
	SendAt     int64             `json:"send_at"`
}

func (p personalization) recipients() []mailbox {
	all := append([]mailbox{}, p.To...)
	return append(append(all, p.Cc...), p.Bcc...)
}

type mailbox struct {
	Email string `json:"email"`
	Name  string `json:"name"`
}

type mailContent struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

type mailAttachment struct {
	Content  string `json:"content"` // base64
	Type     string `json:"type"`
	Filename string `json:"filename"`
}

func (s *Server) mailSend(w http.ResponseWriter, r *http.Request) {
	p, op := s.sendGrid(), s.ops.mailSend
	body, ok := s.beginSendGrid(w, r, op, nil)
	if !ok {
		return
	}
	var m mail
	if err := json.Unmarshal(body, &m); err != nil {
		// The published contract leaves the values of headers and personal custom_args open; the API takes only strings.
		s.kept(w, p, op, []problem{{"", "Bad Request: values of headers and custom_args must be strings"}})
		return
	}
	if !s.kept(w, p, op, m.problems(s.config.Now)) {
		return
	}
	var recipients []string
	for _, personal := range m.Personalizations {
		for _, to := range personal.recipients() {
			recipients = append(recipients, to.Email)
		}
	}
	s.perform(w, r, p, CallSend, recipients, func(Fault) answer { return s.acceptMail(m) })
}

func (s *Server) acceptMail(m mail) answer {
	if m.MailSettings.SandboxMode.Enable {
		return answer{status: http.StatusOK} // checked, not sent: no activity, no credit
	}
	drafts, err := s.mailEntries(m)
	if err != nil {
		return s.lost(s.sendGrid(), err)
	}
	accepted, err := s.ledger.accept(drafts)
	if err != nil {
		return s.lost(s.sendGrid(), err)
	}
	return answer{status: http.StatusAccepted, header: http.Header{"X-Message-Id": {accepted[0].ProviderID}}}
}

// mailEntries makes one entry for every recipient.
func (s *Server) mailEntries(m mail) ([]Entry, error) {
	base := Entry{Provider: SendGrid, From: m.From.Email}
	for _, c := range m.Content {
		switch c.Type {
		case "text/plain":
			base.Text = c.Value
		case "text/html":
			base.HTML = c.Value
		}
	}
	for _, a := range m.Attachments {
		content, err := base64.StdEncoding.DecodeString(a.Content)
		if err != nil {
			return nil, err // m.problems has checked it
		}
		stored, err := s.ledger.store(a.Filename, a.Type, content)
		if err != nil {
			return nil, err
		}
		base.Files = append(base.Files, stored)
	}
	if len(m.Categories) > 0 {
		base.Kind = m.Categories[0]
	}
	var drafts []Entry
	for _, personal := range m.Personalizations {
		for _, to := range personal.recipients() {
			e := base
			e.To, e.ToName, e.Subject = to.Email, to.Name, m.Subject
			if personal.Subject != "" {
				e.Subject = personal.Subject
			}
			e.Email = m.emailDetails(personal, len(drafts))
			e.setTags(merged(m.CustomArgs, personal.CustomArgs))
			drafts = append(drafts, e)
		}
	}
	return drafts, nil
}

func (m mail) emailDetails(personal personalization, part int) *Email {
	details := &Email{
		Part: part, FromName: m.From.Name, Categories: m.Categories, Headers: merged(m.Headers, personal.Headers),
	}
	if m.ReplyTo != nil {
		details.ReplyTo = m.ReplyTo.Email
	}
	return details
}

// merged: what is said for one recipient overrides what is said for the message.
func merged(general, personal map[string]string) map[string]string {
	if len(general)+len(personal) == 0 {
		return nil
	}
	all := map[string]string{}
	maps.Copy(all, general)
	maps.Copy(all, personal)
	return all
}

// logID is the sg_message_id: the X-Message-Id with a suffix for the recipient.
func (e *Entry) logID() string {
	return e.ProviderID + ".recvd-sandbox-" + hexID("recvd", e.Seq, e.Reference, 8) + "." + strconv.Itoa(e.Email.Part)
}
