package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/jackc/pgx/v5"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// A snippet says what runs a block, which has a part of text.
type snippet struct {
	part string
	run  func(r *reader, text string)
}

// snippets has the blocks of each document in their order. Those of the guide are run by TestGuide and TestGuideOfClients.
var snippets = map[string][]snippet{
	"README.md": {
		{"make run", (*reader).makes},
		{"make test", func(r *reader, text string) { r.says("go test .*/...", text, "make", "make -n") }}, // which runs this
		{"bin/storegraph migrate", (*reader).takesOver},
		{"query Products", nil}, // with the next
		{`"inStock": true`, func(r *reader, text string) { r.operations(r.before, text, nil) }},
		{"curl -g", func(r *reader, text string) { r.says(`"products":\[\{"title":"`, text) }},
		{"@medusajs/js-sdk", func(r *reader, text string) {
			r.node("sdk", "const KEY = process.env.KEY\n"+text+"if (products.length !== 3) throw products", "KEY="+r.key)
		}},
	},
	"cmd/storegraph/README.md": {
		{"proxy_pass", (*reader).proxies},
		{"auth.password_reset", (*reader).isTold},
		{"NOTIFICATION_URL", (*reader).mails},
		{"CACHE_CONTROL", (*reader).letsProxiesKeep},
		{"rates_rates", (*reader).calculatesShipping},
		{"bin/storegraph import", (*reader).fills},
		{"bin/storegraph orders", (*reader).fulfils},
	},
	"db/README.md": {
		{"DATABASE_REPLICA_URL", (*reader).replicates},
		{"STORE_SEARCH_INDEXES", (*reader).searches},
	},
	"graph/REFERENCE.md": {
		{"/auth/customer/emailpass", func(r *reader, text string) { r.says(`"customer":\{"id":"cus_`, text) }},
		{"store()", func(r *reader, text string) { r.says(`(?s)"shipping_total": \d.*"display_id": 1,\s+"total": \d`, text) }},
		{"addLineItems", func(r *reader, text string) {
			r.payable("HEARTH-SAND")
			r.operations(text, "", nil, "cart_…", "<cart>", "variant_…", r.variant(r.T, "FELL-M-INK"))
		}},
		{"curl -N", func(r *reader, text string) { r.follows(text, "cart_…", r.visit.fill("<cart>")) }},
		{"graphql-ws", (*reader).opensAWebSocket},
		{"completeCart", func(r *reader, text string) {
			r.payable("HEARTH-SAND")
			r.operations(text, "", map[string]string{"order": "completeCart.order.id", "token": "completeCart.order.accessToken"}, "cart_…", "<cart>", "order_…", "<order>", "eyJ…", "<token>")
		}},
		{"requestReturn", (*reader).returns},
	},
	"rest/README.md": {
		{"store()", func(r *reader, text string) {
			r.says(`(?s)"currency_code":"eur".*"calculated_price":\{.*"offset":2,"limit":2.*"Croft Blanket".*"count":1,.*\{"type":"not_found","message":"[^"]+"\}`, text)
		}},
		{"check --front", (*reader).putsInFront},
		{"shadow --against", (*reader).shadows},
		{"shadow_difference", (*reader).readsDifferences},
		{"EVENT_WEBHOOK_SECRET", (*reader).tellsMedusa},
		{"locking-postgres", (*reader).configuresMedusa},
	},
}

// Every block of every document is run, as it stands there but for addresses, ids and secrets.
func TestSnippets(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, file := range documents(t) {
		known[file] = true
		blocks := blocksOf(t, file)
		if file == guideFile || len(blocks) == 0 && len(snippets[file]) == 0 {
			continue
		}
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			left := snippets[file]
			var r *reader
			for _, b := range blocks {
				if len(left) == 0 || !strings.Contains(b.text, left[0].part) {
					t.Errorf("%s:%d: no test runs the block, which is to be added to snippets:\n%s", file, b.line, b.text)
					continue
				}
				if r == nil {
					r = newReader(t, newDemo(t))
				}
				if run := left[0].run; run != nil {
					run(r, b.text)
				}
				r.before, left = b.text, left[1:]
			}
			for _, one := range left {
				t.Errorf("%s has no block with %s", file, one.part)
			}
		})
	}
	for file := range snippets {
		if !known[file] {
			t.Errorf("there is no %s", file)
		}
	}
}

