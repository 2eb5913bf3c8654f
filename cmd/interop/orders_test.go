package interop_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// An orderAct is something that a merchant does to an order. In both, {order}, {parcel}, {payment} and {line SKU} are ids: of the order, of its
// last parcel, of its payment, and of a line.
type orderAct struct {
	order        int
	ours         string // the command, without "orders"
	path, theirs string // the request to the reference's admin API, and its body
	fails        bool   // both refuse it, and change nothing
}

var orderActs = []orderAct{
	{4, "fulfil 4 MUG-CHALK=5 TEE-M-BLACK=3", "/{order}/fulfillments", `{"items":[{"id":"{line MUG-CHALK}","quantity":5},{"id":"{line TEE-M-BLACK}","quantity":3}]}`, false},
	{4, "fulfil 4 MUG-CHALK=8", "/{order}/fulfillments", `{"items":[{"id":"{line MUG-CHALK}","quantity":8}]}`, true},
	{4, "cancel 4", "/{order}/cancel", `{}`, true},
	{4, "ship 4 --tracking 00340434161094015902 --tracking-url https://carrier.example/1", "/{order}/fulfillments/{parcel}/shipments", `{"items":[{"id":"{line MUG-CHALK}","quantity":5},{"id":"{line TEE-M-BLACK}","quantity":3}],
"labels":[{"tracking_number":"00340434161094015902","tracking_url":"https://carrier.example/1","label_url":"#"}]}`, false},
	{4, "ship 4 {parcel}", "/{order}/fulfillments/{parcel}/shipments", `{"items":[]}`, true},
	{4, "cancel-parcel 4 {parcel}", "/{order}/fulfillments/{parcel}/cancel", `{}`, true},
	{4, "deliver 4", "/{order}/fulfillments/{parcel}/mark-as-delivered", `{}`, false},
	{4, "deliver 4 {parcel}", "/{order}/fulfillments/{parcel}/mark-as-delivered", `{}`, true},
	{4, "fulfil 4", "/{order}/fulfillments", `{"items":[{"id":"{line MUG-CHALK}","quantity":7}]}`, false},
	{4, "cancel-parcel 4", "/{order}/fulfillments/{parcel}/cancel", `{}`, false},
	{4, "fulfil 4 MUG-CHALK=2", "/{order}/fulfillments", `{"items":[{"id":"{line MUG-CHALK}","quantity":2}]}`, false},
	{4, "cancel-parcel 4", "/{order}/fulfillments/{parcel}/cancel", `{}`, false},
	{4, "cancel-parcel 4 {parcel}", "/{order}/fulfillments/{parcel}/cancel", `{}`, true},
	{4, "capture 4", "payments/{payment}/capture", `{}`, false},
	{4, "refund 4 20.5", "payments/{payment}/refund", `{"amount":20.5}`, false},
	{4, "refund 4 0.25", "payments/{payment}/refund", `{"amount":0.25}`, false},
	{4, "refund 4 1000", "payments/{payment}/refund", `{"amount":1000}`, true},
	{4, "complete 4", "/{order}/complete", `{}`, false},
	{4, "archive 4", "/{order}/archive", `{}`, false},
	{2, "archive 2", "/{order}/archive", `{}`, true},
	{1, "cancel 1", "/{order}/cancel", `{}`, false},
	{1, "cancel 1", "/{order}/cancel", `{}`, true},
	{1, "complete 1", "/{order}/complete", `{}`, true},
	{1, "fulfil 1 MUG-MOSS=1", "/{order}/fulfillments", `{"items":[{"id":"{line MUG-MOSS}","quantity":1}]}`, true},
	{5, "cancel 5", "/{order}/cancel", `{}`, false},
	{6, "fulfil 6", "/{order}/fulfillments", `{"items":[{"id":"{line OTTERS}","quantity":2},{"id":"{line MERINO-M-GREY}","quantity":1}]}`, false},
	{6, "deliver 6", "/{order}/fulfillments/{parcel}/mark-as-delivered", `{}`, false},
	{6, "cancel-parcel 6 {parcel}", "/{order}/fulfillments/{parcel}/cancel", `{}`, true},
	{7, "fulfil 7 TEA-100=2", "/{order}/fulfillments", `{"items":[{"id":"{line TEA-100}","quantity":2}]}`, false}, // a kit
	{7, "ship 7", "/{order}/fulfillments/{parcel}/shipments", `{"items":[{"id":"{line TEA-100}","quantity":2}]}`, false},
	{7, "deliver 7", "/{order}/fulfillments/{parcel}/mark-as-delivered", `{}`, false},
	{7, "fulfil 7", "/{order}/fulfillments", `{"items":[{"id":"{line TEA-100}","quantity":1}]}`, false},
	{7, "cancel-parcel 7", "/{order}/fulfillments/{parcel}/cancel", `{}`, false},
	{7, "capture 7", "payments/{payment}/capture", `{}`, false},
	{7, "refund 7 5000", "payments/{payment}/refund", `{"amount":5000}`, false},
	{8, "fulfil 8 TOWEL=1", "/{order}/fulfillments", `{"items":[{"id":"{line TOWEL}","quantity":1}]}`, false}, // has no stock
	{8, "cancel-parcel 8", "/{order}/fulfillments/{parcel}/cancel", `{}`, false},
	{8, "cancel 8", "/{order}/cancel", `{}`, false},
	{10, "cancel-parcel 10", "/{order}/fulfillments/{parcel}/cancel", `{}`, false},
	{10, "cancel 10", "/{order}/cancel", `{}`, false},
	{20, "fulfil 20 BEANIE-GREY=1", "/{order}/fulfillments", `{"items":[{"id":"{line BEANIE-GREY}","quantity":1}]}`, true}, // is being changed
	// The next are paid at Stripe.
	{26, "cancel 26", "/{order}/cancel", `{}`, false},
	{27, "refund 27 1", "payments/{payment}/refund", `{"amount":1}`, true},
	{27, "capture 27", "payments/{payment}/capture", `{}`, false},
	{27, "refund 27 20.5", "payments/{payment}/refund", `{"amount":20.5}`, false},
	{27, "refund 27 0.29", "payments/{payment}/refund", `{"amount":0.29}`, false},
	{27, "cancel 27", "/{order}/cancel", `{}`, false},
	{28, "capture 28", "payments/{payment}/capture", `{}`, false},
	{28, "cancel 28", "/{order}/cancel", `{}`, false},
	{29, "capture 29", "payments/{payment}/capture", `{}`, true}, // is not authorised at Stripe
}

