package sqlitedb

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"zombiezen.com/go/sqlite"
)

// errDone is the answer of a Tx after the function that got it has returned.
var errDone = errors.New("transaction is over")

// Tx is a transaction, for the function that Read or Write called with it and
// for that function's goroutine only.
//
// A query is one statement with ?1, ?2 … or ? for the arguments. It is compiled
// once per connection and kept, so it must be a constant: values belong into
// the arguments. An argument is a string, []byte, int, int64, bool, time.Time or
// nil. A nil []byte and the zero time are NULL; a time is stored as microseconds
// since 1970 in UTC, rounded down.
type Tx struct {
	conn *sqlite.Conn
	open []string // queries whose rows are being read
}

// Exec runs a statement to its end and drops rows that it returns. changes is
// how many rows an INSERT, UPDATE or DELETE changed, and means nothing for other
// statements. A violated constraint is ErrConstraint.
func (tx *Tx) Exec(query string, args ...any) (changes int, err error) {
	if err := tx.Query(query, args, func(Row) error { return nil }); err != nil {
		return 0, err
	}
	return tx.conn.Changes(), nil
}

// Query runs a statement and calls row for each row of the answer. An error of
// row ends the query and is returned as it is. row may run other queries, but
// not the same one.
func (tx *Tx) Query(query string, args []any, row func(r Row) error) error {
	query = strings.TrimSpace(query)
	stmt, err := tx.prepare(query, args)
	if err != nil {
		return wrap(query, err)
	}
	tx.open = append(tx.open, query)
	defer func() {
		tx.open = tx.open[:len(tx.open)-1]
		// A failed step has been reported and reset already.
		_ = stmt.Reset()
	}()
	for {
		more, err := stmt.Step()
		if err != nil {
			return wrap(query, err)
		}
		if !more {
			return nil
		}
		if err := row(Row{stmt}); err != nil {
			return err
		}
	}
}

func (tx *Tx) prepare(query string, args []any) (*sqlite.Stmt, error) {
	if tx.conn == nil {
		return nil, errDone
	}
	if slices.Contains(tx.open, query) {
		return nil, errors.New("query is already being read")
	}
	stmt, err := tx.conn.Prepare(query)
	if err != nil {
		return nil, err
	}
	if n := stmt.BindParamCount(); n != len(args) {
		return nil, fmt.Errorf("%d arguments for %d parameters", len(args), n)
	}
	for i, a := range args {
		if err := bind(stmt, i+1, a); err != nil {
			return nil, err
		}
	}
	return stmt, nil
}

func bind(stmt *sqlite.Stmt, i int, arg any) error {
	switch v := arg.(type) {
	case nil:
		stmt.BindNull(i)
	case string:
		stmt.BindText(i, v)
	case int:
		stmt.BindInt64(i, int64(v))
	case int64:
		stmt.BindInt64(i, v)
	case bool:
		stmt.BindBool(i, v)
	case []byte:
		if v == nil {
			stmt.BindNull(i)
			break
		}
		stmt.BindBytes(i, v)
	case time.Time:
		if v.IsZero() {
			stmt.BindNull(i)
			break
		}
		stmt.BindInt64(i, v.UnixMicro())
	default:
		return fmt.Errorf("argument %d has unsupported type %T", i, arg)
	}
	return nil
}

// wrap names the statement by its first line, never its arguments.
func wrap(query string, err error) error {
	line, _, _ := strings.Cut(query, "\n")
	if sqlite.ErrCode(err).ToPrimary() == sqlite.ResultConstraint {
		return fmt.Errorf("query %q: %w: %w", line, ErrConstraint, err)
	}
	return fmt.Errorf("query %q: %w", line, err)
}

// Row is one row of an answer, valid until the function that got it returns.
// Columns count from 0; a column that does not exist or is NULL reads as zero.
type Row struct{ stmt *sqlite.Stmt }

// Text returns a column as a string.
func (r Row) Text(i int) string { return r.stmt.ColumnText(i) }

// Int returns a column as an integer.
func (r Row) Int(i int) int64 { return r.stmt.ColumnInt64(i) }

// Bool reports whether a column is not zero.
func (r Row) Bool(i int) bool { return r.stmt.ColumnBool(i) }

// Null reports whether a column is NULL.
func (r Row) Null(i int) bool { return r.stmt.ColumnIsNull(i) }

// Blob returns a copy of a column's bytes; nil for NULL.
func (r Row) Blob(i int) []byte {
	if r.Null(i) {
		return nil
	}
	b := make([]byte, r.stmt.ColumnLen(i))
	r.stmt.ColumnBytes(i, b)
	return b
}

// Time returns a column of microseconds since 1970 as a time in UTC; the zero
// time for NULL.
func (r Row) Time(i int) time.Time {
	if r.Null(i) {
		return time.Time{}
	}
	return time.UnixMicro(r.Int(i)).UTC()
}
