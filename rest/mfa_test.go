package rest_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/graph/shop"
	"github.com/storegraph/storegraph/graph/shop/auth"
)

// mfaKey is the key of the recorded answers' shop.
const mfaKey = "an-encryption-key-for-tests"

// oneTime are the options of one-time passwords with the default settings.
var oneTime = auth.TOTP{Digits: 6, Period: 30 * time.Second, Window: 1}

func withMFA(t *testing.T, change func(a *shop.Account)) func(c *graph.Config) {
	t.Helper()
	vault, err := auth.NewVault(mfaKey)
	if err != nil {
		t.Fatal(err)
	}
	return func(c *graph.Config) {
		c.Account.MFA.Vault = vault
		c.Account.VerificationsPerActor = map[string][]shop.RequiredVerification{"robot": {{AuthProvider: "emailpass", EntityType: "email"}}}
		var reads atomic.Int64
		c.Now = func() time.Time { return fixed().Add(time.Duration(reads.Add(1)) * time.Millisecond) }
		if change != nil {
			change(&c.Account)
		}
	}
}

// fixed is the time at which the tests begin. Their clock advances by a millisecond at each reading, so that a one-time
// password stays valid.
func fixed() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

func codeOf(t *testing.T, secret string) string {
	t.Helper()
	code, err := oneTime.Code(secret, fixed())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// A conversation sends a sequence of requests and compares the responses with recorded ones.
type conversation struct {
	h    http.Handler
	key  string
	want map[string]string
	seen int
}

// recordedAnswers reads lines of "name: status body", with placeholders for values that differ between runs.
func recordedAnswers(t *testing.T, path string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
		i := regexp.MustCompile(`: \d{3} `).FindStringIndex(s.Text())
		out[s.Text()[:i[0]]] = s.Text()[i[0]+2:]
	}
	return out
}

// An answer has the values of a response that later requests need.
type answer struct {
	Token         string
	Secret        string
	MFAFactor     struct{ ID string } `json:"mfa_factor"`
	MFAChallenge  struct{ ID string } `json:"mfa_challenge"`
	RecoveryCodes []string            `json:"recovery_codes"`
}

func (c *conversation) ask(t *testing.T, name, method, path, body, token string) answer {
	t.Helper()
	headers := []string{"X-Publishable-Api-Key", c.key}
	if token != "" {
		headers = append(headers, "Authorization", "Bearer "+token)
	}
	res, text := send(t, c.h, method, path, body, headers...)
	var a answer
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Fatalf("%s = %d %s", name, res.StatusCode, text)
	}
	if c.want != nil {
		c.seen++
		got := fmt.Sprintf("%d %s", res.StatusCode, normal(t, text))
		if want, ok := c.want[name]; !ok || got != want {
			t.Errorf("%s\n got %s\nwant %s", name, got, want)
		}
	}
	return a
}

var changing = strings.NewReplacer("ada@example.com", "<email>")

// normal writes a body with sorted keys, decoded tokens, and placeholders for values that differ between runs.
func normal(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	out := &bytes.Buffer{}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := e.Encode(read(v, "")); err != nil {
		t.Fatal(err)
	}
	s := strings.TrimSpace(changing.Replace(out.String()))
	for _, r := range []struct{ pattern, word string }{
		{`\d{4}-\d\d-\d\dT[\d:.]+Z`, "<time>"},
		{`(auth[a-z]*|cus)_[0-9A-Z]{26}`, "${1}_X"},
		{`secret=[A-Z2-7]{32}`, "secret=S"},
		{`"[A-Z2-7]{32}"`, `"S"`},
		{`"([0-9a-f]{4}-){7}[0-9a-f]{4}"`, `"RC"`},
		{`"[0-9a-f]{64}"`, `"<hash>"`},
		{`"(exp|iat)":\d+(\.\d+)?(e\+\d+)?,`, ""},
	} {
		s = regexp.MustCompile(r.pattern).ReplaceAllString(s, r.word)
	}
	return s
}

// read replaces tokens by their claims.
func read(v any, key string) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = read(v[k], k)
		}
	case []any:
		for i := range v {
			v[i] = read(v[i], "")
		}
	case string:
		parts := strings.Split(v, ".")
		if key != "token" || len(parts) != 3 {
			return v
		}
		claims := map[string]any{}
		data, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err == nil && json.Unmarshal(data, &claims) == nil {
			delete(claims, "iat")
			delete(claims, "exp")
			return claims
		}
	}
	return v
}

