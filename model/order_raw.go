package model

// RawTotal is the exact twin of Total.
func (x *OrderCreditLine) RawTotal() JSON { return x.Total.Raw() }

// RawSubtotal is the exact twin of Subtotal.
func (x *OrderCreditLine) RawSubtotal() JSON { return x.Subtotal.Raw() }

// RawRefundableTotal is the exact twin of RefundableTotal.
func (x *ItemTotals) RawRefundableTotal() JSON { return x.RefundableTotal.Raw() }

// RawRefundableTotalPerUnit is the exact twin of RefundableTotalPerUnit.
func (x *ItemTotals) RawRefundableTotalPerUnit() JSON { return x.RefundableTotalPerUnit.Raw() }

// RawFulfilledTotal is the exact twin of FulfilledTotal.
func (x *ItemTotals) RawFulfilledTotal() JSON { return x.FulfilledTotal.Raw() }

// RawShippedTotal is the exact twin of ShippedTotal.
func (x *ItemTotals) RawShippedTotal() JSON { return x.ShippedTotal.Raw() }

// RawReturnRequestedTotal is the exact twin of ReturnRequestedTotal.
func (x *ItemTotals) RawReturnRequestedTotal() JSON { return x.ReturnRequestedTotal.Raw() }

// RawReturnReceivedTotal is the exact twin of ReturnReceivedTotal.
func (x *ItemTotals) RawReturnReceivedTotal() JSON { return x.ReturnReceivedTotal.Raw() }

// RawReturnDismissedTotal is the exact twin of ReturnDismissedTotal.
func (x *ItemTotals) RawReturnDismissedTotal() JSON { return x.ReturnDismissedTotal.Raw() }

// RawWriteOffTotal is the exact twin of WriteOffTotal.
func (x *ItemTotals) RawWriteOffTotal() JSON { return x.WriteOffTotal.Raw() }
