package workflows

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"
)

// maxSignal is the greatest payload that is handed on as it came, in bytes. A payment is a hundred, a year of instalments
// a thousand.
const maxSignal = 16 << 10

// tooLong ends a payload that was cut. It makes it unreadable for certain, so that nothing is read into half a message.
const tooLong = "\n… cut: too long"

// receive takes in everything that has arrived: it empties every mailbox, and takes the answers that are there. News and
// an answer can come in one workflow task, and a case that closes on the one must not overlook the other.
func (c *Case) receive(ctx workflow.Context) {
	for i, name := range Signals() {
		for {
			// Raw bytes, because the SDK drops what it cannot decode and ignores what it does not know. A new variable
			// each time, because a signal without a payload leaves it as it is.
			var raw converter.RawValue
			if !c.mailboxes[i].ReceiveAsync(&raw) {
				break
			}
			c.open(ctx, name, raw.Payload().GetData())
		}
	}
	if c.work != nil && c.work.answer.IsReady() {
		c.finish(ctx)
	}
	if c.recording != nil && c.recording.answer.IsReady() {
		c.recorded(ctx)
	}
}

// open reads one signal: news from the relay, or something that a person sent.
func (c *Case) open(ctx workflow.Context, name string, payload []byte) {
	c.rush = 0
	envelope, err := readEnvelope(payload)
	if err != nil {
		c.kept.Ordinal++
		c.kept.Signals = append(c.kept.Signals, SignalInput{
			CaseID:  c.in.CaseID,
			Key:     fmt.Sprintf("%s/%d", c.kept.FirstRun, c.kept.Ordinal),
			Name:    name,
			Payload: shorten(payload),
		})
		return
	}
	c.hear(envelope.Now)
	c.wake()
	if c.adopt(ctx, *envelope.Plan, false) {
		c.note(ctx, Entry{What: LogNews, Signal: name, Owed: c.plan.Owed.String()})
	}
}

var errEnvelope = errors.New("not an envelope")

// readEnvelope reads what the relay sends: one JSON object with a version and a plan. Anything else was sent by a person and
// is not for the workflow to understand. A field that is unknown is no reason to take news for a signal from a person: a
// newer relay may know more, and an old worker that called its news unreadable would hold the case.
func readEnvelope(payload []byte) (Envelope, error) {
	var e Envelope
	decoder := json.NewDecoder(bytes.NewReader(payload))
	if err := decoder.Decode(&e); err != nil {
		return Envelope{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Envelope{}, errEnvelope
	}
	if e.Version <= 0 || e.Plan == nil {
		return Envelope{}, errEnvelope
	}
	e.Plan.Version = e.Version
	return e, nil
}

func shorten(payload []byte) []byte {
	if len(payload) <= maxSignal {
		return payload
	}
	return append(slices.Clone(payload[:maxSignal]), tooLong...)
}
