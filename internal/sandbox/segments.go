package sandbox

import "strings"

// Encoding is how an SMS travels.
type Encoding string

// The encodings.
const (
	GSM7 Encoding = "GSM-7"
	UCS2 Encoding = "UCS-2"
)

// The GSM 7-bit default alphabet and its extension, whose characters count twice (3GPP TS 23.038, section 6.2.1).
const (
	gsmBasic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
		"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	gsmExtended = "\f^{}\\[~]|€"
)

// What fits into one message, and into each part of a message of several: a part gives room to the header that joins them.
const (
	gsmSingle, gsmPart = 160, 153 // septets
	ucsSingle, ucsPart = 70, 67   // UTF-16 code units
)

// segmentsOf counts how many messages a text is billed as. A character is never cut in two.
func segmentsOf(text string) (int, Encoding) {
	septets := []int{}
	for _, r := range text {
		switch {
		case strings.ContainsRune(gsmBasic, r):
			septets = append(septets, 1)
		case strings.ContainsRune(gsmExtended, r):
			septets = append(septets, 2)
		default:
			return pack(codeUnits(text), ucsSingle, ucsPart), UCS2
		}
	}
	return pack(septets, gsmSingle, gsmPart), GSM7
}

// codeUnits is how many UTF-16 code units each character takes: a character beyond the basic plane takes two.
func codeUnits(text string) []int {
	var units []int
	for _, r := range text {
		if r > 0xFFFF {
			units = append(units, 2)
		} else {
			units = append(units, 1)
		}
	}
	return units
}

func pack(widths []int, single, part int) int {
	total := 0
	for _, w := range widths {
		total += w
	}
	if total <= single {
		return 1
	}
	segments, filled := 1, 0
	for _, w := range widths {
		if filled+w > part {
			segments, filled = segments+1, 0
		}
		filled += w
	}
	return segments
}
