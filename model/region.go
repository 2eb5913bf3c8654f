package model

// A Currency is a currency. Code is its ISO 4217 code, in lower case.
type Currency struct {
	Code          string
	Name          string
	Symbol        string
	SymbolNative  string
	DecimalDigits int
	Rounding      Amount
	CreatedAt     Time
	UpdatedAt     Time
	DeletedAt     *Time
}

// A Region is a set of countries in which the shop sells in one currency.
type Region struct {
	ID             string
	Name           string
	CurrencyCode   string
	AutomaticTaxes bool
	Metadata       JSON
	CreatedAt      Time
	UpdatedAt      Time
	DeletedAt      *Time

	Countries        []*Country         `bun:"-"`
	PaymentProviders []*PaymentProvider `bun:"-"`
}

// A Country belongs to at most one region. Its codes are those of ISO 3166-1, in lower case.
type Country struct {
	Iso2        string `bun:"iso_2"`
	Iso3        string `bun:"iso_3"`
	NumCode     string
	Name        string
	DisplayName string
	RegionID    *string
	Metadata    JSON
	CreatedAt   Time
	UpdatedAt   Time
	DeletedAt   *Time
}

// A PaymentProvider is a provider of payments, such as pp_stripe_stripe.
type PaymentProvider struct {
	ID        string
	IsEnabled bool
	CreatedAt Time
	UpdatedAt Time
	DeletedAt *Time
}

// A ReturnReason is a reason for a return. Reasons form a tree, of which only the leaves can be chosen.
type ReturnReason struct {
	ID                   string
	Value                string
	Label                string
	Description          *string
	Metadata             JSON
	ParentReturnReasonID *string
	CreatedAt            Time
	UpdatedAt            Time
	DeletedAt            *Time

	ParentReturnReason   *ReturnReason   `bun:"-"`
	ReturnReasonChildren []*ReturnReason `bun:"-"`
}

// A Locale is a language that the shop's texts are translated to. Code is its BCP 47 tag.
type Locale struct {
	Code string
	Name string
}
