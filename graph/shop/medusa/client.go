package medusa

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/storegraph/storegraph/graph/shop/remote"
	"github.com/storegraph/storegraph/model"
)

// Options are where the Medusa is, and how long it is waited for.
type Options struct {
	URL     string
	Timeout time.Duration // of one step; 0 means 30 seconds
	Log     *slog.Logger  // nil logs nothing
}

const (
	// defaultTimeout is as long as a provider of our own may take.
	defaultTimeout = 30 * time.Second
	// maxAnswer is more than a cart may take.
	maxAnswer = 16 << 20
)

// A Client asks a Medusa. It is safe for concurrent use.
//
// Its errors are those that the Medusa answered with. One that cannot be reached, does not answer in time or fails is Unavailable with the code
// NoAnswer: what was asked for may have been done or not.
type Client struct {
	o    Options
	http *http.Client
}

// NoAnswer is the code of the error of a Medusa that has not answered, or whose answer was that it failed.
const NoAnswer = "provider_unavailable"

// ErrNoRoute is the error of a Medusa that does not have the route which is asked.
var ErrNoRoute = errors.New("the Medusa lacks the route")

// New returns a client of the Medusa at o.URL. It does not connect.
func New(o Options) *Client {
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Client{o: o, http: &http.Client{Transport: remote.Transport(nil, "medusa"), Timeout: o.Timeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// A Caller is for whom the Medusa is asked.
type Caller struct {
	Key     string // the publishable key
	Token   string // of a customer; empty for a guest
	Locale  string
	Address string // from where the request came
	Cookie  string // of a session that the Medusa began, its name and value; empty without one
}

// BeginPayment begins a payment session with a provider, which takes the place of the others of its collection.
func (c *Client) BeginPayment(ctx context.Context, who Caller, collection, provider string, data model.JSON) error {
	body := map[string]any{"provider_id": provider}
	if len(data) > 0 {
		body["data"] = data
	}
	return c.post(ctx, who, "/store/payment-collections/"+url.PathEscape(collection)+"/payment-sessions", body, nil)
}

// Complete makes an order of a cart. It fails with model.Payment if the payment was not authorised.
func (c *Client) Complete(ctx context.Context, who Caller, cart string) error {
	var out struct {
		Type  string
		Error struct{ Message, Type, Name string }
	}
	if err := c.post(ctx, who, "/store/carts/"+url.PathEscape(cart)+"/complete", nil, &out); err != nil {
		return err
	}
	switch {
	case out.Type == "order":
		return nil
	case out.Error.Type == "payment_requires_more_error":
		return &model.Error{Kind: model.Payment, Code: string(model.PaymentStatusRequiresMore), Reason: model.UserErrorCodePaymentRequiresAction, Message: out.Error.Message}
	default:
		return &model.Error{Kind: model.Payment, Reason: model.UserErrorCodePaymentFailed, Message: out.Error.Message}
	}
}

// A Price is what shipping costs.
type Price struct {
	Amount       model.Amount
	TaxInclusive bool
}

// ShippingPrice returns what a carrier calculates for a shipping option of a cart.
func (c *Client) ShippingPrice(ctx context.Context, who Caller, option, cart string, data model.JSON) (Price, error) {
	body := map[string]any{"cart_id": cart}
	if len(data) > 0 {
		body["data"] = data
	}
	var out struct {
		ShippingOption struct {
			CalculatedPrice struct {
				Amount       *model.Amount `json:"calculated_amount"`
				TaxInclusive bool          `json:"is_calculated_price_tax_inclusive"`
			} `json:"calculated_price"`
		} `json:"shipping_option"`
	}
	if err := c.post(ctx, who, "/store/shipping-options/"+url.PathEscape(option)+"/calculate", body, &out); err != nil {
		return Price{}, err
	}
	p := out.ShippingOption.CalculatedPrice
	if p.Amount == nil {
		return Price{}, c.failed(ctx, errors.New("the answer has no price"))
	}
	return Price{Amount: *p.Amount, TaxInclusive: p.TaxInclusive}, nil
}

// ChooseShipping puts a shipping option into a cart.
func (c *Client) ChooseShipping(ctx context.Context, who Caller, cart, option string, data model.JSON) error {
	body := map[string]any{"option_id": option}
	if len(data) > 0 {
		body["data"] = data
	}
	return c.post(ctx, who, "/store/carts/"+url.PathEscape(cart)+"/shipping-methods", body, nil)
}

// Refresh finds the prices, the shipping, the taxes and the promotions of a cart anew, and what is to pay. region is the cart's region.
func (c *Client) Refresh(ctx context.Context, who Caller, cart, region string) error {
	return c.post(ctx, who, "/store/carts/"+url.PathEscape(cart), map[string]any{"region_id": region}, nil)
}

// A Return is what is to come back of an order.
type Return struct {
	Order    string       `json:"order_id"`
	Items    []ReturnItem `json:"items"`
	Shipping ReturnVia    `json:"return_shipping"`
	Note     *string      `json:"note,omitempty"`
	Received bool         `json:"receive_now,omitempty"` // it has come back already
	Location *string      `json:"location_id,omitempty"`
}

// ReturnItem is how much of a line comes back.
type ReturnItem struct {
	Line     string          `json:"id"`
	Quantity json.RawMessage `json:"quantity"` // a number
	Reason   *string         `json:"reason_id,omitempty"`
	Note     *string         `json:"note,omitempty"`
}

// ReturnVia is the shipping option by which something comes back, at a price of its own if there is one.
type ReturnVia struct {
	Option string          `json:"option_id"`
	Price  json.RawMessage `json:"price,omitempty"` // a number
}

// RequestReturn has a carrier send what a return needs, and returns the id of the return.
func (c *Client) RequestReturn(ctx context.Context, who Caller, r *Return) (id string, err error) {
	var out struct{ Return struct{ ID string } }
	err = c.post(ctx, who, "/store/returns", r, &out)
	if err == nil && out.Return.ID == "" {
		err = c.failed(ctx, errors.New("the answer has no return"))
	}
	return out.Return.ID, err
}

// PaymentMethods returns what the holder of an account at a payment provider has saved there to pay with. It fails with ErrNoRoute unless the
// Medusa project has a route for it, such as that in the directory project.
func (c *Client) PaymentMethods(ctx context.Context, who Caller, holder string) ([]*model.PaymentMethod, error) {
	var out struct {
		PaymentMethods []*struct {
			ID   string
			Data model.JSON
		} `json:"payment_methods"`
	}
	status, answer, err := c.send(ctx, who, http.MethodGet, "/store/payment-methods/"+url.PathEscape(holder), nil)
	if err == nil && status == http.StatusNotFound && !json.Valid(answer) { // but a page of Express
		c.o.Log.WarnContext(ctx, "Medusa has no route /store/payment-methods/:account_holder_id; rest/README.md has one")
		return nil, ErrNoRoute
	}
	if err := c.read(ctx, status, answer, err, &out); err != nil {
		return nil, err
	}
	methods := make([]*model.PaymentMethod, len(out.PaymentMethods))
	for n, m := range out.PaymentMethods {
		methods[n] = &model.PaymentMethod{ID: m.ID, Data: m.Data}
	}
	return methods, nil
}

// SessionCustomer returns the id of the customer whose session the cookie of a caller names. It is empty if the session has ended or is another
// actor's.
func (c *Client) SessionCustomer(ctx context.Context, who Caller) (string, error) {
	status, answer, err := c.send(ctx, who, http.MethodGet, "/store/customers/me?fields=id", nil)
	if err == nil && status == http.StatusUnauthorized {
		return "", nil
	}
	var out struct{ Customer struct{ ID string } }
	err = c.read(ctx, status, answer, err, &out)
	if err == nil && out.Customer.ID == "" {
		err = c.failed(ctx, errors.New("the answer has no customer"))
	}
	return out.Customer.ID, err
}

// Taxes finds the taxes of a cart anew, also where that is not automatic.
func (c *Client) Taxes(ctx context.Context, who Caller, cart string) error {
	return c.post(ctx, who, "/store/carts/"+url.PathEscape(cart)+"/taxes", nil, nil)
}

// A LogIn is what came of a log-in: a token, or the page where it continues.
type LogIn struct {
	Token    *string `json:"token"`
	Location *string `json:"location"`
}

// LogIn begins or does a log-in of an actor type by a provider. step is empty, register or callback.
func (c *Client) LogIn(ctx context.Context, who Caller, actor, provider, step string, in map[string]any) (out LogIn, err error) {
	path := "/auth/" + url.PathEscape(actor) + "/" + url.PathEscape(provider)
	if step != "" {
		path += "/" + step
	}
	if step == "callback" { // which reads what the provider has sent from the query string
		q := url.Values{}
		for name, v := range in {
			q.Set(name, fmt.Sprint(v))
		}
		path, in = path+"?"+q.Encode(), map[string]any{}
	}
	err = c.post(ctx, who, path, in, &out)
	if err == nil && out.Token == nil && out.Location == nil {
		err = c.failed(ctx, errors.New("the answer to a log-in has neither a token nor a location"))
	}
	return out, err
}

// post sends a request with a body and reads the answer into a value, if there is one.
func (c *Client) post(ctx context.Context, who Caller, path string, body, into any) error {
	if body == nil {
		body = struct{}{}
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	status, answer, err := c.send(ctx, who, http.MethodPost, path, text)
	return c.read(ctx, status, answer, err, into)
}

// send sends a request and returns the answer.
func (c *Client) send(ctx context.Context, who Caller, method, path string, body []byte) (status int, answer []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, method, c.o.URL+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	for name, value := range map[string]string{
		"X-Publishable-Api-Key": who.Key, "X-Medusa-Locale": who.Locale, "X-Forwarded-For": who.Address,
	} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if who.Token != "" {
		r.Header.Set("Authorization", "Bearer "+who.Token)
	}
	if who.Cookie != "" {
		r.Header.Set("Cookie", who.Cookie)
	}
	res, err := c.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return res.StatusCode, answer, err
}

// read reads an answer into a value, if there is one. It fails if there is no answer, or one that says no.
func (c *Client) read(ctx context.Context, status int, answer []byte, err error, into any) error {
	switch {
	case err != nil:
		return c.failed(ctx, err)
	case status != http.StatusOK:
		return c.refused(ctx, status, answer)
	case into == nil:
		return nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return c.failed(ctx, err)
	}
	return nil
}

// kinds are the kinds of the errors of a Medusa, by their statuses.
var kinds = map[int]model.Kind{
	http.StatusBadRequest: model.Invalid, http.StatusUnauthorized: model.Unauthorized, http.StatusForbidden: model.NotAllowed,
	http.StatusNotFound: model.NotFound, http.StatusConflict: model.Conflict, http.StatusUnprocessableEntity: model.Invalid,
}

// refused is the error of a Medusa that has answered with one.
func (c *Client) refused(ctx context.Context, status int, answer []byte) error {
	var told struct{ Type, Message, Code string }
	kind, known := kinds[status]
	if err := json.Unmarshal(answer, &told); err != nil || !known || told.Message == "" {
		return c.failed(ctx, fmt.Errorf("%d %.500s", status, answer))
	}
	if told.Type == "not_allowed" {
		kind = model.NotAllowed
	}
	return &model.Error{Kind: kind, Message: told.Message, Code: told.Code}
}

// failed is the error of a Medusa that has not answered. Why is logged; the shopper is told only that.
func (c *Client) failed(ctx context.Context, err error) error {
	if cause := ctx.Err(); errors.Is(cause, context.Canceled) {
		return cause
	}
	c.o.Log.WarnContext(ctx, "Medusa did not do what needs its provider", "error", err)
	return &model.Error{
		Kind: model.Unavailable, Code: NoAnswer, Message: "The provider does not answer at the moment; try again later", RetryAfter: time.Second,
	}
}
