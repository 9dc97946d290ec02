package message_test

import (
	"testing"

	"relance/internal/message"
)

func BenchmarkLetter(b *testing.B) {
	n := full("pl", "certified_letter", "final")
	for b.Loop() {
		if _, err := message.RenderLetter(n); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEmail(b *testing.B) {
	n := full("pl", "escalation_notice", "final")
	for b.Loop() {
		if _, err := message.RenderEmail(n); err != nil {
			b.Fatal(err)
		}
	}
}
