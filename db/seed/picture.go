package seed

import (
	"hash/fnv"
	"net/http"
	"strings"
	"sync"
	"time"
)

// staticPath is the path of Static, with which the addresses of images in the database begin.
const staticPath = "/static/"

// A drawing is what an image shows.
type drawing struct {
	shape, colour string // keys of shapes and tints
	finish        string // a key of finishes
	scene         string // a key of scenes
	seed          uint64 // of what is drawn at random
	near          bool   // a close-up
}

// address returns the path of an image of a product, as a close-up or as a whole; in a colour, if the product has several.
func (p *product) address(colour string, near bool) string {
	name := p.handle
	if colour != "" {
		name += "-" + strings.ToLower(colour)
	}
	return address(name, near)
}

// pictureURL returns the path of the image of a shape in a colour, for generated products.
func pictureURL(shape, colour string, near bool) string {
	return address(shape+"-"+strings.ToLower(colour), near)
}

func address(name string, near bool) string {
	if near {
		name += "-near"
	}
	return staticPath + name + ".svg"
}

// drawings has what each image shows, by its path.
var drawings = sync.OnceValue(func() map[string]drawing {
	all := map[string]drawing{}
	add := func(path string, d drawing) {
		sum := fnv.New64a()
		_, _ = sum.Write([]byte(strings.TrimSuffix(path, "-near.svg"))) // never fails
		d.seed = sum.Sum64()
		all[path] = d
	}
	for shape := range shapes {
		for colour := range tints {
			for _, near := range []bool{false, true} {
				add(pictureURL(shape, colour, near), drawing{shape: shape, colour: colour, finish: "plain", scene: "studio", near: near})
			}
		}
	}
	for i := range products {
		p := &products[i]
		colours, several := p.colours()
		for _, c := range colours {
			for _, near := range []bool{false, true} {
				d := drawing{shape: p.picture, colour: strings.ToLower(c), finish: finished[p.handle], scene: settings[p.kind], near: near}
				if !several {
					c = ""
				}
				add(p.address(c, near), d)
			}
		}
	}
	return all
})

// settings has the scene of the images of a type of products.
var settings = map[string]string{"Apparel": "fells", "Equipment": "dusk", "Homeware": "room", "Book": "room", "Food": "room"}

// HasStatic reports whether Static serves a path.
func HasStatic(path string) bool {
	_, ok := drawings()[path]
	return ok
}

// Static returns a handler that serves the images of the demo shop under /static/. They are drawn for each request, and are the same each
// time.
func Static() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d, ok := drawings()[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "image/svg+xml")
		w.Header().Set("Cache-Control", "public, max-age=86400")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader(d.svg()))
	})
}
