package sandbox

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"
)

// reservedHeaders may not be set by the sender (mail/send reference, "headers").
var reservedHeaders = []string{
	"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding", "to", "from", "subject",
	"reply-to", "cc", "bcc",
}

// maxCustomArgs bounds the custom arguments of one recipient, in bytes of names and values.
const maxCustomArgs = 10_000

// farthestSendAt is how far ahead an email can be scheduled.
const farthestSendAt = 72 * time.Hour

// problems are the rules of SendGrid's mail/send error page that its OpenAPI file does not express.
func (m mail) problems(now func() time.Time) []problem {
	problems := m.contentProblems()
	problems = append(problems, headerProblems("headers", m.Headers)...)
	if len(m.Personalizations) == 0 {
		problems = append(problems, problem{"personalizations", "The personalizations field is required and must have at least one personalization."})
	}
	for i, personal := range m.Personalizations {
		problems = append(problems, m.personalProblems(fmt.Sprintf("personalizations.%d.", i), personal, now)...)
	}
	for i, a := range m.Attachments {
		field := fmt.Sprintf("attachments.%d.content", i)
		if _, err := base64.StdEncoding.DecodeString(a.Content); err != nil {
			problems = append(problems, problem{field, "The attachment content must be base64 encoded."})
		}
	}
	return problems
}

func (m mail) contentProblems() []problem {
	if m.TemplateID != "" {
		return nil
	}
	if len(m.Content) == 0 {
		return []problem{{"content", "Unless a valid template_id is provided, the content parameter is required."}}
	}
	var problems []problem
	rank := map[string]int{"text/plain": 1, "text/html": 2}
	highest := 0
	for i, c := range m.Content {
		order := rank[c.Type]
		if order == 0 {
			order = 3
		}
		if order < highest || order < 3 && order == highest {
			problems = append(problems, problem{
				fmt.Sprintf("content.%d.type", i), "The content value must come in the order text/plain, text/html, others, each once.",
			})
		}
		highest = max(highest, order)
	}
	return problems
}

func (m mail) personalProblems(at string, personal personalization, now func() time.Time) []problem {
	problems := headerProblems(at+"headers", personal.Headers)
	if len(personal.To) == 0 {
		problems = append(problems, problem{at + "to", "The to array is required for all personalization objects, and must have at least one email object."})
	}
	if personal.Subject == "" && m.Subject == "" && m.TemplateID == "" {
		problems = append(problems, problem{"subject", "The subject is required. You can get around this requirement if you use a template with a subject defined."})
	}
	var seen []string
	for _, to := range personal.recipients() {
		address := strings.ToLower(to.Email)
		if slices.Contains(seen, address) {
			problems = append(problems, problem{at + "to", "Each email address in the personalization block should be unique between to, cc, and bcc."})
		}
		seen = append(seen, address)
	}
	size := 0
	for name, value := range merged(m.CustomArgs, personal.CustomArgs) {
		size += len(name) + len(value)
	}
	if size > maxCustomArgs {
		problems = append(problems, problem{at + "custom_args", "The custom_args object must not exceed 10,000 bytes."})
	}
	if sendAt := max(m.SendAt, personal.SendAt); sendAt > 0 && time.Unix(sendAt, 0).After(now().Add(farthestSendAt)) {
		problems = append(problems, problem{at + "send_at", "Scheduling more than 72 hours in advance is forbidden."})
	}
	return problems
}

func headerProblems(at string, headers map[string]string) []problem {
	var problems []problem
	for name := range headers {
		if slices.Contains(reservedHeaders, strings.ToLower(name)) {
			problems = append(problems, problem{at + "." + name, "Headers may not contain any of the reserved keys."})
		}
	}
	return problems
}
