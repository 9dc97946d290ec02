package sendgrid

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sendgrid/rest"

	"relance/internal/delivery"
)

const (
	argDispatch = "dispatch"
	logsPath    = "/v3/logs"
	logsLimit   = 1000 // the API's own limit; it has no pages, so a full answer may be cut
	readLimit   = 50   // messages that one look-up reads one by one
	controls    = 20   // messages looked through for a positive control
)

// logged is one row of the Email Logs.
type logged struct {
	ID      string `json:"sg_message_id"`
	To      string `json:"to_email"`
	Created string `json:"sg_message_id_created_at"`
}

// createdAt reads the time of a row; the API promises ISO 8601 and no more.
func (l logged) createdAt() (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if t, err := time.Parse(layout, l.Created); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// Find looks for a dispatch in the Email Logs: all messages to the recipient since q.Since, each read for its custom
// arguments, which cannot be filtered by. The positive control is a message of ours to anybody. The Email Logs hold 30 days
// and lag behind by an unpublished time, hence the quarantine and the repeated look-ups of the protocol.
func (c *Client) Find(ctx context.Context, q delivery.Query) (delivery.Finding, error) {
	if q.Dispatch == "" || q.Recipient == "" || q.Since.IsZero() {
		return delivery.Finding{}, lookupError(delivery.CodeBadQuery)
	}
	found, err := c.findDispatch(ctx, q)
	if err != nil || found.Found {
		return found, err
	}
	control, err := c.findControl(ctx, q)
	return delivery.Finding{Control: control}, err
}

func (c *Client) findDispatch(ctx context.Context, q delivery.Query) (delivery.Finding, error) {
	seen := map[string]bool{}
	for _, where := range recipientClauses(q.Recipient) {
		rows, err := c.list(ctx, where+"sg_message_id_created_at > "+timestamp(q.Since), logsLimit)
		if err != nil {
			return delivery.Finding{}, err
		}
		for _, row := range rows {
			if seen[row.ID] || (row.To != "" && !strings.EqualFold(row.To, q.Recipient)) {
				continue
			}
			if seen[row.ID] = true; len(seen) > readLimit {
				return delivery.Finding{}, lookupError(delivery.CodeTooMany)
			}
			dispatch, err := c.dispatchOf(ctx, row.ID)
			if err != nil {
				return delivery.Finding{}, err
			}
			if dispatch == q.Dispatch {
				return delivery.Finding{Found: true, ProviderID: RequestID(row.ID)}, nil
			}
		}
		if len(rows) >= logsLimit {
			return delivery.Finding{}, lookupError(delivery.CodeTooMany)
		}
	}
	return delivery.Finding{}, nil
}

// recipientClauses are the conditions that can show messages to an address. Queries are case-sensitive, so an address with
// capitals is asked for in both forms. How a quote is written inside a value is not documented, and an empty answer to a
// query that was misread would look like absence, so such an address is looked for among all messages.
func recipientClauses(address string) []string {
	if strings.ContainsAny(address, `'"\`) {
		return []string{""}
	}
	clauses := []string{"to_email = '" + address + "' AND "}
	if lower := strings.ToLower(address); lower != address {
		clauses = append(clauses, "to_email = '"+lower+"' AND ")
	}
	return clauses
}

func (c *Client) findControl(ctx context.Context, q delivery.Query) (bool, error) {
	query := "sg_message_id_created_at > " + timestamp(q.ControlsAfter())
	if !q.Until.IsZero() {
		query += " AND sg_message_id_created_at <= " + timestamp(q.Until)
	}
	rows, err := c.list(ctx, query, controls)
	if err != nil {
		return false, err
	}
	for _, row := range rows {
		if created, ok := row.createdAt(); !ok || !q.Controls(created) {
			continue
		}
		dispatch, err := c.dispatchOf(ctx, row.ID)
		if err != nil {
			return false, err
		}
		if dispatch != "" && dispatch != q.Dispatch {
			return true, nil
		}
	}
	return false, nil
}

// list queries the Email Logs. The query is in the body, so no address stands in a URL.
func (c *Client) list(ctx context.Context, query string, limit int) ([]logged, error) {
	body, err := json.Marshal(map[string]any{"query": query, "limit": limit})
	if err != nil {
		return nil, fmt.Errorf("marshal query of the email logs: %w", err)
	}
	answer := c.call(ctx, rest.Post, logsPath, body)
	if err := answer.LookupError(Provider, http.StatusOK); err != nil {
		return nil, err
	}
	var page struct {
		Messages *[]logged `json:"messages"`
	}
	if !answer.Object(&page) || page.Messages == nil {
		return nil, answer.Unreadable(Provider)
	}
	return *page.Messages, nil
}

// dispatchOf reads one logged message and gives our tag on it, "" for a message that is not ours.
func (c *Client) dispatchOf(ctx context.Context, id string) (string, error) {
	answer := c.call(ctx, rest.Get, logsPath+"/"+url.PathEscape(id), nil)
	if err := answer.LookupError(Provider, http.StatusOK); err != nil {
		return "", err
	}
	var message struct {
		ID   string            `json:"sg_message_id"`
		Args map[string]string `json:"custom_args"`
	}
	if !answer.Object(&message) || message.ID != id {
		return "", answer.Unreadable(Provider)
	}
	return message.Args[argDispatch], nil
}

// RequestID is the X-Message-Id of the request that a logged message or an event came from: its sg_message_id without the
// suffix that SendGrid adds for each recipient.
func RequestID(sgMessageID string) string {
	for _, suffix := range []string{".recvd-", ".filter"} {
		if id, _, ok := strings.Cut(sgMessageID, suffix); ok {
			return id
		}
	}
	return sgMessageID
}

func timestamp(t time.Time) string {
	return `TIMESTAMP "` + t.UTC().Format(time.RFC3339) + `"`
}

func lookupError(code string) error {
	return &delivery.LookupError{Provider: Provider, Code: code}
}
