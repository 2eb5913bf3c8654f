package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/graph/playground"
)

// A snippet is a block of code of the guide.
type snippet struct{ language, text string }

func guide(t *testing.T) []snippet {
	t.Helper()
	text, err := os.ReadFile("../../graph/README.md")
	if err != nil {
		t.Fatal(err)
	}
	var out []snippet
	for _, block := range regexp.MustCompile("(?sm)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		out = append(out, snippet{block[1], block[2]})
	}
	return out
}

// given are what the operations of the guide give to those after them.
var given = map[string]map[string]string{
	"Shelf":   {"product": "products.nodes.id", "variant": "products.nodes.defaultVariant.id"},
	"Begin":   {"cart": "createCart.cart.id"},
	"Choices": {"option": "shippingOptions.id", "provider": "cart.region.paymentProviders.id"},
	"Ship":    {"collection": "createPaymentCollection.paymentCollection.id"},
	"Order":   {"order": "completeCart.order.id"},
}

// Every operation of the guide runs, one after another, as do its commands.
func TestGuide(t *testing.T) {
	t.Parallel()
	d := newDemo(t)
	v := d.visit(t)
	v.run(t, playground.Examples()[0]) // where the shop sells, which a reader knows by then
	snippets := guide(t)
	name := regexp.MustCompile(`(?m)^(?:query|mutation|subscription) (\w+)`)
	ran := 0
	for i, s := range snippets {
		switch s.language {
		case "graphql":
			e := playground.Example{Name: name.FindStringSubmatch(s.text)[1], Query: "\n" + s.text}
			if i+1 < len(snippets) && snippets[i+1].language == "json" {
				e.Variables = snippets[i+1].text
			}
			e.Gives = given[e.Name]
			if e.Name == "WrongCode" {
				d.wrongCode(t, v, e)
				continue
			}
			v.run(t, e)
			ran++
		case "sh":
			d.command(t, v, s.text)
			ran++
		}
	}
	if ran < 9 || v.values["order"] == nil {
		t.Errorf("%d operations and commands of the guide ran, and gave %v; want an order", ran, v.values)
	}
}

// wrongCode runs the operation that shows what an error of a shopper looks like, on a cart that has been ordered.
func (d demo) wrongCode(t *testing.T, v *visit, e playground.Example) {
	t.Helper()
	answer, err := d.graphql(t.Context(), e.Query, []byte(v.fill(e.Variables)), nil)
	if err != nil || !strings.Contains(string(answer), `"userErrors":[{"code":"`) || strings.Contains(string(answer), `"errors"`) {
		t.Errorf("%s = %s (%v), want an error of the user", e.Name, answer, err)
	}
}

// command runs a command of the guide.
func (d demo) command(t *testing.T, v *visit, text string) {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("the commands are not tested: %v", err)
	}
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, ".curlrc"), []byte("max-time = 3\n"), 0o600); err != nil { // a subscription has no end
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", strings.ReplaceAll(text, "localhost:9000", strings.TrimPrefix(d.url, "http://")))
	cart, _ := v.values["cart"].(string)
	cmd.Env = append(os.Environ(), "KEY="+d.key, "CART="+cart, "CURL_HOME="+home)
	out, err := cmd.Output()
	if e, ok := errors.AsType[*exec.ExitError](err); ok && e.ExitCode() == 28 && strings.Contains(text, "subscription") {
		err = nil
	}
	if err != nil || !strings.Contains(string(out), `{"data":{"`) {
		t.Errorf("%s: %v: %s", text, err, out)
	}
}

// What the guide shows of clients stands in the files that TestClients and TestGenqlient run.
func TestGuideOfClients(t *testing.T) {
	t.Parallel()
	var files []string
	for _, pattern := range []string{"testdata/clients/*.mjs", "testdata/clients/*.json", "testdata/genqlient/*.yaml"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, string(text))
		}
	}
	snippets := guide(t)
	checked := 0
	for i, s := range snippets {
		if s.language == "graphql" || s.language == "sh" || s.language == "json" && snippets[i-1].language == "graphql" {
			continue
		}
		checked++
		if !slices.ContainsFunc(files, func(text string) bool { return strings.Contains(text, strings.Trim(s.text, "\n")) }) {
			t.Errorf("no client that is tested has\n%s", s.text)
		}
	}
	if checked < 7 {
		t.Errorf("%d snippets of clients, want those of four", checked)
	}
}
