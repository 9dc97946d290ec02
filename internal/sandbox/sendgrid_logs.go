package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// logSummary is one row of POST /v3/logs.
type logSummary struct {
	FromEmail string `json:"from_email"`
	MessageID string `json:"sg_message_id"`
	Subject   string `json:"subject"`
	ToEmail   string `json:"to_email"`
	Reason    string `json:"reason,omitempty"`
	Status    string `json:"status"`
	CreatedAt string `json:"sg_message_id_created_at"` // wall time
}

// logDetail is GET /v3/logs/{sg_message_id}.
type logDetail struct {
	FromEmail  string            `json:"from_email"`
	MessageID  string            `json:"sg_message_id"`
	Subject    string            `json:"subject"`
	ToEmail    string            `json:"to_email"`
	Status     string            `json:"status"`
	APIKeyID   string            `json:"api_key_id"`
	ClientIP   string            `json:"client_ip"`
	Category   []string          `json:"category,omitempty"`
	CustomArgs map[string]string `json:"custom_args,omitempty"`
	Events     []logEvent        `json:"events"`
}

type logEvent struct {
	Event     string `json:"event"`
	Email     string `json:"email"`
	MessageID string `json:"sg_message_id"`
	EventID   string `json:"sg_event_id"`
	SMTPID    string `json:"smtp-id"`
	Timestamp int64  `json:"timestamp"`
	IP        string `json:"ip,omitempty"`
	Response  string `json:"response,omitempty"`
}

const (
	statusDelivered   = "delivered" // everything accepted is delivered at once
	defaultLogsLimit  = 10
	sandboxAPIKeyID   = "sandbox"
	sandboxIP         = "127.0.0.1"
	acceptedBySandbox = "250 OK kept by the sandbox"
)

func (s *Server) logsSearch(w http.ResponseWriter, r *http.Request) {
	p, op := s.sendGrid(), s.ops.logsSearch
	body, ok := s.beginSendGrid(w, r, op, nil)
	if !ok {
		return
	}
	request := struct {
		Query string `json:"query"`
		Limit int    `json:"limit"`
	}{Limit: defaultLogsLimit}
	if err := json.Unmarshal(body, &request); err != nil {
		s.kept(w, p, op, []problem{{"", "Bad Request"}})
		return
	}
	query, err := parseLogQuery(request.Query)
	if err != nil {
		s.kept(w, p, op, []problem{{"query", err.Error()}})
		return
	}
	s.perform(w, r, p, CallLookup, query.recipients(), func(f Fault) answer {
		found := []logSummary{}
		if f.Mode != ModeBlind {
			found = s.searchLogs(query, request.Limit)
		}
		return answer{status: http.StatusOK, body: map[string]any{"messages": found}}
	})
}

// searchLogs returns the newest first.
func (s *Server) searchLogs(query logQuery, limit int) []logSummary {
	entries := s.candidates(query)
	found := []logSummary{}
	for _, e := range slices.Backward(entries) {
		if len(found) == limit {
			break
		}
		if e.Provider == SendGrid && query.matches(e) {
			found = append(found, e.logSummary())
		}
	}
	return found
}

// candidates uses the index by recipient where the query allows it.
func (s *Server) candidates(query logQuery) []*Entry {
	if to := query.recipients(); len(to) > 0 {
		return s.ledger.sentTo(to[0])
	}
	entries, _ := s.ledger.snapshot()
	return entries
}

func (s *Server) logsRead(w http.ResponseWriter, r *http.Request) {
	p, id := s.sendGrid(), r.PathValue("id")
	if _, ok := s.beginSendGrid(w, r, s.ops.logsRead, map[string]string{"sg_message_id": id}); !ok {
		return
	}
	var found *Entry
	messageID, _, _ := strings.Cut(id, ".")
	for _, e := range s.ledger.withID(messageID) {
		if e.Provider == SendGrid && e.logID() == id {
			found = e
		}
	}
	var recipients []string
	if found != nil {
		recipients = []string{found.To}
	}
	s.perform(w, r, p, CallLookup, recipients, func(f Fault) answer {
		if found == nil || f.Mode == ModeBlind {
			return sendGridSays(http.StatusNotFound, "message not found")
		}
		return answer{status: http.StatusOK, body: found.logDetail()}
	})
}

func (e *Entry) logSummary() logSummary {
	return logSummary{
		FromEmail: e.From, MessageID: e.logID(), Subject: e.Subject, ToEmail: e.To, Status: statusDelivered,
		CreatedAt: e.ReceivedAt.Format("2006-01-02T15:04:05.000Z"),
	}
}

func (e *Entry) logDetail() logDetail {
	detail := logDetail{
		FromEmail: e.From, MessageID: e.logID(), Subject: e.Subject, ToEmail: e.To, Status: statusDelivered,
		APIKeyID: sandboxAPIKeyID, ClientIP: sandboxIP, Category: e.Email.Categories, CustomArgs: e.Tags,
	}
	for _, name := range []string{statusDelivered, "processed"} { // newest first
		event := logEvent{
			Event: name, Email: e.To, MessageID: e.logID(), EventID: hexID(name, e.Seq, e.Reference, 22),
			SMTPID: fmt.Sprintf("<%s@sandbox>", e.ProviderID), Timestamp: e.ReceivedAt.Unix(),
		}
		if name == statusDelivered {
			event.IP, event.Response = sandboxIP, acceptedBySandbox
		}
		detail.Events = append(detail.Events, event)
	}
	return detail
}
