package interop_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestInteropOffice runs a shop with its back office from nothing but the packages: the shop answers at once, the page of the Admin says what is
// being done until it is there, and whoever logs in with the account that was printed sees the shop's products.
func TestInteropOffice(t *testing.T) { //nolint:paralleltest // it prints as it goes
	if os.Getenv("INTEROP") == "" {
		t.Skip("needs the reference: set INTEROP=1")
	}
	medusa := t.TempDir()
	if err := os.Symlink(filepath.Join(install(t), "node_modules"), filepath.Join(medusa, "node_modules")); err != nil {
		t.Fatal(err)
	}
	data, err := os.MkdirTemp("", "storegraph-admin-") //nolint:usetesting // PostgreSQL's user must be able to enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	if err := os.Chmod(data, 0o711); err != nil { //nolint:gosec // as above
		t.Fatal(err)
	}
	s := start(t, "", "storegraph", "", []string{"DATABASE_URL=", "STOREGRAPH_DATA=" + data, "MEDUSA_DIR=" + medusa}, binary(t), "run", "--admin")
	s.await(t, "/health/ready")
	if status, page := s.ask(t, "GET", "/app", "", nil); status != http.StatusServiceUnavailable || !strings.Contains(page, "One moment") {
		t.Errorf("/app at first = %d %s", status, page)
	}
	account := s.printed(t, regexp.MustCompile(`Log in with +(\S+) and the password (\w+)`), 10*time.Minute)
	credentials, err := json.Marshal(map[string]string{"email": account[1], "password": account[2]})
	if err != nil {
		t.Fatal(err)
	}
	_, answer := s.ask(t, "POST", "/auth/user/emailpass", "", credentials)
	var in struct{ Token string }
	if err := json.Unmarshal([]byte(answer), &in); err != nil || in.Token == "" {
		t.Fatalf("the log-in answers %s", answer)
	}
	var list struct {
		Count    int
		Products []struct{ Title string }
	}
	_, answer = s.ask(t, "GET", "/admin/products?limit=3&fields=title", in.Token, nil)
	if err := json.Unmarshal([]byte(answer), &list); err != nil || list.Count < 10 || len(list.Products) != 3 {
		t.Errorf("the products of the Admin API are %s", answer)
	}
	if status, page := s.ask(t, "GET", "/app/login", "", nil); status != http.StatusOK || !strings.Contains(page, `<div id="medusa">`) {
		t.Errorf("/app/login = %d %s", status, page)
	}
	if text, err := os.ReadFile(s.log); err != nil || strings.Contains(string(text), "level=ERROR") {
		t.Errorf("the log has errors (%v):\n%s", err, text)
	}
	t.Logf("an Admin with %d products", list.Count)
}

// ask sends a request, with a token unless that is empty, and returns the status and the body.
func (s *server) ask(t *testing.T, method, path, token string, body []byte) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.base+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// printed waits until the server has printed what matches, and returns its groups.
func (s *server) printed(t *testing.T, what *regexp.Regexp, patience time.Duration) []string {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(200 * time.Millisecond) {
		text, err := os.ReadFile(s.log)
		if err != nil {
			t.Fatal(err)
		}
		if m := what.FindStringSubmatch(string(text)); m != nil {
			return m
		}
		if time.Now().After(deadline) || strings.Contains(string(text), "there is no Admin") {
			t.Fatalf("it did not print %s:\n%s", what, text)
		}
	}
}
