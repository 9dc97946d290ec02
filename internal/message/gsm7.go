package message

import (
	"strings"
	"unicode"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"
)

// Encoding is how a text message travels over the air.
type Encoding string

// The two encodings of 3GPP TS 23.038. One character outside GSM-7 turns the whole message into UCS-2, which holds less
// than half as much.
const (
	GSM7 Encoding = "GSM-7"
	UCS2 Encoding = "UCS-2"
)

// The room in a message: alone, or as one of several, when each carries a header that joins them.
const (
	gsmAlone, gsmJoined = 160, 153
	ucsAlone, ucsJoined = 70, 67
)

// gsmBasic are the characters of the GSM 7-bit default alphabet, one unit each; gsmExtended take an escape, two units.
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "\f^{}\\[~]|€"
)

// Segments says how a text travels and how many messages the carrier counts. The empty text is one message.
func Segments(text string) (Encoding, int) {
	var units []int
	for _, r := range text {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			units = append(units, 1)
		case strings.ContainsRune(gsmExtended, r):
			units = append(units, 2)
		default:
			return UCS2, pack(utf16Units(text), ucsAlone, ucsJoined)
		}
	}
	return GSM7, pack(units, gsmAlone, gsmJoined)
}

func utf16Units(text string) []int {
	var units []int
	for _, r := range text {
		units = append(units, max(1, utf16.RuneLen(r)))
	}
	return units
}

// pack counts messages; a character of two units is never split between two of them.
func pack(units []int, alone, joined int) int {
	total := 0
	for _, n := range units {
		total += n
	}
	if total <= alone {
		return 1
	}
	segments, room := 1, joined
	for _, n := range units {
		if n > room {
			segments++
			room = joined
		}
		room -= n
	}
	return segments
}

// plain writes a text with the characters of GSM-7 as far as its language allows: ą as a, ç as c, typographic quotes and
// dashes as the keyboard's. What has no such form (another alphabet) stays, and the message is then UCS-2.
func plain(text string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(text) {
		switch {
		case strings.ContainsRune(gsmBasic, r), strings.ContainsRune(gsmExtended, r):
			b.WriteRune(r)
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		default:
			b.WriteString(plainRune(r))
		}
	}
	return b.String()
}

// plainLetters are the letters and signs that no decomposition leads back to GSM-7.
var plainLetters = map[rune]string{
	'ł': "l", 'Ł': "L", 'đ': "d", 'Đ': "D", 'ð': "d", 'Ð': "D", 'þ': "th", 'Þ': "Th", 'ı': "i", 'œ': "oe", 'Œ': "OE",
	'’': "'", '‘': "'", '‚': "'", '`': "'", '´': "'", '“': `"`, '”': `"`, '„': `"`, '«': `"`, '»': `"`,
	'–': "-", '—': "-", '‑': "-", '−': "-", '·': "-", '•': "-", '…': "...", '№': "No", '×': "x", '°': "o",
}

func plainRune(r rune) string {
	if letter, ok := plainLetters[r]; ok {
		return letter
	}
	var b strings.Builder
	for _, part := range norm.NFD.String(string(r)) {
		switch {
		case unicode.Is(unicode.Mn, part):
		case strings.ContainsRune(gsmBasic, part):
			b.WriteRune(part)
		default:
			return string(r)
		}
	}
	return b.String()
}
