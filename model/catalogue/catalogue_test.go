package catalogue_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/catalogue"
	"github.com/storegraph/storegraph/model/price"
)

// A shop is an index under construction.
type shop struct {
	t     *testing.T
	terms *catalogue.Terms
	now   *catalogue.Snapshot
}

func newShop(t *testing.T) *shop {
	t.Helper()
	terms := catalogue.NewTerms(2)
	return &shop{t, terms, catalogue.New(terms, 4).Snapshot()}
}

// priced returns a product in the channel web with a variant of one price, of a price list if that has an id.
func (s *shop) priced(id, amount, list string) *catalogue.Product {
	s.t.Helper()
	n := s.terms.Number([]byte(list), func() *model.Price {
		p := &model.Price{CurrencyCode: "eur"}
		if list != "" {
			p.PriceListID = &list
		}
		return p
	})
	units, err := s.terms.Amount([]byte(amount))
	if err != nil {
		s.t.Fatal(err)
	}
	return &catalogue.Product{
		ID: id, Title: "Title of " + id, Channels: []string{"web"},
		Variants: []catalogue.Variant{{Prices: []catalogue.Price{{Terms: n, Amount: units}}}},
	}
}

// put puts products, which are sorted by id as texts.
func (s *shop) put(products ...*catalogue.Product) {
	s.t.Helper()
	u := s.now.Update()
	var ids []string
	for i := range s.now.Order(catalogue.ByID, false).Len() {
		ids = append(ids, s.now.ID(s.now.Order(catalogue.ByID, false).At(i)))
	}
	for _, p := range products {
		u.Put(p)
		ids = append(ids, p.ID)
	}
	slices.Sort(ids)
	u.Arrange(catalogue.ByID, slices.Compact(ids))
	u.Arrange(catalogue.ByTitle, slices.Compact(ids))
	s.now = u.Snapshot()
}

func (s *shop) prices(at int64) *catalogue.Prices {
	return s.now.Prices(price.Context{CurrencyCode: "eur"}, time.UnixMicro(at))
}

// sorted returns the ids of all products by price at a time.
func (s *shop) sorted(at int64, desc bool) []string {
	set := s.now.Select(&catalogue.Query{Channels: []string{"web"}})
	return s.now.IDs(s.prices(at).Order(desc).Take(set, catalogue.Span{To: math.MaxInt, Limit: 100}))
}

func (s *shop) expect(what string, have []string, want ...string) {
	s.t.Helper()
	if !slices.Equal(have, want) {
		s.t.Errorf("%s: %v, want %v", what, have, want)
	}
}

// TestPricesByTime sorts by prices of a list before, while and after it is active: to the microsecond, as the database does.
func TestPricesByTime(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	b := s.priced("b", "20", "")
	b.Variants[0].Prices = append(b.Variants[0].Prices, s.priced("b", "1", "list").Variants[0].Prices...)
	s.put(s.priced("a", "10", ""), b)
	u := s.now.Update()
	u.Price([]*catalogue.List{{PriceList: model.PriceList{ID: "list", Type: model.PriceListTypeSale}, Active: true, Starts: 1000, Ends: 2000}})
	s.now = u.Snapshot()
	for at, first := range map[int64]string{999: "a", 1000: "b", 2000: "b", 2001: "a", 5000: "a"} {
		if have := s.sorted(at, false); have[0] != first {
			t.Errorf("at %d the cheapest is %s, want %s", at, have[0], first)
		}
	}
	if p := s.prices(1500); p.Ends(time.UnixMicro(2000)) || !p.Ends(time.UnixMicro(2001)) {
		t.Error("the prices do not end when the list does")
	}
}

// TestPricesFollow changes products after the prices of a context were computed.
func TestPricesFollow(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.put(s.priced("a", "10", ""), s.priced("b", "20", ""), s.priced("c", "20", ""))
	s.expect("at first", s.sorted(0, false), "a", "b", "c")
	s.put(s.priced("a", "20.01", ""))
	s.expect("a costs more", s.sorted(0, false), "b", "c", "a")
	s.put(&catalogue.Product{ID: "b", Channels: []string{"web"}}, s.priced("aa", "20", ""))
	s.expect("b has no price, aa is new", s.sorted(0, false), "aa", "c", "a", "b")
	s.expect("the other way round", s.sorted(0, true), "a", "aa", "c", "b")
	u := s.now.Update()
	u.Remove("c")
	s.now = u.Snapshot()
	s.expect("c is gone", s.sorted(0, false), "aa", "a", "b")
	for i := range 300 { // more changes than are remembered
		s.put(s.priced("a", fmt.Sprint(i), ""))
	}
	s.expect("after many changes", s.sorted(0, false), "aa", "a", "b")
}