// The recorded answers are the reference's, with the same key; two of them are 500s there and 400s here.
// It holds D15 of DEVIATIONS.md.
func TestMFA(t *testing.T) {
	t.Parallel()
	c := &conversation{
		h: newHandler(t, dbtest.Shop(t), withMFA(t, nil)), key: dbtest.Handles(t)["pk_web"], want: recordedAnswers(t, "testdata/mfa.txt"),
	}
	const cred = `{"email":"ada@example.com","password":"pw-12345"}`
	const other = `{"email":"oada@example.com","password":"x"}`
	const robot = `{"email":"rada@example.com","password":"x"}`
	const factors, codes = "/auth/mfa/factors", "/auth/mfa/recovery-codes"
	ask := func(name, method, path, body, token string) answer {
		t.Helper()
		return c.ask(t, name, method, path, body, token)
	}
	logIn := func(name string) answer { t.Helper(); return ask(name, "POST", "/auth/customer/emailpass", cred, "") }

	token := ask("register", "POST", "/auth/customer/emailpass/register", cred, "").Token
	ask("create customer", "POST", "/store/customers?fields=id", `{"email":"ada@example.com"}`, token)
	token = logIn("login").Token
	ask("no token", "GET", factors, "", "")
	ask("no token post", "POST", factors, "{}", "")
	ask("empty", "GET", factors, "", token)
	for _, body := range []string{
		`{}`, `{"provider":""}`, `{"provider":1}`, `{"provider":"totp","x":1}`, `{"provider":"nope"}`, `{"provider":"recovery_code"}`,
		`{"provider":"totp","label":1}`, `{"provider":"totp","metadata":"s"}`,
	} {
		ask("create "+body, "POST", factors, body, token)
	}
	ask("codes without factor", "POST", codes, "{}", token)
	ask("codes bad", "POST", codes, `{"count":51}`, token)
	ask("codes bad2", "POST", codes, `{"count":1.5}`, token)
	ask("codes bad3", "POST", codes, `{"count":"3"}`, token)
	ask("codes bad4", "POST", codes, `{"count":0}`, token)
	factor := ask("create", "POST", factors, `{"provider":"totp","label":"my: phone ü","issuer":"Sh op","metadata":{"a":1}}`, token).MFAFactor.ID
	ask("create again", "POST", factors, `{"provider":"totp"}`, token)
	ask("verify unknown", "POST", factors+"/authmfa_x/verify", `{"code":"123456"}`, token)
	ask("verify empty", "POST", factors+"/"+factor+"/verify", `{}`, token)
	ask("verify wrong", "POST", factors+"/"+factor+"/verify", `{"code":"000000"}`, token)
	ask("delete pending", "DELETE", factors+"/"+factor, `{}`, token)
	ask("delete again", "DELETE", factors+"/"+factor, "", token)
	ask("verify disabled", "POST", factors+"/"+factor+"/verify", `{"code":"000000"}`, token)
	enrolled := ask("create plain", "POST", factors, `{"provider":"totp","label":null,"metadata":null}`, token)
	factor = enrolled.MFAFactor.ID
	logIn("login pending")
	code := codeOf(t, enrolled.Secret)
	ask("verify", "POST", factors+"/"+factor+"/verify", `{"code":"`+code+`"}`, token)
	ask("verify again", "POST", factors+"/"+factor+"/verify", `{"code":"`+code+`"}`, token)
	ask("create third", "POST", factors, `{"provider":"totp"}`, token)
	ask("refresh old", "POST", "/auth/token/refresh", "{}", token)
	ask("list", "GET", factors, "", token)
	recovery := ask("codes", "POST", codes, `{"count":3}`, token).RecoveryCodes

	l := logIn("login mfa")
	ask("me", "GET", "/store/customers/me", "", l.Token)
	ask("list mfa", "GET", factors, "", l.Token)
	ask("refresh mfa", "POST", "/auth/token/refresh", "{}", l.Token)
	verify := "/auth/mfa/challenges/" + l.MFAChallenge.ID + "/verify"
	shown := func(method, code string) string { return fmt.Sprintf(`{"method":%q,"code":%q}`, method, code) }
	ask("challenge no token", "POST", verify, shown("totp", code), "")
	ask("challenge empty", "POST", verify, "{}", l.Token)
	ask("challenge unknown", "POST", "/auth/mfa/challenges/x/verify", shown("totp", code), l.Token)
	ask("challenge method", "POST", verify, shown("sms", code), l.Token)
	ask("challenge wrong", "POST", verify, shown("totp", "00000"), l.Token)
	ask("challenge wrong rc", "POST", verify, shown("recovery_code", "zz"), l.Token)
	stranger := ask("register other", "POST", "/auth/customer/emailpass/register", other, "").Token
	ask("challenge other", "POST", verify, shown("totp", code), stranger)
	ask("factor of another", "POST", factors+"/"+factor+"/verify", `{"code":"`+code+`"}`, stranger)
	ask("delete of another", "DELETE", factors+"/"+factor, "{}", stranger)
	whole := ask("challenge", "POST", verify, shown("totp", code), l.Token).Token
	ask("challenge again", "POST", verify, shown("totp", code), l.Token)
	ask("me ok", "GET", "/store/customers/me?fields=email", "", whole)
	ask("refresh ok", "POST", "/auth/token/refresh", "{}", whole)
	l = logIn("login rc")
	ask("rc", "POST", "/auth/mfa/challenges/"+l.MFAChallenge.ID+"/verify", shown("recovery_code", " "+strings.ToUpper(recovery[1])), l.Token)
	l = logIn("login rc again")
	for i := range 6 {
		method := []string{"recovery_code", "totp"}[i%2]
		ask(fmt.Sprint("rc used ", i), "POST", "/auth/mfa/challenges/"+l.MFAChallenge.ID+"/verify", shown(method, recovery[1]), l.Token)
	}
	ask("session mfa", "POST", "/auth/session", "{}", l.Token)
	ask("register again", "POST", "/auth/customer/emailpass/register", cred, "")
	ask("new codes", "POST", codes, "{}", whole)
	ask("robot login", "POST", "/auth/robot/emailpass", other, "")
	ask("robot reg", "POST", "/auth/robot/emailpass/register", robot, "")
	robots := ask("robot login 2", "POST", "/auth/robot/emailpass", robot, "").Token
	ask("robot request", "POST", "/auth/verification/request", `{"entity_id":"rada@example.com","entity_type":"email"}`, robots)
	ask("robot login 3", "POST", "/auth/robot/emailpass", robot, "")
	ask("robot refresh", "POST", "/auth/token/refresh", "{}", robots)
	ask("delete", "DELETE", factors+"/"+factor, `{"method":"totp"}`, whole)
	ask("delete bad", "DELETE", factors+"/"+factor, `{"method":1}`, whole)
	logIn("login after")
	if c.seen != len(c.want) {
		t.Errorf("%d answers were compared, want all %d", c.seen, len(c.want))
	}
}

