package model

// A Customer buys. A guest's e-mail address makes one without an account; registering makes another one with it.
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

	Addresses []*CustomerAddress `bun:"-"`
	AllOrders []*Order           `bun:"-"`
}

// A CustomerAddress is where a customer wants things sent or billed. At most one of a customer's is the default of each.
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
