package cache

import (
	"fmt"
	"strconv"
	"strings"
)

// Lifetimes say how long proxies may give answers without asking whether they still hold. The zero value lets them ask each time.
type Lifetimes []lifetime

// A lifetime is that of the answers of some paths, in seconds.
type lifetime struct {
	path         string // of a route; one that ends with * is all that begin so
	fresh, stale int    // how long it is given, and how long after that while it is asked for anew
}

// longest is a year in seconds: RFC 9111 wants no longer lifetimes.
const longest = 365 * 24 * 60 * 60

// ParseLifetimes reads a list such as "/store/products*=60+300, /store/*=600, /graphql=10": for paths of routes, of which the first that
// fits counts, the seconds in which a proxy gives an answer without asking, and those after that in which it still does while it asks.
func ParseLifetimes(text string) (Lifetimes, error) {
	var out Lifetimes
	for one := range strings.SplitSeq(text, ",") {
		one = strings.TrimSpace(one)
		if one == "" {
			continue
		}
		path, times, ok := strings.Cut(one, "=")
		fresh, stale, both := strings.Cut(times, "+")
		l := lifetime{path: strings.TrimSpace(path)}
		var err error
		if l.fresh, err = seconds(fresh); err == nil && both {
			l.stale, err = seconds(stale)
		}
		if !ok || err != nil {
			return nil, fmt.Errorf("%q: want a path and seconds, such as /store/products*=60 or /graphql=10+60", one)
		}
		if !strings.HasPrefix(l.path, "/store") && l.path != "/graphql" && l.path != "*" {
			return nil, fmt.Errorf("%q: only answers below /store and of /graphql are kept", one)
		}
		out = append(out, l)
	}
	return out, nil
}

func seconds(text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 0 || n > longest {
		return 0, fmt.Errorf("want seconds, at most a year: %q", text)
	}
	return n, nil
}

// of returns the header Cache-Control of the answers of a route. Browsers always ask, which costs little: only proxies can be told that
// something has changed.
func (l Lifetimes) of(path string) string {
	for _, one := range l {
		begin, all := strings.CutSuffix(one.path, "*")
		if one.path != path && (!all || !strings.HasPrefix(path, begin)) {
			continue
		}
		text := "public, max-age=0, s-maxage=" + strconv.Itoa(one.fresh)
		if one.stale > 0 {
			text += ", stale-while-revalidate=" + strconv.Itoa(one.stale)
		}
		return text
	}
	return "public, max-age=0, must-revalidate"
}
