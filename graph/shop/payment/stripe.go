package payment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stripe/stripe-go/v85"

	"github.com/storegraph/storegraph/graph/shop/remote"
	"github.com/storegraph/storegraph/model"
)

// StripeOptions is how the shop uses its Stripe account.
type StripeOptions struct {
	APIKey        string
	WebhookSecret string // empty: no event is believed
	AutoCapture   bool   // take the money at once; otherwise the merchant does
	Now           func() time.Time
	URL           string // of the API; empty: Stripe's own
}

// Stripe is payment by Stripe, with an intent for each session.
type Stripe struct {
	o      StripeOptions
	client *stripe.Client
}

// stripeClient has requests to Stripe be part of traces.
var stripeClient = &http.Client{Transport: remote.Transport(nil, "stripe"), Timeout: stripeTime}

// stripeTime is how long Stripe may take, which is its library's own time.
const stripeTime = 80 * time.Second

// NewStripe returns the provider of a Stripe account. It does not connect.
func NewStripe(o StripeOptions) *Stripe {
	c := &stripe.BackendConfig{MaxNetworkRetries: stripe.Int64(2), LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull}, EnableTelemetry: new(false), HTTPClient: stripeClient}
	if o.URL != "" {
		c.URL = stripe.String(o.URL)
	}
	return &Stripe{o: o, client: stripe.NewClient(o.APIKey, stripe.WithBackends(stripe.NewBackendsWithConfig(c)))}
}

// intent is what the shop reads of a payment intent.
type intent struct {
	ID               string          `json:"id"`
	Status           string          `json:"status"`
	Currency         string          `json:"currency"`
	AmountCapturable int64           `json:"amount_capturable"`
	AmountReceived   int64           `json:"amount_received"`
	LastPaymentError json.RawMessage `json:"last_payment_error"`
	Metadata         struct {
		SessionID string `json:"session_id"`
	} `json:"metadata"`
}

// shopperMay are the parameters of an intent that a shopper's request may set. When money is taken is for the merchant.
var shopperMay = []string{
	"setup_future_usage", "payment_method_types", "payment_method_data", "payment_method_options", "automatic_payment_methods", "off_session", "confirm",
	"payment_method", "return_url", "payment_method_configuration",
}

// maxParams bounds what a shopper's request may set of an intent.
const maxParams = 200

// Begin creates an intent. That of a logged-in customer is theirs, so that they can pay by what they have saved.
func (s *Stripe) Begin(ctx context.Context, r Request) (Outcome, error) {
	method := "manual"
	if s.o.AutoCapture {
		method = "automatic"
	}
	p := &stripe.PaymentIntentCreateParams{
		Amount: new(smallestUnits(r.Amount, r.CurrencyCode)), Currency: stripe.String(strings.ToLower(r.CurrencyCode)), CaptureMethod: &method,
		Metadata: map[string]string{"session_id": r.SessionID}, Expand: []*string{stripe.String("payment_method")},
	}
	if r.Holder != nil {
		p.Customer = &r.Holder.ID
	}
	var sent map[string]any
	if err := json.Unmarshal(r.Data, &sent); len(r.Data) > 0 && err != nil {
		return Outcome{}, model.Invalid.Because(model.UserErrorCodeInvalid, "data").Errorf("The data of a payment session must be an object")
	}
	n := 0
	for _, name := range shopperMay {
		addExtra(&p.Params, name, sent[name], &n)
	}
	if n > maxParams {
		return Outcome{}, model.Invalid.Because(model.UserErrorCodeLimitExceeded, "data").Errorf("The data of a payment session is too long")
	}
	if d, ok := sent["payment_description"].(string); ok {
		p.Description = &d
	}
	p.SetIdempotencyKey(r.SessionID)
	created, err := s.client.V1PaymentIntents.Create(ctx, p)
	if declined, ok := errors.AsType[*stripe.Error](err); ok && declined.Type == stripe.ErrorTypeCard && declined.PaymentIntent != nil {
		return s.ask(ctx, declined.PaymentIntent.ID, Session{ID: r.SessionID, Amount: r.Amount, CurrencyCode: r.CurrencyCode})
	}
	if err != nil {
		return Outcome{}, failure(err)
	}
	return outcome(created.LastResponse.RawJSON, r.Amount, r.CurrencyCode)
}

