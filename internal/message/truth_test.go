package message_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"relance/internal/collection"
	"relance/internal/message"
)

// announcement is the sentence for a next step in a notice and in a text message, without what surrounds it.
func announcement(t *testing.T, l message.Language, next message.Following) string {
	t.Helper()
	long := full(l, collection.EmailReminder, collection.Neutral)
	short := full(l, collection.SMSReminder, collection.Neutral)
	long.Next, short.Next = &next, &next
	short.Creditor.ShortName, short.Creditor.PaymentURL = "X", "" // short enough to leave nothing out
	email, err := message.RenderEmail(long)
	require.NoError(t, err)
	sms, err := message.RenderSMS(short)
	require.NoError(t, err)
	// What the same messages say without a next step is what surrounds the sentence.
	long.Next, short.Next = nil, nil
	plainEmail, err := message.RenderEmail(long)
	require.NoError(t, err)
	plainSMS, err := message.RenderSMS(short)
	require.NoError(t, err)
	return added(plainEmail.Text, email.Text, "\n\n") + "\n\n" + added(plainSMS.Text, sms.Text, ". ") + "."
}

// added is what the second text has over the first, in units of the separator.
func added(without, with, separator string) string {
	known := map[string]bool{}
	for part := range strings.SplitSeq(without, separator) {
		known[part] = true
	}
	var news []string
	for part := range strings.SplitSeq(with, separator) {
		if !known[part] {
			news = append(news, part)
		}
	}
	return strings.Join(news, separator)
}

// The first reminder announces nothing; from the second contact on, what follows is said.
func TestFollowsFromTheSecondRung(t *testing.T) {
	t.Parallel()
	next := message.Following{Kind: collection.EscalationNotice, On: day("2027-02-01")}
	for _, l := range message.Languages() {
		n := full(l, collection.EmailReminder, collection.Neutral)
		n.Next = &next
		date := strings.TrimSuffix(message.FormatDate(next.On, l), ".")
		for rung, said := range map[int]bool{1: false, 2: true, 5: true} {
			n.Rung = rung
			e, err := message.RenderEmail(n)
			require.NoError(t, err)
			require.Equal(t, said, strings.Contains(e.Text, date), "%s rung %d", l, rung)
		}
		n.Kind, n.Rung = collection.EscalationNotice, 1
		e, err := message.RenderEmail(n)
		require.NoError(t, err)
		require.Contains(t, e.Text, date, "a notice always says what follows")
	}
}

// A reminder before the due date says when the invoice falls due, asks for nothing overdue and announces nothing.
func TestUpcoming(t *testing.T) {
	t.Parallel()
	for _, l := range message.Languages() {
		for _, tone := range tones() {
			n := early(full(l, collection.EmailReminder, tone))
			n.Rung = 3
			e, err := message.RenderEmail(n)
			require.NoError(t, err)
			require.NotContains(t, e.Text, message.FormatDate(n.Next.On, l))
			friendly := n
			friendly.Tone = collection.Friendly
			same, err := message.RenderEmail(friendly)
			require.NoError(t, err)
			require.Equal(t, same, e, "no tone is sharper than the calendar")
		}
	}
}

// "Final", "dernière", "ostateczne" stand only where no other request for payment follows, and a court is named in a title
// only where a court is next.
func TestFinalIsTrue(t *testing.T) {
	t.Parallel()
	final := regexp.MustCompile(`(?i)\bfinal\b|\bdernière\b|ostateczn|przedsądow|court action`)
	for _, l := range message.Languages() {
		for _, kind := range []collection.StepKind{collection.EscalationNotice, collection.CertifiedLetter} {
			n := full(l, kind, collection.Final)
			n.Next = &message.Following{Kind: collection.EmailReminder, On: day("2027-02-01")}
			require.NotRegexp(t, final, everything(t, n))
		}
	}
	for l, titles := range map[message.Language][2]string{
		message.English: {"Final notice before court action", "Final notice\n"},
		message.French:  {"Mise en demeure\n", "Mise en demeure\n"},
		message.Polish:  {"Przedsądowe wezwanie do zapłaty", "Ostateczne wezwanie do zapłaty"},
	} {
		n := full(l, collection.CertifiedLetter, collection.Final)
		for i, route := range []collection.RouteKind{collection.SmallClaims, collection.Agency} {
			n.Next = &message.Following{Kind: collection.Referral, Route: route, On: day("2027-02-01")}
			content, err := message.RenderLetter(n)
			require.NoError(t, err)
			require.Contains(t, pdfText(t, content), titles[i])
		}
	}
}

// No template has words for what is never done or claimed.
func TestNoThreats(t *testing.T) {
	t.Parallel()
	threats := regexp.MustCompile(`(?i)credit (report|bureau|score|rating)|lawsuit|\bsue\b|bailiff|seiz|garnish|\bfees?\b|\binterest\b|` +
		`huissier|saisie|intérêts|pénalit|indemnité|\bfrais\b|fichier|komornik|odsetk|opłat[ay] |rejestr dłużn|BIG `)
	comment := regexp.MustCompile(`(?s)\{\{/\*.*?\*/\}\}`)
	for _, l := range message.Languages() {
		files, err := filepath.Glob(filepath.Join("templates", string(l), "*.tmpl"))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			words, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Empty(t, threats.FindString(comment.ReplaceAllString(string(words), "")), file)
		}
	}
}

// everything is all that a notice says in whatever channels its kind has.
func everything(t *testing.T, n message.Notice) string {
	t.Helper()
	var all []string
	collect := func(text string, err error) {
		if err != nil {
			require.ErrorIs(t, err, message.ErrKind)
			return
		}
		all = append(all, text)
	}
	e, err := message.RenderEmail(n)
	collect(e.Subject+"\n"+e.Text, err)
	collect(strings.TrimSpace(tags.ReplaceAllString(e.HTML, "\n")), err)
	s, err := message.RenderSMS(n)
	collect(s.Text, err)
	collect(message.CallScript(n))
	content, err := message.RenderLetter(n)
	if err == nil {
		all = append(all, pdfText(t, content))
	} else {
		collect("", err)
	}
	return strings.Join(all, "\n")
}

var tags = regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`)
