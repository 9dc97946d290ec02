package message_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"github.com/ledongthuc/pdf"
	"github.com/stretchr/testify/require"

	"relance/internal/collection"
	"relance/internal/message"
)

// The bytes are frozen when a dispatch is claimed and compared before it is sent: the same notice must give the same bytes,
// also when many are rendered at once.
func TestSameBytes(t *testing.T) {
	t.Parallel()
	n := full(message.Polish, collection.CertifiedLetter, collection.Final)
	s := statement(message.French)
	letter, err := message.RenderLetter(n)
	require.NoError(t, err)
	account := mustStatement(t, s)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			again, err := message.RenderLetter(n)
			if err != nil || !bytes.Equal(letter, again) {
				t.Errorf("another letter, %v", err)
			}
			accountAgain, err := message.RenderStatement(s)
			if err != nil || !bytes.Equal(account, accountAgain) {
				t.Errorf("another statement, %v", err)
			}
		})
	}
	wait.Wait()
}

func TestPaper(t *testing.T) {
	t.Parallel()
	size := func(n message.Notice) (width, height float64) {
		content, err := message.RenderLetter(n)
		require.NoError(t, err)
		r, err := pdf.NewReader(bytes.NewReader(content), int64(len(content)))
		require.NoError(t, err)
		box := r.Page(1).V.Key("MediaBox")
		if box.IsNull() {
			box = r.Page(1).V.Key("Parent").Key("MediaBox")
		}
		return box.Index(2).Float64(), box.Index(3).Float64()
	}
	n := full(message.English, collection.CertifiedLetter, collection.Final)
	width, height := size(n)
	require.InDelta(t, 595.28, width, 0.1)
	require.InDelta(t, 841.89, height, 0.1)
	width, height = size(toAmerica(n))
	require.InDelta(t, 612, width, 0.1)
	require.InDelta(t, 792, height, 0.1)
}

const millimetre = 72 / 25.4

// The address shows through the window of the envelope: DIN 5008 form B on the left, on the right in France and Poland, and
// nothing else stands there.
func TestAddressWindow(t *testing.T) {
	t.Parallel()
	for country, at := range map[string]struct{ left, top, right, bottom float64 }{
		"DE": {20, 45, 105, 90}, "FR": {105, 45, 205, 85}, "PL": {105, 45, 205, 85}, "GB": {20, 48, 110, 85},
	} {
		n := full(message.English, collection.CertifiedLetter, collection.Final)
		n.Creditor.Country = country
		n.Debtor.Contact = "A. Person"
		n.Debtor.Country = "IE"
		content, err := message.RenderLetter(n)
		require.NoError(t, err)
		var inside []string
		for _, p := range pdfPages(t, content)[0] {
			x, y := p.x/millimetre, 297-p.y/millimetre
			if x >= at.left && x <= at.right && y >= at.top && y <= at.bottom && !strings.Contains(p.text, " · ") {
				inside = append(inside, p.text)
			}
		}
		require.Len(t, inside, 6, country)
		require.Equal(t, n.Debtor.Name, inside[0])
		require.Equal(t, "A. Person", inside[1])
		require.NotEmpty(t, inside[5], "the country, for a letter that crosses a border")
	}
}

// A usual letter fills one page; a long one turns it and never leaves the signature alone.
func TestPages(t *testing.T) {
	t.Parallel()
	for _, l := range message.Languages() {
		for _, tone := range tones() {
			content, err := message.RenderLetter(full(l, collection.CertifiedLetter, tone))
			require.NoError(t, err)
			require.Len(t, pdfPages(t, content), 1)
		}
		n := full(l, collection.CertifiedLetter, collection.Final)
		n.Creditor.Lines = append(n.Creditor.Lines, "Building 5", "Floor 3", "Gate 7", "Box 12")
		for range 60 {
			n.Earlier = append(n.Earlier, n.Earlier[0])
		}
		content, err := message.RenderLetter(n)
		require.NoError(t, err)
		pages := pdfPages(t, content)
		require.Len(t, pages, 2)
		var last []string
		for _, p := range pages[1] {
			last = append(last, p.text)
		}
		require.Contains(t, strings.Join(last[:len(last)-4], " "), n.Reference, "the last paragraph stays with the signature")
	}
}

// Every printed line stays between the margins.
func TestNothingLeavesThePage(t *testing.T) {
	t.Parallel()
	n := full(message.French, collection.CertifiedLetter, collection.Final)
	long := strings.Repeat("Établissements-", 12) + " " + strings.Repeat("Dupont et Fils ", 9)
	n.Creditor.Name, n.Debtor.Name, n.Debtor.Contact = long, long, long
	n.Creditor.PaymentURL = "https://pay.example.com/" + strings.Repeat("abcdef0123456789", 9)
	n.Creditor.Email = strings.Repeat("compta", 12) + "@menuiserie.example.com"
	n.Invoice.Number = strings.Repeat("F-2026-", 5)
	content, err := message.RenderLetter(n)
	require.NoError(t, err)
	for _, page := range pdfPages(t, content) {
		for _, p := range page {
			// The narrowest letters are about 2 mm wide at this size; the widest line is checked by the wrapping itself.
			require.Less(t, p.x/millimetre+float64(len([]rune(p.text)))*0.8, 200.0, p.text)
			require.GreaterOrEqual(t, p.y/millimetre, 10.0, p.text)
		}
	}
}

// A name that the typeface cannot print stops the letter instead of leaving holes; the error does not repeat the name.
func TestGlyphs(t *testing.T) {
	t.Parallel()
	for name, ok := range map[string]bool{
		"Łukasz Ćwiąkała": true, "Ελένη Παππά": true, "Олена Шевченко": true, "Þórður": true, "Nguyễn Văn": true,
		"株式会社": false, "Blumen 🌷": false, "\U0010ffff": false, "שלום": false,
	} {
		n := full(message.English, collection.CertifiedLetter, collection.Final)
		n.Debtor.Name = name
		_, err := message.RenderLetter(n)
		if ok {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorIs(t, err, message.ErrGlyph, name)
		require.NotContains(t, err.Error(), name)
	}
}