// addExtra adds a JSON value as Stripe's forms spell it: a[b][0]=c.
func addExtra(p *stripe.Params, name string, v any, n *int) {
	*n++
	if *n > maxParams {
		return
	}
	switch v := v.(type) {
	case nil:
	case map[string]any:
		for key, e := range v {
			addExtra(p, name+"["+key+"]", e, n)
		}
	case []any:
		for i, e := range v {
			addExtra(p, name+"["+strconv.Itoa(i)+"]", e, n)
		}
	case string:
		p.AddExtra(name, v)
	default:
		text, err := json.Marshal(v)
		if err == nil {
			p.AddExtra(name, string(text))
		}
	}
}

// Authorize asks how the intent stands.
func (s *Stripe) Authorize(ctx context.Context, session Session) (Outcome, error) {
	id := intentOf(session)
	if id == "" {
		return Outcome{Status: model.PaymentStatusError, Data: session.Data}, nil
	}
	return s.ask(ctx, id, session)
}

func (s *Stripe) ask(ctx context.Context, id string, session Session) (Outcome, error) {
	p := &stripe.PaymentIntentRetrieveParams{Expand: []*string{stripe.String("payment_method")}}
	found, err := s.client.V1PaymentIntents.Retrieve(ctx, id, p)
	if err != nil {
		return Outcome{}, failure(err)
	}
	return outcome(found.LastResponse.RawJSON, session.Amount, session.CurrencyCode)
}

// intentOf is the id of a session's intent, or empty.
func intentOf(s Session) string {
	var i intent
	if json.Unmarshal(s.Data, &i) != nil || !strings.HasPrefix(i.ID, "pi_") {
		return ""
	}
	return i.ID
}

// outcome is how an intent stands, which shall pay an amount.
func outcome(raw []byte, amount model.Amount, currency string) (Outcome, error) {
	var i intent
	if err := json.Unmarshal(raw, &i); err != nil {
		return Outcome{}, fmt.Errorf("payment intent: %w", err)
	}
	out := Outcome{Status: model.PaymentStatusPending, Data: raw}
	held := int64(0)
	switch stripe.PaymentIntentStatus(i.Status) {
	case stripe.PaymentIntentStatusRequiresPaymentMethod:
		if len(i.LastPaymentError) > 0 && string(i.LastPaymentError) != "null" {
			out.Status = model.PaymentStatusError
		}
	case stripe.PaymentIntentStatusRequiresAction:
		out.Status = model.PaymentStatusRequiresMore
	case stripe.PaymentIntentStatusCanceled:
		out.Status = model.PaymentStatusCanceled
	case stripe.PaymentIntentStatusRequiresCapture:
		out.Status, held = model.PaymentStatusAuthorized, i.AmountCapturable
	case stripe.PaymentIntentStatusSucceeded:
		out.Status, held = model.PaymentStatusCaptured, i.AmountReceived
	case stripe.PaymentIntentStatusProcessing, stripe.PaymentIntentStatusRequiresConfirmation:
	}
	if out.Status.Paid() && (held < smallestUnits(amount, currency) || !strings.EqualFold(i.Currency, currency)) {
		paid := fromSmallest(held, i.Currency)
		if !strings.EqualFold(i.Currency, currency) {
			paid = model.Amount{}
		}
		out.Amount = &paid
	}
	if more := held - smallestUnits(amount, currency); out.Status == model.PaymentStatusCaptured && out.Amount == nil && more > 0 {
		excess := fromSmallest(more, i.Currency)
		out.Excess = &excess
	}
	return out, nil
}

// refund refunds money of an intent. A refund with the same key is made once: Stripe forgets keys after some days, so that it is asked at first
// whether there is one.
func (s *Stripe) refund(ctx context.Context, id string, units int64, key string) error {
	list := &stripe.RefundListParams{PaymentIntent: &id}
	list.Limit = stripe.Int64(100)
	for made, err := range s.client.V1Refunds.List(ctx, list).All(ctx) {
		if err != nil {
			return failure(err)
		}
		if made.Metadata["refund_key"] == key && made.Status != stripe.RefundStatusFailed && made.Status != stripe.RefundStatusCanceled {
			return nil
		}
	}
	p := &stripe.RefundCreateParams{PaymentIntent: &id, Amount: &units, Metadata: map[string]string{"refund_key": key}}
	p.SetIdempotencyKey(key)
	_, err := s.client.V1Refunds.Create(ctx, p)
	if e, ok := errors.AsType[*stripe.Error](err); ok && e.Code == stripe.ErrorCodeChargeAlreadyRefunded {
		return nil
	}
	return failure(err)
}

