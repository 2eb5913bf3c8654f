package db

import (
	"context"
	"strings"

	"github.com/uptrace/bun/schema"
)

// A script is statements that are sent together and cost one round trip. It runs within the transaction of its DB.
type script struct {
	d    DB
	text []byte
}

func (d DB) script() *script { return &script{d: d} }

// add adds a statement with ? for its arguments.
func (s *script) add(sql string, args ...any) {
	if len(s.text) > 0 {
		s.text = append(s.text, ";\n"...)
	}
	s.text = append(s.text, schema.NewQueryGen(s.d.bun.Dialect()).FormatQuery(sql, args...)...)
}

// insert adds the insertion of rows, if there are any. Their columns are listed as in SQL.
func (s *script) insert(table, columns string, rows [][]any) {
	if len(rows) == 0 {
		return
	}
	marks := "(" + strings.Repeat("?, ", len(rows[0])-1) + "?)"
	var args []any
	for _, r := range rows {
		args = append(args, r...)
	}
	s.add("INSERT INTO "+table+" ("+columns+") VALUES "+strings.Repeat(marks+", ", len(rows)-1)+marks, args...)
}

// run sends the statements, if there are any.
func (s *script) run(ctx context.Context) error {
	if len(s.text) == 0 {
		return nil
	}
	_, err := s.d.bun.ExecContext(ctx, string(s.text)) // without arguments bun leaves the text as it is
	return toModel(err)
}