// enrol registers an account with a second factor and returns its credentials and the factor's secret.
func enrol(t *testing.T, h http.Handler, email string) (credentials, secret, factor, token string) {
	t.Helper()
	c := &conversation{h: h, key: dbtest.Handles(t)["pk_web"]}
	credentials = fmt.Sprintf(`{"email":%q,"password":"pw-12345"}`, email)
	token = c.ask(t, "register", "POST", "/auth/customer/emailpass/register", credentials, "").Token
	e := c.ask(t, "create", "POST", "/auth/mfa/factors", `{"provider":"totp"}`, token)
	c.ask(t, "verify", "POST", "/auth/mfa/factors/"+e.MFAFactor.ID+"/verify", `{"code":"`+codeOf(t, e.Secret)+`"}`, token)
	return credentials, e.Secret, e.MFAFactor.ID, token
}

// TestOneTimePasswordIsGoodOnce holds D16 of DEVIATIONS.md.
func TestOneTimePasswordIsGoodOnce(t *testing.T) {
	t.Parallel()
	h := newHandler(t, dbtest.Shop(t), withMFA(t, nil))
	credentials, secret, _, _ := enrol(t, h, "ada@example.com")
	c := &conversation{h: h}
	const many = 8
	var passed atomic.Int64
	var wg sync.WaitGroup
	for range many {
		l := c.ask(t, "log in", "POST", "/auth/customer/emailpass", credentials, "")
		wg.Go(func() {
			body := fmt.Sprintf(`{"method":"totp","code":%q}`, codeOf(t, secret))
			if res, _ := send(t, h, "POST", "/auth/mfa/challenges/"+l.MFAChallenge.ID+"/verify", body, "Authorization", "Bearer "+l.Token); res.StatusCode == http.StatusOK {
				passed.Add(1)
			}
		})
	}
	wg.Wait()
	if n := passed.Load(); n != 1 {
		t.Errorf("one code passed %d of %d challenges, want 1", n, many)
	}
}

