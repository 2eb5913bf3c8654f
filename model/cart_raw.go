package model

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
