package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/docsearch"
)

// searchShape is what the reference accepts as the body of POST /store/search: searches, or one.
var searchShape = func() *shape {
	text, flag := &shape{kind: textShape}, &shape{kind: flagShape}
	texts, anyNumber := list(text), &shape{kind: numberShape}
	natural := &shape{kind: numberShape, whole: true, least: &edge{}}
	positive := &shape{kind: numberShape, whole: true, least: &edge{above: true}}
	word := func(words ...string) *shape { return &shape{kind: wordShape, words: words} }
	single := either(text, anyNumber, flag, &shape{kind: nullShape})
	operators := strict(
		optional("$eq", single), optional("$ne", single), optional("$in", list(single)), optional("$nin", list(single)), optional("$lt", single), optional("$lte", single),
		optional("$gt", single), optional("$gte", single), optional("$exists", flag), optional("$contains", either(single, list(single))),
		optional("$overlaps", list(single)), optional("$prefix", text), optional("$like", text),
	)
	filters := &shape{kind: recordShape}
	filters.of = either(single, list(single), operators, filters, list(filters))
	facet := either(
		text,
		strict(required("field", text), optional("type", word("value")), optional("limit", positive), optional("sort", word("count", "alpha")), optional("query", text)),
		strict(required("field", text), required("type", word("range")), required("ranges", list(strict(
			optional("key", text), optional("from", either(anyNumber, text)), optional("to", either(anyNumber, text)),
		)))),
		strict(required("field", text), required("type", word("stats"))),
	)
	highlight := either(flag, strict(
		required("fields", texts), optional("pre_tag", text), optional("post_tag", text), optional("snippet", either(flag, strict(required("length", positive)))),
	))
	vector := strict(
		optional("field", text), optional("value", list(anyNumber)), optional("query", text),
		optional("semantic_ratio", &shape{kind: numberShape, least: &edge{}, most: &edge{n: 1}}),
	)
	options := strict(
		optional("attributes_to_search_on", texts), optional("match_strategy", word("all", "any", "last")), optional("typo_tolerance", flag),
		optional("facets", list(facet)), optional("disjunctive_facets", flag), optional("highlight", highlight), optional("distinct", text), optional("min_score", anyNumber),
		optional("include_score", flag), optional("locales", texts), optional("vector", vector), optional("count", word("estimated", "exact", "none")),
	)
	pagination := strict(
		optional("skip", natural), optional("take", &shape{kind: numberShape, whole: true, least: &edge{}, most: &edge{n: 100}}),
		optional("order", &shape{kind: recordShape, of: word("ASC", "DESC")}), optional("cursor", text),
	)
	one := strict(
		required("entity", &shape{kind: textShape, least: &edge{n: 1}}), optional("fields", texts), optional("filters", filters), optional("pagination", pagination),
		optional("search_options", options),
	)
	return either(strict(required("queries", &shape{kind: listShape, of: one, least: &edge{n: 1}, most: &edge{n: 20}})), one)
}()

func list(of *shape) *shape                  { return &shape{kind: listShape, of: of} }
func either(shapes ...*shape) *shape         { return &shape{kind: eitherShape, either: shapes} }
func strict(members ...member) *shape        { return &shape{kind: objectShape, members: members} }
func optional(name string, of *shape) member { return member{name: name, shape: of} }
func required(name string, of *shape) member { return member{name: name, required: true, shape: of} }

// search serves POST /store/search. It is not in the route table because its body is of alternatives within alternatives, and its answer has
// members that GraphQL has no names for: facets by the names of fields, and what is left out instead of being null.
func (h *Handler) search(w http.ResponseWriter, r *http.Request) {
	ctx, began := r.Context(), time.Now()
	answer, err := h.searchAnswer(ctx, began)
	if err != nil {
		// Without a valid publishable key a request learns nothing else.
		if keyErr := h.graph.CheckKey(ctx); keyErr != nil {
			err = keyErr
		}
		h.fail(ctx, w, err)
		return
	}
	h.write(w, http.StatusOK, envelope("results", answer)...)
}

