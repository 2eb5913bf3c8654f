package rest_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/rest"
)

// FuzzCatalogue sends random query strings to the catalogue routes. None causes an internal error.
// It holds D2, D4 of DEVIATIONS.md.
func FuzzCatalogue(f *testing.F) {
	var paths []string
	for _, r := range rest.Routes() {
		paths = append(paths, r.Path)
	}
	for _, q := range []string{
		"", "fields=", "fields=*variants.calculated_price,+metadata,-tags&region_id=reg_x", "fields=,,,+,-,*,.*,*.,a..b", "limit=-1", "limit=99999999999999999999",
		"offset=9223372036854775807", "order=-created_at", "order=", "order=variants.calculated_price", "q=%25_%5C", "q=a%00b", "id[]=a&id[b]=c&id=d",
		"created_at[$gt]=2020-01-01&created_at[$lt]=nonsense", "created_at[$gt][$lt]=1", "$or[0][$and][0][id]=1", "$and=1", "$or[]=x",
		"variants[options][value]=x&variants[sku][]=y", "toString=1", "__proto__[a]=b", "[[[[]]]]=1", "a[b][c][d][e][f][g][h]=1", "fields=id&fields=title",
		"is_giftcard=yes", "sales_channel_id=sc_none", "region_id=", "country_code=de&region_id=reg_01M84YGGH85P4S0FXV32N7SHEF", "cart_id=x", "title[$ilike]=%25",
		"include_ancestors_tree=true&include_descendants_tree=true", "parent_category_id=null", "external_id[]=", "%zz", "fields=%ff%fe", "id=" + strings.Repeat("a", 3000),
	} {
		for n := range 3 {
			f.Add(n*7, q)
		}
	}
	h := newHandler(f, dbtest.ReadShop(f), nil)
	handles := dbtest.Handles(f)
	f.Fuzz(func(t *testing.T, n int, query string) {
		path := paths[uint(n)%uint(len(paths))]
		id := handles[ids[path]]
		if v, ok := strings.CutPrefix(ids[path], "="); ok {
			id = v
		}
		path = strings.NewReplacer("{id}", id, "{code}", id).Replace(path)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
		r.URL.RawQuery = query
		r.Header.Set("X-Publishable-Api-Key", handles["pk_web"])
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("GET %s?%s = %d %s", path, query, w.Code, w.Body)
		}
	})
}

// FuzzID requests resources by random ids.
// It holds D4 of DEVIATIONS.md.
func FuzzID(f *testing.F) {
	for _, id := range []string{"x", "%00", "..", "prod_", "'; DROP TABLE product; --", "\xff\xfe", strings.Repeat("a", 5000), "a/b", "{id}"} {
		f.Add(id)
	}
	h := newHandler(f, dbtest.ReadShop(f), nil)
	handles := dbtest.Handles(f)
	f.Fuzz(func(t *testing.T, id string) {
		for _, r := range rest.Routes() {
			if r.List {
				continue
			}
			path := r.Path[:strings.LastIndex(r.Path, "/")+1]
			req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
			req.URL = &url.URL{Path: path + id, RawPath: path + url.PathEscape(id)}
			req.Header.Set("X-Publishable-Api-Key", handles["pk_web"])
			w := httptest.NewRecorder()
			h.ServeHTTP(w, req)
			if w.Code >= 500 {
				t.Errorf("GET %s%q = %d %s", path, id, w.Code, w.Body)
			}
		}
	})
}

// FuzzFields tests that a random fields parameter selects only fields that are allowed.
func FuzzFields(f *testing.F) {
	for _, s := range []string{"", "id,title", "+a,-b", "*variants", "variants.*", " title", "-*variants", "*", ".*", ",,", "*a.*", "+*a"} {
		f.Add(s)
	}
	defaults := []string{"id", "title", "*variants", "*variants.options"}
	allowed := map[string]bool{"id": true, "title": true, "variants": true, "variants.options": true, "metadata": true}
	f.Fuzz(func(t *testing.T, fields string) {
		plain, stars := rest.SelectFields(fields, defaults, allowed)
		for _, p := range append(plain, stars...) {
			if !allowed[p] {
				t.Errorf("fields=%q selects %q, which is not allowed", fields, p)
			}
		}
	})
}
