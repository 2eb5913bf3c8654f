package model

// A Currency is a unit of money by its ISO 4217 code, in lower case.
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

// A Region is where a shop sells in one currency.
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

// A Country belongs to one region at most. Its codes are those of ISO 3166-1, in lower case.
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

// A PaymentProvider is a way to pay.
type PaymentProvider struct {
	ID        string
	IsEnabled bool
	CreatedAt Time
	UpdatedAt Time
	DeletedAt *Time
}

// A ReturnReason is why something comes back. Reasons form a tree; only leaves can be chosen.
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

// A Locale is a language the shop's texts are translated into, by its BCP 47 tag.
type Locale struct {
	Code string
	Name string
}
