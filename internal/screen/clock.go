package screen

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"relance/internal/inquiry"
	"relance/internal/words"
)

// Clock tells what time it is for business.
func Clock(c inquiry.Clock, zone *time.Location) string {
	if !c.Test() {
		return Paragraph(fmt.Sprintf("This installation lives in real time: it is %s. There is no clock to advance.", minute(c.Now, zone)))
	}
	text := fmt.Sprintf("The test clock stands at %s (%s UTC).", minute(c.Now, zone), c.Now.UTC().Format("2006-01-02 15:04:05"))
	if c.Behind() {
		text += fmt.Sprintf(" An advance to %s was interrupted: `relance clock advance` finishes it.", minute(c.Target, zone))
	}
	return Paragraph(text)
}

// Event is one line of a timeline as it happens; empty for what another line says.
func Event(at time.Time, invoice, kind string, data json.RawMessage) string {
	text := words.Event(kind, data, at.Location())
	if text == "" {
		return ""
	}
	const indent = 34
	return Labelled(at.Format("2006-01-02 15:04")+"  "+pad(cut(Clean(invoice), 14), 14, false), indent, text)
}

// Advanced tells what happened while the clock moved.
func Advanced(from, to time.Time, zone *time.Location, counts map[string]int) string {
	text := Paragraph(fmt.Sprintf("The clock moved from %s to %s.", minute(from, zone), minute(to, zone)))
	if len(counts) == 0 {
		return text + "Nothing fell due.\n"
	}
	var rows [][]string
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		rows = append(rows, []string{itoa(int64(counts[kind])), words.Tally(kind)})
	}
	return text + "\n" + table([]column{{right: true}, {}}, rows)
}
