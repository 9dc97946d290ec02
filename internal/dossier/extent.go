package dossier

import (
	"bytes"
	"fmt"
	"strconv"
)

// extent says how long a file is, in pages where they can be counted.
func extent(content []byte) string {
	if n := pages(content); n > 0 {
		return plural(n, "page", "pages") + ", " + size(len(content))
	}
	return size(len(content))
}

// size writes a number of bytes in units of thousands, at least one.
func size(n int) string {
	switch {
	case n == 0:
		return "empty"
	case n < 1000*1000:
		return fmt.Sprintf("%d kB", max(1, (n+500)/1000))
	}
	tenths := (n + 50_000) / 100_000
	return fmt.Sprintf("%d.%d MB", tenths/10, tenths%10)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// treeLimit bounds the search for the nodes of a page tree, so that a file made of nothing else takes no longer than another.
const treeLimit = 64

// pages counts the pages of a PDF, or returns 0 where the count is not beyond doubt: in a file that was changed after it was
// first written, one that packs its objects, or one whose page tree says something else than its pages. A wrong number in an
// index of exhibits is worse than none.
func pages(pdf []byte) int {
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || bytes.Contains(pdf, []byte("/ObjStm")) || bytes.Count(pdf, []byte("startxref")) != 1 {
		return 0
	}
	single, trees, most := 0, 0, 0
	for rest := pdf; ; {
		at := bytes.Index(rest, []byte("/Type"))
		if at < 0 {
			break
		}
		rest = rest[at+len("/Type"):]
		switch name := nameAt(rest); name {
		case "Page":
			single++
		case "Pages":
			if trees++; trees > treeLimit {
				return 0
			}
			most = max(most, countNear(pdf, len(pdf)-len(rest)))
		}
	}
	if trees == 0 || most != single {
		return 0
	}
	return single
}

// nameAt reads the PDF name that follows white space: "/Page" gives "Page".
func nameAt(b []byte) string {
	b = bytes.TrimLeft(b, " \r\n\t")
	if len(b) == 0 || b[0] != '/' {
		return ""
	}
	end := 1
	for end < len(b) && (b[end] >= 'a' && b[end] <= 'z' || b[end] >= 'A' && b[end] <= 'Z') {
		end++
	}
	return string(b[1:end])
}

// countNear reads the /Count of the dictionary around a place: between the object's beginning and its end.
func countNear(pdf []byte, at int) int {
	from := bytes.LastIndex(pdf[:at], []byte(" obj"))
	to := bytes.Index(pdf[at:], []byte("endobj"))
	if from < 0 || to < 0 {
		return 0
	}
	dictionary := pdf[from : at+to]
	i := bytes.Index(dictionary, []byte("/Count"))
	if i < 0 {
		return 0
	}
	n := 0
	for _, c := range bytes.TrimLeft(dictionary[i+len("/Count"):], " \r\n\t") {
		if c < '0' || c > '9' || n > 1_000_000 {
			break
		}
		n = n*10 + int(c-'0')
	}
	return n
}
