package catalogue

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/storegraph/storegraph/model"
)

// ErrScale means that an amount has more decimal places than the index was begun with.
var ErrScale = errors.New("an amount has more decimal places than the index")

// ErrAmount means that an amount does not fit into the index.
var ErrAmount = errors.New("an amount is too large for the index")

// Terms are what prices depend on besides their amounts, each once: a shop has millions of prices, but few of these. It is safe for
// concurrent use.
type Terms struct {
	scale int

	mu      sync.RWMutex
	numbers map[string]uint32
	prices  []*model.Price // without amounts and lists
	// attributes are those that any rule of a price mentions, sorted.
	attributes []string
}

// NewTerms returns terms of no price yet. Amounts are kept with so many decimal places.
func NewTerms(scale int) *Terms { return &Terms{scale: scale, numbers: map[string]uint32{}} }

// Number returns the number of the terms with a key. If they are new, price is called for a price that has them; its amount does not
// count, and its list is found by PriceListID when it is needed.
func (t *Terms) Number(key []byte, price func() *model.Price) uint32 {
	t.mu.RLock()
	n, ok := t.numbers[string(key)]
	t.mu.RUnlock()
	if ok {
		return n
	}
	p := price()
	t.mu.Lock()
	defer t.mu.Unlock()
	if n, ok = t.numbers[string(key)]; ok {
		return n
	}
	n = uint32(len(t.prices))
	t.numbers[string(key)] = n
	t.prices = append(t.prices, p)
	for _, r := range p.Rules {
		if at, ok := slices.BinarySearch(t.attributes, r.Attribute); !ok {
			t.attributes = slices.Insert(slices.Clone(t.attributes), at, r.Attribute)
		}
	}
	return n
}

// all returns the prices by their numbers, and the attributes that their rules mention.
func (t *Terms) all() ([]*model.Price, []string) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Clip(t.prices), t.attributes
}

// places returns how many decimal places a decimal number has that are not zeros at its end, and its digits without the point.
func places(number []byte) (int, []byte) {
	point := slices.Index(number, '.')
	if point < 0 {
		return 0, number
	}
	end := len(number)
	for end > point+1 && number[end-1] == '0' {
		end--
	}
	digits := append(slices.Clone(number[:point]), number[point+1:end]...)
	return end - point - 1, digits
}

// Amount returns an amount, written as a decimal number, in the units that the index keeps. It fails with ErrScale or ErrAmount.
func (t *Terms) Amount(number []byte) (int64, error) {
	n, digits := places(number)
	if n > t.scale {
		return 0, ErrScale
	}
	out, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil {
		return 0, ErrAmount
	}
	for ; n < t.scale; n++ {
		if out > math.MaxInt64/10 || out < math.MinInt64/10 {
			return 0, ErrAmount
		}
		out *= 10
	}
	return out, nil
}

// amount returns what Amount was given.
func (t *Terms) amount(units int64) model.Amount {
	return model.MustAmount(strconv.FormatInt(units, 10) + "e-" + strconv.Itoa(t.scale))
}

// attributeKey writes the values of attributes that any rule mentions.
func attributeKey(b *strings.Builder, mentioned []string, values map[string][]string) {
	for _, a := range mentioned {
		of := slices.Sorted(slices.Values(values[a]))
		b.WriteString("\x1e" + a + "\x1f" + strings.Join(of, "\x1f"))
	}
}
