package seed

import (
	"context"
	"net/url"
	"regexp"
	"strings"

	"github.com/storegraph/storegraph/db"
)

// pictured are the columns that have addresses of images of products, with what is noted besides if one changes.
var pictured = []struct{ table, column, noted string }{
	{"product", "thumbnail", ", updated_at = now()"},
	{"product_variant", "thumbnail", ", updated_at = now()"},
	{"image", "url", ", updated_at = now()"},
	{"cart_line_item", "thumbnail", ""},
	{"order_line_item", "thumbnail", ""},
}

// ours matches what follows the server's address in that of an image which Static serves. The names of files that are uploaded to Medusa
// begin with a number.
const ours = `^/static/[a-z][a-z0-9-]*[.]svg$`

// Move has the images of a demo shop be found at base, the address of the server that serves them now, in the catalogue, in carts and in
// orders: the database keeps whole addresses, since storefronts and Medusa need them. If base is a guess, images at an address that is not
// of this machine stay there. Move returns the address at which they were; empty: nothing was changed.
func Move(ctx context.Context, d db.DB, base string, guess bool) (from string, err error) {
	base = strings.TrimSuffix(base, "/")
	from, err = pictureBase(ctx, d)
	if err != nil || from == "" || from == base || guess && !local(from) {
		return "", err
	}
	return db.InTx(ctx, d, func(tx db.DB) (string, error) {
		for _, p := range pictured {
			// Addresses that begin with the old one and go on with a path of ours get the new one in its place.
			_, err := tx.Exec(ctx, "UPDATE "+p.table+" SET "+p.column+" = ? || substr("+p.column+", ?)"+p.noted+
				" WHERE starts_with("+p.column+", ?) AND substr("+p.column+", ?) ~ ?", base, len([]rune(from))+1, from+staticPath, len([]rune(from))+1, ours)
			if err != nil {
				return "", err
			}
		}
		return from, nil
	})
}

var oursPath = regexp.MustCompile(ours)

// pictureBase returns the address of the server with which the images of the demo shop's products are stored; empty if there are none.
func pictureBase(ctx context.Context, d db.DB) (string, error) {
	handles := make([]string, len(products))
	for i := range products {
		handles[i] = products[i].handle
	}
	marked, err := d.Texts(ctx, "SELECT id FROM store WHERE deleted_at IS NULL AND metadata ->> $1 IS NOT NULL", mark)
	if err != nil || len(marked) == 0 {
		return "", err
	}
	found, err := d.Texts(ctx, "SELECT thumbnail FROM product WHERE handle = ANY($1) AND thumbnail IS NOT NULL AND deleted_at IS NULL ORDER BY id", handles)
	for _, address := range found {
		if base, name, ok := strings.Cut(address, staticPath); ok && oursPath.MatchString(staticPath+name) {
			return base, err
		}
	}
	return "", err
}

// local reports whether an address is of this machine.
func local(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1")
}

// A Code is a promotion of the demo shop, for visitors.
type Code struct {
	Code  string // empty if it applies by itself
	About string // a sentence
}

// Codes returns the promotions of a demo shop that are active; none if the database has no demo shop.
func Codes(ctx context.Context, d db.DB) ([]Code, error) {
	active, err := d.Texts(ctx, `SELECT code FROM promotion WHERE status = $1 AND deleted_at IS NULL
		AND EXISTS (SELECT FROM store WHERE deleted_at IS NULL AND metadata ->> $2 IS NOT NULL)`, "active", mark)
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, code := range active {
		there[code] = true
	}
	var out []Code
	for _, p := range promotions {
		if !there[p.code] {
			continue
		}
		c := Code{p.code, p.about}
		if p.automatic {
			c.Code = ""
		}
		out = append(out, c)
	}
	return out, nil
}
