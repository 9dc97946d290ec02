package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// failuresView explains how to make a provider fail, and shows which faults are set and what broke a contract.
type failuresView struct {
	layout
	URL        string
	Faults     []faultView
	Magic      []magicView
	Violated   int
	Violations []violationView // newest first
}

type faultView struct{ What, Who, Times string }

type magicView struct{ Email, Number, Name, Says string }

type violationView struct{ Call, Reason, When string }

const shownViolations = 20

func (s *Server) failuresPage(w http.ResponseWriter, r *http.Request) {
	entries, _ := s.ledger.snapshot()
	page := failuresView{layout: s.layout("Failures on demand · Relance sandbox", "failures", entries), URL: "http://" + r.Host}
	for _, f := range s.faults.list() {
		page.Faults = append(page.Faults, f.view())
	}
	for _, m := range magicRecipients {
		page.Magic = append(page.Magic, magicView{
			"sandbox-" + m.Name + "@example.com", "+1 500 555 " + m.Digits, "Sandbox " + m.Name, m.Says,
		})
	}
	s.mu.Lock()
	page.Violated = s.violated
	s.mu.Unlock()
	for _, v := range slices.Backward(s.Violations()) {
		if len(page.Violations) == shownViolations {
			break
		}
		page.Violations = append(page.Violations, violationView{v.Provider + " " + v.Call, v.Reason, s.local(v.At).Format(clockFormat)})
	}
	s.render(w, http.StatusOK, "failures", page)
}

func (f armedFault) view() faultView {
	provider := map[string]string{"": "Every provider", SendGrid: "SendGrid", Twilio: "Twilio", Lob: "Lob"}[f.Provider]
	what := provider + ": " + strings.ReplaceAll(string(f.Mode), "_", " ") + " on " + string(f.call())
	if f.Delay > 0 {
		what += ", after " + f.Delay.String()
	}
	times := fmt.Sprintf("struck %d times, always on", f.struck)
	if f.Times > 0 {
		times = fmt.Sprintf("struck %d of %d times", f.struck, f.Times)
	}
	who := f.Recipient
	if who == "" {
		who = "everybody"
	}
	return faultView{what, who, times}
}