// makes has make run what is built already, and runs the commands that this prints.
func (r *reader) makes(text string) {
	root, err := filepath.Abs("../..")
	if err != nil {
		r.Fatal(err)
	}
	r.env["DATABASE_URL"], r.env["STOREGRAPH_DATA"] = "", filepath.Join(r.dir, "data")
	r.env["MEANWHILE"] = `grep -q 'First answer' said && sed -n 's/^curl/curl -sf/p' said >commands && . ./commands`
	r.sh(`make() { command make --no-print-directory -o build -C '` + root + `' BIN="$PWD/bin/storegraph" "$@"; }`)
	r.says(`(?s)First answer.*\{"regions":\[\{.*\{"products":\[\{.*\{"data":\{"products":\{"totalCount":43,`, text)
	r.env["MEANWHILE"] = ""
}

// takesOver serves a database that only Medusa has had.
func (r *reader) takesOver(text string) {
	medusas := dbtest.ShopURL(r.T)
	r.exec(medusas, "DROP SCHEMA storegraph CASCADE")
	said, failed := r.try(text, "postgres://user:password@host/medusa", "'"+medusas+"'", "…", "supersecret")
	if len(failed) != 1 || failed[0] != "bin/storegraph check" || !strings.Contains(said, "storegraph migrate") {
		r.Errorf("%s\nfails at %q, want only that there is something to migrate:\n%s", text, failed, said)
	}
}

// putsInFront serves such a database in front of a Medusa, and has the reader's shell know of both.
func (r *reader) putsInFront(text string) {
	medusas := dbtest.ShopURL(r.T)
	r.exec(medusas, "DROP SCHEMA storegraph CASCADE")
	said, failed := r.try(text, "DATABASE_URL=…", "DATABASE_URL='"+medusas+"'", "…", "supersecret")
	if len(failed) != 1 || failed[0] != "bin/storegraph check" || !regexp.MustCompile(`/admin, /app and all other paths +Medusa\n`).MatchString(said) {
		r.Errorf("%s\nfails at %q and prints\n%s", text, failed, said)
	}
	r.database = medusas
}

// shadows compares with another server of the same database.
func (r *reader) shadows(text string) {
	r.write("access.log", `1.2.3.4 - - [27/Nov/2026:10:00:00 +0000] "GET /store/products?limit=2 HTTP/1.1" 200 12 "-" "curl"
1.2.3.4 - - [27/Nov/2026:10:00:00 +0000] "GET /store/collections HTTP/1.1" 200 12 "-" "curl"
`)
	base, p := r.serves(r.database, nil)
	r.says("2 reads compared, 0 different for no known reason", text, "http://localhost:9001", base)
	p.stop(r.T)
}

func (r *reader) readsDifferences(text string) {
	d := dbtest.Open(r.T, r.database, db.Options{})
	for _, route := range []string{"once", "twice", "known", "twice"} {
		s := db.ShadowDifference{Route: route}
		if route == "known" {
			s.Deviation = "D1"
		}
		if err := d.NoteShadow(r.Context(), s, time.Now()); err != nil {
			r.Fatal(err)
		}
	}
	if rows := r.exec(r.database, text); len(rows) != 2 || rows[0]["route"] != "twice" || rows[1]["route"] != "once" {
		r.Errorf("%s = %v, want what differs for no known reason, the most frequent first", text, rows)
	}
}

// tellsMedusa serves with a secret that is made as the document says, until the route of a Medusa has been told of something.
func (r *reader) tellsMedusa(text string) {
	document, err := os.ReadFile("../../rest/README.md")
	if err != nil {
		r.Fatal(err)
	}
	makes := regexp.MustCompile("`(echo whsec_[^`]*)`").FindStringSubmatch(string(document))
	if makes == nil {
		r.Fatal("the document does not say how to make a secret")
	}
	medusa := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) { r.write("told", q.URL.Path) }))
	r.Cleanup(medusa.Close)
	if err := dbtest.Open(r.T, r.database, db.Options{}).Emit(r.Context(), "order.placed", map[string]string{"id": "order_1"}, time.Now()); err != nil {
		r.Fatal(err)
	}
	r.env["MEANWHILE"] = "[ -e told ] && cat told"
	r.says("/hooks/storegraph$", text, "http://localhost:9001", medusa.URL, "whsec_…", strings.TrimSpace(r.sh(makes[1])))
}

