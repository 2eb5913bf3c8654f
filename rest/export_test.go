package rest

import (
	"slices"
	"strings"
)

// A RouteInfo has what tests need of a route.
type RouteInfo struct {
	Path, Field, Envelope, Argument string
	List                            bool
	Defaults, Allowed               []string
	Relations                       int // how many a path of fields may pass
}

// Routes returns the routes that read the catalogue.
func Routes() []RouteInfo { return infos(catalogueRoutes) }

// OrderRoutes returns the routes that read orders.
func OrderRoutes() []RouteInfo {
	return infos(slices.DeleteFunc(slices.Clone(orderRoutes), func(r route) bool { return r.method != "GET" }))
}

func infos(routes []route) []RouteInfo {
	var out []RouteInfo
	for i := range routes {
		r := &routes[i]
		var allowed []string
		for f := range r.selectable() {
			allowed = append(allowed, f)
		}
		slices.Sort(allowed)
		_, argument, _ := strings.Cut(strings.TrimSuffix(r.path, "}"), "{")
		out = append(out, RouteInfo{r.path, r.field, r.envelope, argument, r.list, r.defaults, allowed, max(3, r.relations)})
	}
	return out
}

// Camel returns the GraphQL spelling of a REST name.
func Camel(s string) string { return camel(s) }

// ParseQuery parses a query string and shows it, for fuzzing.
func ParseQuery(raw string) (string, error) {
	o, err := parseQuery(raw)
	if err != nil {
		return "", err
	}
	return jsText(o), nil
}

// SelectFields applies a fields parameter.
func SelectFields(fields string, defaults []string, allowed map[string]bool) (plain, stars []string) {
	plain, stars, _ = selectPaths(&fields, defaults, allowed)
	return plain, stars
}

// AuthRoutes is the number of endpoints below /auth.
var AuthRoutes = len(authRoutes)

// CustomerRoutes are the methods and paths of routes that need a customer or a registration token.
func CustomerRoutes() [][2]string {
	var out [][2]string
	for i := range routes {
		if r := &routes[i]; r.who != anybody {
			out = append(out, [2]string{r.method, r.path})
		}
	}
	return out
}
