package model

// RawTotal returns Total as a raw value.
func (x *TaxLine) RawTotal() JSON { return x.Total.Raw() }

// RawSubtotal returns Subtotal as a raw value.
func (x *TaxLine) RawSubtotal() JSON { return x.Subtotal.Raw() }

// RawTotal returns Total as a raw value.
func (x *Adjustment) RawTotal() JSON { return x.Total.Raw() }

// RawSubtotal returns Subtotal as a raw value.
func (x *Adjustment) RawSubtotal() JSON { return x.Subtotal.Raw() }

// RawTotal returns Total as a raw value.
func (x *CreditLine) RawTotal() JSON { return x.Total.Raw() }

// RawSubtotal returns Subtotal as a raw value.
func (x *CreditLine) RawSubtotal() JSON { return x.Subtotal.Raw() }
