package browsertest

import (
	"context"
	"testing"

	"github.com/chromedp/chromedp"
)

// A Page is a page in a browser that can reach this machine only. Each of its methods fails the test if it cannot do what it says.
type Page struct {
	t   *testing.T
	ctx context.Context //nolint:containedctx // it is the browser
}

// Open opens the page at an address. It skips the test as Chromium does.
func Open(t *testing.T, address, what string) *Page {
	t.Helper()
	p := &Page{t: t, ctx: open(t, what)}
	p.Go(address)
	return p
}

// Go opens another page.
func (p *Page) Go(address string) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, chromedp.Navigate(address)); err != nil {
		p.t.Fatalf("open %s: %v", address, err)
	}
}

// Await waits until a condition holds, which is JavaScript. In it, text(selector) is what the elements show.
func (p *Page) Await(what, condition string) {
	p.t.Helper()
	await(p.ctx, p.t, what, condition)
}

// Type waits for a field and types a text in the place of what is in it.
func (p *Page) Type(selector, text string) {
	p.t.Helper()
	p.Await(selector, `document.querySelector(`+quote(selector)+`) !== null`)
	do(p.ctx, p.t, `document.querySelector(`+quote(selector)+`).select()`)
	if err := chromedp.Do(p.ctx, chromedp.SendKeys(chromedp.CSS(selector), text)); err != nil {
		p.t.Fatalf("type into %s: %v", selector, err)
	}
}

// Click waits for an element and clicks it.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.Await(selector, `document.querySelector(`+quote(selector)+`) !== null`)
	if err := chromedp.Do(p.ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		p.t.Fatalf("click %s: %v", selector, err)
	}
}

// Picture leaves a picture of the page if the test runs with -artifacts.
func (p *Page) Picture(name string) {
	p.t.Helper()
	picture(p.ctx, p.t, name)
}