// atStripe has orders be paid by Stripe.
const atStripe = `UPDATE payment_session s SET provider_id = 'pp_stripe_stripe', data = jsonb_build_object('id', 'pi_' || o.display_id, 'object', 'payment_intent')
FROM order_payment_collection l JOIN "order" o ON o.id = l.order_id WHERE l.payment_collection_id = s.payment_collection_id AND o.display_id BETWEEN 26 AND 29;
UPDATE payment p SET provider_id = 'pp_stripe_stripe', data = s.data FROM payment_session s WHERE s.id = p.payment_session_id AND s.provider_id = 'pp_stripe_stripe'`

// kit makes a unit of TEA-100 out of two of its own inventory item and one of another's, of which order 7 has reserved as much as it needs.
const kit = `UPDATE product_variant_inventory_item SET required_quantity = 2 WHERE variant_id = (SELECT id FROM product_variant WHERE sku = 'TEA-100');
UPDATE reservation_item SET quantity = 6, raw_quantity = '{"value": "6", "precision": 20}' WHERE line_item_id = (SELECT i.item_id FROM order_item i JOIN "order" o ON o.id = i.order_id WHERE o.display_id = 7);
UPDATE inventory_level SET stocked_quantity = 100, raw_stocked_quantity = '{"value": "100", "precision": 20}', reserved_quantity = 10, raw_reserved_quantity = '{"value": "10", "precision": 20}'
WHERE inventory_item_id IN (SELECT id FROM inventory_item WHERE sku IN ('TEA-100', 'CANDLE'));
INSERT INTO inventory_level (id, inventory_item_id, location_id, stocked_quantity, raw_stocked_quantity, reserved_quantity, raw_reserved_quantity, incoming_quantity, raw_incoming_quantity)
SELECT 'ilev_01M84YH18T2SSFR6TGAQ2' || (10000 + row_number() OVER (ORDER BY l.location_id)), c.id, l.location_id, 5, '{"value": "5", "precision": 20}', 0, '{"value": "0", "precision": 20}', 0, '{"value": "0", "precision": 20}'
FROM inventory_item c, inventory_level l JOIN inventory_item i ON i.id = l.inventory_item_id WHERE c.sku = 'CANDLE' AND i.sku = 'TEA-100'
AND NOT EXISTS (SELECT FROM inventory_level x WHERE x.inventory_item_id = c.id AND x.location_id = l.location_id);
INSERT INTO product_variant_inventory_item (id, variant_id, inventory_item_id, required_quantity) SELECT 'pvitem_01M84YH18T2SSFR6TGAQ2QNTKT', v.id, i.id, 1 FROM product_variant v, inventory_item i WHERE v.sku = 'TEA-100' AND i.sku = 'CANDLE';
INSERT INTO reservation_item (id, line_item_id, inventory_item_id, location_id, quantity, raw_quantity, created_at, updated_at)
SELECT 'resitem_01M84YH18T2SSFR6TGAQ2QNTKT', r.line_item_id, i.id, r.location_id, 3, '{"value": "3", "precision": 20}', r.created_at, r.updated_at FROM reservation_item r, inventory_item i
WHERE i.sku = 'CANDLE' AND r.line_item_id = (SELECT i.item_id FROM order_item i JOIN "order" o ON o.id = i.order_id WHERE o.display_id = 7)`

