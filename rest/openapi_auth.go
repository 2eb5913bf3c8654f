package rest

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// OpenAPI security requirements. One of the alternatives in a list suffices.
var (
	openToAll  = []obj{}
	ofIdentity = []obj{{"bearer": []string{}}, {"session": []string{}}}
	ofCustomer = []obj{{"publishableKey": []string{}, "bearer": []string{}}, {"publishableKey": []string{}, "session": []string{}}}
)

// authOperation describes an endpoint below /auth. The response is what its GraphQL operation selects.
func (d *describer) authOperation(r *authRoute, field *ast.Field) obj {
	responses := obj{
		"400": ref("responses", "Invalid"), "401": ref("responses", "Unauthorized"), "429": ref("responses", "Throttled"),
	}
	answer := obj{"description": field.Definition.Description}
	switch {
	case r.answer == created:
		answer["content"] = obj{"text/plain": obj{"schema": obj{"type": "string", "const": createdText}}}
	case r.answer == success:
		answer["content"] = jsonContent(obj{
			"type": "object", "required": []string{"success"}, "properties": obj{"success": obj{"type": "boolean"}},
		})
	case r.envelope != "":
		answer["content"] = jsonContent(obj{
			"type": "object", "required": []string{r.envelope}, "properties": obj{r.envelope: d.selection(field)},
		})
	default:
		answer["content"] = jsonContent(d.selection(field))
	}
	responses[strconv.Itoa(cmp.Or(r.status, 200))] = answer
	out := obj{
		"operationId": strings.ToLower(r.method) + strings.ToUpper(field.Name[:1]) + field.Name[1:],
		"summary":     field.Definition.Description, "tags": []string{"auth"}, "responses": responses, "security": openToAll,
	}
	if r.who != anybody {
		out["security"] = ofIdentity
	}
	if parameters := d.authParameters(r); len(parameters) > 0 {
		out["parameters"] = parameters
	}
	if body := d.authBody(r, field); body != nil && r.method != "GET" {
		out["requestBody"] = body
	}
	return out
}

func jsonContent(schema obj) obj { return obj{"application/json": obj{"schema": schema}} }

// pathDescriptions are the descriptions of path parameters below /auth.
var pathDescriptions = map[string]string{
	"actorType": "The type of actor: customer.", "provider": "The authentication provider, such as emailpass.", "id": "The id.",
}

func (d *describer) authParameters(r *authRoute) []obj {
	var out []obj
	for part := range strings.SplitSeq(r.path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			name = strings.TrimSuffix(name, "}")
			out = append(out, obj{
				"name": name, "in": "path", "required": true, "schema": obj{"type": "string"}, "description": pathDescriptions[name],
			})
		}
	}
	if r.inQuery {
		input := d.schema.Types["CompleteLogInInput"]
		for _, name := range r.words {
			out = append(out, obj{
				"name": name, "in": "query", "schema": obj{"type": "string"}, "description": input.Fields.ForName(camel(name)).Description,
			})
		}
	}
	return out
}

// authBody describes the body of a request to an auth route; nil if it has none.
func (d *describer) authBody(r *authRoute, root *ast.Field) obj {
	fs := r.fields()
	if len(fs) == 0 {
		return nil
	}
	return requestBody(d.fields(fs, d.inputDescriptions(root.Definition, ""), true), fs.anyRequired())
}

// inputDescriptions are the descriptions of the fields of the input of a GraphQL field, or of those of one of its fields.
func (d *describer) inputDescriptions(def *ast.FieldDefinition, into string) func(name string) (string, *ast.Type) {
	return func(name string) (string, *ast.Type) {
		in := def.Arguments.ForName("input")
		if in == nil {
			return "", nil
		}
		t := in.Type
		if into != "" {
			_, t = d.inputField(t, into)
		}
		return d.inputField(t, name)
	}
}

func (d *describer) inputField(t *ast.Type, name string) (string, *ast.Type) {
	if t == nil {
		return "", nil
	}
	if f := d.schema.Types[t.Name()].Fields.ForName(name); f != nil {
		return f.Description, f.Type
	}
	return "", nil
}

// requestBody describes a body.
func requestBody(schema obj, required bool) obj {
	return obj{"required": required, "content": jsonContent(schema)}
}

// fields describes an object in a body. of returns the description and the type of a field of the GraphQL input.
func (d *describer) fields(fs fields, of func(name string) (string, *ast.Type), lenient bool) obj {
	properties, needed := obj{}, []string{}
	for i := range fs {
		f := &fs[i]
		description, t := of(camel(f.name))
		schema := d.sent(f, t)
		if description != "" {
			schema["description"] = description
		}
		properties[f.name] = schema
		if f.required {
			needed = append(needed, f.name)
		}
	}
	out := obj{"type": "object", "properties": properties}
	if len(needed) > 0 {
		out["required"] = needed
	}
	if !lenient {
		out["additionalProperties"] = false
	}
	return out
}

// sent describes a field of a body, whose GraphQL type may be unknown.
func (d *describer) sent(f *field, t *ast.Type) obj {
	out := obj{}
	object := func() obj {
		return d.fields(f.of, func(name string) (string, *ast.Type) { return d.inputField(t, name) }, f.lenient)
	}
	kind := ""
	switch f.kind {
	case kindText, kindEmail:
		kind = "string"
		if f.kind == kindEmail {
			out["format"] = "email"
		}
		if f.notEmpty {
			out["minLength"] = 1
		}
	case kindFlag:
		kind = "boolean"
	case kindNumber, kindUnits:
		kind = "number"
		if f.whole {
			kind = "integer"
		}
		if n, err := strconv.Atoi(f.least); err == nil {
			name := "minimum"
			if f.above {
				name = "exclusiveMinimum"
			}
			out[name] = n
		}
		if n, err := strconv.Atoi(f.most); err == nil {
			out["maximum"] = n
		}
	case kindRecord:
		kind = "object"
	case kindObject:
		out, kind = object(), "object"
	case kindObjects:
		out["items"], kind = object(), "array"
	case kindTexts:
		out["items"], kind = obj{"type": "string"}, "array"
	case kindObjectOrID:
		return obj{"oneOf": []obj{object(), {"type": "string", "description": "The id."}}}
	case kindCount, kindInstant: // they do not occur in bodies
	}
	out["type"] = kind
	if f.null {
		out["type"] = []string{kind, "null"}
	}
	return out
}

// selection describes what an operation selects of a field, under its aliases, or what is written in the field's place.
func (d *describer) selection(f *ast.Field) obj {
	if f.Directives.ForName("at") != nil {
		return d.selection(f.SelectionSet[0].(*ast.Field))
	}
	return d.selected(f.Definition.Type, f)
}

func (d *describer) selected(t *ast.Type, f *ast.Field) obj {
	if len(f.SelectionSet) == 0 {
		return d.value(t, f.Definition.Description)
	}
	if t.Elem != nil {
		return obj{"type": "array", "description": f.Definition.Description, "items": d.selected(t.Elem, f)}
	}
	properties := obj{}
	d.members(f.SelectionSet, properties)
	out := obj{"type": "object", "description": f.Definition.Description, "properties": properties}
	if !t.NonNull {
		out["type"] = []string{"object", "null"}
	}
	return out
}

// members describes the fields of a selection, also those of its fragments.
func (d *describer) members(set ast.SelectionSet, properties obj) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			properties[s.Alias] = d.selection(s)
		case *ast.FragmentSpread:
			d.members(s.Definition.SelectionSet, properties)
		}
	}
}
