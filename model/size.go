package model

// What things may hold that grow over many requests, each of which is small. The bounds are far above what a shopper needs, and below
// what one answer can show.
const (
	MaxCartLines       = 1000
	MaxCartPromotions  = 100
	MaxShippingMethods = 100
	MaxCartBytes       = 1 << 20   // of the metadata and addresses of a cart with all its lines and shipping methods
	MaxMetadata        = 100 << 10 // bytes of the metadata of one thing, which is as much as one request can bring
	MaxAddresses       = 500       // of a customer
	MaxCustomerBytes   = 4 << 20   // of the addresses of a customer
)

// A CartSize is how much a cart holds of what shoppers put there.
type CartSize struct {
	lines, promotions, methods int
	bytes                      int
	metadata                   int // bytes of the longest
}

// Size returns how much the cart holds.
func (c *Cart) Size() CartSize {
	s := CartSize{lines: len(c.Items), promotions: len(c.Promotions), methods: len(c.ShippingMethods)}
	s.add(c.Metadata)
	for _, i := range c.Items {
		s.add(i.Metadata)
	}
	for _, m := range c.ShippingMethods {
		s.add(m.Data)
		s.add(m.Metadata)
	}
	for _, a := range []*CartAddress{c.ShippingAddress, c.BillingAddress} {
		if a == nil {
			continue
		}
		s.add(a.Metadata)
		for _, text := range []*string{
			a.Company, a.FirstName, a.LastName, a.Address1, a.Address2, a.City, a.CountryCode, a.Province, a.PostalCode, a.Phone,
		} {
			if text != nil {
				s.bytes += len(*text)
			}
		}
	}
	return s
}

func (s *CartSize) add(metadata JSON) {
	s.bytes += len(metadata)
	s.metadata = max(s.metadata, len(metadata))
}

// Check fails if a cart of this size holds too much, and more than before. One that held too much already, since another program put it
// there, may shrink.
func (s CartSize) Check(before CartSize) error {
	for _, b := range []struct {
		now, before, most int
		message           string
	}{
		{s.lines, before.lines, MaxCartLines, "a cart must not have more than %d lines"},
		{s.promotions, before.promotions, MaxCartPromotions, "a cart must not have more than %d promotions"},
		{s.methods, before.methods, MaxShippingMethods, "a cart must not have more than %d shipping methods"},
		{s.metadata, before.metadata, MaxMetadata, "metadata must not be longer than %d bytes"},
		{s.bytes, before.bytes, MaxCartBytes, "the metadata and addresses of a cart must not be longer than %d bytes"},
	} {
		if b.now > b.most && b.now > b.before {
			return Invalid.Because(UserErrorCodeLimitExceeded).Errorf(b.message, b.most)
		}
	}
	return nil
}

// A CustomerSize is how much is stored of what a customer wrote.
type CustomerSize struct {
	Metadata  int // bytes of the longest, of the customer and their addresses
	Addresses int
	Bytes     int // of the addresses
}

// Check fails if that is too much, and more than before.
func (s CustomerSize) Check(before CustomerSize) error {
	switch {
	case s.Addresses > MaxAddresses && s.Addresses > before.Addresses:
		return Invalid.Because(UserErrorCodeLimitExceeded).Errorf("a customer must not have more than %d addresses", MaxAddresses)
	case s.Metadata > MaxMetadata && s.Metadata > before.Metadata:
		return Invalid.Because(UserErrorCodeLimitExceeded).Errorf("metadata must not be longer than %d bytes", MaxMetadata)
	case s.Bytes > MaxCustomerBytes && s.Bytes > before.Bytes:
		return Invalid.Because(UserErrorCodeLimitExceeded).Errorf("the addresses of a customer must not be longer than %d bytes", MaxCustomerBytes)
	}
	return nil
}