// TestChallengeTakesSoManyAnswers holds D17 of DEVIATIONS.md.
func TestChallengeTakesSoManyAnswers(t *testing.T) {
	t.Parallel()
	h := newHandler(t, dbtest.Shop(t), withMFA(t, nil))
	credentials, secret, _, _ := enrol(t, h, "ada@example.com")
	c := &conversation{h: h}
	l := c.ask(t, "log in", "POST", "/auth/customer/emailpass", credentials, "")
	path := "/auth/mfa/challenges/" + l.MFAChallenge.ID + "/verify"
	var guesses atomic.Int64
	var wg sync.WaitGroup
	for range 12 { // at once: no more than five may be looked at
		wg.Go(func() {
			_, text := send(t, h, "POST", path, `{"method":"totp","code":"000000"}`, "Authorization", "Bearer "+l.Token)
			if strings.Contains(text, "Invalid MFA challenge code") {
				guesses.Add(1)
			}
		})
	}
	wg.Wait()
	if n := guesses.Load(); n > 5 {
		t.Errorf("%d guesses were taken, want 5 at most", n)
	}
	body := fmt.Sprintf(`{"method":"totp","code":%q}`, codeOf(t, secret))
	if res, text := send(t, h, "POST", path, body, "Authorization", "Bearer "+l.Token); res.StatusCode == http.StatusOK || !strings.Contains(text, "too many") {
		t.Errorf("the right code after too many wrong ones = %d %s", res.StatusCode, text)
	}
}

func TestDisablePolicy(t *testing.T) {
	t.Parallel()
	h := newHandler(t, dbtest.Shop(t), withMFA(t, func(a *shop.Account) { a.MFA.ProofToEnd = true }))
	_, secret, factor, token := enrol(t, h, "ada@example.com")
	for _, tc := range []struct {
		body, want string
	}{
		{`{}`, "code is required"},
		{`{"method":"totp"}`, "code is required"},
		{`{"method":"totp","code":"000000"}`, "Invalid MFA verification code"},
		{`{"method":"recovery_code","code":"x"}`, "Invalid MFA verification code"},
		{`{"method":"sms","code":"x"}`, "no second factor"},
		{fmt.Sprintf(`{"method":"totp","code":%q}`, codeOf(t, secret)), `"status":"disabled"`},
	} {
		if res, text := send(t, h, "DELETE", "/auth/mfa/factors/"+factor, tc.body, "Authorization", "Bearer "+token); !strings.Contains(text, tc.want) {
			t.Errorf("end with %s = %d %s, want %q", tc.body, res.StatusCode, text, tc.want)
		}
	}
}

func TestNoKeyNoSecondFactors(t *testing.T) {
	t.Parallel()
	h := newHandler(t, dbtest.Shop(t), nil)
	res, text := send(t, h, "POST", "/auth/mfa/factors", `{"provider":"totp"}`, "Authorization", "Bearer "+logIn(t, h, "anna"))
	if res.StatusCode != http.StatusBadRequest || !strings.Contains(text, "MFA encryption key is required") {
		t.Errorf("create a factor without a key = %d %s, want the reference's refusal", res.StatusCode, text)
	}
}

func TestMFAInGraphQL(t *testing.T) {
	t.Parallel()
	h := newHandler(t, dbtest.Shop(t), withMFA(t, nil))
	ask := func(query, token string) string {
		t.Helper()
		body, err := json.Marshal(map[string]string{"query": query})
		if err != nil {
			t.Fatal(err)
		}
		_, text := send(t, h, "POST", "/graphql", string(body), "Authorization", "Bearer "+token)
		return text
	}
	find := func(text, pattern string) string {
		t.Helper()
		m := regexp.MustCompile(pattern).FindStringSubmatch(text)
		if m == nil {
			t.Fatalf("%s lacks %s", text, pattern)
		}
		return m[1]
	}
	const input = `input: {email: "ada@example.com", password: "pw-12345"}`
	token := find(ask(`mutation { registerIdentity(`+input+`) { authentication { token } } }`, ""), `"token":"([^"]+)"`)
	made := ask(`mutation { createAuthFactor(input: {provider: "totp", label: "Ada"}) { enrollment { factor { id status createdAt } secret otpauthUrl } } }`, token)
	factor, secret := find(made, `"id":"([^"]+)","status":"PENDING"`), find(made, `"secret":"([^"]+)"`)
	code := codeOf(t, secret)
	find(ask(`mutation { verifyAuthFactor(input: {factorId: "`+factor+`", code: "`+code+`"}) { factor { status } } }`, token), `"status":"(ENABLED)"`)
	find(ask(`mutation { generateRecoveryCodes(input: {count: 2}) { recoveryCodes } }`, token), `\["[0-9a-f-]{39}","([0-9a-f-]{39})"\]`)
	left := ask(`mutation { logIn(`+input+`) { authentication { token mfaRequired mfaChallenge { id methods attempts } verificationRequired } } }`, "")
	partial, challenge := find(left, `"token":"([^"]+)","mfaRequired":true`), find(left, `"id":"([^"]+)","methods":\["totp","recovery_code"\],"attempts":0`)
	find(ask(`{ authFactors { id } }`, partial), `"reason":"(mfa_required)"`)
	whole := find(ask(`mutation { verifyAuthChallenge(input: {challengeId: "`+challenge+`", method: "totp", code: "`+code+`"}) { authentication { token } } }`, partial), `"token":"([^"]+)"`)
	find(ask(`{ authFactors { status } }`, whole), `"status":"(ENABLED)"`)
	find(ask(`mutation { disableAuthFactor(input: {factorId: "`+factor+`"}) { factor { status } } }`, whole), `"status":"(DISABLED)"`)
	find(ask(`mutation { a: verifyAuthChallenge(input: {challengeId: "x", method: "totp", code: "1"}) { userErrors { code } } b: verifyAuthFactor(input: {factorId: "x", code: "1"}) { userErrors { code } } }`, whole), `(once is allowed)`)
}

