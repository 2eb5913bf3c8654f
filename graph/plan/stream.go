package plan

import (
	"context"
	"io"
	"reflect"
	"unsafe"

	"github.com/99designs/gqlgen/graphql"

	"github.com/storegraph/storegraph/model/field"
)

// Turns have the values of a subscription's channel taken one by one, each when its turn comes, so that it is known which one is being
// written.
type Turns struct {
	asked chan struct{}
	root  *graphql.FieldContext // of the value that is being written: gqlgen has none for it
}

type turnsKey struct{}

// WithTurns returns a context for one subscription.
func WithTurns(ctx context.Context) (context.Context, *Turns) {
	t := &Turns{asked: make(chan struct{}, 1), root: &graphql.FieldContext{}}
	return graphql.WithFieldContext(context.WithValue(ctx, turnsKey{}, t), t.root), t
}

// Next must be called before each answer is asked for.
func (t *Turns) Next() {
	select {
	case t.asked <- struct{}{}:
	default:
	}
}

// stream returns what writes the values of a subscription's channel by a plan, one at each call. Where there is none it returns a
// channel of them, which gqlgen's executor writes.
func (p *Plans) stream(ctx context.Context, c *compiled, calls []field.Call, root graphql.CollectedField, values any) any {
	ch, t := reflect.ValueOf(values), turnsOf(ctx)
	t.root.Field = root
	if c.root == nil || ch.Type().Elem() != c.typ {
		if !p.off {
			p.fallback(root.Name)
		}
		return t.oneByOne(ctx, ch)
	}
	key := append(appendString([]byte{'{'}, root.Alias), ':')
	return func(ctx context.Context) graphql.Marshaler {
		v, ok := receive(ctx, ch)
		if !ok {
			return nil
		}
		data := c.update(ctx, v.UnsafePointer(), calls)
		return graphql.WriterFunc(func(w io.Writer) {
			for _, part := range [][]byte{key, data, {'}'}} {
				_, _ = w.Write(part)
			}
		})
	}
}

// turnsOf returns the turns of the subscription of ctx.
func turnsOf(ctx context.Context) *Turns { return ctx.Value(turnsKey{}).(*Turns) }

// update writes a value of a subscription. One that cannot be written is null, and an error says why: unlike gqlgen's executor a plan
// does not know which object around it may be null.
func (c *compiled) update(ctx context.Context, value unsafe.Pointer, calls []field.Call) []byte {
	data, ok, err := write(c.root, unsafe.Pointer(&value), calls)
	switch {
	case err != nil:
		graphql.AddError(ctx, err)
	case !ok:
		graphql.AddInvalidNullError(ctx, "")
	default:
		return data
	}
	return []byte("null")
}

// oneByOne returns a channel of the values of ch, each of which is known while it is written. The channel is of the same type.
func (t *Turns) oneByOne(ctx context.Context, ch reflect.Value) any {
	out := reflect.MakeChan(reflect.ChanOf(reflect.BothDir, ch.Type().Elem()), 0)
	go func() {
		defer out.Close()
		for {
			select {
			case <-t.asked:
			case <-ctx.Done():
				return
			}
			v, ok := receive(ctx, ch)
			if !ok {
				return
			}
			t.root.Result = v.Interface()
			if chosen, _, _ := reflect.Select([]reflect.SelectCase{{Dir: reflect.SelectSend, Chan: out, Send: v}, ended(ctx)}); chosen == 1 {
				return
			}
		}
	}()
	return out.Convert(ch.Type()).Interface()
}

// receive receives the next value of a channel. It reports false when there is none any more, or when ctx ends.
func receive(ctx context.Context, ch reflect.Value) (reflect.Value, bool) {
	chosen, v, ok := reflect.Select([]reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: ch}, ended(ctx)})
	return v, ok && chosen == 0
}

func ended(ctx context.Context) reflect.SelectCase {
	return reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ctx.Done())}
}
