package rest_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// A recordedCart is what the reference made of random requests, recorded by testdata/carts/record.mjs.
type recordedCart struct {
	Customer string
	Steps    []struct {
		Method, Path string
		Body         json.RawMessage
		Line         []any // variant and quantity of the line that the step changes
		Status       int
	}
	Cart map[string]any
}

func recordedCarts(t *testing.T) []recordedCart {
	t.Helper()
	f, err := os.Open("testdata/carts/carts.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var out []recordedCart
	lines := bufio.NewReader(z)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		var c recordedCart
		if err := json.Unmarshal(line, &c); err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
}

// TestRandomCarts puts together random carts as the reference was asked to, and finds that they come to the same.
func TestRandomCarts(t *testing.T) {
	t.Parallel()
	carts := recordedCarts(t)
	if testing.Short() {
		carts = carts[:200]
	}
	h := newHandler(t, dbtest.Open(t, dbtest.ShopURL(t), db.Options{MaxConns: 8}), manyAttempts)
	handles := dbtest.Handles(t)
	tokens := map[string]string{"": ""}
	for _, c := range carts {
		if _, ok := tokens[c.Customer]; !ok {
			tokens[c.Customer] = "Bearer " + logIn(t, h, c.Customer)
		}
	}
	var differing atomic.Int64
	var wg sync.WaitGroup
	for part := range 4 {
		wg.Go(func() {
			for n := part; n < len(carts); n += 4 {
				if diffs := carts[n].compare(t, h, handles, tokens[carts[n].Customer]); len(diffs) > 0 {
					if differing.Add(1) <= 20 {
						t.Errorf("cart %d: %s", n, strings.Join(diffs, "\n\t"))
					}
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d carts, %d differ", len(carts), differing.Load())
}

func (c *recordedCart) compare(t *testing.T, h http.Handler, handles map[string]string, token string) []string {
	t.Helper()
	var id string
	var cart map[string]any
	ask := func(method, path string, body []byte) (int, map[string]any) {
		for name, v := range handles {
			body = bytes.ReplaceAll(body, []byte("{{"+name+"}}"), []byte(v))
		}
		res, text := send(t, h, method, strings.Replace(path, "{{cart}}", id, 1), string(body), "X-Publishable-Api-Key", handles["pk_web"], "Authorization", token)
		var got struct{ Cart map[string]any }
		_ = json.Unmarshal([]byte(text), &got)
		return res.StatusCode, got.Cart
	}
	for n, s := range c.Steps {
		path := s.Path
		if len(s.Line) == 2 {
			var line string
			for _, i := range cart["items"].([]any) {
				if i := i.(map[string]any); i["variant_id"] == s.Line[0] && i["quantity"] == s.Line[1] {
					line = i["id"].(string)
				}
			}
			path = strings.Replace(path, "{{line}}", line, 1)
		}
		status, got := ask(s.Method, path, s.Body)
		if status != s.Status && (s.Status < 500 || status < 400 || status >= 500) {
			return []string{fmt.Sprintf("step %d, %s %s %s: %d, want %d", n, s.Method, path, s.Body, status, s.Status)}
		}
		if got != nil {
			cart, id = got, got["id"].(string)
		}
	}
	if c.Cart == nil {
		return nil
	}
	_, cart = ask(http.MethodGet, "/store/carts/{{cart}}", nil)
	got := summaryOf(cart)
	for _, s := range c.Steps[1:] {
		if bytes.Contains(s.Body, []byte("region_id")) { // the reference then keeps what the old price was reduced from
			for _, of := range []map[string]any{got, c.Cart} {
				for _, i := range of["items"].([]any) {
					delete(i.(map[string]any), "compare_at_unit_price")
				}
			}
		}
	}
	return differences("cart", got, c.Cart)
}

// summaryOf is what was recorded of a cart.
func summaryOf(cart map[string]any) map[string]any {
	lines := func(of any, keys ...string) []any {
		out := []any{}
		for _, l := range of.([]any) {
			row := []any{}
			for _, k := range keys {
				v := l.(map[string]any)[k]
				if k == "is_tax_inclusive" && v == nil {
					v = false
				}
				row = append(row, v)
			}
			out = append(out, row)
		}
		slices.SortFunc(out, func(a, b any) int { return strings.Compare(sortKey(a), sortKey(b)) })
		return out
	}
	pick := func(of map[string]any, keys string) map[string]any {
		out := map[string]any{}
		for k := range strings.FieldsSeq(keys) {
			out[k] = of[k]
		}
		out["tax_lines"] = lines(of["tax_lines"], "code", "rate")
		out["adjustments"] = lines(of["adjustments"], "code", "amount", "is_tax_inclusive")
		return out
	}
	out := pickTotals(cart)
	codes, items, methods := []any{}, []any{}, []any{}
	for _, p := range cart["promotions"].([]any) {
		codes = append(codes, p.(map[string]any)["code"])
	}
	slices.SortFunc(codes, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	for _, i := range cart["items"].([]any) {
		items = append(items, pick(i.(map[string]any), "variant_id quantity unit_price compare_at_unit_price is_tax_inclusive"))
	}
	for _, m := range cart["shipping_methods"].([]any) {
		methods = append(methods, pick(m.(map[string]any), "shipping_option_id amount is_tax_inclusive"))
	}
	out["promotions"], out["items"], out["shipping_methods"] = codes, items, methods
	return out
}

func sortKey(row any) string { return fmt.Sprintf("%v", row) }

func pickTotals(cart map[string]any) map[string]any {
	out := map[string]any{"currency_code": cart["currency_code"]}
	for k := range strings.FieldsSeq(`total subtotal tax_total discount_total discount_subtotal discount_tax_total original_total original_tax_total item_total
item_subtotal item_tax_total original_item_total original_item_subtotal original_item_tax_total shipping_total shipping_subtotal shipping_tax_total
original_shipping_tax_total original_shipping_subtotal original_shipping_total`) {
		out[k] = cart[k]
	}
	return out
}

// differences compares what was got with what was recorded. Lines and methods have no order.
func differences(at string, got, want any) []string {
	switch want := want.(type) {
	case map[string]any:
		g, _ := got.(map[string]any)
		var out []string
		for k, w := range want {
			out = append(out, differences(at+"."+k, g[k], w)...)
		}
		return out
	case []any:
		g, _ := got.([]any)
		if len(g) != len(want) {
			return []string{fmt.Sprintf("%s: got %v, want %v", at, got, want)}
		}
		free := slices.Clone(g)
		for n, w := range want {
			found := slices.IndexFunc(free, func(e any) bool { return len(differences(at, e, w)) == 0 })
			if found < 0 {
				return []string{fmt.Sprintf("%s[%d]: got %v, want %v", at, n, got, want)}
			}
			free = slices.Delete(free, found, found+1)
		}
		return nil
	case float64:
		g, ok := got.(float64)
		if !ok || math.Abs(g-want) > 1e-9*math.Max(1, math.Abs(want)) {
			return []string{fmt.Sprintf("%s: got %v, want %v", at, got, want)}
		}
		return nil
	default:
		if got != want {
			return []string{fmt.Sprintf("%s: got %v, want %v", at, got, want)}
		}
		return nil
	}
}
