package rest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/db/dbtest"
	"github.com/storegraph/storegraph/graph"
	"github.com/storegraph/storegraph/rest"
)

// accountTypes are the GraphQL types with data of an account.
var accountTypes = []string{
	"Customer", "CustomerAddress", "AuthIdentity", "AuthFactor", "AuthFactorEnrollment", "AuthChallenge", "Verification", "Session", "Authentication",
}

// accountFields are the root fields that read or change an account. All of them check the viewer.
var accountFields = strings.Fields(`customer customerAddresses customerAddress node nodes authFactors
registerCustomer updateCustomer addCustomerAddress updateCustomerAddress deleteCustomerAddress
registerIdentity logIn completeLogIn refreshToken createSession requestVerification confirmVerification
createAuthFactor verifyAuthFactor disableAuthFactor verifyAuthChallenge`)

// No path of fields from any other root field reaches data of an account.
func TestAccountsAreApart(t *testing.T) {
	t.Parallel()
	g, err := graph.New(graph.Config{DB: dbtest.ReadShop(t), JWTSecret: secret})
	if err != nil {
		t.Fatal(err)
	}
	schema := g.Schema()
	var reach func(typ string, seen map[string]bool)
	reach = func(typ string, seen map[string]bool) {
		d := schema.Types[typ]
		if seen[typ] || d.BuiltIn {
			return
		}
		seen[typ] = true
		for _, p := range schema.PossibleTypes[typ] {
			reach(p.Name, seen)
		}
		for _, f := range d.Fields {
			reach(f.Type.Name(), seen)
		}
	}
	found := map[string]bool{}
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation} {
		for _, f := range root.Fields {
			seen := map[string]bool{}
			reach(f.Type.Name(), seen)
			for _, typ := range accountTypes {
				if !seen[typ] {
					continue
				}
				found[typ] = true
				if !slices.Contains(accountFields, f.Name) {
					t.Errorf("%s.%s leads to %s", root.Name, f.Name, typ)
				}
			}
		}
	}
	for _, typ := range accountTypes {
		if !found[typ] {
			t.Errorf("nothing leads to %s, so nothing was found out about it", typ)
		}
	}
}

