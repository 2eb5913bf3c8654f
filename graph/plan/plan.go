package plan

import (
	"context"
	"io"
	"reflect"
	"strings"
	"unsafe"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
	"github.com/storegraph/storegraph/model/recent"
)

// Plans compiles selections and keeps the compiled plans. It is safe for concurrent use.
type Plans struct {
	schema   *ast.Schema
	off      bool
	read     ArgumentReader
	cache    *recent.Cache[key, *compiled] // by the bytes of the documents that the plans are of
	fallback func(field string)
}

// key names a selection. A field of a document may be selected by several operations through fragments,
// each of which can merge other fields into it.
type key struct {
	operation *ast.OperationDefinition
	field     *ast.Field
	dialect   model.Dialect
}

type compiled struct {
	want  db.Want
	calls []call
	root  writer // nil if the selection cannot be written by a plan
	typ   reflect.Type
}

// Options tunes Plans. The zero value is the default of each.
type Options struct {
	Size     int                // how many plans are kept; 0 means 1,000
	Text     int                // bytes that the documents of all kept plans may have; 0 means 2 MB. What is kept of them takes some 25 times that
	Off      bool               // never write by a plan: gqlgen's executor writes everything
	Fallback func(field string) // called with the root field whenever gqlgen's executor has to write it
	Read     ArgumentReader     // of the fields below the root; nil if none takes arguments
}

// New returns plans for schema.
func New(schema *ast.Schema, o Options) *Plans {
	if o.Size <= 0 {
		o.Size = 1000
	}
	if o.Text <= 0 {
		o.Text = 2 << 20
	}
	if o.Fallback == nil {
		o.Fallback = func(string) {}
	}
	return &Plans{schema: schema, off: o.Off, read: o.Read, cache: recent.New[key, *compiled](o.Size, o.Text), fallback: o.Fallback}
}

type wantKey struct{}

// Want returns what the selection of the root field being resolved wants. It is nil outside a @fast field.
func Want(ctx context.Context) db.Want {
	w, _ := ctx.Value(wantKey{}).(db.Want)
	return w
}

// Selected returns what is selected of the field being resolved, whatever the type of the thing, and the context in which to read it. It
// is for fields that are not @fast; those ask Want.
func Selected(ctx context.Context, read ArgumentReader) (context.Context, db.Want, error) {
	b := builder{op: graphql.GetOperationContext(ctx)}
	want := b.want(graphql.GetFieldContext(ctx).Field)
	calls, err := evaluate(ctx, b.calls, read)
	return field.WithCalls(ctx, calls), want, err
}

// Fast implements the @fast directive: it tells the resolver what is wanted, and writes its result by a plan
// where the selection allows it.
func (p *Plans) Fast(ctx context.Context, _ any, next graphql.Resolver) (any, error) {
	op := graphql.GetOperationContext(ctx)
	root := graphql.GetFieldContext(ctx).Field
	k := key{op.Operation, root.Field, model.DialectOf(ctx)}
	c, ok := p.cache.Get(k)
	if !ok {
		c = &compiled{}
		b := builder{op: op, schema: p.schema, dialect: k.dialect}
		c.want = b.want(root)
		conditional := b.conditional
		if t := resultType(root); t != nil && !p.off {
			c.root, c.typ = b.at(root, pathOf(root), root.Definition.Type, t), t
		}
		c.calls = b.calls
		if !conditional {
			p.cache.Add(k, c, len(op.RawQuery))
		}
	}
	calls, err := evaluate(ctx, c.calls, p.read)
	if err != nil {
		return nil, err
	}
	within := context.WithValue(ctx, wantKey{}, c.want)
	if calls != nil {
		within = field.WithCalls(within, calls)
	}
	v, err := next(within)
	if err != nil {
		return v, err
	}
	if op.Operation.Operation == ast.Subscription {
		return p.stream(ctx, c, calls, root, v), nil
	}
	if c.root == nil || reflect.TypeOf(v) != c.typ || reflect.ValueOf(v).IsNil() {
		return p.fallBack(ctx, root, v)
	}
	// The value of an interface that holds a pointer is that pointer; a slice is behind one.
	var at unsafe.Pointer
	if c.typ.Kind() == reflect.Pointer {
		ptr := reflect.ValueOf(v).UnsafePointer()
		at = unsafe.Pointer(&ptr)
	} else {
		slice := reflect.New(c.typ)
		slice.Elem().Set(reflect.ValueOf(v))
		at = slice.UnsafePointer()
	}
	out, ok, err := write(c.root, at, calls)
	if err != nil {
		return nil, err
	}
	if !ok {
		return p.fallBack(ctx, root, v)
	}
	return graphql.WriterFunc(func(w io.Writer) { _, _ = w.Write(out) }), nil
}

// fallBack returns a value for gqlgen's executor to write. It fails if that would be too much.
func (p *Plans) fallBack(ctx context.Context, root graphql.CollectedField, v any) (any, error) {
	if newScale(graphql.GetOperationContext(ctx)).weigh(root, reflect.ValueOf(v)) > maxFields {
		return nil, model.ErrTooExpensive
	}
	if b := fellBack(ctx); b != nil {
		*b = true
	}
	if !p.off && !reflect.ValueOf(v).IsZero() {
		p.fallback(root.Name)
	}
	return v, nil
}

