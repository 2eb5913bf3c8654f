package field

import (
	"context"
	"slices"
)

// A Call is a field that an operation selects with arguments, in one place or in several.
type Call struct {
	Field Field
	Key   string         // names the arguments: calls of one field with one key have one value
	Args  map[string]any // their values, by name
	Want  Set            // what is wanted of the value
}

// firstCall is where the Fields begin that stand for calls in a Set: what follows is the index of a call in its operation.
const firstCall Field = 1 << 15

// CallAt returns what stands in a Set for the call with this index in its operation.
func CallAt(index int) Field { return firstCall + Field(index) }

// MostCalls is how many calls an operation can have.
const MostCalls = int(^firstCall)

type callsKey struct{}

// WithCalls returns a context for reads with the calls of an operation, by their indices.
func WithCalls(ctx context.Context, calls []Call) context.Context {
	return context.WithValue(ctx, callsKey{}, calls)
}

// Calls returns the calls of a field that are wanted, in the order of the operation; those with the same key as one. ctx must be that of
// the reads.
func (s Set) Calls(ctx context.Context, of Field) []Call {
	all, _ := ctx.Value(callsKey{}).([]Call)
	var out []Call
	for i := range all {
		below, ok := s[CallAt(i)]
		if !ok || all[i].Field != of {
			continue
		}
		same := slices.IndexFunc(out, func(c Call) bool { return c.Key == all[i].Key })
		if same >= 0 {
			out[same].Want = out[same].Want.With(below)
			continue
		}
		call := all[i]
		call.Want = below
		out = append(out, call)
	}
	return out
}
