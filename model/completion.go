package model

// A CompletionError says why a cart is not paid, in the reference's form.
type CompletionError struct {
	Type    string
	Message string
	Name    string
}

// NewCompletionError returns e, which is of kind Payment, as the reference shows it.
func NewCompletionError(e *Error) *CompletionError {
	out := &CompletionError{Type: string(Payment), Message: e.Message, Name: "Error"}
	if e.Code == "requires_more" {
		out.Type = "payment_requires_more_error"
	}
	return out
}