func (h *Handler) searchAnswer(ctx context.Context, began time.Time) ([]byte, error) {
	body := bodyOf(ctx)
	if body == nil {
		return nil, errNoBody
	}
	if err := searchShape.validate(body); err != nil {
		return nil, err
	}
	queries := []any{body}
	if list, ok := body.(*jsonObject).get("queries").([]any); ok {
		queries = list
	}
	asked := make([]asked, len(queries))
	searches := make([]any, len(queries))
	for i, q := range queries {
		asked[i].object = q.(*jsonObject) //nolint:forcetypeassert // its shape is checked
		input, err := asked[i].input()
		if err != nil {
			return nil, err
		}
		searches[i] = input
	}
	data, err := h.value(ctx, searchOperation, map[string]any{"searches": searches})
	if err != nil {
		return nil, err
	}
	var found []documentResults
	if err := json.Unmarshal(data, &found); err != nil {
		return nil, err
	}
	results := make([]any, len(found))
	for i := range found {
		results[i] = asked[i].result(&found[i], time.Since(began))
	}
	return encode(results)
}

const searchOperation = `query($searches: [DocumentSearchInput!]!) { ` + rootName + `: documents(searches: $searches) {
hits { id score document } facets { field values { value count } ranges { key from to count } stats { min max avg sum count } } totalCount } }`

// documentResults are the results of a search as GraphQL has them.
type documentResults struct {
	Hits []struct {
		ID       string          `json:"id"`
		Score    *json.Number    `json:"score,omitempty"`
		Document json.RawMessage `json:"document"`
	}
	Facets     []documentFacet
	TotalCount *int
}

type documentFacet struct {
	Field  string
	Values []struct {
		Value string `json:"value"`
		Count int    `json:"count"`
	}
	Ranges []struct {
		Key   string       `json:"key"`
		From  *json.Number `json:"from,omitempty"`
		To    *json.Number `json:"to,omitempty"`
		Count int          `json:"count"`
	}
	Stats *struct {
		Type  string       `json:"type"`
		Min   json.Number  `json:"min"`
		Max   json.Number  `json:"max"`
		Avg   *json.Number `json:"avg,omitempty"`
		Sum   *json.Number `json:"sum,omitempty"`
		Count int          `json:"count"`
	}
}

// asked is a search as the body has it. Its shape is checked.
type asked struct{ object *jsonObject }

// part returns an object in the search; an empty one if it is left out.
func (a asked) part(name string) *jsonObject {
	if o, ok := a.object.get(name).(*jsonObject); ok {
		return o
	}
	return &jsonObject{}
}

// input is the search as GraphQL takes it.
func (a asked) input() (map[string]any, error) {
	page, options := a.part("pagination"), a.part("search_options")
	out := map[string]any{"index": a.object.get("entity")}
	take := func(o *jsonObject, name, as string) {
		if i := o.find(name); i >= 0 {
			out[as] = toJSON(o.values[i])
		}
	}
	take(a.object, "fields", "fields")
	take(page, "take", "first")
	take(page, "cursor", "cursor")
	for _, of := range [][2]string{
		{"attributes_to_search_on", "searchIn"},
		{"typo_tolerance", "typos"},
		{"disjunctive_facets", "disjunctiveFacets"},
		{"distinct", "distinct"},
		{"min_score", "minScore"},
		{"locales", "locales"},
		{"vector", "vector"},
	} {
		take(options, of[0], of[1])
	}
	if i := options.find("highlight"); i >= 0 {
		out["highlight"] = options.values[i] != false
	}
	if n, ok := page.get("skip").(json.Number); ok {
		skip, _ := n.Float64()
		out["offset"] = int(min(skip, math.MaxInt32))
	}
	if order, ok := page.get("order").(*jsonObject); ok {
		by := make([]any, len(order.keys))
		for i, k := range order.keys {
			by[i] = map[string]any{"field": k, "direction": order.values[i]}
		}
		out["order"] = by
	}
	if s, ok := options.get("match_strategy").(string); ok {
		out["match"] = strings.ToUpper(s)
	}
	out["counted"] = options.get("count") != "none"
	if err := a.filters(out); err != nil {
		return nil, err
	}
	facets, ok := options.get("facets").([]any)
	if !ok || len(facets) == 0 {
		return out, nil
	}
	in := make([]any, len(facets))
	for i, f := range facets {
		var err error
		if in[i], err = facetInput(f); err != nil {
			return nil, err
		}
	}
	out["facets"] = in
	return out, nil
}

