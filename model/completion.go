package model

// A CartCompletion is what came of completing a cart: an order, or the cart and an error.
type CartCompletion struct {
	Order *Order
	Cart  *Cart
	Error *CompletionError
}

// A CompletionError says why a cart has not been paid.
type CompletionError struct {
	Type    string
	Message string
	Name    string
}

// NewCompletionError tells an error of kind Payment as the reference does.
func NewCompletionError(e *Error) *CompletionError {
	out := &CompletionError{Type: string(Payment), Message: e.Message, Name: "Error"}
	if e.Code == "requires_more" {
		out.Type = "payment_requires_more_error"
	}
	return out
}
