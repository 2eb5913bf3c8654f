package rest

import (
	"bytes"
	"context"
	_ "embed"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/model"
)

// An authRoute is an endpoint below /auth. It needs no publishable key.
type authRoute struct {
	method, path string // the parts of the path in braces have the names of the operation's variables
	operation    string // its name in auth.graphql
	who          who
	body         fields   // nil if no body is checked
	words        []string // body fields that go to the provider unchecked; others are ignored
	inQuery      bool     // the words may also be query parameters
	status       int      // 0 is 200
	envelope     string   // the key of the answer; empty for the value alone
	answer       form
}

var (
	credentials = []string{"email", "password", "callback_url"}
	callback    = []string{"code", "state", "error", "error_description", "error_uri"} // the parameters of an OAuth redirect

	factorProof = fields{text("method").Required().NotEmpty(), text("code").Required().NotEmpty()}
)

// authRoutes are the endpoints below /auth.
var authRoutes = []authRoute{
	{method: "POST", path: "/auth/{actorType}/{provider}/register", operation: "Register", words: []string{"email", "password"}},
	{method: "POST", path: "/auth/{actorType}/{provider}", operation: "LogIn", words: credentials},
	{method: "GET", path: "/auth/{actorType}/{provider}", operation: "LogIn", words: credentials},
	{method: "POST", path: "/auth/{actorType}/{provider}/callback", operation: "CompleteLogIn", words: callback, inQuery: true},
	{method: "GET", path: "/auth/{actorType}/{provider}/callback", operation: "CompleteLogIn", words: callback, inQuery: true},
	{
		method: "POST", path: "/auth/{actorType}/{provider}/reset-password", operation: "RequestPasswordReset",
		body: fields{text("identifier").Required(), record("metadata")}, status: http.StatusCreated, answer: created,
	},
	{
		method: "POST", path: "/auth/{actorType}/{provider}/update", operation: "UpdatePassword", words: []string{"password"},
		answer: success,
	},
	{method: "GET", path: "/auth/{actorType}/providers", operation: "Providers", envelope: "providers"},
	{method: "GET", path: "/auth/mfa/factors", operation: "Factors", who: proven, envelope: "mfa_factors"},
	{
		method: "POST", path: "/auth/mfa/factors", operation: "CreateFactor", who: proven,
		body: fields{text("provider").Required().NotEmpty(), text("label").Null(), text("issuer"), record("metadata").Null()},
	},
	{
		method: "POST", path: "/auth/mfa/factors/{id}/verify", operation: "VerifyFactor", who: proven, envelope: "mfa_factor",
		body: fields{text("code").Required().NotEmpty()},
	},
	{
		method: "DELETE", path: "/auth/mfa/factors/{id}", operation: "DisableFactor", who: proven, envelope: "mfa_factor",
		body: fields{text("method").NotEmpty(), text("code").NotEmpty()},
	},
	{method: "POST", path: "/auth/mfa/challenges/{id}/verify", operation: "VerifyChallenge", who: identified, body: factorProof},
	{
		method: "POST", path: "/auth/mfa/recovery-codes", operation: "GenerateRecoveryCodes", who: proven, envelope: "recovery_codes",
		body: fields{number("count").Whole().AtLeast("1").AtMost("50")},
	},
	{method: "POST", path: "/auth/token/refresh", operation: "RefreshToken", who: identified},
	{method: "POST", path: "/auth/session", operation: "CreateSession", who: identified},
	{method: "DELETE", path: "/auth/session", operation: "DeleteSession", who: identified, answer: success},
	{
		method: "POST", path: "/auth/verification/request", operation: "RequestVerification", who: identified,
		body: fields{
			text("entity_id").Required().NotEmpty(), text("entity_type").Required().NotEmpty(), text("code_provider").NotEmpty(),
			record("metadata"),
		},
		status: http.StatusCreated, envelope: "verification",
	},
	{
		method: "POST", path: "/auth/verification/confirm", operation: "ConfirmVerification",
		body: fields{text("code").Required().NotEmpty(), text("code_provider").NotEmpty()},
	},
}

//go:embed auth.graphql
var authText string