// configuresMedusa looks whether the reference runs with the same providers in cmd/interop.
func (r *reader) configuresMedusa(text string) {
	runs, err := os.ReadFile("../interop/testdata/beside/medusa-config.js")
	if err != nil {
		r.Fatal(err)
	}
	r.node("sdk", "const { modules: [m] } = {\n"+text+"}\nif (m.options.providers[0].id !== 'postgres') throw m")
	for _, provider := range regexp.MustCompile(`\{ id: .*\}`).FindAllString(text, -1) {
		if provider = strings.ReplaceAll(provider, "REDIS_URL", "REDIS_LOCKS"); !strings.Contains(string(runs), provider) {
			r.Errorf("no Medusa of cmd/interop runs with %s", provider)
		}
	}
}

// proxies has a real nginx pass on a log-in, a subscription and a WebSocket.
func (r *reader) proxies(text string) {
	if _, err := os.Stat("/usr/sbin/nginx"); err != nil {
		if os.Getenv("CI") != "" {
			r.Fatal(err)
		}
		r.Skip(err)
	}
	r.sh("openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=localhost -days 1 2>/dev/null")
	beside, location, found := strings.Cut(text, "location ")
	if !found {
		r.Fatalf("no location in\n%s", text)
	}
	for _, networks := range [][]netip.Prefix{nil, {netip.MustParsePrefix("127.0.0.0/8")}} {
		d := serveDemo(r.T, r.db, Config{CookieSecret: "supersecret", TrustedProxies: networks})
		front := fmt.Sprintf("127.0.0.1:%d", dbtest.FreePort(r.T))
		plain := fmt.Sprintf("127.0.0.1:%d", dbtest.FreePort(r.T))
		r.write("nginx.conf", strings.NewReplacer("$dir", r.dir, "127.0.0.1:9000", strings.TrimPrefix(d.url, "http://")).Replace(`
daemon off; user root; worker_processes 1; pid $dir/pid; error_log stderr; events {}
http {
	proxy_temp_path $dir/proxy; client_body_temp_path $dir/body; fastcgi_temp_path $dir/fastcgi; uwsgi_temp_path $dir/uwsgi; scgi_temp_path $dir/scgi; access_log off;
	`+beside+`
	server {
		listen `+plain+`; listen `+front+` ssl; ssl_certificate $dir/cert.pem; ssl_certificate_key $dir/key.pem;
		location `+location+`
	}
}`))
		(&proxy{t: r.T, url: "http://" + plain}).start("/usr/sbin/nginx", strings.Fields("-e stderr -p "+r.dir+" -c "+r.dir+"/nginx.conf"))
		insecure := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // its certificate is made above
		d.url, d.client = "https://"+front, insecure

		cart := d.cart(r.T, "")
		query := `subscription { cartUpdated(id: "` + cart + `") { id } }`
		if got, err := d.graphql(r.Context(), "\n"+query, nil, nil); err != nil || !strings.Contains(string(got), cart) {
			r.Errorf("a subscription is answered with %s (%v)", got, err)
		}
		conn, _, err := websocket.Dial(r.Context(), d.url+"/graphql", &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}, HTTPClient: insecure})
		if err != nil {
			r.Fatal(err)
		}
		if err := conn.Write(r.Context(), websocket.MessageText, []byte(`{"type":"connection_init","payload":{"x-publishable-api-key":"`+d.key+`"}}`)); err != nil {
			r.Fatal(err)
		}
		if _, got, err := conn.Read(r.Context()); err != nil || !strings.Contains(string(got), "connection_ack") {
			r.Errorf("the WebSocket says %s (%v)", got, err)
		}
		_ = conn.CloseNow()

		var registered struct{ Token string }
		d.ask(r.T, "POST /auth/customer/emailpass/register", fmt.Sprintf(`{"email":"by-%d@example.com","password":"secret"}`, len(networks)), &registered, nil)
		res, err := d.send(r.Context(), http.MethodPost, "/auth/session", "", map[string]string{"Authorization": "Bearer " + registered.Token})
		if err != nil {
			r.Fatal(err)
		}
		_ = res.Body.Close()
		if given := res.Header.Get("Set-Cookie") != ""; given != (networks != nil) {
			r.Errorf("with TRUSTED_PROXIES=%v a session is answered with %d and the cookie %q", networks, res.StatusCode, res.Header.Get("Set-Cookie"))
		}
	}
}

