package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Want is what the page must show.
type Want struct {
	Type   string // a type of the schema, in the list of the documentation
	Result string // a part of the answer to the operation of the first tab
}

// Check opens the playground at address, and fails t unless the documentation shows want.Type, running the first tab's
// operation shows want.Result, the page makes no request to another host, and nothing in it fails. It skips where there
// is no Chromium, but not when CI is set. With -artifacts the test leaves a picture of the page, playground.png.
func Check(t *testing.T, address string, want Want) {
	t.Helper()
	ctx := open(t)
	seen := watch(ctx, t)
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatalf("open %s: %v", address, err)
	}
	defer picture(ctx, t)

	await(ctx, t, "the documentation to show "+want.Type, `text(".graphiql-plugin").includes(`+quote(want.Type)+`)`)
	await(ctx, t, "the operation to be there", `text(".graphiql-query-editor .view-lines") !== ""`)
	if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(".graphiql-execute-button"))); err != nil {
		t.Fatalf("run the operation: %v", err)
	}
	await(ctx, t, "the result to show "+want.Result, `text(".result-window .view-lines").includes(`+quote(want.Result)+`)`)

	own, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	requests, faults := seen()
	if len(requests) < 3 {
		t.Errorf("requests = %q, want at least the page, a script and the API", requests)
	}
	for _, request := range requests {
		if u, err := url.Parse(request); err != nil || u.Host != own.Host {
			t.Errorf("request to another host: %s", request)
		}
	}
	for _, fault := range faults {
		t.Errorf("the page says: %s", fault)
	}
}

// open starts a browser with nothing in its memory that can reach this machine only.
func open(t *testing.T) context.Context {
	t.Helper()
	binary := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			binary = path
			break
		}
	}
	if binary == "" {
		if os.Getenv("CI") != "" {
			t.Fatal("no chromium: the playground cannot be tested")
		}
		t.Skip("no chromium: the playground is not tested")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 90*time.Second) // t's ends before its clean-up
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx,
		chromedp.ExecPath(binary),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.WindowSize(1440, 900),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
	)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits until the browser has let go of its directory
		cancel()
	})
	return ctx
}

// watch collects what the page asks the network for and what goes wrong in it.
func watch(ctx context.Context, t *testing.T) (seen func() (requests, faults []string)) {
	t.Helper()
	var mu sync.Mutex
	var requests, faults []string
	err := chromedp.Listen(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if u := e.Request.URL; !strings.HasPrefix(u, "data:") && !strings.HasPrefix(u, "blob:") {
				requests = append(requests, u)
			}
		case *network.EventWebSocketCreated:
			requests = append(requests, e.URL)
		case *runtime.EventExceptionThrown:
			fault := e.ExceptionDetails.Text
			if e.ExceptionDetails.Exception != nil {
				fault += " " + e.ExceptionDetails.Exception.Description
			}
			faults = append(faults, fault)
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError {
				faults = append(faults, fmt.Sprintf("%s %s", e.Entry.Text, e.Entry.URL))
			}
		}
	})
	if err == nil {
		_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	}
	if err == nil {
		_, err = chromedp.Call(ctx, log.Enable, cdp.Empty{})
	}
	if err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	return func() ([]string, []string) {
		mu.Lock()
		defer mu.Unlock()
		return requests, faults
	}
}

// await polls a condition in the page. In it, text(selector) is what the elements show.
func await(ctx context.Context, t *testing.T, what, condition string) {
	t.Helper()
	const text = `const text = (s) => [...document.querySelectorAll(s)].map((e) => e.innerText).join(" ").replaceAll("\u00a0", " ");`
	if _, err := chromedp.Run(ctx, chromedp.PollFunction[bool](`() => { `+text+` return `+condition+` }`,
		chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(30*time.Second))); err != nil {
		shows, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
		t.Fatalf("waiting for %s: %v; the page shows:\n%s", what, err, shows)
	}
}

func picture(ctx context.Context, t *testing.T) {
	t.Helper()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Logf("no picture of the page: %v", err)
		return
	}
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), "playground.png"), png, 0o600); err != nil {
		t.Error(err)
	}
}

// quote writes s as JavaScript.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings always marshal
	}
	return string(b)
}
