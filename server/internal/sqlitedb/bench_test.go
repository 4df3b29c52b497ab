package sqlitedb_test

import (
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"

	"porchlight/server/internal/sqlitedb"
)

// BenchmarkGroupCommit compares one caller, whose every write waits for the
// disk alone, with 128 callers that share commits. Compare writes/s.
func BenchmarkGroupCommit(b *testing.B) {
	b.Run("single", func(b *testing.B) {
		db := openTemp(b)
		i := 0
		for b.Loop() {
			if err := insert(b.Context(), db, strconv.Itoa(i), i); err != nil {
				b.Fatal(err)
			}
			i++
		}
		report(b)
	})
	b.Run("group128", func(b *testing.B) {
		db := openTemp(b)
		var i atomic.Int64
		b.SetParallelism(max(1, 128/runtime.GOMAXPROCS(0)))
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				n := i.Add(1)
				if err := insert(b.Context(), db, strconv.FormatInt(n, 10), n); err != nil {
					b.Error(err)
				}
			}
		})
		report(b)
	})
}

func report(b *testing.B) {
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
}

// BenchmarkRead is the cost of a snapshot and one row.
func BenchmarkRead(b *testing.B) {
	db := openTemp(b)
	if err := insert(b.Context(), db, "a", 1); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		err := db.Read(b.Context(), func(tx *sqlitedb.Tx) error {
			return tx.Query("SELECT v FROM t WHERE k = ?", []any{"a"}, func(r sqlitedb.Row) error {
				_ = r.Int(0)
				return nil
			})
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
