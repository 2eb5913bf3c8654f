package playground

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// An Example is an operation that the page offers. Variables, headers and REST may have names in angle brackets, such as <cart>, in the
// place of values: the page fills in what the answers to other examples have given, and runs those that give what is not known yet. <email> is
// another address at each visit.
type Example struct {
	Name      string            // of its operation, by which the list and the tab are called
	Group     string            // the heading of it and of those that follow it; "" for that of the one before
	Query     string            // its leading comments explain it in the list too
	Variables string            // JSON, or "" for none
	Headers   map[string]string // beside the publishable key
	Gives     map[string]string // values that others take, by name: the path of each in the data of the answer
	Needs     []string          // values that must have been given before, beside those in its texts
	Spends    []string          // values that are of no use to others any more after this one has run
	REST      string            // the request to the Store API that does the same: method and path, and below them the body; "" for none
}

//go:embed operations
var operations embed.FS

// Examples returns the operations to begin with, in the order in which somebody would try them. They run on any shop.
func Examples() []Example {
	files, err := fs.Glob(operations, "operations/*.graphql")
	if err != nil {
		panic(err) // embedded
	}
	out := make([]Example, len(files))
	for i, file := range files {
		text, err := operations.ReadFile(file)
		if err == nil {
			out[i], err = parseExample(string(text))
		}
		if err != nil {
			panic(fmt.Sprintf("playground: %s: %v", file, err)) // embedded
		}
	}
	return out
}

// mark begins the lines that tell of an example what is not a part of its query. A value goes on until the next of them that has a key.
const mark = "#: "

var (
	keyed = regexp.MustCompile(`^(group|variables|headers|gives|needs|spends|rest): (.*)$`)
	named = regexp.MustCompile(`(?m)^(?:query|mutation|subscription) (\w+)`)
)

// parseExample reads an example from the text of a file.
func parseExample(text string) (Example, error) {
	fields, key := map[string]string{}, ""
	for strings.HasPrefix(text, mark) {
		var line string
		line, text, _ = strings.Cut(strings.TrimPrefix(text, mark), "\n")
		if found := keyed.FindStringSubmatch(line); found != nil {
			key, fields[found[1]] = found[1], found[2]
			continue
		}
		fields[key] += "\n" + line
	}
	name := named.FindStringSubmatch(text)
	if name == nil || fields[""] != "" {
		return Example{}, fmt.Errorf("want an operation with a name, and before it only lines of known keys")
	}
	e := Example{
		Name: name[1], Group: fields["group"], Query: strings.TrimSuffix(text, "\n"), Variables: fields["variables"], REST: fields["rest"],
	}
	if e.Variables != "" && !json.Valid([]byte(e.Variables)) {
		return e, fmt.Errorf("variables are not JSON: %s", e.Variables)
	}
	for key, into := range map[string]any{"headers": &e.Headers, "gives": &e.Gives, "needs": &e.Needs, "spends": &e.Spends} {
		if fields[key] == "" {
			continue
		}
		if err := json.Unmarshal([]byte(fields[key]), into); err != nil {
			return e, fmt.Errorf("%s: %w", key, err)
		}
	}
	return e, nil
}