// TestMarks finds where amounts stand among prices, also those that no product has.
func TestMarks(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.put(s.priced("a", "10", ""), s.priced("b", "20", ""), s.priced("c", "20", ""), &catalogue.Product{ID: "d", Channels: []string{"web"}})
	for _, c := range []struct {
		desc   bool
		id     string
		amount string
		want   catalogue.Mark
	}{
		{false, "b", "20", catalogue.Mark{Before: 1, There: true}},
		{false, "c", "20.001", catalogue.Mark{Before: 3}},
		{false, "a", "20", catalogue.Mark{Before: 1}},
		{false, "d", "", catalogue.Mark{Before: 3, There: true}},
		{false, "a", "1e30", catalogue.Mark{Before: 3}},
		{true, "c", "20", catalogue.Mark{Before: 1, There: true}},
		{true, "b", "15", catalogue.Mark{Before: 2}},
		{true, "d", "", catalogue.Mark{Before: 3, There: true}},
	} {
		var amount *model.Amount
		if c.amount != "" {
			amount = new(model.MustAmount(c.amount))
		}
		if m, ok := s.prices(0).Mark(s.now, c.desc, c.id, amount); !ok || m != c.want {
			t.Errorf("%+v: %+v %t", c, m, ok)
		}
	}
	old := *s
	s.put(s.priced("bb", "20", ""))
	s.prices(0) // those of the new snapshot are kept, and the old one has them too
	if m, ok := old.prices(0).Mark(old.now, false, "c", new(model.MustAmount("20"))); !ok || m != (catalogue.Mark{Before: 3, There: true}) {
		t.Errorf("by the prices of a later snapshot c stands at %+v %t", m, ok)
	}
	if _, ok := s.prices(0).Mark(s.now, false, "unknown", nil); ok {
		t.Error("a product that is not there has a place")
	}
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	terms := catalogue.NewTerms(2)
	for number, want := range map[string]int64{"1": 100, "1.5": 150, "-0.01": -1, "10.500": 1050, "92233720368547758.07": math.MaxInt64} {
		if have, err := terms.Amount([]byte(number)); err != nil || have != want {
			t.Errorf("%s is %d (%v), want %d", number, have, err, want)
		}
	}
	for number, want := range map[string]error{"0.001": catalogue.ErrScale, "92233720368547758.08": catalogue.ErrAmount, "1e3": catalogue.ErrAmount} {
		if _, err := terms.Amount([]byte(number)); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", number, err, want)
		}
	}
}

// TestSnapshotsStay changes the catalogue while somebody reads an older snapshot of it.
func TestSnapshotsStay(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.put(s.priced("a", "10", ""), s.priced("b", "20", ""))
	old := *s
	s.put(s.priced("c", "1", ""))
	u := s.now.Update()
	u.Remove("a")
	s.now = u.Snapshot()
	if n := old.now.Len(); n != 2 {
		t.Errorf("the old snapshot has %d products, want 2", n)
	}
	s.expect("the new one", s.sorted(0, false), "c", "b")
	set := old.now.Select(&catalogue.Query{Channels: []string{"web"}})
	s.expect("the old one", old.now.IDs(old.now.Order(catalogue.ByID, false).Take(set, catalogue.Span{To: math.MaxInt, Limit: 100})), "a", "b")
}

// TestTake takes pages of small and large sets from all places, in both directions.
func TestTake(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	var all []*catalogue.Product
	for i := range 700 {
		all = append(all, s.priced(fmt.Sprintf("p%03d", i), "1", ""))
	}
	s.put(all...)
	order := s.now.Order(catalogue.ByID, false)
	for _, step := range []int{1, 3, 50} { // every so manieth is in the set
		var ids []string
		for i := 0; i < 700; i += step {
			ids = append(ids, fmt.Sprintf("p%03d", i))
		}
		set := s.now.Of(ids)
		for _, skip := range []int{0, 3, 600} {
			for _, backwards := range []bool{false, true} {
				want := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id <= "p009" || id > "p650" })
				if backwards {
					slices.Reverse(want)
				}
				want = want[min(skip, len(want)):]
				want = want[:min(4, len(want))]
				have := s.now.IDs(order.Take(set, catalogue.Span{From: 10, To: 651, Skip: skip, Limit: 4, Backwards: backwards}))
				s.expect(fmt.Sprint(step, skip, backwards), have, want...)
			}
		}
	}
}

