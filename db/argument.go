package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// argumentTypes are the Go types of the arguments of queries, by what they are in Postgres.
var argumentTypes = map[string][]any{
	"bool":         {false, (*bool)(nil)},
	"_bool":        {[]bool(nil)},
	"int8":         {0, int64(0), (*int)(nil), (*int64)(nil)},
	"_int8":        {[]int(nil), []int64(nil), []*int(nil)},
	"int4":         {int32(0)},
	"_int4":        {[]int32(nil)},
	"float8":       {float64(0)},
	"_float8":      {[]float64(nil)},
	"text":         {"", (*string)(nil)},
	"_text":        {[]string(nil), []*string(nil)},
	"bytea":        {[]byte(nil)},
	"timestamptz":  {time.Time{}, (*time.Time)(nil)},
	"_timestamptz": {[]time.Time(nil), []*time.Time(nil)},
}

// nameArguments tells a connection what arguments are in Postgres, which it is not asked for behind a pooler. pgx would know many more,
// with code for each in the program, unless that is built with the tag nopgxregisterdefaulttypes.
func nameArguments(_ context.Context, c *pgx.Conn) error {
	for name, values := range argumentTypes {
		for _, v := range values {
			c.TypeMap().RegisterDefaultPgType(v, name)
		}
	}
	return nil
}
