package sandbox

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// message is Twilio's message resource.
type message struct {
	SID                 string            `json:"sid"`
	AccountSID          string            `json:"account_sid"`
	MessagingServiceSID *string           `json:"messaging_service_sid"`
	APIVersion          string            `json:"api_version"`
	Body                string            `json:"body"`
	To                  string            `json:"to"`
	From                *string           `json:"from"`
	Status              string            `json:"status"`
	Direction           string            `json:"direction"`
	NumSegments         string            `json:"num_segments"`
	NumMedia            string            `json:"num_media"`
	DateCreated         string            `json:"date_created"` // wall time, as all dates here
	DateUpdated         string            `json:"date_updated"`
	DateSent            *string           `json:"date_sent"`
	ErrorCode           *int              `json:"error_code"`
	ErrorMessage        *string           `json:"error_message"`
	Price               *string           `json:"price"`
	PriceUnit           *string           `json:"price_unit"`
	URI                 string            `json:"uri"`
	SubresourceURIs     map[string]string `json:"subresource_uris"`
}

// message shows the entry under a status. A message that has not been sent has no date_sent, and one that was given to a
// messaging service has no sender and no segments yet.
func (e *Entry) message(status string) message {
	const rfc2822 = time.RFC1123Z
	at := e.ReceivedAt.Format(rfc2822)
	uri := "/2010-04-01/Accounts/" + e.Account + "/Messages/" + e.ProviderID
	m := message{
		SID: e.ProviderID, AccountSID: e.Account, APIVersion: "2010-04-01", Body: e.Text, To: e.To, Status: status,
		Direction: "outbound-api", NumSegments: strconv.Itoa(e.Segments), NumMedia: "0", DateCreated: at, DateUpdated: at,
		URI: uri + ".json", SubresourceURIs: map[string]string{"media": uri + "/Media.json"},
	}
	if e.From != "" {
		m.From = &e.From
	}
	if e.SMS.Service != "" {
		m.MessagingServiceSID = &e.SMS.Service
	}
	switch status {
	case statusDelivered:
		m.DateSent = &at
	case "accepted", "scheduled":
		m.NumSegments = "0"
	}
	return m
}

// initialStatus is what creating the message answers.
func initialStatus(e *Entry) string {
	switch {
	case !e.SMS.SendAt.IsZero():
		return "scheduled"
	case e.SMS.Service != "":
		return "accepted"
	default:
		return "queued"
	}
}

// messageStatus is what reading it answers later: whatever is not held or scheduled is delivered at once.
func (s *Server) messageStatus(e *Entry) string {
	switch {
	case e.Canceled:
		return "canceled"
	case e.SMS.Held || !e.SMS.SendAt.IsZero() && e.SMS.SendAt.After(s.config.Now()):
		return initialStatus(e)
	default:
		return statusDelivered
	}
}

func (s *Server) messageRead(w http.ResponseWriter, r *http.Request) {
	p := s.twilio()
	sid, isJSON := strings.CutSuffix(r.PathValue("sid"), ".json")
	if _, ok := s.beginTwilio(w, r, s.ops.messageRead, map[string]string{"Sid": sid}); !ok {
		return
	}
	e := s.messageWith(r.PathValue("account"), sid)
	var recipients []string
	if e != nil {
		recipients = []string{e.To}
	}
	s.perform(w, r, p, CallLookup, recipients, func(f Fault) answer {
		if e == nil || !isJSON || f.Mode == ModeBlind {
			return p.unknown(r.Method, r.URL.Path)
		}
		return answer{status: http.StatusOK, body: e.message(s.messageStatus(e))}
	})
}
