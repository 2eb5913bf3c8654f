package rest

import (
	"context"
	"maps"
	"net/http"

	"github.com/go-chi/chi/v5"

	"storegraph/graph"
)

// An authRoute is an endpoint below /auth. It runs one operation, whose field r is the answer.
type authRoute struct {
	method, path string
	document     string // its variables are the path's parameters in camelCase, and what is sent
	body         fields
	credentials  bool // the body is the provider's affair: it takes from it what it can use
	callback     bool // what is sent is what the provider has added to the address, or the same as a body
	identified   bool // the request must carry a token or a session
	proven       bool // whose bearer has nothing left to show
	flat         bool // the body's fields are variables of their own rather than an input
	status       int  // 0 is 200
	envelope     string
	fixed        string // the answer, whatever the data; empty is the data
}

const authArguments = `mutation ($actorType: String, $provider: String!, $input: CredentialsInput!) `

const callbackArguments = `mutation ($actorType: String, $provider: String!, $input: CallbackInput) `

const verificationFields = `id auth_identity_id: authIdentityId entity_id: entityId entity_type: entityType code_provider: codeProvider
verified_at: verifiedAt requested_at: requestedAt provider_metadata: providerMetadata metadata
created_at: createdAt updated_at: updatedAt deleted_at: deletedAt`

// authentication is what came of proving who one is.
const authentication = `{ token location verification_required: verificationRequired verification {` + verificationFields + `
auth_identity: authIdentity { id } } mfa_required: mfaRequired mfa_challenge: mfaChallenge { id auth_identity_id: authIdentityId
auth_provider: authProvider methods expires_at: expiresAt attempts max_attempts: maxAttempts completed_at: completedAt metadata } }`

const factorFields = ` id auth_identity_id: authIdentityId auth_identity: authIdentity { id } provider status metadata
created_at: createdAt updated_at: updatedAt deleted_at: deletedAt `

// authRoutes are the endpoints of signing in. No publishable key is asked for.
var authRoutes = []authRoute{
	{
		method: "POST", path: "/auth/{actorType}/{provider}/register", credentials: true,
		document: authArguments + `{ r: registerIdentity(actorType: $actorType, provider: $provider, input: $input) { token } }`,
	},
	{
		method: "POST", path: "/auth/{actorType}/{provider}", credentials: true,
		document: authArguments + `{ r: logIn(actorType: $actorType, provider: $provider, input: $input) ` + authentication + ` }`,
	},
	{
		method: "GET", path: "/auth/{actorType}/{provider}", credentials: true,
		document: authArguments + `{ r: logIn(actorType: $actorType, provider: $provider, input: $input) ` + authentication + ` }`,
	},
	{
		method: "POST", path: "/auth/{actorType}/{provider}/callback", callback: true,
		document: callbackArguments + `{ r: completeLogIn(actorType: $actorType, provider: $provider, input: $input) ` + authentication + ` }`,
	},
	{
		method: "GET", path: "/auth/{actorType}/{provider}/callback", callback: true,
		document: callbackArguments + `{ r: completeLogIn(actorType: $actorType, provider: $provider, input: $input) ` + authentication + ` }`,
	},
	{
		method: "POST", path: "/auth/{actorType}/{provider}/reset-password", body: fields{text("identifier").Required(), record("metadata")}, flat: true, status: http.StatusCreated,
		document: `mutation ($actorType: String, $provider: String!, $identifier: String!, $metadata: JSON) {
r: requestPasswordReset(actorType: $actorType, provider: $provider, identifier: $identifier, metadata: $metadata) }`, fixed: "Created",
	},
	{
		method: "POST", path: "/auth/{actorType}/{provider}/update", credentials: true, flat: true,
		document: `mutation ($actorType: String, $provider: String!, $password: String) {
r: updatePassword(actorType: $actorType, provider: $provider, password: $password) }`, fixed: `{"success":true}`,
	},
	{
		method: "GET", path: "/auth/{actorType}/providers",
		document: `query ($actorType: String) { providers: authProviders(actorType: $actorType) { id identifier display_name: displayName flow } }`,
		envelope: "providers",
	},
	{
		method: "GET", path: "/auth/mfa/factors", proven: true, envelope: "mfa_factors",
		document: `{ mfa_factors: authFactors {` + factorFields + `} }`,
	},
	{
		method: "POST", path: "/auth/mfa/factors", proven: true, body: fields{text("provider").Required().NotEmpty(), text("label").Null(), text("issuer"), record("metadata").Null()},
		document: `mutation ($input: CreateAuthFactorInput!) { r: createAuthFactor(input: $input) {
mfa_factor: factor { id auth_identity_id: authIdentityId provider status metadata } secret otpauth_url: otpauthUrl } }`,
	},
	{
		method: "POST", path: "/auth/mfa/factors/{id}/verify", proven: true, body: fields{text("code").Required().NotEmpty()}, flat: true, envelope: "mfa_factor",
		document: `mutation ($id: ID!, $code: String!) { mfa_factor: verifyAuthFactor(id: $id, code: $code) {` + factorFields + `} }`,
	},
	{
		method: "DELETE", path: "/auth/mfa/factors/{id}", proven: true, body: fields{text("method").NotEmpty(), text("code").NotEmpty()}, flat: true, envelope: "mfa_factor",
		document: `mutation ($id: ID!, $method: String, $code: String) {
mfa_factor: disableAuthFactor(id: $id, method: $method, code: $code) {` + factorFields + `} }`,
	},
	{
		method: "POST", path: "/auth/mfa/challenges/{id}/verify", identified: true, body: fields{text("method").Required().NotEmpty(), text("code").Required().NotEmpty()}, flat: true,
		document: `mutation ($id: ID!, $method: String!, $code: String!) { r: verifyAuthChallenge(id: $id, method: $method, code: $code) { token } }`,
	},
	{
		method: "POST", path: "/auth/mfa/recovery-codes", proven: true, flat: true, envelope: "recovery_codes",
		body:     fields{number("count").Whole().AtLeast("1").AtMost("50")},
		document: `mutation ($count: Int) { recovery_codes: generateRecoveryCodes(count: $count) }`,
	},
	{method: "POST", path: "/auth/token/refresh", identified: true, document: `mutation { r: refreshToken ` + authentication + ` }`},
	{method: "POST", path: "/auth/session", identified: true, document: `mutation { r: createSession { user: claims } }`},
	{method: "DELETE", path: "/auth/session", identified: true, document: `mutation { r: deleteSession }`, fixed: `{"success":true}`},
	{
		method: "POST", path: "/auth/verification/request", identified: true, status: http.StatusCreated,
		body: fields{
			text("entity_id").Required().NotEmpty(), text("entity_type").Required().NotEmpty(), text("code_provider").NotEmpty(), record("metadata"),
		},
		document: `mutation ($input: RequestVerificationInput!) { verification: requestVerification(input: $input) {` + verificationFields + `} }`,
		envelope: "verification",
	},
	{
		method: "POST", path: "/auth/verification/confirm", body: fields{text("code").Required().NotEmpty(), text("code_provider").NotEmpty()}, flat: true,
		document: `mutation ($code: String!, $codeProvider: String) { r: confirmVerification(code: $code, codeProvider: $codeProvider) {
entity_id: entityId entity_type: entityType code_provider: codeProvider verified_at: verifiedAt } }`,
	},
}

