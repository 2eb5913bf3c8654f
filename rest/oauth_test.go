package rest_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"
	"golang.org/x/text/language"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/graph/shop/auth"
)

// callback is the page of the storefront to which providers redirect the browser.
const callback = "https://storefront.example.com/callback"

// users are those of the OpenID provider.
type users map[string]*storage.User

func (u users) GetUserByID(id string) *storage.User { return u[id] }

func (u users) GetUserByUsername(name string) *storage.User {
	for _, user := range u {
		if user.Username == name {
			return user
		}
	}
	return nil
}

func (users) ExampleClientID() string { return "service" }

// googleStorage makes the provider issue ID tokens with Google's claims.
type googleStorage struct{ *storage.Storage }

func (s googleStorage) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	c, err := s.Storage.GetClientByClientID(ctx, id)
	if err != nil {
		return nil, err
	}
	return googleClient{c}, nil
}

type googleClient struct{ op.Client }

func (googleClient) IDTokenUserinfoClaimsAssertion() bool { return true }

// registering guards the library's list of clients, which is one for the process.
var registering sync.Mutex

// newProvider starts an OpenID provider and returns the configuration for it. spoil may change its responses.
func newProvider(t *testing.T, spoil func(path string, body []byte) []byte) *auth.Google {
	t.Helper()
	var h http.Handler
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if spoil == nil {
			h.ServeHTTP(w, r)
			return
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		for k, v := range rec.Header() {
			if k != "Content-Length" {
				w.Header()[k] = v
			}
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(spoil(r.URL.Path, rec.Body.Bytes()))
	}))
	t.Cleanup(s.Close)
	registering.Lock()
	defer registering.Unlock()
	storage.RegisterClients(storage.WebClient("shop", "shop secret", callback), storage.WebClient("other", "other secret", callback))
	store := storage.NewStorage(users{
		"1": {ID: "1", Username: "ada", Password: "pw", FirstName: "Ada", LastName: "L", Email: "ada@example.com", EmailVerified: true, PreferredLanguage: language.English},
		"2": {ID: "2", Username: "eve", Password: "pw", FirstName: "Eve", LastName: "E", Email: "eve@example.com", PreferredLanguage: language.English},
	})
	key := sha256.Sum256([]byte("test"))
	p, err := op.NewProvider(&op.Config{CryptoKey: key, CodeMethodS256: true, AuthMethodPost: true}, googleStorage{store},
		op.StaticIssuer(s.URL), op.WithAllowInsecure(), op.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login/username", func(http.ResponseWriter, *http.Request) {}) // the form
	mux.Handle("POST /login/username", op.NewIssuerInterceptor(p.IssuerFromRequest).HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.FormValue("authRequestID")
		if err := store.CheckUsernamePassword(r.FormValue("username"), r.FormValue("password"), id); err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		http.Redirect(w, r, op.AuthCallbackURL(p)(r.Context(), id), http.StatusFound)
	}))
	mux.Handle("/", p)
	h = mux
	return auth.NewGoogle(auth.Client{ID: "shop", Secret: "shop secret", CallbackURL: callback}, s.URL)
}

// visit logs in on the provider's page, as a browser does, and returns the address that it redirects to.
func visit(t *testing.T, location, user string) *url.URL {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var back *url.URL
	browser := &http.Client{Jar: jar, Timeout: 20 * time.Second, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), callback) {
			back = r.URL
			return http.ErrUseLastResponse
		}
		return nil
	}}
	ask := func(r *http.Request, err error) *http.Response {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		res, err := browser.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		return res
	}
	page := ask(http.NewRequestWithContext(t.Context(), http.MethodGet, location, http.NoBody))
	form := url.Values{"authRequestID": {page.Request.URL.Query().Get("authRequestID")}, "username": {user}, "password": {"pw"}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, page.Request.URL.String(), strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res := ask(r, err)
	if back == nil {
		t.Fatalf("the provider did not send the browser back: %d at %s", res.StatusCode, res.Request.URL)
	}
	return back
}

