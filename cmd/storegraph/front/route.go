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
// written as :id too; a * at the end stands for all that begin so. It returns them as known has them, which are all routes, and fails with an
// error that names each entry that is none.
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
		found := matching(known, method+" "+path)
		switch {
		case !slices.Contains(methods, method) || !strings.HasPrefix(path, "/"):
			wrong = append(wrong, fmt.Errorf("%q is not a method and a path, such as POST /store/carts/{id}/complete", entry))
		case len(found) == 0:
			wrong = append(wrong, fmt.Errorf("%q is not a route of storegraph: Medusa answers it anyway", entry))
		default:
			out = append(out, found...)
		}
	}
	return out, errors.Join(wrong...)
}

// matching returns the routes that an entry stands for.
func matching(known []string, entry string) []string {
	begin, all := strings.CutSuffix(entry, "*")
	var out []string
	for _, k := range known {
		if all && strings.HasPrefix(shape(k), shape(begin)) || !all && shape(k) == shape(entry) {
			out = append(out, k)
		}
	}
	return out
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
