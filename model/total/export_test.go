package total

import "github.com/storegraph/storegraph/model"

// Item fills the totals of a line item by itself.
func Item(i *model.LineItem) {
	c := &model.Cart{Items: []*model.LineItem{i}}
	Cart(c)
}

// Shipping fills the totals of a shipping method by itself.
func Shipping(m *model.ShippingMethod) {
	c := &model.Cart{ShippingMethods: []*model.ShippingMethod{m}}
	Cart(c)
}

// OrderItem fills the totals of a line of an order by itself.
func OrderItem(i *model.OrderItem) {
	o := &model.Order{Items: []*model.OrderItem{i}}
	Order(o)
}