// TestInteropOrders does the same to the same orders by our commands, and by the reference's admin API on a copy of the shop: both write the
// same rows, of whatever table, and tell of the same events. What the orders are paid by at Stripe is the same there, too.
func TestInteropOrders(t *testing.T) { //nolint:paralleltest // it prints as it goes
	p := prepare(t, "INTEROP")
	dir := project(t, p.dir)
	payWithStripe(t, dir)
	if err := os.CopyFS(dir, os.DirFS("testdata/events")); err != nil {
		t.Fatal(err)
	}
	events := filepath.Join(dir, "events.jsonl")
	ours, theirs := newShopCopy(t, p.database), newShopCopy(t, dbtest.ShopURL(t))
	accounts := []*stripeAccount{newStripe(t), newStripe(t)}
	for _, a := range accounts {
		for order, status := range map[string]string{"26": "requires_capture", "27": "requires_capture", "28": "requires_capture", "29": "requires_action"} {
			a.objects["pi_"+order] = map[string]any{"id": "pi_" + order, "object": "payment_intent", "status": status, "amount": 7110, "currency": "usd", "last_payment_error": nil}
		}
	}
	p.run(t, "migrate")
	env := []string{"EVENTS=" + events, "STRIPE_URL=" + accounts[1].url, "STRIPE_WEBHOOK_SECRET=whsec_of_the_test"}
	migrateReference(t, dir, theirs.url, env)
	server := reference(t, dir, theirs.url, env...)
	server.await(t, "/health")
	token := adminToken(t, server)
	for _, c := range []*shopCopy{ours, theirs} {
		if _, err := c.Exec(t.Context(), kit+";"+atStripe); err != nil {
			t.Fatal(err)
		}
		c.snapshot()
	}
	told := &eventLog{file: events}
	for _, act := range orderActs {
		out, failed := p.orders(t, ours.expand(act.order, act.ours), accounts[0])
		status, answer := ask(t, server, token, theirs.expand(act.order, act.path), theirs.expand(act.order, act.theirs))
		if failed != act.fails || (status != http.StatusOK) != act.fails {
			t.Errorf("%s: ours %s, theirs %d %s; both should fail: %v", act.ours, out, status, answer, act.fails)
		}
		a, b := ours.written(), theirs.written()
		if act.fails {
			b = nil // it leaves what it has begun and taken back
		}
		wants(t, act.ours+": rows", a, b)
		told.compare(t, act.ours, ours, theirs)
	}
	wants(t, "at Stripe", accounts[0].list(), accounts[1].list())
}

// orders runs one of our commands for orders.
func (p *pair) orders(t *testing.T, args string, stripe *stripeAccount) (out string, failed bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), p.binary, append([]string{"orders"}, strings.Fields(args)...)...)
	cmd.Env = append(os.Environ(), "DATABASE_URL="+p.database, "STRIPE_API_KEY=sk_test_1", "HTTPS_PROXY="+stripe.proxy, "SSL_CERT_FILE="+stripe.certificate)
	text, err := cmd.CombinedOutput()
	return string(text), err != nil
}

func adminToken(t *testing.T, s *server) string {
	t.Helper()
	_, answer := post(t, s.base+"/auth/user/emailpass", "", `{"email":"admin@test.com","password":"supersecret"}`)
	var got struct{ Token string }
	if err := json.Unmarshal([]byte(answer), &got); err != nil || got.Token == "" {
		t.Fatalf("logging in: %s (%v)", answer, err)
	}
	return got.Token
}

