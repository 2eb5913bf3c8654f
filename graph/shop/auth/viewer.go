package auth

import (
	"context"

	"github.com/storegraph/storegraph/db"
)

// KeyHeader is the header in which a request carries its publishable key.
const KeyHeader = "X-Publishable-Api-Key"

// LocaleHeader is the header in which a request names the language it wants.
const LocaleHeader = "X-Medusa-Locale"

// OrderHeader is the header in which a request shows the token of an order.
const OrderHeader = "X-Order-Token"

type (
	viewerKey struct{}
	callerKey struct{}
)

// WithViewer returns a context with a viewer.
func WithViewer(ctx context.Context, v *db.Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, v)
}

// Viewer returns the viewer in ctx: the caller, as far as reads depend on it. Outside a request it is one without a key, which every
// read refuses.
func Viewer(ctx context.Context) *db.Viewer {
	v, ok := ctx.Value(viewerKey{}).(*db.Viewer)
	if !ok {
		return &db.Viewer{}
	}
	return v
}
