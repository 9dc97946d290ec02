package message

// Typeface is the typeface of the letters, regular and bold, as TrueType: for documents that are set elsewhere and go out
// beside the letters. The slices are the embedded files and must not be changed. The PDF writer prints nothing for a
// character that Drawable denies, and panics on one beyond the basic plane.
func Typeface() (regular, bold []byte) { return latoRegular, latoBold }

// Drawable reports whether both cuts of the typeface have the character, in composed form (NFC).
func Drawable(r rune) bool { return drawable()[r] }