func withProviders(p ...auth.Redirector) func(c *graph.Config) {
	return func(c *graph.Config) { c.Account.Redirectors = p }
}

// beginLogIn begins a log-in and returns the address of the provider's page.
func beginLogIn(t *testing.T, h http.Handler, provider string) string {
	t.Helper()
	res, text := send(t, h, "POST", "/auth/customer/"+provider, "{}")
	var got struct{ Location string }
	if err := json.Unmarshal([]byte(text), &got); err != nil || res.StatusCode != http.StatusOK || got.Location == "" || strings.Contains(text, "token") {
		t.Fatalf("begin = %d %s, want a location alone", res.StatusCode, text)
	}
	return got.Location
}

func TestGoogle(t *testing.T) {
	t.Parallel()
	address := dbtest.ShopURL(t)
	d := dbtest.Open(t, address, db.Options{})
	h := newHandler(t, d, withProviders(newProvider(t, nil)))
	key := dbtest.Handles(t)["pk_web"]
	if _, text := send(t, h, "GET", "/auth/customer/providers", ""); !strings.Contains(text, `{"id":"google","identifier":"google","display_name":"Google Authentication","flow":"redirect"}`) {
		t.Errorf("providers = %s, want google", text)
	}
	location := beginLogIn(t, h, "google")
	q := mustParse(t, location).Query()
	if q.Get("code_challenge_method") != "S256" || q.Get("nonce") == "" || len(q.Get("state")) != 64 || q.Get("scope") != "email profile openid" || q.Get("redirect_uri") != callback {
		t.Errorf("location = %s", location)
	}
	back := visit(t, location, "ada")
	_, text := send(t, h, "GET", "/auth/customer/google/callback?"+back.RawQuery, "")
	var got struct{ Token string }
	if err := json.Unmarshal([]byte(text), &got); err != nil || got.Token == "" {
		t.Fatalf("callback = %s, want a token", text)
	}
	for _, want := range []string{
		`"actor_id":""`, `"auth_provider":"google"`, `"user_metadata":{"email":"<email>","family_name":"L","given_name":"Ada","name":"Ada L"}`,
	} {
		if claims := normal(t, text); !strings.Contains(claims, want) {
			t.Errorf("the token says %s, want %s", claims, want)
		}
	}
	rows, err := d.Texts(t.Context(), `SELECT concat_ws('|', entity_id, user_metadata->>'email', coalesce(provider_metadata::text, 'null')) FROM provider_identity WHERE provider = 'google'`)
	if err != nil || len(rows) != 1 || rows[0] != "1|ada@example.com|null" {
		t.Errorf("kept %v (%v), want what the reference keeps", rows, err)
	}
	if res, text := send(t, h, "GET", "/auth/customer/google/callback?"+back.RawQuery, ""); res.StatusCode != http.StatusUnauthorized || !strings.Contains(text, "No state provided, or session expired") {
		t.Errorf("the same state again = %d %s, want 401", res.StatusCode, text)
	}
	if res, text := send(t, h, "POST", "/store/customers", `{"email":"ada@example.com"}`, "Authorization", "Bearer "+got.Token, "X-Publishable-Api-Key", key); res.StatusCode != http.StatusOK {
		t.Fatalf("register = %d %s", res.StatusCode, text)
	}
	// The second time they are a customer; in GraphQL.
	_, text = send(t, h, "POST", "/graphql", `{"query":"mutation { logIn(input: {provider: \"google\"}) { authentication { location token } } }"}`)
	var left struct {
		Data struct {
			LogIn struct{ Authentication struct{ Location string } }
		}
	}
	if err := json.Unmarshal([]byte(text), &left); err != nil {
		t.Fatal(err)
	}
	q = visit(t, left.Data.LogIn.Authentication.Location, "ada").Query()
	body, err := json.Marshal(map[string]any{
		"query":     `mutation($in: CompleteLogInInput!) { completeLogIn(input: $in) { authentication { token } } }`,
		"variables": map[string]any{"in": map[string]string{"provider": "google", "code": q.Get("code"), "state": q.Get("state")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, text = send(t, h, "POST", "/graphql", string(body))
	if claims := normal(t, text); !strings.Contains(claims, `"actor_id":"cus_X"`) {
		t.Errorf("the second log-in = %s, want the customer", claims)
	}
}

func mustParse(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestGoogleRefusals holds D18 of DEVIATIONS.md.
func TestGoogleRefusals(t *testing.T) {
	t.Parallel()
	h := newHandler(t, dbtest.Shop(t), withProviders(newProvider(t, nil)))
	other := newHandler(t, dbtest.Shop(t), withProviders(newProvider(t, nil)))
	good := func() string { return visit(t, beginLogIn(t, h, "google"), "ada").RawQuery }
	with := func(query, name, value string) string {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		q.Set(name, value)
		return q.Encode()
	}
	state := func(query string) string { return mustParse(t, "?"+query).Query().Get("state") }
	first, second := good(), good()
	for name, tc := range map[string]struct {
		h                 http.Handler
		path, query, want string
	}{
		"no code":                 {h, "customer/google", "state=x", "No code provided"},
		"no state":                {h, "customer/google", "code=x", "No state provided"},
		"unknown state":           {h, "customer/google", "code=x&state=x", "No state provided"},
		"wrong code":              {h, "customer/google", with(good(), "code", "wrong"), "Could not exchange token"},
		"code of another log-in":  {h, "customer/google", with(first, "state", state(second)), "Could not exchange token"}, // PKCE
		"another actor":           {h, "robot/google", good(), "No state provided"},
		"another shop's state":    {other, "customer/google", good(), "No state provided"},
		"an address not verified": {h, "customer/google", visit(t, beginLogIn(t, h, "google"), "eve").RawQuery, "Email not verified"},
		"refused by its owner":    {h, "customer/google", "error=access_denied&error_description=No&error_uri=U", "No, read more at: U"},
		"a provider without page": {h, "customer/emailpass", "code=x&state=x", "Callback authentication not implemented"},
		"a provider we lack":      {h, "customer/github", "code=x&state=x", "Unable to retrieve the auth provider"},
	} {
		if res, text := send(t, tc.h, "GET", "/auth/"+tc.path+"/callback?"+tc.query, ""); res.StatusCode != http.StatusUnauthorized || !strings.Contains(text, tc.want) {
			t.Errorf("%s = %d %s, want 401 %q", name, res.StatusCode, text, tc.want)
		}
	}
	if res, text := send(t, h, "POST", "/auth/customer/google/register", "{}"); res.StatusCode != http.StatusUnauthorized || !strings.Contains(text, "Google does not support registration") {
		t.Errorf("register = %d %s", res.StatusCode, text)
	}
}

// A provider's response is accepted only if it is signed and belongs to this log-in.
// It holds D18 of DEVIATIONS.md.
func TestForgedIDTokens(t *testing.T) {
	t.Parallel()
	answer := func(change func(a map[string]any)) func(path string, body []byte) []byte {
		return func(path string, body []byte) []byte {
			a := map[string]any{}
			if !strings.HasSuffix(path, "/oauth/token") || json.Unmarshal(body, &a) != nil {
				return body
			}
			change(a)
			out, err := json.Marshal(a)
			if err != nil {
				panic(err)
			}
			return out
		}
	}
	payload := func(change func(claims map[string]any)) func(a map[string]any) {
		return func(a map[string]any) {
			parts := strings.Split(a["id_token"].(string), ".")
			claims := map[string]any{}
			data, err := base64.RawURLEncoding.DecodeString(parts[1])
			if err != nil || json.Unmarshal(data, &claims) != nil {
				panic("no claims")
			}
			change(claims)
			data, err = json.Marshal(claims)
			if err != nil {
				panic(err)
			}
			parts[1] = base64.RawURLEncoding.EncodeToString(data)
			a["id_token"] = strings.Join(parts, ".")
		}
	}
	var earlier string
	for name, tc := range map[string]struct {
		change func(a map[string]any)
		want   string
	}{
		"changed": {payload(func(c map[string]any) { c["sub"] = "2" }), "Could not verify"},
		"none":    {func(a map[string]any) { delete(a, "id_token") }, "No ID found"},
		"not signed": {func(a map[string]any) {
			a["id_token"] = "eyJhbGciOiJub25lIn0." + strings.Split(a["id_token"].(string), ".")[1] + "."
		}, "Could not verify"},
		"of an earlier": {func(a map[string]any) {
			if earlier == "" {
				earlier = a["id_token"].(string)
			}
			a["id_token"] = earlier
		}, "of another log-in"},
	} {
		h := newHandler(t, dbtest.Shop(t), withProviders(newProvider(t, answer(tc.change))))
		if name == "of an earlier" { // the first is good
			send(t, h, "GET", "/auth/customer/google/callback?"+visit(t, beginLogIn(t, h, "google"), "ada").RawQuery, "")
		}
		back := visit(t, beginLogIn(t, h, "google"), "ada")
		if res, text := send(t, h, "GET", "/auth/customer/google/callback?"+back.RawQuery, ""); res.StatusCode != http.StatusUnauthorized || !strings.Contains(text, tc.want) {
			t.Errorf("an ID token that is %s = %d %s, want 401 %q", name, res.StatusCode, text, tc.want)
		}
	}
}

func TestLogInBoundToBrowser(t *testing.T) {
	t.Parallel()
	h := newHandler(t, dbtest.Shop(t), func(c *graph.Config) {
		c.Account.Redirectors, c.Account.BindBrowser = []auth.Redirector{newProvider(t, nil)}, true
	})
	begin := func() (query, cookie string) {
		res, text := send(t, h, "POST", "/auth/customer/google", "{}")
		var got struct{ Location string }
		if err := json.Unmarshal([]byte(text), &got); err != nil || len(res.Cookies()) != 1 || !res.Cookies()[0].HttpOnly {
			t.Fatalf("begin = %s with %v, want one cookie", text, res.Cookies())
		}
		return visit(t, got.Location, "ada").RawQuery, res.Cookies()[0].String()
	}
	query, _ := begin()
	_, other := begin()
	for name, cookie := range map[string]string{"none": "", "another's": other} {
		if name == "another's" {
			query, _ = begin()
		}
		if res, text := send(t, h, "GET", "/auth/customer/google/callback?"+query, "", "Cookie", cookie); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("callback in a browser with the cookie %s = %d %s, want 401", name, res.StatusCode, text)
		}
	}
	query, cookie := begin()
	if res, text := send(t, h, "GET", "/auth/customer/google/callback?"+query, "", "Cookie", cookie); res.StatusCode != http.StatusOK {
		t.Errorf("callback in the same browser = %d %s, want 200", res.StatusCode, text)
	}
}

// A small server speaks GitHub's dialect of OAuth: the code is the user, and PKCE is checked.
func newGitHub(t *testing.T) *auth.GitHub {
	t.Helper()
	challenges := map[string]string{}
	name := "Ada"
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login/oauth/authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		challenges["code-1"] = q.Get("code_challenge")
		http.Redirect(w, r, q.Get("redirect_uri")+"?code=code-1&state="+q.Get("state"), http.StatusFound)
	})
	mux.HandleFunc("POST /login/oauth/access_token", func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		w.Header().Set("Content-Type", "application/json")
		if r.FormValue("client_secret") != "gh secret" || challenges[r.FormValue("code")] != base64.RawURLEncoding.EncodeToString(sum[:]) {
			fmt.Fprint(w, `{"error":"bad_verification_code","error_description":"The code passed is incorrect or expired."}`) // with a 200, as GitHub does
			return
		}
		if name == "Ada" { // an OAuth app, whose tokens do not expire; then a GitHub app
			fmt.Fprint(w, `{"access_token":"gh-token","token_type":"bearer","scope":""}`)
			return
		}
		fmt.Fprint(w, `{"access_token":"gh-token","token_type":"bearer","expires_in":28800,"refresh_token":"gh-refresh","refresh_token_expires_in":15897600}`)
	})
	mux.HandleFunc("GET /api/v3/user", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer gh-token" {
			http.Error(w, "{}", http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, `{"id":4711,"url":"https://api.example/users/ada","avatar_url":"https://a.example/1","email":null,"name":%q,"company":null}`, name)
		name = "Ada L"
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return auth.NewGitHub(auth.Client{ID: "gh", Secret: "gh secret", CallbackURL: callback}, s.URL, fixed)
}

// TestGitHub holds D19 of DEVIATIONS.md.
func TestGitHub(t *testing.T) {
	t.Parallel()
	d := dbtest.Shop(t)
	h := newHandler(t, d, withProviders(newGitHub(t)))
	for _, want := range []string{"Ada", "Ada L"} { // the second time what is kept is fresh
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, beginLogIn(t, h, "github"), http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		back := mustParse(t, res.Header.Get("Location"))
		answer, text := send(t, h, "GET", "/auth/customer/github/callback?"+back.RawQuery, "")
		if answer.StatusCode != http.StatusOK || !strings.Contains(normal(t, text), `"name":"`+want+`"`) {
			t.Fatalf("callback = %d %s, want %s", answer.StatusCode, normal(t, text), want)
		}
	}
	rows, err := d.Texts(t.Context(), `SELECT entity_id || user_metadata::text || provider_metadata::text FROM provider_identity WHERE provider = 'github'`)
	if err != nil || len(rows) != 1 {
		t.Fatalf("kept %v (%v), want one row", rows, err)
	}
	for _, want := range []string{
		`4711{`, `"profile_url": "https://api.example/users/ada"`, `"avatar": "https://a.example/1"`, `"email": null`, `"two_factor_authentication": false`,
		`"access_token": "gh-token"`, `"refresh_token": "gh-refresh"`, `"refresh_token_expires_at": "2026-07-05T03:04:05.000Z"`, `"access_token_expires_at": "20`,
	} {
		if !strings.Contains(rows[0], want) {
			t.Errorf("kept %s, want %s", rows[0], want)
		}
	}
	begun := mustParse(t, beginLogIn(t, h, "github")).Query()
	if res, text := send(t, h, "GET", "/auth/customer/github/callback?code=wrong&state="+begun.Get("state"), ""); res.StatusCode != http.StatusUnauthorized || !strings.Contains(text, "Could not exchange token") {
		t.Errorf("a wrong code = %d %s, want 401", res.StatusCode, text)
	}
}

func TestMethodsPerActor(t *testing.T) {
	t.Parallel()
	h := newHandler(t, dbtest.Shop(t), func(c *graph.Config) {
		c.Account.MethodsPerActor = map[string][]string{"customer": {"google"}}
		c.Account.Redirectors = []auth.Redirector{newGitHub(t)}
	})
	for _, path := range []string{"emailpass", "emailpass/register", "emailpass/callback", "emailpass/reset-password", "emailpass/update", "github"} {
		res, text := send(t, h, "POST", "/auth/customer/"+path, `{"identifier":"x"}`)
		want := "The actor type customer is not allowed to use the auth provider " + strings.Split(path, "/")[0]
		if res.StatusCode != http.StatusBadRequest || !strings.Contains(text, want) {
			t.Errorf("POST %s = %d %s, want 400 %q", path, res.StatusCode, text, want)
		}
	}
	if _, text := send(t, h, "GET", "/auth/customer/providers", ""); text != `{"providers":[]}` {
		t.Errorf("providers = %s, want none", text)
	}
	if _, text := send(t, h, "GET", "/auth/user/providers", ""); !strings.Contains(text, "emailpass") || !strings.Contains(text, "github") {
		t.Errorf("providers of another actor = %s, want both", text)
	}
}
