package rest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// A seller places orders and looks what sells.
type seller struct {
	*shopper
	d   db.DB
	now time.Time
}

func newSeller(t *testing.T) *seller {
	t.Helper()
	d := dbtest.Shop(t)
	if _, err := d.Exec(t.Context(), `UPDATE "order" SET created_at = created_at - interval '1 year'`); err != nil {
		t.Fatal(err)
	}
	return &seller{&shopper{t: t, h: newHandler(t, d, nil), handles: dbtest.Handles(t)}, d, time.Now()}
}

// buy places an order of units of variants, told as "2 mug_moss", and returns its id.
func (s *seller) buy(lines ...string) string {
	s.t.Helper()
	var items []string
	for _, l := range lines {
		units, variant, _ := strings.Cut(l, " ")
		items = append(items, fmt.Sprintf(`{"variant_id":"{var_%s}","quantity":%s}`, variant, units))
	}
	status, order, text := s.complete(s.ready("reg_us", "so_us_ground", strings.Join(items, ","), ""))
	if status != http.StatusOK || order == "" {
		s.t.Fatalf("complete = %d %s", status, text)
	}
	return order
}

// later has sales counted when some time has passed.
func (s *seller) later(after time.Duration) {
	s.t.Helper()
	s.now = s.now.Add(after)
	if err := s.d.CountSales(s.t.Context(), s.now); err != nil {
		s.t.Fatal(err)
	}
}

// best returns the names of the first products of the list with some arguments; what has not sold has none.
func (s *seller) best(first int, direction string) []string {
	s.t.Helper()
	var got struct {
		Products struct {
			Nodes []struct{ ID string }
		}
	}
	if codes := s.graphQL(fmt.Sprintf(`{ products(first: %d, sort: {key: BEST_SELLING%s}) { nodes { id } } }`, first, direction), &got); codes != "" {
		s.t.Fatal(codes)
	}
	var names []string
	for _, p := range got.Products.Nodes {
		names = append(names, s.name(p.ID))
	}
	return names
}

func (s *seller) name(id string) string {
	for _, name := range []string{"stone_mug", "usb_cable", "notebook", "candle"} {
		if s.handles["prod_"+name] == id {
			return name
		}
	}
	return ""
}

// TestBestSelling places orders: what was sold most comes first, unless it was canceled, until it is 90 days ago.
func TestBestSelling(t *testing.T) {
	t.Parallel()
	s := newSeller(t)
	s.buy("2 mug_moss")
	canceled := s.buy("4 usb_1m")
	s.buy("1 usb_2m", "3 note_a5")
	s.later(0)
	for _, direction := range []string{"", ", direction: ASC", ", direction: DESC"} {
		if got := s.best(4, direction); !slices.Equal(got, []string{"usb_cable", "notebook", "stone_mug", ""}) {
			t.Errorf("best selling%s are %q", direction, got)
		}
	}
	if _, err := s.d.Exec(t.Context(), `UPDATE "order" SET status = 'canceled', canceled_at = now() WHERE id = ?`, canceled); err != nil {
		t.Fatal(err)
	}
	s.later(time.Hour)
	if got := s.best(4, ""); !slices.Equal(got, []string{"notebook", "stone_mug", "usb_cable", ""}) {
		t.Errorf("with a canceled order best selling are %q", got)
	}
	s.later(91 * 24 * time.Hour)
	if got := s.best(3, ""); !slices.Equal(got, []string{"", "", ""}) {
		t.Errorf("after 91 days best selling are %q", got)
	}
}

// TestBestSellingOfAChannel does not tell what sells elsewhere.
func TestBestSellingOfAChannel(t *testing.T) {
	t.Parallel()
	s := newSeller(t)
	elsewhere := s.buy("4 usb_1m")
	s.buy("2 mug_moss")
	if _, err := s.d.Exec(t.Context(), `UPDATE "order" SET sales_channel_id = ? WHERE id = ?`, s.handles["sc_b2b"], elsewhere); err != nil {
		t.Fatal(err)
	}
	s.later(0)
	if got := s.best(2, ""); !slices.Equal(got, []string{"stone_mug", ""}) {
		t.Errorf("best selling are %q", got)
	}
	s.handles["pk_web"] = s.handles["pk_both"]
	if got := s.best(2, ""); !slices.Equal(got, []string{"usb_cable", "stone_mug"}) {
		t.Errorf("in both channels best selling are %q", got)
	}
}

