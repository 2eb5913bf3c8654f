package rest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// obj is a JSON object of the OpenAPI document.
type obj = map[string]any

// OpenAPI describes every route of the table as an OpenAPI 3.1 document, https://spec.openapis.org/oas/v3.1.0. The
// schemas of the answers are those of the GraphQL types.
func (h *Handler) OpenAPI() ([]byte, error) {
	d := describer{schema: h.graph.Schema(), shown: map[string]map[string]*selected{}, schemas: obj{
		"Error": obj{
			"type": "object", "description": "An error.", "required": []string{"type", "message"},
			"properties": obj{
				"type":    obj{"type": "string", "description": "The kind of error, such as not_found or invalid_data."},
				"message": obj{"type": "string", "description": "The error in words."},
				"code":    obj{"type": "string", "description": "A more specific code, for some errors."},
			},
		},
	}}
	paths := obj{}
	for i := range routes {
		d.learn(&routes[i])
	}
	for i := range routes {
		r := &routes[i]
		at, ok := paths[r.path].(obj)
		if !ok {
			at = obj{}
			paths[r.path] = at
		}
		at[strings.ToLower(r.method)] = d.operation(r)
	}
	for i := range authRoutes {
		r := &authRoutes[i]
		at, ok := paths[r.path].(obj)
		if !ok {
			at = obj{}
			paths[r.path] = at
		}
		at[strings.ToLower(r.method)] = d.authOperation(r, h.auth[r.operation].Field())
	}
	return json.Marshal(obj{
		"openapi": "3.1.0",
		"info": obj{
			"title": "storegraph Store API", "version": "2.21.2",
			"description": "Medusa's Store API. Each operation is compiled into a GraphQL operation of the same server.",
			"license":     obj{"name": "MIT", "identifier": "MIT"},
		},
		"servers":  []obj{{"url": "/"}},
		"security": []obj{{"publishableKey": []string{}}},
		"paths":    paths,
		"components": obj{
			"schemas": d.schemas,
			"securitySchemes": obj{
				"publishableKey": obj{
					"type": "apiKey", "in": "header", "name": "x-publishable-api-key",
					"description": "A publishable key. It determines the visible sales channels.",
				},
				"bearer":  obj{"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "The token from a log-in."},
				"session": obj{"type": "apiKey", "in": "cookie", "name": "connect.sid", "description": "The session cookie, set by POST /auth/session."},
			},
			"responses": obj{
				"Unauthorized": failure("Authentication is missing or insufficient."),
				"Throttled":    failure("There were too many attempts. Retry-After says after how many seconds to retry."),
				"Invalid":      failure("The request is malformed or inconsistent."),
				"NotFound":     failure("The resource does not exist or is not visible."),
			},
		},
	})
}

func failure(description string) obj {
	return obj{"description": description, "content": obj{"application/json": obj{"schema": ref("schemas", "Error")}}}
}

func ref(kind, name string) obj { return obj{"$ref": "#/components/" + kind + "/" + name} }

// A describer turns routes and GraphQL types into OpenAPI.
type describer struct {
	schema  *ast.Schema
	shown   map[string]map[string]*selected // what answers may have of each GraphQL type, by its REST name
	schemas obj
}

// learn notes what the answers of a route may have: what it selects by itself, and what it selects if everything is requested.
func (d *describer) learn(r *route) {
	var every []string
	for path := range r.selectable() {
		every = append(every, "+"+path, "*"+path)
	}
	slices.Sort(every)
	all, flags := strings.Join(every, ","), map[string]bool{}
	for _, f := range treeParameters {
		flags[f.name] = true
	}
	for _, q := range []request{{}, {fields: &all, priced: true}, {fields: &all, flags: flags}} {
		sel := newSelection(&selector{schema: d.schema, rename: renamed}, r, &q)
		sel.build()
		d.note(sel.operation)
	}
}

func (d *describer) note(n *node) {
	if d.shown[n.typ] == nil {
		d.shown[n.typ] = map[string]*selected{}
	}
	for _, f := range n.fields {
		if known := d.shown[n.typ][f.name]; known == nil || known.below == nil {
			d.shown[n.typ][f.name] = f
		}
		if f.below != nil {
			d.note(f.below)
		}
	}
}

func (d *describer) operation(r *route) obj {
	field, of := r.definition(d.schema), r.answered(d.schema)
	typ := of.Name()
	responses := obj{"400": ref("responses", "Invalid")}
	body := obj{"type": "object", "required": []string{r.envelope}, "properties": obj{}}
	properties := body["properties"].(obj)
	if r.list {
		typ = d.schema.Types[typ].Fields.ForName("nodes").Type.Name()
		properties[r.envelope] = obj{"type": "array", "items": d.object(typ)}
		for name, description := range map[string]string{
			"count": "The number of items on all pages.", "offset": "The number of items skipped.", "limit": "The maximum number of items on a page.",
		} {
			properties[name] = obj{"type": "integer", "description": description}
		}
		body["required"] = []string{"count", "limit", "offset", r.envelope}
	} else {
		properties[r.envelope] = d.object(typ)
		if of.Elem != nil {
			properties[r.envelope] = obj{"type": "array", "items": d.object(typ)}
		}
		if r.missing == "" {
			delete(body, "required") // a missing resource is an empty object
		} else {
			responses["404"] = ref("responses", "NotFound")
		}
	}
	if r.answer != enveloped && r.answer != uncalculatedOptions {
		body = obj{"type": "object"} // not just an envelope
	}
	responses["200"] = obj{"description": field.Description, "content": jsonContent(body)}
	out := obj{
		"operationId": operationID(r), "summary": field.Description, "tags": []string{tagOf(r)},
		"parameters": d.parameters(r), "responses": responses,
	}
	if r.who != anybody {
		out["security"] = ofCustomer
		responses["401"] = ref("responses", "Unauthorized")
	}
	switch {
	case r.oneOrMany:
		out["requestBody"] = requestBody(obj{}, true)
	case len(r.body) > 0:
		out["requestBody"] = requestBody(d.fields(r.body, d.inputDescriptions(field, r.into), false), r.body.anyRequired())
	}
	return out
}

// operationID names an operation by its method and GraphQL field.
func operationID(r *route) string {
	return strings.ToLower(r.method) + strings.ToUpper(r.field[:1]) + r.field[1:]
}

// tagOf groups operations by the part of the path after /store.
func tagOf(r *route) string { return strings.Split(r.path, "/")[2] }

func (d *describer) parameters(r *route) []obj {
	var out []obj
	for part := range strings.SplitSeq(r.path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			out = append(out, obj{
				"name": strings.TrimSuffix(name, "}"), "in": "path", "required": true, "schema": obj{"type": "string"},
				"description": "The id.",
			})
		}
	}
	fs := r.parameters()
	for i := range fs {
		f := &fs[i]
		param := obj{"name": f.name, "in": "query", "schema": d.parameter(f), "description": describe(f)}
		if f.required {
			param["required"] = true
		}
		switch f.kind {
		case kindObject, kindInstant:
			param["style"], param["explode"] = "deepObject", true
		case kindObjects: // $and[0][handle]=a has no style of its own
			param["schema"] = obj{"type": "array", "items": obj{"type": "object"}}
		default:
		}
		out = append(out, param)
	}
	if slices.Contains(byToken, r.field) {
		out = append(out, obj{
			"name": "x-order-token", "in": "header", "schema": obj{"type": "string"},
			"description": "The access token of the order (accessToken in GraphQL). A shop may require it unless the order belongs to the signed-in customer.",
		})
	}
	return out
}

