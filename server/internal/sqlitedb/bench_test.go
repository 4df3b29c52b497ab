package sqlitedb_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/server/internal/sqlitedb"
)

// BenchmarkGroupCommit compares 128 callers that share commits with one, whose
// every write waits for the disk alone. They take turns of a quarter of a second, so
// that what else the machine and its disk do hits both. x is the median of group
// over single; below 20 the benchmark fails.
//
//	go test -run '^$' -bench GroupCommit -benchtime 15x ./server/internal/sqlitedb
func BenchmarkGroupCommit(b *testing.B) {
	db := openTemp(b)
	var last atomic.Int64
	var singles, groups, ratios []float64
	for b.Loop() {
		single := rate(b, db, &last, 1)
		group := rate(b, db, &last, 128)
		singles, groups, ratios = append(singles, single), append(groups, group), append(ratios, group/single)
	}
	b.ReportMetric(0, "ns/op") // of all together
	b.ReportMetric(median(singles), "single/s")
	b.ReportMetric(median(groups), "group/s")
	b.ReportMetric(median(ratios), "x")
	if x := median(ratios); x < 20 {
		b.Errorf("a group writes %.3g times as much as one caller, want 20 or more", x)
	}
}

// rate is how many rows a second so many callers write in a turn. Their keys
// rise from last on, as the ids of posts do.
func rate(b *testing.B, db *sqlitedb.DB, last *atomic.Int64, callers int) float64 {
	b.Helper()
	const turn = 250 * time.Millisecond
	before, start := last.Load(), time.Now()
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for time.Since(start) < turn {
				n := last.Add(1)
				if err := insert(b.Context(), db, fmt.Sprintf("%016d", n), n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return float64(last.Load()-before) / time.Since(start).Seconds()
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
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