// TestBestSellingPages goes through all pages forwards and backwards, of the root's list and of one below a collection, with a filter by
// price that has arguments of its own.
func TestBestSellingPages(t *testing.T) {
	t.Parallel()
	s := newSeller(t)
	s.buy("2 mug_moss", "1 usb_1m")
	s.buy("1 note_a5", "1 candle")
	s.later(0)
	type page struct {
		Nodes    []struct{ ID string }
		PageInfo struct {
			HasNextPage, HasPreviousPage bool
			StartCursor, EndCursor       string
		}
	}
	const fields = `nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`
	for _, list := range []string{`{ products(%s) { ` + fields + ` } }`, `{ products: productType(id: "{type_home}") { page: products(%s) { ` + fields + ` } } }`} {
		read := func(args string) page {
			t.Helper()
			var got struct {
				Products struct {
					page
					Page *page
				}
			}
			text := fmt.Sprintf(list, args+`, sort: {key: BEST_SELLING}, filter: {price: {gt: "0"}}`)
			if codes := s.graphQL(text, &got); codes != "" {
				t.Fatalf("%s: %s", text, codes)
			}
			if got.Products.Page != nil {
				return *got.Products.Page
			}
			return got.Products.page
		}
		all := read("first: 100").Nodes
		if len(all) < 3 || s.name(all[0].ID) != "stone_mug" {
			t.Errorf("all are %v", all)
		}
		sold := 0
		for sold < len(all) && s.name(all[sold].ID) != "" {
			sold++
		}
		if !slices.IsSortedFunc(all[sold:], func(a, b struct{ ID string }) int { return strings.Compare(a.ID, b.ID) }) {
			t.Errorf("the others are not sorted by id: %v", all)
		}
		var there, back []struct{ ID string }
		last := ""
		for args := "first: 2"; ; args = fmt.Sprintf(`first: 2, after: %q`, last) {
			p := read(args)
			there, last = append(there, p.Nodes...), p.PageInfo.EndCursor
			if !p.PageInfo.HasNextPage {
				break
			}
		}
		for args := "last: 2"; ; args = fmt.Sprintf(`last: 2, before: %q`, last) {
			p := read(args)
			back, last = append(slices.Clone(p.Nodes), back...), p.PageInfo.StartCursor
			if !p.PageInfo.HasPreviousPage {
				break
			}
		}
		if !slices.Equal(there, all) || !slices.Equal(back, all) {
			t.Errorf("forwards %v\nbackwards %v\nwant %v", there, back, all)
		}
	}
}

// TestRelatedByOrders is first what was bought together most often, then what shares most, none twice, and nothing that cannot be seen.
func TestRelatedByOrders(t *testing.T) {
	t.Parallel()
	s := newSeller(t)
	related := func(first int) (ids, names []string) {
		t.Helper()
		var got struct {
			Product struct{ Related []struct{ ID string } }
		}
		if codes := s.graphQL(fmt.Sprintf(`{ product(by: {id: "{prod_stone_mug}"}) { related(first: %d) { id } } }`, first), &got); codes != "" {
			t.Fatal(codes)
		}
		for _, p := range got.Product.Related {
			ids, names = append(ids, p.ID), append(names, s.name(p.ID))
		}
		return ids, names
	}
	shared, _ := related(20)
	s.buy("1 mug_moss", "1 usb_1m")
	s.buy("1 mug_moss", "1 note_a5", "1 usb_2m")
	s.later(0)
	bought := []string{s.handles["prod_usb_cable"], s.handles["prod_notebook"]}
	want := slices.Clone(bought)
	for _, id := range shared {
		if !slices.Contains(bought, id) {
			want = append(want, id)
		}
	}
	if got, _ := related(20); !slices.Equal(got, want[:min(20, len(want))]) || len(shared) == 0 {
		t.Errorf("related are %v, want %v", got, want)
	}
	if _, names := related(1); !slices.Equal(names, []string{"usb_cable"}) {
		t.Errorf("the first is %v", names)
	}
	for _, sql := range []string{
		`UPDATE product SET status = 'draft' WHERE id = ?`, `UPDATE product SET status = 'published', deleted_at = now() WHERE id = ?`,
		`UPDATE product SET deleted_at = NULL WHERE id = ?`, `DELETE FROM product_sales_channel WHERE product_id = ?`,
	} {
		if _, err := s.d.Exec(t.Context(), sql, s.handles["prod_usb_cable"]); err != nil {
			t.Fatal(err)
		}
		hidden := !strings.Contains(sql, "NULL")
		if got, _ := related(20); slices.Contains(got, s.handles["prod_usb_cable"]) == hidden {
			t.Errorf("after %s related are %v", sql, got)
		}
	}
}