// described are the descriptions of common parameters.
var described = map[string]string{
	"fields":  "Fields to select: a,b replaces the defaults, +a adds, -a removes, *a expands a relation.",
	"offset":  "The number of items to skip.",
	"limit":   "The maximum number of items to return.",
	"order":   "The field to sort by; -field sorts in descending order.",
	"q":       "Search words, all of which must occur.",
	"$and":    "All of these hold.",
	"$or":     "At least one of these holds.",
	"cart_id": "Take the region and address for prices from this cart.",
}

func describe(f *field) string {
	if s := described[f.name]; s != "" {
		return s
	}
	return "By " + strings.ReplaceAll(f.name, "_", " ") + "."
}

func (d *describer) parameter(f *field) obj {
	switch f.kind {
	case kindTexts:
		return obj{"oneOf": []obj{{"type": "string"}, {"type": "array", "items": obj{"type": "string"}}}}
	case kindFlag:
		return obj{"type": "boolean"}
	case kindCount:
		return obj{"type": "integer", "minimum": 0}
	case kindInstant:
		properties := obj{}
		for name := range operators {
			properties[name] = obj{"type": "string", "format": "date-time"}
			if name == "$in" || name == "$nin" {
				properties[name] = obj{"type": "array", "items": properties[name]}
			}
		}
		return obj{"type": "object", "properties": properties}
	case kindObject:
		properties := obj{}
		for i := range f.of {
			if f.of[i].kind != kindObjects {
				properties[f.of[i].name] = d.parameter(&f.of[i])
			}
		}
		return obj{"type": "object", "properties": properties}
	default:
		return obj{"type": "string"}
	}
}

