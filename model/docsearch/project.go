package docsearch

import (
	"strings"

	"github.com/storegraph/storegraph/model"
)

// Project returns a document with the fields at these paths only, in their order. Objects and lists on the way keep their shape.
func Project(text []byte, paths []string) (model.JSON, error) {
	source, err := decode(text)
	if err != nil {
		return nil, err
	}
	return appendJSON(nil, project(source, paths))
}

func project(source any, paths []string) *object {
	picked := &object{}
	of, ok := source.(*object)
	if !ok {
		return picked
	}
	for _, path := range paths {
		head, rest, nested := strings.Cut(path, ".")
		value, ok := of.member(head)
		if !ok {
			continue
		}
		if !nested {
			picked.set(head, value)
			continue
		}
		known, _ := picked.member(head)
		switch v := value.(type) {
		case []any:
			picked.set(head, projectList(v, known, rest))
		case *object:
			into, ok := known.(*object)
			if !ok {
				into = &object{}
			}
			into.add(project(v, []string{rest}))
			picked.set(head, into)
		}
	}
	return picked
}

// projectList adds what is at a path of each of the things in a list to what is known of them.
func projectList(list []any, known any, path string) []any {
	before, _ := known.([]any)
	out := make([]any, len(list))
	for i, e := range list {
		into := &object{}
		if i < len(before) {
			if o, ok := before[i].(*object); ok {
				into = o
			}
		}
		into.add(project(e, []string{path}))
		out[i] = into
	}
	return out
}

// add takes over the members of another object.
func (o *object) add(more *object) {
	for i, k := range more.keys {
		o.set(k, more.values[i])
	}
}