// Refund gives back an amount of what an intent took.
func (s *Stripe) Refund(ctx context.Context, session Session, amount model.Amount, key string) error {
	id := intentOf(session)
	if id == "" {
		return model.Payment.Because(model.UserErrorCodePaymentFailed).Errorf("the payment has no intent at Stripe")
	}
	return s.refund(ctx, id, smallestUnits(amount, session.CurrencyCode), key)
}

// Capture takes what an intent has authorised. If that has been done already, that is its state.
func (s *Stripe) Capture(ctx context.Context, session Session) (Outcome, error) {
	id := intentOf(session)
	if id == "" {
		return Outcome{Status: model.PaymentStatusError, Data: session.Data}, nil
	}
	captured, err := s.client.V1PaymentIntents.Capture(ctx, id, nil)
	if e, ok := errors.AsType[*stripe.Error](err); ok && e.Code == stripe.ErrorCodePaymentIntentUnexpectedState {
		return s.ask(ctx, id, session)
	}
	if err != nil {
		return Outcome{}, failure(err)
	}
	return outcome(captured.LastResponse.RawJSON, session.Amount, session.CurrencyCode)
}

// Void cancels the intent of a session, or gives its money back.
func (s *Stripe) Void(ctx context.Context, session Session) (model.JSON, error) {
	id := intentOf(session)
	if id == "" {
		return session.Data, nil
	}
	found, err := s.client.V1PaymentIntents.Retrieve(ctx, id, nil)
	if e, ok := errors.AsType[*stripe.Error](err); ok && e.Code == stripe.ErrorCodeResourceMissing {
		return session.Data, nil
	}
	if err != nil {
		return nil, failure(err)
	}
	switch found.Status {
	case stripe.PaymentIntentStatusCanceled:
		return found.LastResponse.RawJSON, nil
	case stripe.PaymentIntentStatusSucceeded:
		return found.LastResponse.RawJSON, s.refund(ctx, id, found.AmountReceived, session.ID+"_void")
	default:
		p := &stripe.PaymentIntentCancelParams{}
		canceled, err := s.client.V1PaymentIntents.Cancel(ctx, id, p)
		if err != nil {
			return nil, failure(err)
		}
		return canceled.LastResponse.RawJSON, nil
	}
}

// Holder makes a customer known to Stripe. The same customer is made once, also if the answer is lost.
func (s *Stripe) Holder(ctx context.Context, c *model.PayingCustomer) (*Holder, error) {
	p := &stripe.CustomerCreateParams{Email: c.Email, Phone: c.Phone}
	if name := payerName(c); name != "" {
		p.Name = &name
	}
	if a := c.Billing; a != nil {
		p.Address = &stripe.AddressParams{
			City: a.City, Country: a.CountryCode, Line1: a.Address1, Line2: a.Address2, PostalCode: a.PostalCode, State: a.Province,
		}
	}
	p.SetIdempotencyKey(c.ID)
	made, err := s.client.V1Customers.Create(ctx, p)
	if err != nil {
		return nil, failure(err)
	}
	return &Holder{ID: made.ID, Data: made.LastResponse.RawJSON}, nil
}

func payerName(c *model.PayingCustomer) string {
	if c.CompanyName != nil && *c.CompanyName != "" {
		return *c.CompanyName
	}
	var names []string
	for _, n := range []*string{c.FirstName, c.LastName} {
		if n != nil && *n != "" {
			names = append(names, *n)
		}
	}
	return strings.Join(names, " ")
}

