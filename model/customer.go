package model

// A Customer is somebody who buys. A guest who gives an e-mail address becomes one without an account; registering makes
// another one, with an account.
type Customer struct {
	ID          string
	Email       *string
	CompanyName *string
	FirstName   *string
	LastName    *string
	Phone       *string
	HasAccount  bool
	Metadata    JSON
	CreatedAt   Time
	UpdatedAt   Time
	DeletedAt   *Time

	Addresses []*CustomerAddress       `bun:"-"`
	Orders    Results[OrderConnection] `bun:"-"`
	Carts     Results[CartConnection]  `bun:"-"`
	AllOrders []*Order                 `bun:"-"`
}

// A CustomerAddress is an address of a customer, for shipping or billing. At most one address of a customer is the default for
// shipping, and at most one for billing.
type CustomerAddress struct {
	ID                string
	CustomerID        string
	AddressName       *string
	IsDefaultShipping bool
	IsDefaultBilling  bool
	Company           *string
	FirstName         *string
	LastName          *string
	Address1          *string `bun:"address_1"`
	Address2          *string `bun:"address_2"`
	City              *string
	CountryCode       *string
	Province          *string
	PostalCode        *string
	Phone             *string
	Metadata          JSON
	CreatedAt         Time
	UpdatedAt         Time
	DeletedAt         *Time
}

// CustomerAddressConnection is a page of a customer's addresses.
type CustomerAddressConnection = Connection[CustomerAddress]

// CustomerAddressEdge is an address of such a page, with its cursor.
type CustomerAddressEdge = Edge[CustomerAddress]
