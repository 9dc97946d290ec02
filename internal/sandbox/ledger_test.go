package sandbox

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLedgerIsReadBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := startIn(t, dir, Fault{Provider: Twilio, Mode: ModeHold})
	f.fill()
	require.Equal(t, http.StatusOK, f.cancelSMS(f.Index()[1].ProviderID).status)
	before := f.Ledger()
	require.NoError(t, f.Stop(t.Context()))

	f = startIn(t, dir)
	require.Equal(t, before, f.Ledger())
	require.True(t, f.Ledger()[1].Canceled)
	require.Equal(t, http.StatusAccepted, f.sendMail("next@debtor.example").status)
	require.EqualValues(t, 4, f.Ledger()[3].Seq)
}

func TestTornLineIsCutOff(t *testing.T) {
	t.Parallel()
	for name, torn := range map[string]string{
		"half a record": `{"type":"accepted","entry":{"seq":4,"prov`, "half a record with a line end": `{"type":"accep` + "\n",
		"zeros": "\x00\x00\x00\n",
	} {
		dir := t.TempDir()
		f := startIn(t, dir)
		f.fill()
		before := f.Ledger()
		require.NoError(t, f.Stop(t.Context()))
		appendTo(t, filepath.Join(dir, "ledger.jsonl"), torn)

		f = startIn(t, dir)
		require.Equal(t, before, f.Ledger(), name)
		require.Equal(t, http.StatusAccepted, f.sendMail("next@debtor.example").status)
		require.NoError(t, f.Stop(t.Context()))
		f = startIn(t, dir)
		require.Len(t, f.Ledger(), 4, name)
	}
}

func TestDamagedLineIsAnError(t *testing.T) {
	t.Parallel()
	good := `{"type":"accepted","entry":{"seq":1,"provider":"sendgrid","provider_id":"x","to":"a","from":"b"}}` + "\n"
	for name, content := range map[string]string{
		"not a record":    "garbage\n" + good,
		"out of order":    good + good + good,
		"unknown type":    `{"type":"burned","seq":1}` + "\n" + good,
		"cancels nothing": `{"type":"canceled","seq":7}` + "\n" + good,
	} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "ledger.jsonl"), []byte(content), 0o600))
		_, err := New(Config{Dir: dir})
		require.ErrorIs(t, err, ErrDamaged, name)
		_, err = New(Config{Dir: dir})
		require.ErrorIs(t, err, ErrDamaged, "%s: the directory is released", name)
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteString(text)
	require.NoError(t, err)
	require.NoError(t, file.Close())
}

func TestOneSandboxForOneDirectory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := startIn(t, dir)
	_, err := New(Config{Dir: dir})
	require.ErrorIs(t, err, ErrInUse)
	require.NoError(t, f.Stop(t.Context()))
	require.Empty(t, startIn(t, dir).Ledger())
}

func TestDirectoryThatCannotBeMade(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := New(Config{Dir: file})
	require.Error(t, err)
}

// TestRunsAgree: the same messages give the same ledger, wall times apart.
func TestRunsAgree(t *testing.T) {
	t.Parallel()
	run := func(wall time.Duration) []Entry {
		f := start(t)
		f.wall.advance(wall)
		f.fill()
		f.business.advance(time.Hour)
		f.fill()
		ledger := f.Ledger()
		for i := range ledger {
			ledger[i] = ledger[i].WithoutWallTime()
		}
		return ledger
	}
	require.Equal(t, run(0), run(time.Minute))
}

// TestUnwrittenIsNotAccepted: when the ledger cannot be written, the provider says so.
func TestUnwrittenIsNotAccepted(t *testing.T) {
	t.Parallel()
	f := start(t, Fault{Provider: Twilio, Mode: ModeHold})
	later := letterFields("Harry Zhang")
	later["send_date"] = "2031-03-05"
	require.Equal(t, http.StatusOK, f.sendLetter(later, "").status)
	require.Equal(t, http.StatusCreated, f.sendSMS(smsForm("+33639980112")).status)
	letter, sms := f.Index()[0].ProviderID, f.Index()[1].ProviderID
	require.NoError(t, f.ledger.file.Close()) // every write fails from now on
	require.Equal(t, http.StatusInternalServerError, f.sendMail("a@debtor.example").status)
	require.Equal(t, http.StatusInternalServerError, f.sendSMS(smsForm("+33639980112")).status)
	require.Equal(t, http.StatusInternalServerError, f.sendLetter(letterFields("Harry Zhang"), "").status)
	require.Equal(t, http.StatusInternalServerError, f.askLob(http.MethodDelete, "/letters/"+letter).status)
	require.Equal(t, http.StatusInternalServerError, f.cancelSMS(sms).status)
	require.Len(t, f.Index(), 2)
	f.ledger.file = nil // closed already
	f.ledger.unlock()
	require.Equal(t, http.StatusInternalServerError, f.sendMail("a@debtor.example").status, "after Stop too")
}