// received returns the address of a receiver of webhooks, and what it is sent.
func (r *reader) received() (address string, came chan map[string]any) {
	came = make(chan map[string]any, 100)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		var sent map[string]any
		if err := json.Unmarshal(body, &sent); err != nil {
			r.Errorf("the receiver is sent %s: %v", body, err)
		}
		came <- sent
	}))
	r.Cleanup(s.Close)
	return s.URL, came
}

// forgets serves the recorded shop with settings, and asks there for a new password.
func (r *reader) forgets(more map[string]string) {
	base, _ := r.serves(dbtest.ShopURL(r.T), more)
	d := demo{url: base}
	if status, text := d.ask(r.T, "POST /auth/customer/emailpass/reset-password", fmt.Sprintf(`{"identifier":%q}`, dbtest.Handles(r.T)["email_anna"]), nil, nil); status != http.StatusCreated {
		r.Errorf("a new password: %d %s", status, text)
	}
}

// isTold compares an event with one that comes.
func (r *reader) isTold(text string) {
	var want map[string]any
	if err := json.Unmarshal([]byte(text), &want); err != nil {
		r.Fatal(err)
	}
	address, came := r.received()
	r.forgets(map[string]string{"EVENT_WEBHOOK_URLS": address, "EVENT_WEBHOOK_SECRET": webhookSecret})
	got := <-came
	if got["type"] != want["type"] || shape(got) != shape(want) {
		r.Errorf("the event is %v, the document has %v", got, want)
	}
	for _, event := range []map[string]any{got, want} {
		if _, err := time.Parse("2006-01-02T15:04:05.000Z", fmt.Sprint(event["timestamp"])); err != nil {
			r.Error(err)
		}
	}
}

const webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// shape describes what keys an object has, and what kinds of values.
func shape(v any) string {
	if v, ok := v.(map[string]any); ok {
		kinds := map[string]string{}
		for key, of := range v {
			kinds[key] = shape(of)
		}
		return fmt.Sprint(kinds)
	}
	return fmt.Sprint(reflect.TypeOf(v))
}

// mails takes both ways to send mails, and is sent one by the second.
func (r *reader) mails(text string) {
	lines := strings.SplitAfterN(text, "\n", 3)
	address, came := r.received()
	for _, part := range []string{lines[0] + lines[1], lines[2]} {
		r.sh(part, "whsec_…", webhookSecret, "https://mailer.example.com/hook", address)
		settings := map[string]string{}
		for _, name := range []string{"NOTIFICATION_URL", "NOTIFICATION_FROM", "STOREFRONT_URL", "NOTIFICATION_SECRET"} {
			settings[name] = r.value(name)
		}
		if part == lines[2] {
			r.forgets(settings)
			if mail := fmt.Sprint(<-came); !strings.Contains(mail, "https://shop.example.com/reset-password?token=") {
				r.Errorf("the mail is %s", mail)
			}
			continue
		}
		if c, err := readConfig(func(name string) string { return settings[name] }); err != nil || c.Events.NotificationFrom != "The Shop <shop@example.com>" {
			r.Errorf("%s is read as %+v (%v)", part, c.Events, err)
		}
	}
}

