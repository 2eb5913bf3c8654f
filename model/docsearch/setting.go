package docsearch

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Exposed are the indexes that shoppers may search, by their names.
type Exposed map[string]Exposure

// An Exposure says how shoppers may search an index: what only the code of the reference's shop says.
type Exposure struct {
	entity   string  // what it holds; empty if that is not known
	filters  *object // which documents they may find; nil: all
	distinct string  // by which field documents are told apart unless a search says so; empty: by none
	exact    bool    // similar words are never found
	language string
}

// Config is the text search configuration by which the documents of the index were indexed.
func (e Exposure) Config() string { return "medusa_search_" + e.language }

// products reports whether the documents of an index are products. An index whose setting does not say it holds products if that is its name, or
// if its documents have what products are hidden by.
func (e Exposure) products(name string, hidden bool) bool {
	if e.entity == "" {
		return name == "product" || hidden
	}
	return e.entity == "product"
}

// exposure is an Exposure as settings have it.
type exposure struct {
	Entity            string          `json:"entity"`
	Filters           json.RawMessage `json:"filters"`
	DistinctAttribute string          `json:"distinct_attribute"`
	TypoTolerance     *struct {
		Enabled *bool `json:"enabled"`
	} `json:"typo_tolerance"`
	Language string `json:"language"`
}

var languageName = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

// ParseExposed reads a setting: names of indexes, separated by commas, or a JSON object as the reference's configureStoreSearch takes it, of true
// or options by the names of indexes. The options are filters, entity, language, and the index's settings distinct_attribute and
// typo_tolerance.
func ParseExposed(setting string) (Exposed, error) {
	out := Exposed{}
	if setting = strings.TrimSpace(setting); setting == "" {
		return out, nil
	}
	if !strings.HasPrefix(setting, "{") {
		for name := range strings.SplitSeq(setting, ",") {
			if name = strings.TrimSpace(name); name == "" {
				return nil, errors.New("want names of indexes, separated by commas")
			}
			out[name] = Exposure{language: "english"}
		}
		return out, nil
	}
	var indexes map[string]json.RawMessage
	if err := json.Unmarshal([]byte(setting), &indexes); err != nil {
		return nil, fmt.Errorf("want names of indexes, separated by commas, or a JSON object: %w", err)
	}
	for name, options := range indexes {
		if string(options) == "false" {
			continue
		}
		e, err := parseExposure(options)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = e
	}
	return out, nil
}

func parseExposure(text json.RawMessage) (Exposure, error) {
	out := Exposure{language: "english"}
	if string(text) == "true" {
		return out, nil
	}
	var o exposure
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&o); err != nil {
		return out, fmt.Errorf("want true, or an object of options: %w", err)
	}
	out.entity, out.distinct = o.Entity, o.DistinctAttribute
	out.exact = o.TypoTolerance != nil && o.TypoTolerance.Enabled != nil && !*o.TypoTolerance.Enabled
	if o.Language != "" {
		out.language = o.Language
	}
	if !languageName.MatchString(out.language) {
		return out, fmt.Errorf("%q is not the name of a language", o.Language)
	}
	if len(o.Filters) > 0 {
		filters, err := decode(o.Filters)
		of, ok := filters.(*object)
		if err != nil || !ok {
			return out, errors.New("filters must be an object")
		}
		out.filters = of
	}
	return out, nil
}