// operationsIn returns the documents of the operations in a GraphQL text, by their names, each with the fragments that it
// uses.
func operationsIn(text string) (map[string]string, error) {
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, op := range doc.Operations {
		used := map[string]bool{}
		fragmentsIn(doc, op.SelectionSet, used)
		one := &ast.QueryDocument{Operations: ast.OperationList{op}}
		for _, f := range doc.Fragments {
			if used[f.Name] {
				one.Fragments = append(one.Fragments, f)
			}
		}
		var b strings.Builder
		formatter.NewFormatter(&b).FormatQueryDocument(one)
		out[op.Name] = b.String()
	}
	return out, nil
}

// fragmentsIn notes the fragments that a selection uses, also through other fragments.
func fragmentsIn(doc *ast.QueryDocument, set ast.SelectionSet, used map[string]bool) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			fragmentsIn(doc, s.SelectionSet, used)
		case *ast.FragmentSpread:
			if f := doc.Fragments.ForName(s.Name); f != nil && !used[s.Name] {
				used[s.Name] = true
				fragmentsIn(doc, f.SelectionSet, used)
			}
		}
	}
}

func (h *Handler) routeAuth() error {
	texts, err := operationsIn(authText)
	if err != nil {
		return err
	}
	h.auth = map[string]*graph.Operation{}
	for name, text := range texts {
		if h.auth[name], err = h.graph.Compile(text); err != nil {
			return err
		}
	}
	for i := range authRoutes {
		r := &authRoutes[i]
		op := h.auth[r.operation]
		h.mux.Method(r.method, r.path, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if err := h.authenticate(req.Context(), w, req, r, op); err != nil {
				h.fail(req.Context(), w, err)
			}
		}))
	}
	return nil
}

func (h *Handler) authenticate(ctx context.Context, w http.ResponseWriter, req *http.Request, r *authRoute, op *graph.Operation) error {
	if _, err := h.require(ctx, r.who); err != nil {
		return err
	}
	vars, path := map[string]any{}, map[string]string{}
	pathParams(ctx, func(name, value string) { vars[name], path[name] = value, value })
	if def := inputType(h.graph.Schema(), op.Field().Definition); def != nil {
		input, err := r.input(req)
		if err != nil {
			return err
		}
		vars = map[string]any{"input": (&route{}).inputOf(def, input, path)}
	}
	data, err := h.graph.Run(ctx, op, vars)
	if err != nil {
		return err
	}
	value, err := rootValue(data)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if r.status != 0 {
		status = r.status
	}
	switch {
	case r.answer == created: // the only response that is not JSON
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(createdText))
	case r.answer == success:
		h.write(w, status, []byte(`{"success":true}`))
	case r.envelope != "":
		h.write(w, status, envelope(r.envelope, value)...)
	default:
		h.write(w, status, value)
	}
	return nil
}

const createdText = "Created"

// adminUser serves POST /auth/{provider}/user, by which an admin of the reference gets an account. Nobody is an admin here.
func (h *Handler) adminUser(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	provider := ""
	pathParams(ctx, func(_, value string) { provider = value })
	data, err := h.graph.Run(ctx, h.auth["Providers"], map[string]any{"actorType": "user"})
	if err == nil {
		err = model.ErrUnauthenticated
		if !bytes.Contains(data, []byte(`"id":`+strconv.Quote(provider))) {
			err = model.NotAllowed.Errorf("The actor type user is not allowed to use the auth provider %s", provider)
		}
	}
	h.fail(ctx, w, err)
}

// input reads the body of a request to an auth route, and its query parameters if they may hold words.
func (r *authRoute) input(req *http.Request) (map[string]any, error) {
	sent := bodyOf(req.Context())
	if r.body == nil && r.words == nil {
		return map[string]any{}, nil
	}
	if r.words == nil {
		return bindBody(r.body, sent)
	}
	input := map[string]any{}
	for _, name := range r.words {
		if r.inQuery {
			if s := req.URL.Query().Get(name); s != "" {
				input[camel(name)] = s
				continue
			}
		}
		if o, ok := sent.(*jsonObject); ok {
			if s, ok := o.get(name).(string); ok {
				input[camel(name)] = s
			}
		}
	}
	return input, nil
}

// fields are the fields of an auth route's body.
func (r *authRoute) fields() fields {
	fs := slices.Clone(r.body)
	for _, name := range r.words {
		fs = append(fs, text(name))
	}
	return fs
}