func (r *reader) letsProxiesKeep(text string) {
	r.sh(text)
	base, _ := r.serves(r.database, map[string]string{"CACHE_CONTROL": r.value("CACHE_CONTROL")})
	d := demo{url: base, key: r.key}
	product := r.text(r.T, `SELECT id FROM product WHERE handle = 'cedar-soap'`)
	for path, want := range map[string]string{
		"/store/products/" + product: "s-maxage=10", "/store/products?limit=1": "s-maxage=60, stale-while-revalidate=300", "/store/collections": "s-maxage=600",
		"/graphql?query=" + url.QueryEscape("{products(first:1){nodes{id}}}"): "s-maxage=10",
	} {
		r.until("^public, max-age=0, "+want+"$", func() string { // nothing is kept before the index is there
			res, err := d.send(r.Context(), http.MethodGet, path, "", nil)
			if err != nil {
				r.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			return res.Header.Get("Cache-Control")
		})
	}
}

func (r *reader) calculatesShipping(text string) {
	option := r.text(r.T, `SELECT o.id FROM shipping_option o JOIN service_zone z ON z.id = o.service_zone_id WHERE z.name = 'Europe' AND o.name = 'Parcel'`)
	r.exec(r.database, strings.ReplaceAll(text, "so_…", option))
	cart := r.cart(r.T, "HEARTH-SAND")
	listed, err := r.graphql(r.Context(), `{ shippingOptions(cartId: "`+cart+`") { id price { amount } } }`, nil, nil)
	if unpriced := regexp.MustCompile(`\{"id":"` + option + `"(,"price":null)?\}`); err != nil || !unpriced.Match(listed) {
		r.Errorf("the options are %s (%v), want %s without a price", listed, err, option)
	}
	if _, calculated := r.ask(r.T, "POST /store/shipping-options/"+option+"/calculate", `{"cart_id":"`+cart+`"}`, nil, nil); !strings.Contains(calculated, `"calculated_amount":4.9,`) {
		r.Errorf("to Germany a mug is sent for %s, want 4.9", calculated)
	}
}

func (r *reader) fills(text string) {
	r.says(`(?s)Exported .*Nothing was changed\. It would have imported.* 0 products created, 0 updated.*Imported .* 0 products created, 0 updated`, text)
}

// fulfils runs the commands one after another. Between two of them the reader does what the next needs.
func (r *reader) fulfils(text string) {
	orders := []string{r.ordered("FELL-M-INK*3 HEARTH-SAND*2"), r.ordered("HEARTH-SAND")}
	r.exec(r.database, `UPDATE "order" SET display_id = display_id + 15`)
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) < 10 {
		r.Errorf("only %d commands", len(lines))
	}
	number := r.text(r.T, `SELECT display_id::text FROM "order" WHERE id = $1`, orders[0])
	for _, line := range lines {
		if strings.Contains(line, "orders cancel-parcel ") {
			r.sh("bin/storegraph orders fulfil " + number)
		}
		if strings.Contains(line, "orders cancel ") { // one that nothing has been done for
			r.sh(line, "17", r.text(r.T, `SELECT display_id::text FROM "order" WHERE id = $1`, orders[1]))
			continue
		}
		r.sh(line, "17", number, "SHIRT-M", "FELL-M-INK", "MUG", "HEARTH-SAND")
	}
	if got := r.text(r.T, `SELECT status::text FROM "order" WHERE id = $1`, orders[0]) + " " + r.text(r.T, `SELECT status::text FROM "order" WHERE id = $1`, orders[1]); got != "completed canceled" {
		r.Errorf("the orders are %s", got)
	}
	r.sh("bin/storegraph orders archive " + number)
	for _, flags := range regexp.MustCompile(`--\S+ [^-,;\s][^,;\s]*`).FindAllString(strings.SplitN(lines[0], "#", 2)[1], -1) {
		r.sh("bin/storegraph orders list " + flags)
	}
}

// replicates reads from a replica, which stands for both of the document.
func (r *reader) replicates(text string) {
	primary, replica := dbtest.Replicated(r.T)
	r.sh(text, "postgres://…@primary/medusa", "'"+primary+"'", "postgres://…@replica1/medusa", replica, "postgres://…@replica2/medusa", replica)
	base, _ := r.serves(r.value("DATABASE_URL"), map[string]string{"DATABASE_REPLICA_URL": r.value("DATABASE_REPLICA_URL")})
	r.until("replicas: 2 of 2 used", func() string {
		_, body := get(r.T, base+"/health/ready")
		return body
	})
}

