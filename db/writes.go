package db

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/uptrace/bun/schema"

	"github.com/storegraph/storegraph/model"
)

// Writes are statements that are sent together, in one round trip, where their DB is. Nothing is written before Send.
type Writes struct {
	d      DB
	now    time.Time
	text   []byte
	events int   // that are noted
	err    error // of the first statement that could not be built
}

// Writes begins to collect writes that happen at a time.
func (d DB) Writes(now time.Time) *Writes { return &Writes{d: d, now: now} }

// exec adds a statement with ? for its arguments.
func (w *Writes) exec(sql string, args ...any) {
	w.begin()
	w.text = append(w.text, w.gen().FormatQuery(sql, args...)...)
}

// build adds a statement of one of bun's builders.
func (w *Writes) build(q schema.QueryAppender) {
	w.begin()
	text, err := q.AppendQuery(w.gen(), w.text)
	switch {
	case err == nil:
		w.text = text
	case w.err == nil:
		w.err = err
	}
}

func (w *Writes) gen() schema.QueryGen { return schema.NewQueryGen(postgres) }

// separator stands between two statements.
const separator = ";\n"

func (w *Writes) begin() {
	if len(w.text) > 0 {
		w.text = append(w.text, separator...)
	}
}

// insertInto adds the insertion of rows into a table, if there are any.
func insertInto[T any](w *Writes, t *table[T], rows ...*T) {
	if len(rows) > 0 {
		w.build(t.insert(w.d, rows))
	}
}

// updateIn adds the update of all columns of rows of a table, if there are any.
func updateIn[T any](w *Writes, t *table[T], rows ...*T) {
	if len(rows) > 0 {
		w.build(t.update(w.d, rows))
	}
}

// id returns a new id.
func (w *Writes) id(prefix string) string { return model.NewID(prefix, w.now) }

// at is when the writes happen.
func (w *Writes) at() model.Time { return model.Time{Time: w.now} }

// Event notes that something has happened, in the words of the reference's events: one event for each payload. What is noted in a transaction is
// delivered only if that commits, in the order of its noting: each event of these writes has an id of the next millisecond.
func (w *Writes) Event(name string, payloads ...any) {
	if len(payloads) == 0 {
		return
	}
	const row = `(?, ?, ?::jsonb, ?, ?, nullif(?, ''))`
	args := make([]any, 0, 6*len(payloads))
	for _, payload := range payloads {
		data, err := json.Marshal(payload)
		if err != nil && w.err == nil {
			w.err = err
		}
		id := model.NewID("evt", w.now.Add(time.Duration(w.events)*time.Millisecond))
		w.events++
		args = append(args, id, name, string(data), w.now, w.now, w.d.cause)
	}
	w.exec(`INSERT INTO storegraph.outbox (id, name, payload, created_at, due_at, trace) VALUES `+row+strings.Repeat(`, `+row, len(payloads)-1), args...)
}

// Send sends the writes, if there are any.
func (w *Writes) Send(ctx context.Context) error {
	if len(w.text) == 0 || w.err != nil {
		return w.err
	}
	if w.d.conn == nil {
		_, err := w.d.alone(ctx, string(w.text))
		return exceptResult(err)
	}
	_, err := w.d.bun.ExecContext(ctx, string(w.text)) // without arguments bun leaves the text as it is
	return toModel(err)
}