func TestRequiredVerification(t *testing.T) {
	t.Parallel()
	d := dbtest.Shop(t)
	h := newHandler(t, d, withMFA(t, func(a *shop.Account) {
		a.VerificationsPerActor = map[string][]shop.RequiredVerification{"customer": {{AuthProvider: "emailpass", EntityType: "email"}}}
	}))
	c := &conversation{h: h, key: dbtest.Handles(t)["pk_web"]}
	const cred = `{"email":"ada@example.com","password":"pw"}`
	token := c.ask(t, "register", "POST", "/auth/customer/emailpass/register", cred, "").Token
	c.ask(t, "create customer", "POST", "/store/customers", `{"email":"ada@example.com"}`, token)
	logIn := func() (string, string) {
		t.Helper()
		_, text := send(t, h, "POST", "/auth/customer/emailpass", cred)
		var got struct{ Token string }
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err)
		}
		return normal(t, text), got.Token
	}
	said, token := logIn()
	if !strings.Contains(said, `"verification_required":true`) || !strings.Contains(said, `"actor_id":""`) || strings.Contains(said, "cus_X") {
		t.Fatalf("log in = %s, want a token without actor", said)
	}
	if res, text := send(t, h, "GET", "/store/customers/me", "", "Authorization", "Bearer "+token, "X-Publishable-Api-Key", c.key); res.StatusCode != http.StatusUnauthorized {
		t.Errorf("me = %d %s, want 401", res.StatusCode, text)
	}
	// Another address than the one to log in with proves nothing.
	for _, address := range []string{"eve@example.com", "ada@example.com"} {
		if said, _ := logIn(); !strings.Contains(said, `"verification_required":true`) {
			t.Fatalf("log in before %s = %s", address, said)
		}
		body := fmt.Sprintf(`{"entity_id":%q,"entity_type":"email"}`, address)
		if res, text := send(t, h, "POST", "/auth/verification/request", body, "Authorization", "Bearer "+token); res.StatusCode != http.StatusCreated {
			t.Fatalf("request = %d %s", res.StatusCode, text)
		}
		codes, err := d.Texts(t.Context(), `SELECT payload->>'code' FROM storegraph.outbox WHERE name = 'auth.verification_requested' AND payload->>'entity_id' = $1`, address)
		if err != nil || len(codes) != 1 {
			t.Fatalf("the outbox has %d codes (%v), want 1", len(codes), err)
		}
		if res, text := send(t, h, "POST", "/auth/verification/confirm", fmt.Sprintf(`{"code":%q}`, codes[0])); res.StatusCode != http.StatusOK {
			t.Fatalf("confirm = %d %s", res.StatusCode, text)
		}
	}
	if said, _ := logIn(); strings.Contains(said, "verification") || !strings.Contains(said, `"actor_id":"cus_X"`) {
		t.Errorf("log in = %s, want the customer", said)
	}
	_, text := send(t, h, "POST", "/auth/token/refresh", "", "Authorization", "Bearer "+token)
	if said := normal(t, text); !strings.Contains(said, `"actor_id":"cus_X"`) {
		t.Errorf("refresh = %s, want the customer", said)
	}
}