// ask asks the reference's admin API for something of an order, or of a payment.
func ask(t *testing.T, s *server, token, path, body string) (status int, answer string) {
	t.Helper()
	if strings.HasPrefix(path, "/") {
		path = "orders" + path
	}
	return post(t, s.base+"/admin/"+path, token, body)
}

func post(t *testing.T, address, token, body string) (status int, answer string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(body))
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

// wants fails with what one list has and the other has not.
func wants(t *testing.T, what string, got, want []string) {
	t.Helper()
	left := slices.Clone(want)
	for _, r := range got {
		if at := slices.Index(left, r); at >= 0 {
			left = slices.Delete(left, at, at+1)
		} else {
			t.Errorf("%s: ours alone\n%s", what, r)
		}
	}
	for _, r := range left {
		t.Errorf("%s: theirs alone\n%s", what, r)
	}
	if len(left) == 0 && len(got) == len(want) {
		t.Logf("ok   %s: %d", what, len(got))
	}
}

// A shopCopy is a copy of the shop, whose rows are compared with another's.
type shopCopy struct {
	db.DB
	t      *testing.T
	url    string
	begun  time.Time
	rows   map[string]bool   // of all tables, as they were
	known  map[string]bool   // ids that both copies have had from the beginning
	labels map[string]string // of the ids that are new
}

func newShopCopy(t *testing.T, url string) *shopCopy {
	t.Helper()
	return &shopCopy{DB: dbtest.Open(t, url, db.Options{}), t: t, url: url, begun: time.Now().Add(-time.Minute), labels: map[string]string{}}
}

// expand replaces the names of ids in a text.
func (c *shopCopy) expand(order int, s string) string {
	c.t.Helper()
	return regexp.MustCompile(`\{(order|parcel|payment|line [^}]*)\}`).ReplaceAllStringFunc(s, func(name string) string {
		name = strings.Trim(name, "{}")
		word, sku, _ := strings.Cut(name, " ")
		query := map[string]string{
			"order":   `SELECT id FROM "order" WHERE display_id = $1::int AND $2 = ''`,
			"parcel":  `SELECT l.fulfillment_id FROM order_fulfillment l JOIN "order" o ON o.id = l.order_id WHERE display_id = $1::int AND $2 = '' ORDER BY l.created_at DESC, l.id DESC LIMIT 1`,
			"payment": `SELECT p.id FROM payment p JOIN order_payment_collection l USING (payment_collection_id) JOIN "order" o ON o.id = l.order_id WHERE display_id = $1::int AND $2 = ''`,
			"line": `SELECT n.id FROM order_line_item n JOIN order_item i ON i.item_id = n.id JOIN "order" o ON o.id = i.order_id AND i.version = o.version
WHERE display_id = $1::int AND n.variant_sku = $2`,
		}[word]
		ids, err := c.Texts(c.t.Context(), query, strconv.Itoa(order), sku)
		if err != nil || len(ids) != 1 {
			c.t.Fatalf("{%s} of order %d is %q (%v)", name, order, ids, err)
		}
		return ids[0]
	})
}

// all returns the rows of all tables, but for those by which the reference remembers what it has run.
func (c *shopCopy) all() []string {
	c.t.Helper()
	tables, err := c.Texts(c.t.Context(), `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
AND table_name NOT IN ('locking', 'workflow_execution', 'auth_identity', 'provider_identity', 'script_migrations') ORDER BY 1`)
	if err != nil {
		c.t.Fatal(err)
	}
	var parts []string
	for _, name := range tables {
		parts = append(parts, `SELECT '`+name+` ' || row_to_json(x)::text FROM "`+name+`" x`)
	}
	rows, err := c.Texts(c.t.Context(), strings.Join(parts, " UNION ALL "))
	if err != nil {
		c.t.Fatal(err)
	}
	return rows
}

var generated = regexp.MustCompile(`\b[a-z]+_[0-9A-Z]{26}\b`)

// snapshot notes the rows as they are, from which on changes are found.
func (c *shopCopy) snapshot() {
	c.rows = map[string]bool{}
	rows := c.all()
	for _, r := range rows {
		c.rows[r] = true
	}
	if c.known == nil {
		c.known = map[string]bool{}
		for _, r := range rows {
			for _, id := range generated.FindAllString(r, -1) {
				c.known[id] = true
			}
		}
	}
}

