package sandbox

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// logQuery is the query language of Email Logs: conditions joined by AND, without nesting, case-sensitive.
type logQuery []logCondition

type logCondition struct {
	field    string
	operator string
	values   []string  // text; IN has several
	at       time.Time // sg_message_id_created_at
}

// logOperators are the operators that each field allows (POST /v3/logs, "query").
var logOperators = map[string][]string{
	"sg_message_id":            {"="},
	"subject":                  {"="},
	"to_email":                 {"="},
	"reason":                   {"="},
	"status":                   {"IN"},
	"categories":               {"IN"},
	"sg_message_id_created_at": {">", "<", ">=", "<="},
}

// logToken is a word, an operator, or a quoted text; a quote inside a text is doubled.
var logToken = regexp.MustCompile(`^(?:[A-Za-z_]+|>=|<=|[=<>(),]|'(?:[^']|'')*'|"(?:[^"]|"")*")`)

func parseLogQuery(text string) (logQuery, error) {
	tokens, err := logTokens(text)
	if err != nil || len(tokens) == 0 {
		return nil, err
	}
	parser := logParser{tokens}
	var query logQuery
	for {
		condition, err := parser.condition()
		if err != nil {
			return nil, err
		}
		query = append(query, condition)
		if len(parser.rest) == 0 {
			return query, nil
		}
		if err := parser.expect("AND"); err != nil {
			return nil, err
		}
	}
}

func logTokens(text string) ([]string, error) {
	var tokens []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		token := logToken.FindString(text)
		if token == "" {
			return nil, fmt.Errorf("cannot be read at character %d from the end", len([]rune(text)))
		}
		tokens, text = append(tokens, token), text[len(token):]
	}
	return tokens, nil
}

type logParser struct{ rest []string }

func (p *logParser) next() string {
	if len(p.rest) == 0 {
		return ""
	}
	token := p.rest[0]
	p.rest = p.rest[1:]
	return token
}

func (p *logParser) expect(token string) error {
	if got := p.next(); got != token {
		return fmt.Errorf("expected %s", token)
	}
	return nil
}

func (p *logParser) condition() (logCondition, error) {
	field := p.next()
	allowed, known := logOperators[field]
	if !known {
		return logCondition{}, errors.New("a condition begins with a field that is not known")
	}
	c := logCondition{field: field, operator: p.next()}
	if !slices.Contains(allowed, c.operator) {
		return logCondition{}, fmt.Errorf("%s allows only %s", field, strings.Join(allowed, ", "))
	}
	if field == "sg_message_id_created_at" {
		return p.timeCondition(c)
	}
	if c.operator == "IN" {
		return p.listCondition(c)
	}
	text, err := p.text()
	c.values = []string{text}
	return c, err
}

func (p *logParser) timeCondition(c logCondition) (logCondition, error) {
	if err := p.expect("TIMESTAMP"); err != nil {
		return c, err
	}
	text, err := p.text()
	if err != nil {
		return c, err
	}
	if c.at, err = time.Parse(time.RFC3339, text); err != nil {
		return c, errors.New(`a time is written as TIMESTAMP "2025-01-01T00:00:00Z"`)
	}
	return c, nil
}

func (p *logParser) listCondition(c logCondition) (logCondition, error) {
	if err := p.expect("("); err != nil {
		return c, err
	}
	for {
		text, err := p.text()
		if err != nil {
			return c, err
		}
		c.values = append(c.values, text)
		switch p.next() {
		case ")":
			return c, nil
		case ",":
		default:
			return c, errors.New("expected , or )")
		}
	}
}

func (p *logParser) text() (string, error) {
	token := p.next()
	if len(token) < 2 || token[0] != '\'' && token[0] != '"' {
		return "", errors.New("expected a text in quotes")
	}
	quote := token[:1]
	return strings.ReplaceAll(token[1:len(token)-1], quote+quote, quote), nil
}

// recipients is who the query asks about, if it does.
func (q logQuery) recipients() []string {
	for _, c := range q {
		if c.field == "to_email" {
			return c.values
		}
	}
	return nil
}

func (q logQuery) matches(e *Entry) bool {
	return !slices.ContainsFunc(q, func(c logCondition) bool { return !c.holds(e) })
}

func (c logCondition) holds(e *Entry) bool {
	switch c.field {
	case "sg_message_id":
		return c.values[0] == e.logID()
	case "subject":
		return c.values[0] == e.Subject
	case "to_email":
		return c.values[0] == e.To
	case "status":
		return slices.Contains(c.values, statusDelivered)
	case "categories":
		return slices.ContainsFunc(e.Email.Categories, func(name string) bool { return slices.Contains(c.values, name) })
	case "sg_message_id_created_at":
		return c.holdsAt(e.ReceivedAt.Truncate(time.Millisecond))
	}
	return false // "reason": nothing is ever dropped, bounced or deferred here
}

// holdsAt compares milliseconds, which is what the answer shows.
func (c logCondition) holdsAt(at time.Time) bool {
	switch c.operator {
	case ">":
		return at.After(c.at)
	case ">=":
		return !at.Before(c.at)
	case "<":
		return at.Before(c.at)
	default:
		return !at.After(c.at)
	}
}