// TestSold sorts by what was sold in some channels, and finds places in that order.
func TestSold(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.put(s.priced("a", "1", ""), s.priced("b", "1", ""), s.priced("c", "1", ""), s.priced("d", "1", ""))
	u := s.now.Update()
	u.Sell(catalogue.Units{"web": {"c": 5, "b": 5, "gone": 9}, "shop": {"d": 7, "b": 1}})
	s.now = u.Snapshot()
	sorted := func(channels ...string) []string {
		set := s.now.Select(&catalogue.Query{Channels: []string{"web"}})
		return s.now.IDs(s.now.Sold(channels).Take(set, catalogue.Span{To: math.MaxInt, Limit: 10}))
	}
	s.expect("web", sorted("web"), "b", "c", "a", "d")
	s.expect("both", sorted("web", "shop"), "d", "b", "c", "a")
	s.put(s.priced("aa", "1", ""))
	s.expect("a new product", sorted("web"), "b", "c", "a", "aa", "d")
	old := *s
	u = s.now.Update()
	u.Sell(catalogue.Units{"web": {"d": 1}})
	old.now.Sold([]string{"web"}) // somebody still asks the old snapshot
	s.now = u.Snapshot()
	s.expect("other sales", sorted("web"), "d", "a", "aa", "b", "c")
	*s = old
	if m, ok := s.now.Sold([]string{"web"}).Mark("c", 5); !ok || m != (catalogue.Mark{Before: 1, There: true}) {
		t.Errorf("c stands at %+v %t", m, ok)
	}
	if m, ok := s.now.Sold([]string{"web"}).Mark("a", 3); !ok || m != (catalogue.Mark{Before: 2}) {
		t.Errorf("3 units of a stand at %+v %t", m, ok)
	}
}

// TestRanked takes the hits of a search in their order.
func TestRanked(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.put(s.priced("a", "1", ""), s.priced("b", "1", ""), s.priced("c", "1", ""))
	all := s.now.Select(&catalogue.Query{Channels: []string{"web"}, Within: []catalogue.Set{s.now.Of([]string{"c", "a"})}})
	for desc, want := range map[bool][]string{false: {"c", "a"}, true: {"a", "c"}} {
		s.expect("ranked", s.now.IDs(s.now.Ranked([]string{"c", "unknown", "a"}, desc).Take(all, catalogue.Span{To: math.MaxInt, Limit: 10})), want...)
	}
}

// TestSize grows with what is put, and shrinks with what is removed.
func TestSize(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.put(s.priced("a", "1", ""))
	one := s.now.Size()
	rich := s.priced("a", "1", "")
	for range 1000 {
		rich.Variants = append(rich.Variants, rich.Variants[0])
	}
	s.put(rich)
	if n := s.now.Size() - one; n < 16_000 {
		t.Errorf("1,000 variants take %d bytes more", n)
	}
	s.put(s.priced("a", "1", ""))
	if n := s.now.Size(); n != one {
		t.Errorf("%d bytes are left, want %d", n, one)
	}
}

// TestPricesAtOnce asks for prices of several contexts from many goroutines while the catalogue changes.
func TestPricesAtOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.put(s.priced("a", "10", ""), s.priced("b", "20", ""))
	var asking sync.WaitGroup
	for i := range 50 {
		now := s.now
		for _, currency := range []string{"eur", "usd"} {
			asking.Go(func() {
				p := now.Prices(price.Context{CurrencyCode: currency}, time.UnixMicro(0))
				if n := p.Order(i%2 == 0).Len(); n < now.Len() {
					t.Errorf("%d products of %d have a place", n, now.Len())
				}
			})
		}
		s.put(s.priced(fmt.Sprintf("c%02d", i), fmt.Sprint(i), ""))
	}
	asking.Wait()
	if low := s.prices(0).Lowest(s.now.Order(catalogue.ByID, false).At(2)); low == nil || !low.IsZero() {
		t.Errorf("c00 costs %v, want 0", low)
	}
}
