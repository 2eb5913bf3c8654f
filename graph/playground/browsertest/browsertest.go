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
	Result string // a part of the answer to the operation of the first tab, which is the only one
	// Description is a part of what the documentation says of the whole schema.
	Description string
	// Examples are the names of operations in the list of examples. Each runs when it is chosen, with what is filled in.
	Examples []string
}

// Check opens the playground at address, and fails t unless the documentation shows the schema, running the first tab's
// operation shows want.Result, all examples run one after another, the page makes no request to another host, can be read on a
// small screen, and nothing in it fails. It skips where there is no Chromium, but not when CI is set. With -artifacts the test
// leaves pictures of the page, playground.png and playground-small.png.
func Check(t *testing.T, address string, want Want) {
	t.Helper()
	ctx := open(t, "the playground")
	seen := watch(ctx, t)
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatalf("open %s: %v", address, err)
	}

	await(ctx, t, "the documentation to show "+want.Type, `text(".graphiql-plugin").includes(`+quote(want.Type)+`)`)
	await(ctx, t, "the documentation to describe the schema", `text(".graphiql-plugin").includes(`+quote(want.Description)+`)`)
	await(ctx, t, "one tab to be there", `document.querySelectorAll(".graphiql-tab").length === 1`)
	await(ctx, t, "the operation to be there", `text(".graphiql-query-editor .view-lines") !== ""`)
	if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(".graphiql-execute-button"))); err != nil {
		t.Fatalf("run the operation: %v", err)
	}
	await(ctx, t, "the result to show "+want.Result, `text(".result-window .view-lines").includes(`+quote(want.Result)+`)`)

	for i, name := range want.Examples {
		runExample(ctx, t, name, i == 0)
	}
	picture(ctx, t, "playground.png")
	small(ctx, t, len(want.Examples) > 0)

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

// runExample chooses an example from the list, which it opens if it is the first, and runs it.
func runExample(ctx context.Context, t *testing.T, name string, first bool) {
	t.Helper()
	if first {
		do(ctx, t, `document.querySelector('button[aria-label="Show Examples"]').click()`)
	}
	button := `[...document.querySelectorAll(".storegraph-examples li > button")].find((b) => b.querySelector("strong").innerText === ` + quote(name) + `)`
	await(ctx, t, "the example "+name, button+` && !`+button+`.disabled`)
	do(ctx, t, button+`.click()`)
	await(ctx, t, "the tab of "+name, `text(".graphiql-tab-active").trim() === `+quote(name))
	await(ctx, t, "the operation "+name, `text(".graphiql-query-editor .view-lines").includes(`+quote(name)+`)`)
	await(ctx, t, "what "+name+" takes to be filled in", `!/<\w+>/.test(text(".graphiql-editor-tool .view-lines"))`)
	if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(".graphiql-execute-button"))); err != nil {
		t.Fatalf("run %s: %v", name, err)
	}
	const result = `text(".result-window .view-lines")`
	await(ctx, t, "an answer to "+name, result+`.includes('"data"') || `+result+`.includes('"errors"')`)
	answer, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.querySelector(".result-window .view-lines").innerText`))
	if err != nil || strings.Contains(answer, `"errors"`) {
		t.Errorf("%s = %s (%v)", name, answer, err)
	}
}

// small makes the window small, and fails unless what is read then is wide enough. The list of examples may be in front of it.
func small(ctx context.Context, t *testing.T, listed bool) {
	t.Helper()
	if listed {
		do(ctx, t, `document.querySelector('button[aria-label="Hide Examples"]').click()`)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(800, 900)); err != nil {
		t.Fatal(err)
	}
	defer picture(ctx, t, "playground-small.png")
	await(ctx, t, "the editor and the answer to be readable on a small screen",
		`[".graphiql-query-editor .monaco-editor", ".result-window .monaco-editor"].every((s) => document.querySelector(s).clientWidth > 500)`)
	await(ctx, t, "nothing to be wider than a small screen", `document.documentElement.scrollWidth <= 800`)
}

// do runs a statement in the page.
func do(ctx context.Context, t *testing.T, statement string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(`+statement+`, true)`)); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// Chromium returns the program of the browser. It skips the test where there is none, but not when CI is set; what is not tested then is named.
func Chromium(t *testing.T, what string) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("no chromium: %s cannot be tested", what)
	}
	t.Skipf("no chromium: %s is not tested", what)
	return ""
}

// open starts a browser with nothing in its memory that can reach this machine only.
func open(t *testing.T, what string) context.Context {
	t.Helper()
	binary := Chromium(t, what)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Minute) // t's ends before its clean-up
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

func picture(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Logf("no picture of the page: %v", err)
		return
	}
	if err := os.WriteFile(filepath.Join(t.ArtifactDir(), name), png, 0o600); err != nil {
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
