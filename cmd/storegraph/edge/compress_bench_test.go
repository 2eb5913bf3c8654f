package edge_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/cmd/storegraph/edge"
)

// products is JSON of at least size bytes as a product list has it: the same keys, different ids.
func products(size int) []byte {
	var b strings.Builder
	b.WriteString(`{"products":[`)
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		n := uint64(i+1) * 0x9e3779b97f4a7c15
		fmt.Fprintf(&b, `{"id":"prod_01%024X","title":"Shirt %d","subtitle":null,"description":"A shirt of cotton no. %d","handle":"shirt-%d",`+
			`"is_giftcard":false,"discountable":true,"thumbnail":"/static/%x.png","collection_id":null,"weight":"%d","created_at":"2026-11-23T19:27:%02d.%03dZ",`+
			`"variants":[{"id":"variant_01%024X","title":"L / Black","sku":"SHIRT-%d","calculated_price":{"calculated_amount":%d.%02d,"currency_code":"eur"}}]}`,
			n, i, n%977, i, n, n%500, n%60, n%1000, n*31, n%100000, n%200, n%100)
	}
	b.WriteString(`]}`)
	return []byte(b.String())
}

type discard struct {
	h http.Header
	n int
}

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) WriteHeader(int)             {}
func (d *discard) Write(p []byte) (int, error) { d.n += len(p); return len(p), nil }

func BenchmarkCompress(b *testing.B) {
	for _, size := range []int{10 << 10, 200 << 10} {
		body := products(size)
		h := edge.Compress(edge.DefaultCompressFrom)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			if _, err := w.Write(body); err != nil {
				b.Error(err)
			}
		}))
		for _, coding := range []string{"identity", "zstd", "gzip"} {
			b.Run(fmt.Sprintf("%dKB/%s", size>>10, coding), func(b *testing.B) {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/store/products", http.NoBody)
				r.Header.Set("Accept-Encoding", coding)
				b.SetBytes(int64(len(body)))
				b.ReportAllocs()
				sent := 0
				for b.Loop() {
					w := &discard{h: http.Header{}}
					h.ServeHTTP(w, r)
					sent = w.n
				}
				b.ReportMetric(float64(sent)/float64(len(body))*100, "%size")
			})
		}
	}
}
