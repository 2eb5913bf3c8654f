package graph_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
)

func newServer(t *testing.T, change func(c *graph.Config)) *graph.Server {
	t.Helper()
	c := graph.Config{DB: dbtest.ReadShop(t)}
	if change != nil {
		change(&c)
	}
	g, err := graph.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// answer is a GraphQL answer.
type answer struct {
	Data   map[string]any
	Errors []struct {
		Message    string
		Path       []any
		Extensions map[string]any
	}
}

func query(t *testing.T, g *graph.Server, text, key string) answer {
	t.Helper()
	var a answer
	if body := post(g, text, key); json.Unmarshal(body, &a) != nil {
		t.Fatalf("%s = %s, which is not JSON", text, body)
	}
	return a
}

// refused fails unless the operation is refused with this code.
func refused(t *testing.T, a answer, code string) {
	t.Helper()
	if len(a.Errors) == 0 || a.Errors[0].Extensions["code"] != code {
		t.Errorf("errors = %v, want the code %s", a.Errors, code)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	g, handles := newServer(t, nil), dbtest.Handles(t)
	for name, key := range map[string]string{"missing": "", "unknown": "pk_none", "revoked": handles["pk_revoked"]} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, query(t, g, "{regions{nodes{id}}}", key), "FORBIDDEN")
		})
	}
	if a := query(t, g, "{__schema{queryType{name}}}", ""); len(a.Errors) > 0 {
		t.Errorf("the schema without a key: %v, want it told", a.Errors)
	}
	refused(t, query(t, g, "{products{nodes{id}}}", handles["pk_none"]), "BAD_USER_INPUT")
}

func TestGuards(t *testing.T) {
	t.Parallel()
	g, handles := newServer(t, nil), dbtest.Handles(t)
	for name, id := range map[string]string{
		"draft": handles["prod_draft_jacket"], "proposed": handles["prod_proposed_bag"], "rejected": handles["prod_rejected_hat"],
		"another channel's": handles["prod_b2b_crate"], "no channel's": handles["prod_no_channel"],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, text := range []string{
				`{product(by: {id: "` + id + `"}) {id}}`, `{node(id: "` + id + `") {id}}`, `{products(filter: {id: {eq: "` + id + `"}}) {nodes {id}}}`,
				`{products(filter: {or: [{id: {eq: "` + id + `"}}, {not: {id: {eq: "` + id + `"}}}]}, first: 100) {nodes {id}}}`,
				`{productTypes {nodes {products {nodes {id}}}}}`, `{productCategories(first: 100) {nodes {products {nodes {id}}}}}`, `{collections {nodes {products {nodes {id}}}}}`,
				`{productTags {nodes {products {nodes {id}}}}}`, `{products(first: 100) {nodes {related(first: 20) {id}}}}`,
				`{productVariants(filter: {productId: {eq: "` + id + `"}}) {nodes {product {id}}}}`,
			} {
				if body := string(post(g, text, handles["pk_web"])); strings.Contains(body, id) || !strings.HasPrefix(body, `{"data":`) {
					t.Errorf("%s shows %s: %.300s", text, id, body)
				}
			}
		})
	}
	staff := handles["cat_staff"]
	body := string(post(g, `{productCategories(first: 100) {nodes {id children {id} ancestors {id} parent {id}}} products(first: 100) {nodes {categories {id}}}}`, handles["pk_web"]))
	if strings.Contains(body, staff) || strings.Contains(body, handles["cat_archive"]+`"`) {
		t.Errorf("an internal or inactive category shows")
	}
}