// Data of a customer are not visible to anybody else, by any id and any path.
func TestNothingOfOthers(t *testing.T) {
	t.Parallel()
	d := dbtest.Shop(t)
	h := newHandler(t, d, withMFA(t, nil))
	handles := dbtest.Handles(t)
	bob := "Bearer " + logIn(t, h, "bob")
	for _, r := range []struct{ path, body string }{
		{"/auth/mfa/factors", `{"provider":"totp"}`}, {"/auth/verification/request", `{"entity_id":"bob@example.com","entity_type":"email"}`},
	} {
		if res, text := send(t, h, "POST", r.path, r.body, "Authorization", bob); res.StatusCode/100 != 2 {
			t.Fatalf("POST %s = %d %s", r.path, res.StatusCode, text)
		}
	}
	// Every id of what is Bob's.
	ids, err := d.Texts(t.Context(), `
WITH own AS (SELECT id FROM auth_identity WHERE app_metadata->>'customer_id' = $1)
SELECT $1 UNION ALL SELECT id FROM customer_address WHERE customer_id = $1
UNION ALL SELECT id FROM own UNION ALL SELECT id FROM provider_identity WHERE auth_identity_id IN (SELECT id FROM own)
UNION ALL SELECT id FROM auth_mfa_factor WHERE auth_identity_id IN (SELECT id FROM own)
UNION ALL SELECT id FROM auth_verification WHERE auth_identity_id IN (SELECT id FROM own)`, handles["cus_bob"])
	if err != nil || len(ids) < 6 {
		t.Fatalf("Bob has the ids %v (%v), want some of each kind", ids, err)
	}
	anna := "Bearer " + logIn(t, h, "anna")
	strangers := map[string]string{"nobody": "", "anna": anna}
	for name, claims := range map[string]jwt.MapClaims{
		"a robot": {"actor_id": handles["cus_bob"], "actor_type": "robot", "auth_identity_id": "x", "exp": time.Now().Add(time.Hour).Unix()},
		"a user":  {"actor_id": handles["cus_bob"], "actor_type": "user", "auth_identity_id": "x", "exp": time.Now().Add(time.Hour).Unix()},
		"too old": {"actor_id": handles["cus_bob"], "actor_type": "customer", "exp": fixed().Add(-time.Hour).Unix()},
	} {
		token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
		if err != nil {
			t.Fatal(err)
		}
		strangers[name] = "Bearer " + token
	}
	secrets := []string{handles["email_bob"], handles["addr_bob_home"]}
	tells := func(text string) bool {
		return slices.ContainsFunc(secrets, func(s string) bool { return s != "" && strings.Contains(text, s) })
	}
	ask := func(query, who string) string {
		t.Helper()
		body, err := json.Marshal(map[string]string{"query": query})
		if err != nil {
			t.Fatal(err)
		}
		_, text := send(t, h, "POST", "/graphql", string(body), "X-Publishable-Api-Key", handles["pk_web"], "Authorization", who)
		return text
	}
	for name, who := range strangers {
		for _, id := range ids {
			query := fmt.Sprintf(`{ node(id: %q) { id ... on Customer { email } ... on CustomerAddress { city } } nodes(ids: [%q]) { id } }`, id, id)
			if text := ask(query, who); !strings.HasPrefix(text, `{"data":{"node":null,"nodes":[null]}`) {
				t.Errorf("%s: node %s = %s", name, id, text)
			}
			for _, field := range []string{
				`verifyAuthFactor(input: {factorId: %q, code: "1"}) { factor { id } userErrors { code } }`,
				`disableAuthFactor(input: {factorId: %q}) { factor { id } userErrors { code } }`,
				`deleteCustomerAddress(input: {addressId: %q}) { deletedAddressId userErrors { code } }`,
				`updateCustomerAddress(input: {addressId: %q, address: {city: "X"}}) { address { id } userErrors { code } }`,
				`verifyAuthChallenge(input: {challengeId: %q, method: "totp", code: "1"}) { authentication { token } userErrors { code } }`,
			} {
				if text := ask("mutation { "+fmt.Sprintf(field, id)+" }", who); !strings.Contains(text, `NOT_FOUND"`) && !strings.Contains(text, `"UNAUTHENTICATED"`) || strings.Contains(text, handles["email_bob"]) {
					t.Errorf("%s: %s of %s = %s", name, field, id, text)
				}
			}
		}
		for _, query := range []string{
			`{ customer { id email addresses { id } } }`, `{ customerAddresses { nodes { id } } }`, `{ authFactors { id } }`,
			`{ customerAddresses(filter: {q: "` + handles["email_bob"] + `"}) { nodes { id } } }`, `{ customer { orders { nodes { id email } } } }`,
			`{ orders { nodes { id email } } }`, `mutation { refreshToken { authentication { token } } }`, `mutation { updateCustomer(input: {firstName: "X"}) { customer { email } } }`,
		} {
			if text := ask(query, who); tells(text) || strings.Contains(text, "_bob") {
				t.Errorf("%s: %s = %s", name, query, text)
			}
		}
		// By the paths of what everybody may see who has its id.
		for fields := range strings.FieldsSeq(`*customer.addresses *customer.orders *customer.groups +customer.metadata,customer.phone
*shipping_address.customer *shipping_address.customer.addresses *items.cart.customer.addresses *customer.auth_identities`) {
			for _, path := range []string{"/store/orders/" + handles["order_anna1"], "/store/regions", "/store/products"} {
				_, text := send(t, h, "GET", path+"?fields="+strings.ReplaceAll(fields, "+", "%2B"), "", "X-Publishable-Api-Key", handles["pk_web"], "Authorization", who)
				if strings.Contains(text, handles["addr_anna_home"]) && name != "anna" || tells(text) || strings.Contains(text, "auth_identit") {
					t.Errorf("%s: GET %s with %s = %s", name, path, fields, text)
				}
			}
		}
		if name == "anna" {
			continue
		}
		for _, r := range rest.CustomerRoutes() {
			path := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(r[1], handles["addr_bob_home"])
			if res, text := send(t, h, r[0], path, "{}", "X-Publishable-Api-Key", handles["pk_web"], "Authorization", who); res.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s: %s %s = %d %s, want 401", name, r[0], path, res.StatusCode, text)
			}
		}
	}
	// Bob still has what is his, as it was.
	for _, path := range []string{"/store/customers/me", "/auth/mfa/factors"} {
		_, text := send(t, h, "GET", path, "", "X-Publishable-Api-Key", handles["pk_web"], "Authorization", bob)
		if strings.Contains(text, `"X"`) || strings.Contains(text, "disabled") || !strings.Contains(text, handles["cus_bob"]) && !strings.Contains(text, "authmfa_") {
			t.Errorf("GET %s as Bob = %s", path, text)
		}
	}
}
