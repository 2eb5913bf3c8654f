package model

// The exact twins of totals, which REST shows beside them.

// RawTotal is the exact twin of Total.
func (x *LineItem) RawTotal() JSON { return x.Total.Raw() }

// RawSubtotal is the exact twin of Subtotal.
func (x *LineItem) RawSubtotal() JSON { return x.Subtotal.Raw() }

// RawTaxTotal is the exact twin of TaxTotal.
func (x *LineItem) RawTaxTotal() JSON { return x.TaxTotal.Raw() }

// RawDiscountTotal is the exact twin of DiscountTotal.
func (x *LineItem) RawDiscountTotal() JSON { return x.DiscountTotal.Raw() }

// RawDiscountSubtotal is the exact twin of DiscountSubtotal.
func (x *LineItem) RawDiscountSubtotal() JSON { return x.DiscountSubtotal.Raw() }

// RawDiscountTaxTotal is the exact twin of DiscountTaxTotal.
func (x *LineItem) RawDiscountTaxTotal() JSON { return x.DiscountTaxTotal.Raw() }

// RawOriginalTotal is the exact twin of OriginalTotal.
func (x *LineItem) RawOriginalTotal() JSON { return x.OriginalTotal.Raw() }

// RawOriginalSubtotal is the exact twin of OriginalSubtotal.
func (x *LineItem) RawOriginalSubtotal() JSON { return x.OriginalSubtotal.Raw() }

// RawOriginalTaxTotal is the exact twin of OriginalTaxTotal.
func (x *LineItem) RawOriginalTaxTotal() JSON { return x.OriginalTaxTotal.Raw() }

// RawTotal is the exact twin of Total.
func (x *ShippingMethod) RawTotal() JSON { return x.Total.Raw() }

// RawSubtotal is the exact twin of Subtotal.
func (x *ShippingMethod) RawSubtotal() JSON { return x.Subtotal.Raw() }

// RawTaxTotal is the exact twin of TaxTotal.
func (x *ShippingMethod) RawTaxTotal() JSON { return x.TaxTotal.Raw() }

// RawDiscountTotal is the exact twin of DiscountTotal.
func (x *ShippingMethod) RawDiscountTotal() JSON { return x.DiscountTotal.Raw() }

// RawDiscountSubtotal is the exact twin of DiscountSubtotal.
func (x *ShippingMethod) RawDiscountSubtotal() JSON { return x.DiscountSubtotal.Raw() }

// RawDiscountTaxTotal is the exact twin of DiscountTaxTotal.
func (x *ShippingMethod) RawDiscountTaxTotal() JSON { return x.DiscountTaxTotal.Raw() }

// RawOriginalTotal is the exact twin of OriginalTotal.
func (x *ShippingMethod) RawOriginalTotal() JSON { return x.OriginalTotal.Raw() }

// RawOriginalSubtotal is the exact twin of OriginalSubtotal.
func (x *ShippingMethod) RawOriginalSubtotal() JSON { return x.OriginalSubtotal.Raw() }

// RawOriginalTaxTotal is the exact twin of OriginalTaxTotal.
func (x *ShippingMethod) RawOriginalTaxTotal() JSON { return x.OriginalTaxTotal.Raw() }

// RawTotal is the exact twin of Total.
func (x *TaxLine) RawTotal() JSON { return x.Total.Raw() }

// RawSubtotal is the exact twin of Subtotal.
func (x *TaxLine) RawSubtotal() JSON { return x.Subtotal.Raw() }

// RawTotal is the exact twin of Total.
func (x *Adjustment) RawTotal() JSON { return x.Total.Raw() }

// RawSubtotal is the exact twin of Subtotal.
func (x *Adjustment) RawSubtotal() JSON { return x.Subtotal.Raw() }

// RawTotal is the exact twin of Total.
func (x *CreditLine) RawTotal() JSON { return x.Total.Raw() }

// RawSubtotal is the exact twin of Subtotal.
func (x *CreditLine) RawSubtotal() JSON { return x.Subtotal.Raw() }