func TestInternalFieldsAreHidden(t *testing.T) {
	t.Parallel()
	g, handles := newServer(t, nil), dbtest.Handles(t)
	hidden := 0
	for _, d := range g.Schema().Types {
		for _, f := range d.Fields {
			if f.Directives.ForName("internal") == nil {
				continue
			}
			hidden++
			a := query(t, g, `{__type(name: "`+d.Name+`") {fields {name}}}`, "")
			j, err := json.Marshal(a.Data)
			if err != nil || strings.Contains(string(j), `"name":"`+f.Name+`"`) {
				t.Errorf("%s.%s is internal and shows in introspection", d.Name, f.Name)
			}
		}
	}
	if hidden == 0 {
		t.Error("no field is internal")
	}
	refused(t, query(t, g, "{productCategories{nodes{mpath}}}", handles["pk_web"]), "GRAPHQL_VALIDATION_FAILED")
}

func TestEverythingIsDescribed(t *testing.T) {
	t.Parallel()
	for _, d := range newServer(t, nil).Schema().Types {
		if d.BuiltIn {
			continue
		}
		if d.Description == "" {
			t.Errorf("%s has no description", d.Name)
		}
		for _, f := range d.Fields {
			if f.Description == "" && !strings.HasPrefix(f.Name, "__") {
				t.Errorf("%s.%s has no description", d.Name, f.Name)
			}
			if d.Name != "Query" || strings.HasPrefix(f.Name, "__") {
				continue
			}
			for _, a := range f.Arguments {
				if a.Description == "" && a.Name != "id" && a.Name != "ids" && a.Name != "code" {
					t.Errorf("%s.%s(%s:) has no description", d.Name, f.Name, a.Name)
				}
			}
		}
		for _, v := range d.EnumValues {
			if v.Description == "" {
				t.Errorf("%s.%s has no description", d.Name, v.Name)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	g := newServer(t, func(c *graph.Config) {
		c.Limits = graph.Limits{Tokens: 300, Depth: 6, Roots: 3, Cost: 20_000}
		c.Limits.Document = 2000
	})
	key := dbtest.Handles(t)["pk_web"]
	for name, text := range map[string]string{
		"too long":           "{regions{nodes{id}}}" + strings.Repeat(" ", 2000),
		"too many words":     "{regions{nodes{" + strings.Repeat("id ", 300) + "}}}",
		"too deep":           "{products{nodes{variants{product{variants{product{id}}}}}}}",
		"too many roots":     "{a:regions{nodes{id}}b:regions{nodes{id}}c:regions{nodes{id}}d:regions{nodes{id}}}",
		"roots in fragments": "{...a ...a2} fragment a on Query{a:regions{nodes{id}}b:regions{nodes{id}}} fragment a2 on Query{c:regions{nodes{id}}d:regions{nodes{id}}}",
		"too costly":         "{products(first:100){nodes{options{values{variants{id title}}}}}}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, query(t, g, text, key), "OPERATION_TOO_COSTLY")
		})
	}
	refused(t, query(t, g, "{products(first:101){nodes{id}}}", key), "BAD_USER_INPUT")
	if a := query(t, g, "{products(first:5){nodes{options{values{value}}}}}", key); len(a.Errors) > 0 {
		t.Errorf("within the limits: %v", a.Errors)
	}
}

// TestPageInfo holds pageInfo to the Relay specification where a page is empty or is counted from the end.
func TestPageInfo(t *testing.T) {
	t.Parallel()
	g, key := newServer(t, nil), dbtest.Handles(t)["pk_web"]
	for args, want := range map[string]string{ // 6 collections
		"first:0":           "next",
		"last:0":            "previous",
		"first:6":           "",
		"first:2":           "next",
		"first:2,offset:1":  "next previous",
		"first:2,offset:4":  "previous",
		"first:0,offset:6":  "previous",
		"last:6":            "",
		"last:2":            "previous",
		"last:2,offset:1":   "next previous",
		"last:2,offset:4":   "next",
		"last:100,offset:6": "next",
	} {
		a := query(t, g, "{collections("+args+"){pageInfo{hasNextPage hasPreviousPage startCursor endCursor}edges{cursor}}}", key)
		c := a.Data["collections"].(map[string]any)
		info, edges := c["pageInfo"].(map[string]any), c["edges"].([]any)
		var got []string
		if info["hasNextPage"] == true {
			got = append(got, "next")
		}
		if info["hasPreviousPage"] == true {
			got = append(got, "previous")
		}
		if strings.Join(got, " ") != want {
			t.Errorf("collections(%s) has %v, want %s", args, got, want)
		}
		if (info["startCursor"] == nil) != (len(edges) == 0) || (info["endCursor"] == nil) != (len(edges) == 0) {
			t.Errorf("collections(%s) has %d edges and the cursors %v", args, len(edges), info)
		}
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	g, key := newServer(t, nil), dbtest.Handles(t)["pk_web"]
	for _, order := range []string{"TITLE", "PRICE", "CREATED_AT"} {
		for _, direction := range []string{"ASC", "DESC"} {
			t.Run(order+" "+direction, func(t *testing.T) {
				t.Parallel()
				page := func(args string) (ids []string, info map[string]any) {
					a := query(t, g, "{products(sort:{key:"+order+",direction:"+direction+"},"+args+"){edges{cursor node{id}}pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}}", key)
					if len(a.Errors) > 0 {
						t.Fatal(a.Errors)
					}
					c := a.Data["products"].(map[string]any)
					for _, e := range c["edges"].([]any) {
						ids = append(ids, e.(map[string]any)["node"].(map[string]any)["id"].(string))
					}
					return ids, c["pageInfo"].(map[string]any)
				}
				all, _ := page("first:100")
				var forwards []string
				for after := ""; ; {
					ids, info := page("first:7" + after)
					forwards = append(forwards, ids...)
					if info["hasNextPage"] != true {
						break
					}
					after = `,after:"` + info["endCursor"].(string) + `"`
				}
				if strings.Join(forwards, " ") != strings.Join(all, " ") {
					t.Errorf("forwards in pages: %v, want %v", forwards, all)
				}
				var backwards []string
				for before := ""; ; {
					ids, info := page("last:7" + before)
					backwards = append(ids, backwards...)
					if info["hasPreviousPage"] != true {
						break
					}
					before = `,before:"` + info["startCursor"].(string) + `"`
				}
				if strings.Join(backwards, " ") != strings.Join(all, " ") {
					t.Errorf("backwards in pages: %v, want %v", backwards, all)
				}
			})
		}
	}
}

// The price that lists are sorted and filtered by is the one that is shown. What has none comes last in both directions.
func TestPriceOrderIsThePriceShown(t *testing.T) {
	t.Parallel()
	g, handles := newServer(t, nil), dbtest.Handles(t)
	for _, region := range []string{"reg_eu", "reg_us", "reg_uk", "reg_jp"} {
		for direction, later := range map[string]func(a, b float64) bool{
			"ASC": func(a, b float64) bool { return a >= b }, "DESC": func(a, b float64) bool { return a <= b },
		} {
			a := query(t, g, `query @inContext(region: "`+handles[region]+`") {products(first: 100, sort: {key: PRICE, direction: `+direction+`}) {nodes {title priceRange {min {amount}}}}}`,
				handles["pk_web"])
			if len(a.Errors) > 0 {
				t.Fatal(a.Errors)
			}
			var last *float64
			ended := false
			for _, n := range a.Data["products"].(map[string]any)["nodes"].([]any) {
				r, ok := n.(map[string]any)["priceRange"].(map[string]any)
				if !ok {
					ended = true
					continue
				}
				var low float64
				if err := json.Unmarshal([]byte(r["min"].(map[string]any)["amount"].(string)), &low); err != nil {
					t.Fatal(err)
				}
				if ended || last != nil && !later(low, *last) {
					t.Errorf("%s %s: %v costs %v, out of order", region, direction, n.(map[string]any)["title"], low)
				}
				last = &low
			}
			if !ended {
				t.Errorf("%s has a price for everything, so that nothing was tried", region)
			}
		}
	}
}
