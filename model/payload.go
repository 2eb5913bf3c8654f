package model

// A Refusal is what the answer of every mutation has: why it was refused, if it was.
type Refusal struct {
	UserErrors []*UserError // nil if it was not
}

// Refuse says why.
func (r *Refusal) Refuse(e *UserError) { r.UserErrors = []*UserError{e} }

// A CartPayload is a cart after a change, and what was cut or left out.
type CartPayload struct {
	Cart     *Cart
	Warnings []*CartWarning
	Refusal
}

// A CompleteCartPayload is the order of a cart; or the cart and why it has not become an order.
type CompleteCartPayload struct {
	Order    *Order
	Cart     *Cart
	Error    *CompletionError // nil unless the cart is not paid
	Warnings []*CartWarning
	Refusal
}

// A CustomerPayload is a customer after a change, and the address that was changed or deleted.
type CustomerPayload struct {
	Customer         *Customer
	Address          *CustomerAddress
	DeletedAddressID *string
	Refusal
}

// An OrderPayload is an order after a change.
type OrderPayload struct {
	Order *Order
	Refusal
}

// A PaymentPayload is a payment collection after a change.
type PaymentPayload struct {
	PaymentCollection *PaymentCollection
	Refusal
}

// A RequestReturnPayload is a return that was requested.
type RequestReturnPayload struct {
	Return *Return
	Refusal
}

// A CalculateShippingOptionPayload is a shipping option with its calculated price.
type CalculateShippingOptionPayload struct {
	ShippingOption *ShippingOption
	Refusal
}

// An AuthenticationPayload is a log-in or a registration.
type AuthenticationPayload struct {
	Authentication *Authentication
	Refusal
}

// A CreateSessionPayload is a session that was started.
type CreateSessionPayload struct {
	Session *Session
	Refusal
}

// A DonePayload says whether something was done of which there is nothing to show.
type DonePayload struct {
	Success bool
	Refusal
}

// A VerificationPayload is a verification after a change.
type VerificationPayload struct {
	Verification *Verification
	Refusal
}

// A CreateAuthFactorPayload is a new second factor with its secret.
type CreateAuthFactorPayload struct {
	Enrollment *AuthFactorEnrollment
	Refusal
}

// A FactorPayload is a second factor after a change.
type FactorPayload struct {
	Factor *AuthFactor
	Refusal
}

// A GenerateRecoveryCodesPayload is new recovery codes.
type GenerateRecoveryCodesPayload struct {
	RecoveryCodes []string
	Refusal
}