func TestUnstoredIsNotAccepted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := startIn(t, dir)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "files")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "files"), nil, 0o600))
	require.Equal(t, http.StatusInternalServerError, f.sendMail("a@debtor.example").status)
	require.Equal(t, http.StatusInternalServerError, f.sendLetter(letterFields("Harry Zhang"), "").status)
	require.Empty(t, f.Index())
}

func TestLostBodyIsEmpty(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	f := startIn(t, dir)
	f.fill()
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "files")))
	require.Empty(t, f.Ledger()[0].HTML)
	_, err := f.Open(f.Index()[2].Files[0])
	require.ErrorIs(t, err, os.ErrNotExist)
	require.Equal(t, http.StatusInternalServerError, f.get("/messages/1/body").status)
	require.Equal(t, http.StatusInternalServerError, f.get("/messages/3/files/0").status)
	require.Error(t, f.get("/ledger.json").err, "half a ledger must not look whole")
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	f := start(t)
	const writers, each = 8, 25
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				body := mailBody(fmt.Sprintf("debtor%d-%d@debtor.example", w, i), nil)
				request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, f.URL()+"/sendgrid/v3/mail/send", strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				request.Header = sendGridHeader.Clone()
				response, err := http.DefaultClient.Do(request)
				if err != nil || response.StatusCode != http.StatusAccepted {
					t.Error(response, err)
					return
				}
				_ = response.Body.Close()
				_ = f.Index()
			}
		})
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, f.WaitFor(ctx, func(entries []Entry) bool { return len(entries) == writers*each }))
	all.Wait()
	seen := map[string]bool{}
	for i, e := range f.Index() {
		require.EqualValues(t, i+1, e.Seq)
		seen[e.To] = true
	}
	require.Len(t, seen, writers*each)
}

func TestWaitForGivesUp(t *testing.T) {
	t.Parallel()
	f := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, f.WaitFor(ctx, func([]Entry) bool { return false }), context.Canceled)
}

const crashDirVariable = "RELANCE_SANDBOX_TEST_DIR"

// runUntilKilled is the child of TestSurvivesKill.
func runUntilKilled(dir string) {
	s, err := New(Config{Addr: "127.0.0.1:0", Dir: dir})
	if err == nil {
		err = s.Start()
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.URL())
	select {}
}

// TestSurvivesKill kills the process with messages under way. Whatever was answered stands in the ledger.
func TestSurvivesKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), crashDirVariable+"="+dir)
	output, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	base, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err)

	answered := make(chan string, 1000)
	var senders sync.WaitGroup
	for range 4 {
		senders.Go(func() { sendUntilItFails(t.Context(), strings.TrimSpace(base), answered) })
	}
	var ids []string
	for range 40 {
		ids = append(ids, <-answered)
	}
	require.NoError(t, child.Process.Kill())
	senders.Wait()
	close(answered)
	for id := range answered {
		ids = append(ids, id)
	}
	var exit *exec.ExitError
	require.ErrorAs(t, child.Wait(), &exit)

	kept := map[string]bool{}
	for _, e := range startIn(t, dir).Ledger() {
		require.NotEmpty(t, e.HTML)
		kept[e.ProviderID] = true
	}
	for _, id := range ids {
		require.True(t, kept[id], "answered and lost")
	}
}

func sendUntilItFails(ctx context.Context, base string, answered chan<- string) {
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/sendgrid/v3/mail/send", strings.NewReader(mailBody("a@debtor.example", nil)))
		if err != nil {
			return
		}
		request.Header = sendGridHeader.Clone()
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return
		}
		err = errors.Join(err, response.Body.Close())
		if id := response.Header.Get("X-Message-Id"); err == nil && id != "" {
			answered <- id
		}
	}
}
