package model

// RawTotal returns Total as a raw value.
func (x *OrderCreditLine) RawTotal() JSON { return x.Total.Raw() }

// RawSubtotal returns Subtotal as a raw value.
func (x *OrderCreditLine) RawSubtotal() JSON { return x.Subtotal.Raw() }

// RawRefundableTotal returns RefundableTotal as a raw value.
func (x *OrderItem) RawRefundableTotal() JSON { return x.RefundableTotal.Raw() }

// RawRefundableTotalPerUnit returns RefundableTotalPerUnit as a raw value.
func (x *OrderItem) RawRefundableTotalPerUnit() JSON { return x.RefundableTotalPerUnit.Raw() }
