package rest

import (
	"strings"

	"github.com/storegraph/storegraph/model"
)

// issues collects what is wrong with a request, in the reference's words.
type issues []string

func (i *issues) add(format string, args ...string) {
	for _, a := range args {
		format = strings.Replace(format, "%", a, 1)
	}
	*i = append(*i, format)
}

// err returns the first three issues as one error, or nil.
func (i issues) err() error {
	if len(i) == 0 {
		return nil
	}
	return model.Invalid.Errorf("Invalid request: %s", strings.Join(i[:min(3, len(i))], "; "))
}

func (i *issues) wrongType(path []string, expected string, got any) {
	i.add("Expected type: '%' for field '%', got: '%'", expected, strings.Join(path, ", "), jsText(got))
}

func (i *issues) required(path []string) {
	i.add("Field '%' is required", strings.Join(path, ", "))
}
