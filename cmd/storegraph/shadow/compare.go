package shadow

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/storegraph/storegraph/rest/compare"
)

// An Answer is what a server has answered.
type Answer struct {
	Status int
	Type   string // the media type
	Body   []byte
	Took   time.Duration
}

// A Difference is one between two answers to a request, with nothing that is anybody's own.
type Difference struct {
	Route, Kind, Path string
	Deviation         string // the id of a difference on purpose; empty for others
	Example           string // a request
}

// Compare returns how ours differs from theirs. Both answered the request to a route with this URL. What is alike is named once.
func Compare(route string, u *url.URL, theirs, ours Answer) []Difference {
	c := compare.New(time.Now()) // both read one database
	c.Query, c.NameOrder = u.RawQuery, true
	switch {
	case theirs.Status >= 500 && ours.Status >= 400 && ours.Status < 500: // bad input is not the server's fault
		return nil
	case theirs.Status != ours.Status:
		c.Note(compare.Value, "status", strconv.Itoa(theirs.Status), strconv.Itoa(ours.Status))
	case !strings.EqualFold(mediaType(theirs.Type), mediaType(ours.Type)):
		c.Note(compare.Value, "content-type", theirs.Type, ours.Type)
	default:
		var want, got any
		if json.Unmarshal(theirs.Body, &want) != nil || json.Unmarshal(ours.Body, &got) != nil {
			want, got = string(theirs.Body), string(ours.Body)
		}
		c.Walk(want, got)
	}
	var out []Difference
	seen := map[Difference]bool{}
	for _, d := range c.Diffs {
		found := Difference{
			Route: route, Kind: string(d.Kind), Path: shared(d.Path), Deviation: compare.KnownAs(route, u.RawQuery, d), Example: Example(route, u),
		}
		if !seen[found] {
			seen[found] = true
			out = append(out, found)
		}
	}
	return out
}

func mediaType(header string) string {
	media, _, _ := strings.Cut(header, ";")
	return strings.TrimSpace(media)
}

// private matches the part of a path that is below what clients may write as they like: its keys may be anybody's own.
var private = regexp.MustCompile(`\.(metadata|data|context|user_metadata)\..*$`)

// shared is a path without indices and without what only one thing has.
func shared(path string) string {
	const most = 200
	path = private.ReplaceAllString(compare.WithoutIndices(path), ".$1.…")
	if len(path) > most {
		path = path[:most] + "…"
	}
	return path
}

// telling are the parameters whose values say what was asked for and nothing of who asked.
var telling = regexp.MustCompile(`^(fields|limit|offset|order|region_id|currency_code|country_code|is_giftcard|include_\w+|locale|(id|collection_id|category_id|tag_id|type_id|handle)(\[\d*\])?)$`)

// Example returns the method and URL of a request to a route without what is anybody's own: the ids of carts, orders and customers, and values
// of parameters that may have any.
func Example(route string, u *url.URL) string {
	_, path, _ := strings.Cut(route, " ")
	if strings.Contains(path, "/product") || strings.Contains(path, "/collections") || strings.Contains(path, "/regions") || strings.Contains(path, "/currencies") {
		path = u.EscapedPath()
	}
	var query []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, _ := strings.Cut(part, "=")
		plain, err := url.QueryUnescape(name)
		switch {
		case part == "":
		case err == nil && telling.MatchString(plain):
			query = append(query, part)
		default:
			query = append(query, name+"=…")
		}
	}
	out := "GET " + path
	if len(query) > 0 {
		out += "?" + strings.Join(query, "&")
	}
	const most = 1000
	if len(out) > most {
		out = out[:most] + "…"
	}
	return out
}
