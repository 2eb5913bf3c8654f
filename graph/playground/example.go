package playground

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
)

// An Example is an operation that the page offers.
type Example struct {
	Name      string            // as the list of examples calls it; a tab is called as its operation
	Query     string            // its leading comments explain it in the list too
	Variables string            // JSON, or "" for none
	Headers   map[string]string // beside the publishable key
}

//go:embed operations
var operations embed.FS

// Examples returns the operations to begin with, in the order in which somebody would try them. They run on any shop; what has to be
// filled in says PASTE.
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

// mark begins the lines that tell of an example what is not a part of its query: name, variables and headers, a value for which
// goes on until the next of them.
const mark = "#! "

// parseExample reads an example from the text of a file.
func parseExample(text string) (Example, error) {
	fields, key := map[string]string{}, ""
	for strings.HasPrefix(text, mark) {
		var line string
		line, text, _ = strings.Cut(strings.TrimPrefix(text, mark), "\n")
		name, value, found := strings.Cut(line, ": ")
		if found && (name == "name" || name == "variables" || name == "headers") {
			key, fields[name] = name, value
			continue
		}
		fields[key] += "\n" + line
	}
	e := Example{Name: fields["name"], Query: strings.TrimSuffix(text, "\n"), Variables: fields["variables"]}
	if e.Name == "" || e.Query == "" {
		return e, fmt.Errorf("want %sname: and a query", mark)
	}
	if e.Variables != "" && !json.Valid([]byte(e.Variables)) {
		return e, fmt.Errorf("variables are not JSON: %s", e.Variables)
	}
	if h := fields["headers"]; h != "" {
		if err := json.Unmarshal([]byte(h), &e.Headers); err != nil {
			return e, fmt.Errorf("headers: %w", err)
		}
	}
	return e, nil
}
