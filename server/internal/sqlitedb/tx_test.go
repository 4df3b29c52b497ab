package sqlitedb_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"porchlight/server/internal/sqlitedb"

	"github.com/google/go-cmp/cmp"
)

func TestConstraint(t *testing.T) {
	db := openTemp(t)
	if err := insert(t.Context(), db, "a", 1); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, query string }{
		{"unique", "INSERT INTO t (k) VALUES ('a')"},
		{"check", "INSERT INTO t (k, v) VALUES ('b', -1)"},
		{"not null", "INSERT INTO child (k) VALUES (NULL)"},
		{"foreign key", "INSERT INTO child (k) VALUES ('nobody')"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := db.Write(t.Context(), func(tx *sqlitedb.Tx) error {
				_, err := tx.Exec(tt.query)
				return err
			})
			if !errors.Is(err, sqlitedb.ErrConstraint) {
				t.Errorf("Write = %v, want ErrConstraint", err)
			}
		})
	}
}

func TestValues(t *testing.T) {
	db := openTemp(t)
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_901_234, time.FixedZone("x", 3600))
	type row struct {
		Text string
		Int  int64
		Bool bool
		Blob []byte
		Null bool
		Time time.Time
	}
	tests := []struct {
		name string
		arg  any
		want row
	}{
		{"text", "aé\x00b", row{Text: "aé\x00b", Blob: []byte("aé\x00b"), Time: time.UnixMicro(0).UTC()}},
		{"int", 7, row{Text: "7", Int: 7, Bool: true, Blob: []byte("7"), Time: time.UnixMicro(7).UTC()}},
		{"bool", true, row{Text: "1", Int: 1, Bool: true, Blob: []byte("1"), Time: time.UnixMicro(1).UTC()}},
		{"empty blob", []byte{}, row{Blob: []byte{}, Time: time.UnixMicro(0).UTC()}},
		{"nil blob", []byte(nil), row{Null: true}},
		{"nil", nil, row{Null: true}},
		{"zero time", time.Time{}, row{Null: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got row
			err := db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
				return tx.Query("SELECT ?", []any{tt.arg}, func(r sqlitedb.Row) error {
					got = row{Null: r.Null(0), Time: r.Time(0), Int: r.Int(0), Bool: r.Bool(0), Blob: r.Blob(0), Text: r.Text(0)}
					return nil
				})
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("row (-want +got):\n%s", diff)
			}
		})
	}
	var got time.Time
	err := db.Read(t.Context(), func(tx *sqlitedb.Tx) error {
		return tx.Query("SELECT ?", []any{at}, func(r sqlitedb.Row) error { got = r.Time(0); return nil })
	})
	if want := at.UTC().Truncate(time.Microsecond); err != nil || got != want {
		t.Errorf("time = %v, %v, want %v", got, err, want)
	}
}

func TestMisuse(t *testing.T) {
	db := openTemp(t)
	tests := []struct {
		name string
		fn   func(tx *sqlitedb.Tx) error
		want string
	}{
		{"too few arguments", func(tx *sqlitedb.Tx) error { _, err := tx.Exec("SELECT ?"); return err }, "0 arguments for 1 parameters"},
		{"too many arguments", func(tx *sqlitedb.Tx) error { _, err := tx.Exec("SELECT 1", 2); return err }, "1 arguments for 0 parameters"},
		{"unknown type", func(tx *sqlitedb.Tx) error { _, err := tx.Exec("SELECT ?", 1.5); return err }, "unsupported type float64"},
		{"two statements", func(tx *sqlitedb.Tx) error { _, err := tx.Exec("SELECT 1; SELECT 2"); return err }, "trailing bytes"},
		{"no such table", func(tx *sqlitedb.Tx) error { _, err := tx.Exec("SELECT * FROM nowhere"); return err }, "no such table"},
		{"same query inside", func(tx *sqlitedb.Tx) error {
			return tx.Query("SELECT 1", nil, func(sqlitedb.Row) error { _, err := tx.Exec("SELECT 1"); return err })
		}, "already being read"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := db.Read(t.Context(), tt.fn); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Read = %v, want %q", err, tt.want)
			}
		})
	}
	t.Run("kept transaction", func(t *testing.T) {
		var kept *sqlitedb.Tx
		if err := db.Read(t.Context(), func(tx *sqlitedb.Tx) error { kept = tx; return nil }); err != nil {
			t.Fatal(err)
		}
		if _, err := kept.Exec("SELECT 1"); err == nil {
			t.Error("a transaction worked after its end")
		}
	})
}
