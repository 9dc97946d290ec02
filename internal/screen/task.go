package screen

import (
	"fmt"
	"slices"
	"strings"

	"relance/internal/collection"
	"relance/internal/inquiry"
	"relance/internal/words"
)

// Tasks lists what people have to do, a line each. Ids are cut to the beginning that commands take.
func Tasks(l inquiry.TaskList) string {
	if len(l.Tasks) == 0 {
		return Paragraph("Nothing to do" + otherTasks(l) + ".")
	}
	cols := []column{{head: "TASK"}, {head: "DUE"}, {head: "WHAT"}, {head: "INVOICE", most: 20}, {head: "DEBTOR", most: 24}}
	closed := slices.ContainsFunc(l.Tasks, func(t inquiry.TaskLine) bool { return t.Status != "open" })
	if closed {
		cols = append(cols, column{head: "STATUS"})
	}
	var rows [][]string
	late := 0
	for _, t := range l.Tasks {
		due := t.DueOn.String()
		if t.Late {
			due += " !"
			late++
		}
		row := []string{t.ID.String()[:8], due, t.What, t.Invoice, t.Debtor}
		if closed {
			row = append(row, t.Status)
		}
		rows = append(rows, row)
	}
	text := table(cols, rows)
	if late > 0 {
		text += fmt.Sprintf("\n! late: %d\n", late)
	}
	return text
}

func otherTasks(l inquiry.TaskList) string {
	var parts []string
	for _, status := range []string{"open", "done", "withdrawn"} {
		if n := l.ByStatus[status]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, status))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// Task shows one task: what to do, for whom, and what to type when it is done.
func Task(t inquiry.Task) string {
	f := &file{}
	what := strings.ToUpper(t.What[:1]) + t.What[1:]
	if t.Why != "" && t.Why != string(t.Kind) {
		what += " (" + words.Reason(t.Why) + ")"
	}
	f.WriteString(Paragraph(what + "."))
	f.WriteByte('\n')
	f.line("Task", fmt.Sprintf("%s, %s", t.ID, t.Status))
	if kind := collection.StepKind(t.StepKind); kind.Valid() {
		f.line("Step", words.Lower(words.Step(kind)))
	}
	due := t.DueOn.String()
	if t.Late {
		due += ", late"
	}
	if t.Status == "open" {
		f.line("Due", due)
	} else {
		f.line("Ended", minute(t.EndedAt, t.Contact.Zone()))
		f.line("Outcome", words.Plain(t.Outcome))
		f.line("Tracking", t.Tracking)
	}
	f.line("Invoice", fmt.Sprintf("%s of creditor %s, %s owed", t.Invoice, t.Creditor, t.Owed))
	f.debtor(t.Contact)
	if t.Document != nil {
		f.line("Document", fmt.Sprintf("%s (%s)", t.Document.Name, t.Document.MediaType))
	}
	if t.Script != "" {
		f.WriteByte('\n')
		f.WriteString(script(t.Script))
	}
	if len(t.Commands) > 0 {
		f.WriteByte('\n')
		var rows [][]string
		for _, c := range t.Commands {
			rows = append(rows, []string{c.When, c.Type})
		}
		f.WriteString(table([]column{{most: 24}, {flow: true}}, rows))
	}
	return f.String()
}

// script keeps the lines of a text and breaks those that are too long; what goes on in a list stays under its own beginning.
func script(s string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimSpace(s), "\n") {
		trimmed := strings.TrimLeft(line, " ")
		indent := strings.Repeat(" ", 2+len(line)-len(trimmed))
		hanging := indent
		if strings.HasPrefix(trimmed, "- ") {
			hanging += "  "
		}
		for i, part := range wrap(Clean(trimmed), Width-len(hanging)) {
			if i > 0 {
				part = hanging + part
			} else {
				part = indent + part
			}
			b.WriteString(strings.TrimRight(part, " ") + "\n")
		}
	}
	return b.String()
}
