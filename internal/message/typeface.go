package message

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// Lato, by Łukasz Dziedzic, under the SIL Open Font License (fonts/OFL.txt). It was drawn in Warsaw, so its Polish is as
// good as its French; it has Greek and Cyrillic for names, and figures of one width for columns.
var (
	//go:embed fonts/Lato-Regular.ttf
	latoRegular []byte
	//go:embed fonts/Lato-Bold.ttf
	latoBold []byte
)

// drawable holds the characters that both weights have. The PDF writer prints nothing for a missing character, and a letter
// with holes in a name is worse than no letter.
var drawable = sync.OnceValue(func() map[rune]bool {
	both, heavy := charactersOf(latoRegular), charactersOf(latoBold)
	for r := range both {
		if !heavy[r] {
			delete(both, r)
		}
	}
	return both
})

// printable composes the text and checks that every character can be printed. The error is ErrGlyph and does not repeat
// the text, which may be a name.
func printable(text string) (string, error) {
	text = norm.NFC.String(text)
	have := drawable()
	for _, r := range text {
		if !have[r] {
			return "", fmt.Errorf("set %U in Lato: %w", r, ErrGlyph)
		}
	}
	return text, nil
}

// charactersOf reads the character map (cmap, format 4) of a TrueType file. Our own files are the only ones it reads; one
// it cannot read has no characters.
func charactersOf(font []byte) map[rune]bool {
	u16 := func(at int) int { return int(binary.BigEndian.Uint16(font[at:])) }
	u32 := func(at int) int { return int(binary.BigEndian.Uint32(font[at:])) }
	all := map[rune]bool{}
	for table := range u16(4) {
		entry := 12 + 16*table
		if string(font[entry:entry+4]) != "cmap" {
			continue
		}
		cmap := u32(entry + 8)
		for sub := range u16(cmap + 2) {
			if at := cmap + u32(cmap+4+8*sub+4); u16(at) == 4 {
				addSegments(all, u16, at)
			}
		}
	}
	return all
}

func addSegments(all map[rune]bool, u16 func(int) int, at int) {
	twice := u16(at + 6) // the number of segments, doubled
	ends, starts := at+14, at+16+twice
	deltas, offsets := starts+twice, starts+2*twice
	for i := 0; i < twice; i += 2 {
		for c := u16(starts + i); c <= u16(ends+i) && c < 0xffff; c++ {
			glyph := c
			if offset := u16(offsets + i); offset != 0 {
				glyph = u16(offsets + i + offset + 2*(c-u16(starts+i)))
				if glyph == 0 {
					continue
				}
			}
			if (glyph+u16(deltas+i))&0xffff != 0 {
				all[rune(c)] = true //nolint:gosec // c is a 16-bit code point
			}
		}
	}
}
