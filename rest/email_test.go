package rest_test

import (
	"net/http"
	"strings"
	"testing"
)

// E-mail addresses of identities and accounts compare as they are; those of carts and orders without regard to case, as in the reference.
func TestEmailsCompare(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	const mixed, lower = "Mixed@Case.Example", "mixed@case.example"
	register := func(email, password string) {
		t.Helper()
		body := `{"email":"` + email + `","password":"` + password + `"}`
		s.auth = ""
		_, token := s.ask("POST", "/auth/customer/emailpass/register", body)
		s.auth = "Bearer " + strings.TrimSuffix(strings.TrimPrefix(token, `{"token":"`), `"}`)
		if status, text := s.ask("POST", "/store/customers", `{"email":"`+email+`"}`); status != http.StatusOK || !strings.Contains(text, `"email":"`+email+`"`) {
			t.Fatalf("registering %s = %d %s", email, status, text)
		}
		s.auth = ""
	}
	register(mixed, "mixed-Secret-1")
	register(lower, "lower-Secret-1")
	for body, want := range map[string]int{
		`{"email":"` + mixed + `","password":"mixed-Secret-1"}`:   200,
		`{"email":"` + lower + `","password":"lower-Secret-1"}`:   200,
		`{"email":"` + lower + `","password":"mixed-Secret-1"}`:   401,
		`{"email":" ` + mixed + ` ","password":"mixed-Secret-1"}`: 401,
	} {
		if status, text := s.ask("POST", "/auth/customer/emailpass", body); status != want {
			t.Errorf("logging in with %s = %d %s, want %d", body, status, text, want)
		}
	}
	customer := ""
	for _, email := range []string{lower, mixed, strings.ToUpper(mixed)} {
		status, text := s.ask("POST", "/store/carts", `{"region_id":"{reg_us}","email":"`+email+`"}`)
		_, id, _ := strings.Cut(text, `"customer_id":"`)
		id, _, _ = strings.Cut(id, `"`)
		if customer == "" {
			customer = id
		}
		if status != http.StatusOK || id != customer || id == "" || !strings.Contains(text, `"email":"`+email+`"`) {
			t.Errorf("a cart of %s = %d %s, want one of %s", email, status, text, customer)
		}
	}
	s.refused("POST", "/store/carts", `{"region_id":"{reg_us}","email":" `+lower+` "}`, 400, "Invalid email address")
	for address, found := range map[string]bool{"anna@customers.example": true, "ANNA@customers.example": true, "bob@customers.example": false} {
		email := " " + address + " "
		var got struct{ OrderByNumber *struct{ ID string } }
		s.graphQL(`{ orderByNumber(displayId: 1, email: "`+email+`") { id } }`, &got)
		if (got.OrderByNumber != nil) != found {
			t.Errorf("order 1 of %q = %v, want it found: %t", email, got.OrderByNumber, found)
		}
	}
}

// In a search, % stands for any text and _ for any character, as in the reference.
func TestWildcardsOfSearches(t *testing.T) {
	t.Parallel()
	s := newShopper(t, nil)
	all := s.count("/store/products?limit=0")
	for q, want := range map[string]int{"%25": all, "_": all, "st_ne": s.count("/store/products?limit=0&q=stone")} {
		if got := s.count("/store/products?limit=0&q=" + q); got != want || got == 0 {
			t.Errorf("q=%s finds %d products, want %d", q, got, want)
		}
	}
}