// resultType is the Go type that the resolver of a root field returns, by the GraphQL type's name.
func resultType(field graphql.CollectedField) reflect.Type {
	name := field.Definition.Type.Name()
	t := types[name]
	if t == nil {
		t = payloads[name]
	}
	if t == nil {
		return nil
	}
	t = reflect.PointerTo(t)
	if field.Definition.Type.Elem != nil {
		t = reflect.SliceOf(t)
	}
	return t
}

// types are the Go types of the object types that @fast fields return.
var types = map[string]reflect.Type{
	"Product":                   reflect.TypeFor[model.Product](),
	"ProductConnection":         reflect.TypeFor[model.ProductConnection](),
	"ProductFacets":             reflect.TypeFor[model.ProductFacets](),
	"ProductVariant":            reflect.TypeFor[model.ProductVariant](),
	"ProductVariantConnection":  reflect.TypeFor[model.ProductVariantConnection](),
	"ProductOption":             reflect.TypeFor[model.ProductOption](),
	"ProductOptionConnection":   reflect.TypeFor[model.ProductOptionConnection](),
	"ProductTag":                reflect.TypeFor[model.ProductTag](),
	"ProductTagConnection":      reflect.TypeFor[model.ProductTagConnection](),
	"ProductType":               reflect.TypeFor[model.ProductType](),
	"ProductTypeConnection":     reflect.TypeFor[model.ProductTypeConnection](),
	"Collection":                reflect.TypeFor[model.Collection](),
	"CollectionConnection":      reflect.TypeFor[model.CollectionConnection](),
	"ProductCategory":           reflect.TypeFor[model.ProductCategory](),
	"ProductCategoryConnection": reflect.TypeFor[model.ProductCategoryConnection](),
	"Currency":                  reflect.TypeFor[model.Currency](),
	"CurrencyConnection":        reflect.TypeFor[model.CurrencyConnection](),
	"Region":                    reflect.TypeFor[model.Region](),
	"RegionConnection":          reflect.TypeFor[model.RegionConnection](),
	"PaymentProviderConnection": reflect.TypeFor[model.PaymentProviderConnection](),
	"ReturnReason":              reflect.TypeFor[model.ReturnReason](),
	"ReturnReasonConnection":    reflect.TypeFor[model.ReturnReasonConnection](),
	"SearchResults":             reflect.TypeFor[model.SearchResults](),
	"Suggestions":               reflect.TypeFor[model.Suggestions](),
	"Cart":                      reflect.TypeFor[model.Cart](),
	"ShippingOption":            reflect.TypeFor[model.ShippingOption](),
	"Order":                     reflect.TypeFor[model.Order](),
	"OrderConnection":           reflect.TypeFor[model.OrderConnection](),
	"Return":                    reflect.TypeFor[model.Return](),
	"PaymentCollection":         reflect.TypeFor[model.PaymentCollection](),
	"PaymentMethod":             reflect.TypeFor[model.PaymentMethod](),
	"Locale":                    reflect.TypeFor[model.Locale](),
	"Customer":                  reflect.TypeFor[model.Customer](),
	"CustomerAddress":           reflect.TypeFor[model.CustomerAddress](),
	"CustomerAddressConnection": reflect.TypeFor[model.CustomerAddressConnection](),
	"AuthProvider":              reflect.TypeFor[model.AuthProvider](),
	"AuthFactor":                reflect.TypeFor[model.AuthFactor](),
	"Authentication":            reflect.TypeFor[model.Authentication](),
	"Session":                   reflect.TypeFor[model.Session](),
	"Verification":              reflect.TypeFor[model.Verification](),
}

// payloads are the Go types of what mutations return. Several mutations share one.
var payloads = map[string]reflect.Type{}

func init() {
	for t, mutations := range map[reflect.Type]string{
		reflect.TypeFor[model.CartPayload]():                    "CreateCart UpdateCart ClaimCart AddLineItems UpdateLineItems RemoveLineItems AddPromotions RemovePromotions AddShippingMethods CalculateTaxes MergeCarts Reorder AdoptCart",
		reflect.TypeFor[model.CustomerPayload]():                "RegisterCustomer UpdateCustomer AddCustomerAddress UpdateCustomerAddress DeleteCustomerAddress",
		reflect.TypeFor[model.OrderPayload]():                   "RequestOrderTransfer AcceptOrderTransfer DeclineOrderTransfer CancelOrderTransfer",
		reflect.TypeFor[model.PaymentPayload]():                 "CreatePaymentCollection CreatePaymentSession",
		reflect.TypeFor[model.AuthenticationPayload]():          "RegisterIdentity LogIn CompleteLogIn RefreshToken VerifyAuthChallenge",
		reflect.TypeFor[model.DonePayload]():                    "DeleteSession RequestPasswordReset UpdatePassword",
		reflect.TypeFor[model.VerificationPayload]():            "RequestVerification ConfirmVerification",
		reflect.TypeFor[model.FactorPayload]():                  "VerifyAuthFactor DisableAuthFactor",
		reflect.TypeFor[model.CompleteCartPayload]():            "CompleteCart",
		reflect.TypeFor[model.RequestReturnPayload]():           "RequestReturn",
		reflect.TypeFor[model.CalculateShippingOptionPayload](): "CalculateShippingOption",
		reflect.TypeFor[model.CreateSessionPayload]():           "CreateSession",
		reflect.TypeFor[model.CreateAuthFactorPayload]():        "CreateAuthFactor",
		reflect.TypeFor[model.GenerateRecoveryCodesPayload]():   "GenerateRecoveryCodes",
	} {
		for name := range strings.FieldsSeq(mutations) {
			payloads[name+"Payload"] = t
		}
	}
}