// searches asks for the indexes of both settings.
func (r *reader) searches(text string) {
	tables, err := os.ReadFile("../../rest/testdata/search.sql")
	if err != nil {
		r.Fatal(err)
	}
	shop := dbtest.ShopURL(r.T)
	r.exec(shop, string(tables))
	for line := range strings.Lines(text) {
		r.sh(line)
		setting := r.value("STORE_SEARCH_INDEXES")
		base, _ := r.serves(shop, map[string]string{"STORE_SEARCH_INDEXES": setting})
		d := demo{url: base, key: dbtest.Handles(r.T)["pk_web"]}
		for _, index := range []string{"product", "guide"} {
			want := map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[strings.Contains(setting, index)]
			if status, answer := d.ask(r.T, "POST /store/search", `{"entity":"`+index+`"}`, nil, nil); status != want {
				r.Errorf("%s: a search of %s is answered with %d %s, want %d", line, index, status, answer, want)
			}
		}
	}
}

func (r *reader) opensAWebSocket(text string) {
	imports, rest, _ := strings.Cut(text, "\n")
	r.node("clients", imports+`
import WebSocket from "ws"
globalThis.WebSocket = WebSocket // which browsers have
const { KEY, TOKEN } = process.env
`+rest+`
for await (const { data } of client.iterate({ query: "subscription { cartUpdated(id: \"`+r.visit.fill("<cart>")+`\") { id } }" })) {
  if (!data.cartUpdated.id) throw data
  break
}
for await (const { data } of client.iterate({ query: "{ customer { email } }" })) if (data.customer.email !== "ada@example.com") throw data
client.dispose()
`, "KEY="+r.key, "TOKEN="+r.value("TOKEN"))
}

// payable makes a cart that only has to be completed, and returns its id.
func (r *reader) payable(lines string) string {
	cart := r.cart(r.T, lines)
	r.ship(r.T, cart, "Express")
	r.pay(r.T, cart)
	r.visit.values["cart"] = cart
	return cart
}

// ordered places an order, and returns its id.
func (r *reader) ordered(lines string) string {
	cart := r.payable(lines)
	var done struct{ Order struct{ ID string } }
	r.ask(r.T, "POST /store/carts/"+cart+"/complete", "", &done, nil)
	return done.Order.ID
}

// returns requests a return of the order of the block before, which has been delivered.
func (r *reader) returns(text string) {
	order := r.visit.fill("<order>")
	r.sh("for c in fulfil ship deliver; do bin/storegraph orders $c " + order + "; done")
	r.operations(text, "", nil, "order_…", order,
		"ordli_…", r.text(r.T, `SELECT min(item_id) FROM order_item WHERE order_id = $1`, order), "rr_…", r.text(r.T, `SELECT min(id) FROM return_reason r WHERE NOT EXISTS (SELECT FROM return_reason WHERE parent_return_reason_id = r.id)`),
		"so_…", r.text(r.T, `SELECT min(o.id) FROM shipping_option o JOIN shipping_option_rule u ON u.shipping_option_id = o.id AND u.attribute = 'is_return' AND u.value::text LIKE '%true%'
			JOIN service_zone z ON z.id = o.service_zone_id WHERE z.name = 'Europe'`))
}

// exec runs statements on a database, and returns the rows of a query.
func (r *reader) exec(database, sql string) []map[string]any {
	r.Helper()
	conn, err := pgx.Connect(r.Context(), database)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = conn.Close(r.Context()) }()
	if !strings.HasPrefix(sql, "SELECT") {
		if _, err := conn.PgConn().Exec(r.Context(), sql).ReadAll(); err != nil {
			r.Fatalf("%s: %v", sql, err)
		}
		return nil
	}
	rows, err := conn.Query(r.Context(), sql)
	if err != nil {
		r.Fatalf("%s: %v", sql, err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowToMap)
	if err != nil {
		r.Fatalf("%s: %v", sql, err)
	}
	return out
}
