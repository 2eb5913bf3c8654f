package model

// RawTotal is the exact twin of Total.
func (x *OrderCreditLine) RawTotal() JSON { return x.Total.Raw() }

// RawSubtotal is the exact twin of Subtotal.
func (x *OrderCreditLine) RawSubtotal() JSON { return x.Subtotal.Raw() }

// RawRefundableTotal is the exact twin of RefundableTotal.
func (x *OrderItem) RawRefundableTotal() JSON { return x.RefundableTotal.Raw() }

// RawRefundableTotalPerUnit is the exact twin of RefundableTotalPerUnit.
func (x *OrderItem) RawRefundableTotalPerUnit() JSON { return x.RefundableTotalPerUnit.Raw() }
