package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// routeControl is what tests and scripts use; the providers have nothing like it.
func (s *Server) routeControl(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /ledger.json", s.ledgerJSON)
	mux.HandleFunc("GET /violations.json", s.violationsJSON)
	mux.HandleFunc("GET /faults", s.faultsShow)
	mux.HandleFunc("PUT /faults", s.faultsReplace)
	mux.HandleFunc("GET /events", s.events)
}

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n") // the client may be gone
}

// ledgerJSON streams the ledger as a JSON array with one entry on each line. ?after=SEQ leaves out what is known already.
func (s *Server) ledgerJSON(w http.ResponseWriter, r *http.Request) {
	after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64) // none: from the start
	entries, _ := s.ledger.snapshot()
	entries = entries[min(max(after, 0), int64(len(entries))):]
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	separator := "[\n"
	for _, e := range entries {
		full, err := s.ledger.full(e)
		if err != nil {
			s.log.Error("sandbox ledger", "seq", e.Seq, "error", err)
			panic(http.ErrAbortHandler) // half a ledger must not look like a whole one
		}
		_, _ = io.WriteString(w, separator)
		if encoder.Encode(full) != nil {
			return // the client is gone
		}
		separator = ","
	}
	if len(entries) == 0 {
		_, _ = io.WriteString(w, "[")
	}
	_, _ = io.WriteString(w, "]\n")
}

func (s *Server) violationsJSON(w http.ResponseWriter, _ *http.Request) {
	violations := s.Violations()
	if violations == nil {
		violations = []Violation{}
	}
	answer{status: http.StatusOK, body: violations}.write(w)
}

func (s *Server) faultsShow(w http.ResponseWriter, _ *http.Request) {
	answer{status: http.StatusOK, body: s.faults.list()}.write(w)
}

// faultsReplace takes the whole list; an empty list ends all faults.
func (s *Server) faultsReplace(w http.ResponseWriter, r *http.Request) {
	faults, err := readFaults(http.MaxBytesReader(w, r.Body, 1<<20))
	if err == nil {
		err = s.faults.replace(faults)
	}
	if err != nil {
		answer{status: http.StatusBadRequest, body: map[string]string{"error": err.Error()}}.write(w)
		return
	}
	s.faultsShow(w, r)
}

func readFaults(body io.Reader) ([]Fault, error) {
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFault, err)
	}
	var list []faultJSON
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields() // a misspelt field would be a fault that never strikes
	if err := decoder.Decode(&list); err != nil {
		return nil, fmt.Errorf("%w: send a list like [{\"provider\": \"twilio\", \"mode\": \"drop\"}]: %w", ErrFault, err)
	}
	faults := make([]Fault, len(list))
	for i, j := range list {
		if faults[i], err = j.fault(); err != nil {
			return nil, fmt.Errorf("fault %d: %w", i+1, err)
		}
	}
	return faults, nil
}

// eventPause keeps a page from reloading more often than one can read.
const eventPause = 500 * time.Millisecond

// events tells an open page (server-sent events) how many entries there are, whenever the ledger has changed.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	control := http.NewResponseController(w)
	for {
		entries, changed := s.ledger.snapshot()
		if _, err := fmt.Fprintf(w, "data: %d\n\n", len(entries)); err != nil || control.Flush() != nil {
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		case <-s.stopping:
			return
		}
		if !s.pause(r, eventPause) {
			return
		}
	}
}
