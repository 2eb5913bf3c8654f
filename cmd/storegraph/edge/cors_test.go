package edge_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/storegraph/storegraph/cmd/storegraph/edge"
)

func TestAllowOrigins(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		origins, origin string
		allowed         bool
	}{
		"named":                          {"https://a.example,https://b.example", "https://b.example", true},
		"not named":                      {"https://a.example", "https://c.example", false},
		"spaces in the list":             {"https://a.example, https://b.example", "https://b.example", true},
		"a prefix is not enough":         {"https://a.example", "https://a.example.evil", false},
		"the star is no wildcard":        {"*", "https://a.example", false},
		"no origins":                     {"", "https://a.example", false},
		"no origin in the request":       {"https://a.example", "", false},
		"pattern":                        {`/vercel\.app$/`, "https://shop.vercel.app", true},
		"pattern that does not fit":      {`/vercel\.app$/`, "https://vercel.app.evil", false},
		"pattern, case":                  {`/^https:\/\/SHOP\./`, "https://shop.example", false},
		"pattern, case ignored":          {`/^https:\/\/SHOP\./gi`, "https://shop.example", true},
		"pattern with another delimiter": {`~^https?://localhost:\d+$~`, "http://localhost:8000", true},
		"a slash does not make one":      {"/shop", "https://shop.example", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, _ := serve(t, edge.Options{CORS: []edge.CORS{{Prefix: "/store", Origins: tc.origins}}},
				func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") })
			var headers []string
			want := ""
			if tc.origin != "" {
				headers = []string{"Origin: " + tc.origin}
			}
			if tc.allowed {
				want = tc.origin
			}
			resp, _ := send(t, "GET", url+"/store/regions", "", headers...)
			if got := resp.Header.Get("Access-Control-Allow-Origin"); got != want {
				t.Errorf("allow-origin = %q, want %q", got, want)
			}
			if got := resp.Header.Get("Access-Control-Allow-Credentials"); got != "true" {
				t.Errorf("allow-credentials = %q, want true", got)
			}
			if got := resp.Header.Get("Vary"); !strings.Contains(got, "Origin") {
				t.Errorf("vary = %q, want Origin in it", got)
			}
		})
	}
}

// TestPreflight compares with what the reference answers to the same requests.
func TestPreflight(t *testing.T) {
	t.Parallel()
	served := func(method, path string) bool { return method == http.MethodPost && path == "/store/carts" }
	url, _ := serve(t, edge.Options{CORS: []edge.CORS{
		{Prefix: "/store", Origins: "https://shop.example", Serves: served},
		{Prefix: "/auth", Origins: "*"},
	}}, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) })
	for name, tc := range map[string]struct {
		path, method, headers string
		status                int
		want                  map[string]string
	}{
		"allowed": {"/store/carts", "POST", "content-type,x-publishable-api-key", 204, map[string]string{
			"Access-Control-Allow-Origin":      "https://shop.example",
			"Access-Control-Allow-Credentials": "true",
			"Access-Control-Allow-Methods":     "GET,HEAD,PUT,PATCH,POST,DELETE",
			"Access-Control-Allow-Headers":     "content-type,x-publishable-api-key",
			"Vary":                             "Origin, Access-Control-Request-Headers",
		}},
		"no headers asked, origin not allowed": {"/auth/customer/emailpass", "POST", "", 204, map[string]string{
			"Access-Control-Allow-Credentials": "true",
			"Access-Control-Allow-Methods":     "GET,HEAD,PUT,PATCH,POST,DELETE",
			"Vary":                             "Origin, Access-Control-Request-Headers",
		}},
		"a method that is not served": {"/store/carts", "DELETE", "", 400, nil},
		"a path without a policy":     {"/storefront", "POST", "", 400, nil},
		"not a preflight": {"/auth/session", "", "", 400, map[string]string{
			"Access-Control-Allow-Credentials": "true",
			"Vary":                             "Origin, Accept-Encoding",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			headers := []string{"Origin: https://shop.example"}
			if tc.method != "" {
				headers = append(headers, "Access-Control-Request-Method: "+tc.method)
			}
			if tc.headers != "" {
				headers = append(headers, "Access-Control-Request-Headers: "+tc.headers)
			}
			resp, body := send(t, "OPTIONS", url+tc.path, "", headers...)
			if resp.StatusCode != tc.status || body != "" {
				t.Errorf("%d %q, want %d", resp.StatusCode, body, tc.status)
			}
			for k := range resp.Header {
				if strings.HasPrefix(k, "Access-Control-") && tc.want[k] == "" {
					t.Errorf("%s = %q, want none", k, resp.Header.Get(k))
				}
			}
			for k, want := range tc.want {
				if got := resp.Header.Get(k); got != want {
					t.Errorf("%s = %q, want %q", k, got, want)
				}
			}
		})
	}
}

func TestAllowOriginsBadPattern(t *testing.T) {
	t.Parallel()
	_, err := edge.New(edge.Options{CORS: []edge.CORS{{Prefix: "/auth", Origins: "https://a.example,/(?!evil)/"}}})
	if err == nil || !strings.Contains(err.Error(), "/auth") || !strings.Contains(err.Error(), "(?!evil)") {
		t.Errorf("New = %v, want an error that names the policy and the pattern", err)
	}
}

// A list is refused if an entry can match no origin that a browser sends.
func TestCheckOrigins(t *testing.T) {
	t.Parallel()
	for list, good := range map[string]bool{
		"":                       true,
		"*":                      true,
		"https://shop.example":   true,
		"http://localhost:8000,": true,
		"http://[::1]:8000":      true,
		`/^https:\/\/.*\.shop\.example$/,capacitor://localhost`: true,
		"shop.example":                  false,
		"https://shop.example/":         false,
		"https://shop.example/path":     false,
		"https://Shop.example":          false,
		"https://shop.example:70000":    false,
		"https://user@shop.example":     false,
		"https://a.example;https://b":   false,
		"http://localhost:8000,nowhere": false,
		"/(/":                           false,
	} {
		if err := edge.CheckOrigins(list); (err == nil) != good {
			t.Errorf("CheckOrigins(%q) = %v", list, err)
		}
	}
}