// filters adds the filters, of which q is the text that is searched for.
func (a asked) filters(out map[string]any) error {
	rest := &jsonObject{}
	for i, k := range a.part("filters").keys {
		v := a.part("filters").values[i]
		if k != "q" {
			rest.set(k, v)
			continue
		}
		q, ok := v.(string)
		if !ok && v != nil {
			return model.Invalid.Errorf("Invalid request: Expected type: 'string' for field 'filters, q', got: '%s'", jsText(v))
		}
		if ok {
			out["query"] = q
		}
	}
	if len(rest.keys) == 0 {
		return nil
	}
	text, err := encode(rest)
	out["filter"] = json.RawMessage(text)
	return err
}

// facetInput is a facet as GraphQL takes it.
func facetInput(v any) (map[string]any, error) {
	o, ok := v.(*jsonObject)
	if !ok {
		return map[string]any{"field": v}, nil
	}
	out := map[string]any{"field": o.get("field")}
	if kind, ok := o.get("type").(string); ok {
		out["kind"] = strings.ToUpper(kind)
	}
	if limit := o.get("limit"); limit != nil {
		out["first"] = limit
	}
	if o.get("sort") == "alpha" {
		out["sort"] = string(model.DocumentFacetSortValue)
	}
	if prefix := o.get("query"); prefix != nil {
		out["prefix"] = prefix
	}
	ranges, ok := o.get("ranges").([]any)
	if !ok {
		return out, nil
	}
	in := make([]any, len(ranges))
	for i, r := range ranges {
		var err error
		if in[i], err = rangeInput(r.(*jsonObject)); err != nil { //nolint:forcetypeassert // its shape is checked
			return nil, err
		}
	}
	out["ranges"] = in
	return out, nil
}

// rangeInput is a range of a facet as GraphQL takes it. It is called by its bounds as they are written.
func rangeInput(o *jsonObject) (map[string]any, error) {
	out, key := map[string]any{}, [2]string{"*", "*"}
	for i, name := range []string{"from", "to"} {
		v := o.get(name)
		if v == nil {
			continue
		}
		key[i] = jsText(v)
		n := docsearch.ParseNumber(key[i])
		if _, written := v.(string); !written {
			key[i] = docsearch.FormatNumber(n)
		}
		if math.IsNaN(n) || math.IsInf(n, 0) {
			return nil, model.Invalid.Errorf("Invalid request: Expected type: 'number' for field '%s' of a range, got: '%s'", name, key[i])
		}
		out[name] = n
	}
	out["key"] = key[0] + "-" + key[1]
	if k, ok := o.get("key").(string); ok {
		out["key"] = k
	}
	return out, nil
}

// result is what a search has found, as the reference has it.
func (a asked) result(found *documentResults, took time.Duration) any {
	page, options := a.part("pagination"), a.part("search_options")
	if options.get("include_score") != true {
		for i := range found.Hits {
			found.Hits[i].Score = nil
		}
	}
	out := &jsonObject{}
	out.set("hits", found.Hits)
	if found.Facets != nil {
		facets := &jsonObject{}
		for i := range found.Facets {
			facets.set(found.Facets[i].Field, found.Facets[i].result())
		}
		out.set("facets", facets)
	}
	metadata := &jsonObject{}
	metadata.set("skip", given(page, "skip", 0))
	metadata.set("take", given(page, "take", fewHits))
	metadata.set("count", found.TotalCount)
	if q, _ := a.part("filters").get("q").(string); q != "" {
		metadata.set("query", q)
	}
	metadata.set("processing_time_ms", took.Milliseconds())
	out.set("metadata", metadata)
	return out
}

// fewHits is how many documents a search finds that does not say how many.
const fewHits = 20

// given returns a value of an object, or a fallback if it is left out.
func given(o *jsonObject, name string, fallback any) any {
	if i := o.find(name); i >= 0 {
		return o.values[i]
	}
	return fallback
}

// result is a facet as the reference has it.
func (f *documentFacet) result() any {
	out := &jsonObject{}
	switch {
	case f.Stats != nil:
		f.Stats.Type = "stats"
		return f.Stats
	case f.Ranges != nil:
		out.set("type", "range")
		out.set("ranges", f.Ranges)
	default:
		out.set("type", "value")
		out.set("values", f.Values)
	}
	return out
}

// encode writes a value as JSON.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

// MarshalJSON writes the members in their order.
func (o *jsonObject) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, k := range o.keys {
		key, err := encode(k)
		if err != nil {
			return nil, err
		}
		value, err := encode(o.values[i])
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, key...), ':'), value...)
	}
	return append(out, '}'), nil
}
