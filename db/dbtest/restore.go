package dbtest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// restore runs a plain-text dump of pg_dump in the database at url, as psql would.
func restore(ctx context.Context, url string, dump io.Reader) error {
	conn, err := pgconn.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var sql, rows bytes.Buffer
	var copying string // the COPY statement whose rows are being read
	run := func() error {
		defer sql.Reset()
		return conn.Exec(ctx, sql.String()).Close()
	}
	for in := bufio.NewReader(dump); ; {
		line, err := in.ReadString('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch {
		case copying == "" && strings.HasPrefix(line, "COPY "):
			if err := run(); err != nil {
				return err
			}
			copying = line
		case copying == "":
			sql.WriteString(line)
		case line == "\\.\n":
			if _, err := conn.CopyFrom(ctx, &rows, copying); err != nil {
				return fmt.Errorf("%s: %w", strings.TrimSpace(copying), err)
			}
			rows.Reset()
			copying = ""
		default:
			rows.WriteString(line)
		}
	}
	sql.WriteString("ANALYZE;")
	return run()
}
