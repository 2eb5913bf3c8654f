package edge

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// CORS is the policy for the paths below a prefix: which origins may read responses.
//
// Origins is what STORE_CORS and AUTH_CORS hold: origins separated by commas. One written as /pattern/, or /pattern/i, is
// a regular expression (RE2 syntax, not anchored). "*" is not a wildcard, as in the reference: browsers reject a wildcard
// for responses with credentials.
type CORS struct {
	Prefix  string // "/store" stands for /store and all below
	Origins string

	// Serves reports whether there is a route for method and path; nil means always. Other requests get no CORS headers, as
	// in the reference.
	Serves func(method, path string) bool
}

// AllowOrigins responds to preflight requests and adds CORS headers to other responses, as the reference does: credentials
// are allowed, requested headers are reflected, no headers are exposed, and preflights are not cached. Paths without a
// policy are not changed. It fails on a regular expression that does not compile.
func AllowOrigins(policies ...CORS) (func(http.Handler) http.Handler, error) {
	allows := make([]func(string) bool, len(policies))
	for i, p := range policies {
		allow, err := ParseOrigins(p.Origins)
		if err != nil {
			return nil, fmt.Errorf("origins of %s: %w", p.Prefix, err)
		}
		allows[i] = allow
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			for i, p := range policies {
				if !below(r.URL.Path, p.Prefix) {
					continue
				}
				asked := r.Header.Get("Access-Control-Request-Method")
				preflight := r.Method == http.MethodOptions && asked != ""
				method := r.Method
				if preflight {
					method = asked
				}
				if p.Serves != nil && !p.Serves(method, r.URL.Path) {
					break
				}
				mark(w.Header(), r, allows[i])
				if preflight {
					permit(w, r)
					return
				}
				break
			}
			next.ServeHTTP(w, r)
		})
	}, nil
}

func mark(h http.Header, r *http.Request, allow func(string) bool) {
	if origin := r.Header.Get("Origin"); origin != "" && allow(origin) {
		h.Set("Access-Control-Allow-Origin", origin)
	}
	h.Set("Access-Control-Allow-Credentials", "true")
	vary(h, "Origin")
}

func permit(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE")
	vary(h, "Access-Control-Request-Headers")
	if asked := strings.Join(r.Header["Access-Control-Request-Headers"], ", "); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	w.WriteHeader(http.StatusNoContent)
}

// written matches an origin that is a regular expression: delimiters as in the reference, then flags.
var written = regexp.MustCompile(`^(?:/(.*)/|~(.*)~|@(.*)@|;(.*);|%(.*)%|#(.*)#|'(.*)')([gimsuy]*)$`)

// ParseOrigins parses a list as in CORS.Origins and returns a function that reports whether an origin is in it. It fails on
// a regular expression that does not compile.
func ParseOrigins(list string) (allow func(origin string) bool, err error) {
	exact := map[string]bool{}
	var patterns []*regexp.Regexp
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		m := written.FindStringSubmatch(entry)
		if m == nil {
			exact[entry] = true
			continue
		}
		pattern := strings.Join(m[1:len(m)-1], "") // at most one of them is not empty
		if flags := keep(m[len(m)-1], "ims"); flags != "" {
			pattern = "(?" + flags + ")" + pattern
		}
		re, err := regexp.Compile(pattern)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", entry, err)
		}
		patterns = append(patterns, re)
	}
	return func(origin string) bool {
		if exact[origin] {
			return true
		}
		for _, re := range patterns {
			if re.MatchString(origin) {
				return true
			}
		}
		return false
	}, nil
}

// keep removes characters that are not in set. The other flags of JavaScript do not change whether a string matches.
func keep(s, set string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(set, r) {
			return r
		}
		return -1
	}, s)
}

// below reports whether a path is at a prefix or below it. Like routes, prefixes match in any case.
func below(path, prefix string) bool {
	if len(path) < len(prefix) || !strings.EqualFold(path[:len(prefix)], prefix) {
		return false
	}
	rest := path[len(prefix):]
	return rest == "" || rest[0] == '/' || strings.HasSuffix(prefix, "/")
}

// vary adds field to the Vary header once, on one line.
func vary(h http.Header, field string) {
	old := strings.Join(h["Vary"], ", ")
	for f := range strings.SplitSeq(old, ",") {
		if f = strings.TrimSpace(f); f == "*" || strings.EqualFold(f, field) {
			return
		}
	}
	if old != "" {
		field = old + ", " + field
	}
	h.Set("Vary", field)
}

// CheckOrigins fails if an entry of a list as in CORS.Origins can match no origin: it is neither a regular expression that compiles nor what
// a browser sends, a scheme, a host and maybe a port. It lets * pass, which
// matches nothing, as in the reference.
func CheckOrigins(list string) error {
	if _, err := ParseOrigins(list); err != nil {
		return err
	}
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" || entry == "*" || written.MatchString(entry) {
			continue
		}
		u, err := url.Parse(entry)
		if err != nil || u.Scheme == "" || u.Hostname() == "" || entry != strings.ToLower(u.Scheme+"://"+u.Host) {
			return fmt.Errorf("want origins such as https://shop.example.com, without a path, or /regular expressions/, but got %q", entry)
		}
		if n, err := strconv.Atoi(u.Port()); u.Port() != "" && (err != nil || n > 65535) {
			return fmt.Errorf("want a port up to 65535 in %q", entry)
		}
	}
	return nil
}
