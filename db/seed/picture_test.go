package seed_test

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/seed"
)

// picture fetches an image from the server at base.
func picture(t *testing.T, base, url string) string {
	t.Helper()
	path, ok := strings.CutPrefix(url, base+"/")
	if !ok {
		t.Errorf("picture at %s, want it at %s", url, base)
	}
	w := httptest.NewRecorder()
	seed.Static().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/"+path, http.NoBody))
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/svg+xml" || !seed.HasStatic("/"+path) {
		t.Errorf("GET %s = %d %s", path, w.Code, w.Header().Get("Content-Type"))
	}
	return w.Body.String()
}

// Each image is a drawing of some kB, and that of one product only.
func TestPictures(t *testing.T) {
	t.Parallel()
	d, _ := seeded(t)
	all, err := d.Texts(t.Context(), `SELECT p.handle || ' ' || i.url FROM image i JOIN product p ON p.id = i.product_id ORDER BY 1`)
	if err != nil || len(all) < 100 {
		t.Fatalf("%d images, %v, want at least 100", len(all), err)
	}
	owner := map[string]string{}
	for _, line := range all {
		handle, url, _ := strings.Cut(line, " ")
		svg := picture(t, "http://localhost:9000", url)
		if len(svg) < 2500 || len(svg) > 40000 {
			t.Errorf("%s has %d bytes, want 2.5 to 40 kB", url, len(svg))
		}
		if other := owner[svg]; other != "" {
			t.Errorf("%s shows what %s shows", url, other)
		}
		owner[svg] = url
		if !strings.Contains(url, "/static/"+handle) {
			t.Errorf("%s has the image %s", handle, url)
		}
		if drawn(t, url, svg) < 12 {
			t.Errorf("%s shows next to nothing", url)
		}
		if again := picture(t, "http://localhost:9000", url); again != svg {
			t.Errorf("%s is another image each time", url)
		}
	}
}

// drawn counts the elements of an image that show something.
func drawn(t *testing.T, url, svg string) int {
	t.Helper()
	n := 0
	for x := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := x.Token()
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			t.Errorf("%s: %v", url, err)
			return n
		}
		if e, ok := token.(xml.StartElement); ok && slices.Contains([]string{"path", "circle", "ellipse", "rect"}, e.Name.Local) {
			n++
		}
	}
}

// addresses returns the addresses of all images, in the catalogue, carts and orders, and the server's of each demo image.
func addresses(t *testing.T, d db.DB) []string {
	t.Helper()
	all, err := d.Texts(t.Context(), `SELECT url FROM image UNION ALL SELECT thumbnail FROM product UNION ALL SELECT thumbnail FROM product_variant WHERE thumbnail IS NOT NULL
		UNION ALL SELECT thumbnail FROM cart_line_item UNION ALL SELECT thumbnail FROM order_line_item`)
	if err != nil || len(all) < 200 {
		t.Fatalf("%d addresses, %v", len(all), err)
	}
	return all
}

// The images of a shop are at the server that serves it now; what is no image of the shop stays where it is.
func TestMove(t *testing.T) {
	t.Parallel()
	d, _ := seeded(t)
	fill(t, d, 20)
	const foreign = `http://localhost:9000/static/1764300000000-upload.svg`
	for _, sql := range []string{
		`INSERT INTO cart (id, currency_code) VALUES ('cart_1', 'eur')`,
		`INSERT INTO cart_line_item (id, cart_id, title, quantity, unit_price, raw_unit_price, thumbnail) SELECT 'cali_1', 'cart_1', title, 1, 1, '{}', thumbnail FROM product LIMIT 1`,
		`INSERT INTO order_line_item (id, title, unit_price, raw_unit_price, thumbnail) SELECT 'ordli_1', title, 1, '{}', thumbnail FROM product LIMIT 1`,
		`INSERT INTO image (id, url, product_id) SELECT 'img_upload', '` + foreign + `', id FROM product ORDER BY id LIMIT 1`,
		`INSERT INTO image (id, url, product_id) SELECT 'img_cdn', 'https://cdn.example/static/jacket-pine.svg', id FROM product ORDER BY id LIMIT 1`,
	} {
		if _, err := d.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		base, from string
		guess      bool
		at         string // where they are afterwards
	}{
		{"http://localhost:9001/", "http://localhost:9000", true, "http://localhost:9001"},
		{"http://localhost:9001", "", true, "http://localhost:9001"},
		{"https://shop.example", "http://localhost:9001", false, "https://shop.example"},
		{"http://localhost:9002", "", true, "https://shop.example"}, // a proxy in front knows them there
		{"http://127.0.0.1:9003", "https://shop.example", false, "http://127.0.0.1:9003"},
	} {
		from, err := seed.Move(t.Context(), d, step.base, step.guess)
		if err != nil || from != step.from {
			t.Errorf("Move to %s = %q, %v, want %q", step.base, from, err, step.from)
		}
		left := 0
		for _, url := range addresses(t, d) {
			if url == foreign || strings.HasPrefix(url, "https://cdn.example/") {
				left++
				continue
			}
			picture(t, step.at, url)
		}
		if left != 2 {
			t.Errorf("Move to %s: %d addresses of others, want 2", step.base, left)
		}
	}
}

// A database without the demo shop is left alone.
func TestMoveNothing(t *testing.T) {
	t.Parallel()
	d, _ := seeded(t)
	if _, err := d.Exec(t.Context(), `UPDATE store SET metadata = NULL`); err != nil {
		t.Fatal(err)
	}
	before := tables(t, d)
	if from, err := seed.Move(t.Context(), d, "http://localhost:9001", false); err != nil || from != "" {
		t.Errorf("Move = %q, %v", from, err)
	}
	if codes, err := seed.Codes(t.Context(), d); err != nil || len(codes) > 0 {
		t.Errorf("Codes = %v, %v", codes, err)
	}
	if after := tables(t, d); after != before {
		t.Errorf("Move wrote: %s\nwas %s", after, before)
	}
}
