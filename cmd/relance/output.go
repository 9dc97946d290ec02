package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func wantsJSON(cmd *cobra.Command) bool {
	asJSON, _ := cmd.Flags().GetBool("json")
	return asJSON
}

// answer prints a value as JSON where that is wanted, else the text that is made of it.
func answer(cmd *cobra.Command, value any, text func() string) error {
	if wantsJSON(cmd) {
		return printJSON(cmd.OutOrStdout(), value)
	}
	_, err := io.WriteString(cmd.OutOrStdout(), text())
	return err
}

func printJSON(w io.Writer, value any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// bar is a progress bar on stderr, where that is a terminal; elsewhere it draws nothing.
type bar struct {
	out   io.Writer // nil: nobody looks
	stage string
	bar   *progressbar.ProgressBar
}

func newBar(cmd *cobra.Command) *bar {
	b := &bar{}
	if f, ok := cmd.ErrOrStderr().(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		b.out = f
	}
	return b
}

// tell draws how far a stage has come; a new stage begins a new bar.
func (b *bar) tell(stage string, done, total int64) {
	if b.out == nil || total <= 0 {
		return
	}
	if b.bar == nil || stage != b.stage {
		b.clear()
		b.stage = stage
		b.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(b.out), progressbar.OptionSetWidth(24), progressbar.OptionSetDescription(fmt.Sprintf("%-22s", stage)),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true),
		)
	}
	_ = b.bar.Set64(min(done, total))
}

// describe changes what stands before the bar.
func (b *bar) describe(text string) {
	if b.bar != nil {
		b.bar.Describe(fmt.Sprintf("%-22s", text))
	}
}

// clear leaves the terminal as if there had been no bar.
func (b *bar) clear() {
	if b.bar != nil {
		_ = b.bar.Clear()
		b.bar = nil
	}
}

// examples sets the lines of a command's examples.
func examples(lines ...string) string { return "  " + strings.Join(lines, "\n  ") }