func (h *Handler) routeAuth() error {
	for i := range authRoutes {
		r := &authRoutes[i]
		op, err := h.graph.Compile(r.document)
		if err != nil {
			return err
		}
		h.mux.Method(r.method, r.path, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			if err := h.authenticate(req.Context(), w, req, r, op); err != nil {
				h.fail(req.Context(), w, err)
			}
		}))
	}
	return nil
}

func (h *Handler) authenticate(ctx context.Context, w http.ResponseWriter, req *http.Request, r *authRoute, op *graph.Operation) error {
	if r.identified {
		if err := h.graph.RequireIdentity(ctx); err != nil {
			return err
		}
	}
	if r.proven {
		if err := h.graph.RequireProven(ctx); err != nil {
			return err
		}
	}
	vars := map[string]any{}
	params := chi.RouteContext(ctx).URLParams
	for i, key := range params.Keys {
		if key != "*" {
			vars[key] = params.Values[i]
		}
	}
	if r.credentials || r.callback || r.body != nil {
		input, err := r.receive(req)
		if err != nil {
			return err
		}
		if r.flat {
			maps.Copy(vars, input)
		} else {
			vars["input"] = input
		}
	}
	data, err := h.graph.Run(ctx, op, vars)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if r.status != 0 {
		status = r.status
	}
	switch {
	case r.fixed == "Created": // the one answer that is no JSON
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(r.fixed))
	case r.fixed != "":
		h.write(w, status, []byte(r.fixed))
	case r.envelope != "":
		h.write(w, status, data)
	default:
		value, err := rootValue(data)
		if err != nil {
			return err
		}
		h.write(w, status, value)
	}
	return nil
}

// receive reads what is sent to an auth route.
func (r *authRoute) receive(req *http.Request) (map[string]any, error) {
	sent, err := readBody(req)
	if err != nil {
		return nil, err
	}
	if !r.credentials && !r.callback {
		return bindBody(r.body, sent)
	}
	input := map[string]any{}
	for _, name := range r.words() {
		if r.callback {
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

// words are the fields that an auth route takes of what is sent where it does not check it.
func (r *authRoute) words() []string {
	switch {
	case r.callback:
		return []string{"code", "state", "error", "error_description", "error_uri"}
	case r.flat:
		return []string{"password"}
	default:
		return []string{"email", "password", "callback_url"}
	}
}