// Methods lists the payment methods that the customer saved, at most a hundred.
func (s *Stripe) Methods(ctx context.Context, h Holder) ([]*model.PaymentMethod, error) {
	p := &stripe.CustomerListPaymentMethodsParams{Customer: &h.ID}
	p.Limit = stripe.Int64(100)
	page := s.client.V1Customers.ListPaymentMethods(ctx, p)
	if err := page.Err(); err != nil {
		return nil, failure(err)
	}
	var out []*model.PaymentMethod
	for _, m := range page.Data() {
		data, err := json.Marshal(m)
		if err != nil {
			return nil, err
		}
		out = append(out, &model.PaymentMethod{ID: m.ID, Data: data})
	}
	return out, nil
}

// tolerance is how old a signed event may be.
const tolerance = 5 * time.Minute

// Event reads an event that Stripe signed.
func (s *Stripe) Event(_ context.Context, w Webhook) (Event, error) {
	signature := w.Header("Stripe-Signature")
	if s.o.WebhookSecret == "" || !s.fresh(signature) {
		return Event{}, errUnsigned
	}
	e, err := stripe.ConstructEvent(w.Body, signature, s.o.WebhookSecret, stripe.WithIgnoreTolerance(), stripe.WithIgnoreAPIVersionMismatch())
	if err != nil {
		return Event{}, errUnsigned
	}
	out := Event{ID: e.ID, Action: Ignored}
	action, known := actions[e.Type]
	if !known || e.Data == nil {
		return out, nil
	}
	var i intent
	if err := json.Unmarshal(e.Data.Raw, &i); err != nil {
		return Event{}, model.Invalid.Errorf("the event %s has no payment intent", e.ID)
	}
	if i.Metadata.SessionID == "" { // of another shop on the same account
		return out, nil
	}
	out.Action, out.SessionID = action, i.Metadata.SessionID
	units := i.AmountReceived
	if action == Authorized {
		units = i.AmountCapturable
	}
	amount := fromSmallest(units, i.Currency)
	out.Amount, out.Data = &amount, model.JSON(e.Data.Raw)
	return out, nil
}

var errUnsigned = model.Unauthorized.Errorf("the event is not signed by Stripe")

var actions = map[stripe.EventType]Action{
	stripe.EventTypePaymentIntentAmountCapturableUpdated: Authorized,
	stripe.EventTypePaymentIntentSucceeded:               Captured,
	stripe.EventTypePaymentIntentCanceled:                Canceled,
}

// fresh reports whether a signature was made about now.
func (s *Stripe) fresh(signature string) bool {
	for part := range strings.SplitSeq(signature, ",") {
		if text, ok := strings.CutPrefix(part, "t="); ok {
			sec, err := strconv.ParseInt(text, 10, 64)
			return err == nil && s.o.Now().Sub(time.Unix(sec, 0)).Abs() <= tolerance
		}
	}
	return false
}

var errUnavailable = model.Payment.Because(model.UserErrorCodePaymentProviderUnavailable).Errorf("The payment provider is not available at the moment; try it again")

// failure returns an error of Stripe's with the message for the shopper, who sees only what concerns them. Nil stays nil.
func failure(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*stripe.Error](err); ok && (e.Type == stripe.ErrorTypeCard || e.Type == stripe.ErrorTypeInvalidRequest) && e.HTTPStatusCode != http.StatusUnauthorized {
		return model.Payment.Because(model.UserErrorCodePaymentFailed).Errorf("%s", e.Msg)
	}
	return fmt.Errorf("%w: %w", errUnavailable, err)
}

// The currencies whose smallest unit is not a hundredth, for Stripe.
var (
	noUnits   = strings.Fields("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF")
	milliunit = strings.Fields("BHD IQD JOD KWD OMR TND")
)

func places(currency string) int32 {
	switch c := strings.ToUpper(currency); {
	case slices.Contains(noUnits, c):
		return 0
	case slices.Contains(milliunit, c):
		return 3
	default:
		return 2
	}
}

// smallestUnits is an amount in the smallest unit of its currency, rounded half up. Stripe wants thousandths in tens, which are
// rounded up.
func smallestUnits(a model.Amount, currency string) int64 {
	n := places(currency)
	units := a.Shift(n).Round(0)
	if n == 3 {
		units = units.Div(decimal.NewFromInt(10)).Ceil().Mul(decimal.NewFromInt(10))
	}
	return units.IntPart()
}

func fromSmallest(units int64, currency string) model.Amount {
	return model.Amount{Decimal: decimal.NewFromInt(units).Shift(-places(currency))}
}
