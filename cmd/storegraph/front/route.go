package front

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// methods are those that a route may have.
var methods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}

// ParseRoutes reads a comma-separated list of routes, such as "POST /store/carts/{id}/complete". Their parameters may have any names, and be
// written as :id too. It returns them as known has them, which are all routes, and fails with an error that names each entry that is none.
func ParseRoutes(list string, known []string) ([]string, error) {
	var out []string
	var wrong []error
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		method, path, _ := strings.Cut(entry, " ")
		method, path = strings.ToUpper(method), strings.TrimSpace(path)
		at := slices.IndexFunc(known, func(k string) bool { return shape(k) == shape(method+" "+path) })
		switch {
		case !slices.Contains(methods, method) || !strings.HasPrefix(path, "/"):
			wrong = append(wrong, fmt.Errorf("%q is not a method and a path, such as POST /store/carts/{id}/complete", entry))
		case at < 0:
			wrong = append(wrong, fmt.Errorf("%q is not a route of storegraph: Medusa answers it anyway", entry))
		default:
			out = append(out, known[at])
		}
	}
	return out, errors.Join(wrong...)
}

// shape is a route without the names of its parameters.
func shape(route string) string {
	parts := strings.Split(strings.TrimSuffix(route, "/"), "/")
	for i, p := range parts {
		if strings.HasPrefix(p, ":") || strings.HasPrefix(p, "{") && strings.HasSuffix(p, "}") {
			parts[i] = "{}"
		}
	}
	return strings.Join(parts, "/")
}