// written returns the rows that are new or have changed since the last time, such that those of both copies can be compared. New ids are
// called after what is in their rows.
func (c *shopCopy) written() []string {
	c.t.Helper()
	before := c.rows
	c.snapshot()
	var rows []string
	for r := range c.rows {
		if !before[r] {
			rows = append(rows, r)
		}
	}
	for r := range before {
		if !c.rows[r] && !slices.ContainsFunc(rows, func(x string) bool { return sameRow(x, r) }) {
			rows = append(rows, "gone: "+r)
		}
	}
	names := map[string]string{}
	for _, r := range rows {
		table, text, _ := strings.Cut(r, " ")
		var own struct{ ID string }
		if json.Unmarshal([]byte(text), &own) == nil && own.ID != "" && !c.known[own.ID] && c.labels[own.ID] == "" {
			sum := fnv.New32a()
			_, _ = io.WriteString(sum, table+c.comparable(text))
			prefix, _, _ := strings.Cut(own.ID, "_")
			names[own.ID] = fmt.Sprintf("%s_%08x", prefix, sum.Sum32())
		}
	}
	maps.Copy(c.labels, names)
	for i, r := range rows {
		at := strings.Index(r, "{")
		rows[i] = r[:at] + c.comparable(r[at:])
	}
	slices.Sort(rows)
	return rows
}

// sameRow reports whether two rows are of the same table and have the same id.
func sameRow(a, b string) bool {
	var ids [2]string
	for i, r := range []string{a, b} {
		table, text, _ := strings.Cut(r, " ")
		var own struct{ ID string }
		if json.Unmarshal([]byte(text), &own) != nil || own.ID == "" {
			return false
		}
		ids[i] = table + own.ID
	}
	return ids[0] == ids[1]
}

// comparable returns JSON without what has to differ: new ids and times, who did it, and how exactly numbers are written.
func (c *shopCopy) comparable(text string) string {
	c.t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		c.t.Fatalf("%s: %v", text, err)
	}
	out, err := json.Marshal(c.plain(v))
	if err != nil {
		c.t.Fatal(err)
	}
	return string(out)
}

func (c *shopCopy) plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, x := range v {
			switch key {
			case "created_by", "marked_shipped_by", "canceled_by", "confirmed_by", "ordering": // a command has no user
				delete(v, key)
			case "value":
				if s, ok := x.(string); ok {
					v[key] = number(s)
					continue
				}
				fallthrough
			default:
				v[key] = c.plain(x)
			}
		}
	case []any:
		for i := range v {
			v[i] = c.plain(v[i])
		}
	case json.Number:
		return number(v.String())
	case string:
		if at, err := time.Parse(time.RFC3339, v); err == nil && at.After(c.begun) {
			return "now"
		}
		return generated.ReplaceAllStringFunc(v, func(id string) string {
			prefix, _, _ := strings.Cut(id, "_")
			if c.known[id] {
				return id
			}
			if label := c.labels[id]; label != "" {
				return label
			}
			return prefix
		})
	}
	return v
}

// number is how a number is compared: the reference's arithmetic leaves something of nothing.
func number(s string) string {
	f, err := strconv.ParseFloat(s, 64)
	switch {
	case err != nil:
		return s
	case f < 1e-9 && f > -1e-9:
		return "0"
	}
	return strconv.FormatFloat(f, 'g', 12, 64)
}

// An eventLog is what the reference's subscriber has written down of its events.
type eventLog struct {
	file string
	seen int // that have been compared
}

// compare waits until the reference has told of the same events as we have.
func (l *eventLog) compare(t *testing.T, what string, ours, theirs *shopCopy) {
	t.Helper()
	got, err := ours.Texts(t.Context(), `DELETE FROM storegraph.outbox RETURNING jsonb_build_object('name', name, 'data', payload)::text`)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		got[i] = ours.comparable(got[i])
	}
	slices.Sort(got)
	var want []string
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		text, err := os.ReadFile(l.file)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))[min(l.seen, bytes.Count(text, []byte("\n"))):]
		want = want[:0]
		for _, line := range lines {
			if len(line) > 0 && !ofModule(line) {
				want = append(want, theirs.comparable(string(line)))
			}
		}
		slices.Sort(want)
		if slices.Equal(got, want) || time.Now().After(end) {
			l.seen = bytes.Count(text, []byte("\n"))
			break
		}
	}
	wants(t, what+": events", got, want)
}

// ofModule reports whether an event is one by which the reference's modules tell each other of each row.
func ofModule(line []byte) bool {
	var e struct{ Name string }
	return json.Unmarshal(line, &e) == nil && regexp.MustCompile(`^[a-z_]+\.[a-z-]+\.(created|updated|deleted|restored)$|^Link\w+\.(attached|detached)$`).MatchString(e.Name)
}
