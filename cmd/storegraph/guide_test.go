package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/graph/playground"
)

// guideFile is the guide for storefronts.
const guideFile = "graph/README.md"

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
	v, r := d.visit(t), newReader(t, d)
	v.run(t, playground.Examples()[0]) // where the shop sells, which a reader knows by then
	blocks := blocksOf(t, guideFile)
	name := regexp.MustCompile(`(?m)^(?:query|mutation|subscription) (\w+)`)
	ran := 0
	for i, s := range blocks {
		switch s.language {
		case "graphql":
			e := playground.Example{Name: name.FindStringSubmatch(s.text)[1], Query: "\n" + s.text}
			if i+1 < len(blocks) && blocks[i+1].language == "json" {
				e.Variables = blocks[i+1].text
			}
			e.Gives = given[e.Name]
			if e.Name == "WrongCode" {
				d.wrongCode(t, v, e)
				continue
			}
			v.run(t, e)
			ran++
		case "sh":
			r.env["CART"], _ = v.values["cart"].(string)
			if strings.Contains(s.text, "subscription") {
				r.follows(s.text)
			} else {
				r.says(`\{"data":\{"`, s.text)
			}
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
	blocks := blocksOf(t, guideFile)
	checked := 0
	for i, s := range blocks {
		if s.language == "graphql" || s.language == "sh" || s.language == "json" && blocks[i-1].language == "graphql" {
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