// byToken are the GraphQL fields whose routes accept the access token of an order.
var byToken = []string{"order", "requestReturn", "requestOrderTransfer"}

// object returns a reference to the schema of a GraphQL type, which it describes on first use. No property is
// required, since a response has only the selected fields.
func (d *describer) object(typ string) obj {
	if _, ok := d.schemas[typ]; ok {
		return ref("schemas", typ)
	}
	properties := obj{}
	d.schemas[typ] = obj{"type": "object", "description": d.schema.Types[typ].Description, "properties": properties}
	for name, f := range d.shown[typ] {
		properties[name] = d.property(typ, f)
	}
	return ref("schemas", typ)
}

// property describes what is selected of a type. It may be null if anything on the path to it may.
func (d *describer) property(typ string, f *selected) obj {
	def := d.schema.Types[typ].Fields.ForName(f.field)
	description, nonNull := def.Description, def.Type.NonNull
	for _, name := range f.path {
		def = d.schema.Types[def.Type.Name()].Fields.ForName(name)
		nonNull = nonNull && def.Type.NonNull
		if d.schema.Types[def.Type.Name()].Kind == ast.Object { // what number and raw are is said of their money
			description = def.Description
		}
	}
	t := *def.Type
	t.NonNull = nonNull
	return d.value(&t, description)
}

func (d *describer) value(t *ast.Type, description string) obj {
	if t.Elem != nil {
		return obj{"type": "array", "description": description, "items": d.value(t.Elem, "")}
	}
	out := obj{}
	if description != "" {
		out["description"] = description
	}
	def := d.schema.Types[t.NamedType]
	switch {
	case def.Kind == ast.Object:
		if t.NonNull {
			return d.object(def.Name)
		}
		out["oneOf"] = []obj{d.object(def.Name), {"type": "null"}}
		return out
	case def.Kind == ast.Enum:
		values := []any{}
		for _, v := range def.EnumValues {
			values = append(values, strings.ToLower(v.Name))
		}
		if !t.NonNull {
			values = append(values, nil)
		}
		out["enum"] = values
		return out
	case def.Name == "JSON":
		return out
	}
	kind := "string"
	switch def.Name {
	case "Int":
		kind = "integer"
	case "Boolean":
		kind = "boolean"
	case "Decimal", "Measure":
		kind = "number"
	case "Time":
		out["format"] = "date-time"
	}
	out["type"] = kind
	if !t.NonNull {
		out["type"] = []string{kind, "null"}
	}
	return out
}

// openAPI answers GET /openapi.json.
func (h *Handler) openAPI(w http.ResponseWriter, r *http.Request) {
	body, err := h.OpenAPI()
	if err != nil {
		h.fail(r.Context(), w, err)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	h.write(w, http.StatusOK, body)
}
