package bench

import (
	"slices"
	"testing"
)

// atLeast reports what was measured, and fails the benchmark below the bound.
func atLeast(b *testing.B, least, got float64, unit string) {
	b.Helper()
	b.ReportMetric(got, unit)
	if got < least {
		b.Errorf("%.3g %s, want %g or more", got, unit, least)
	}
}

// atMost reports what was measured, and fails the benchmark above the bound.
func atMost(b *testing.B, most, got float64, unit string) {
	b.Helper()
	b.ReportMetric(got, unit)
	if got > most {
		b.Errorf("%.3g %s, want %g or less", got, unit, most)
	}
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}
