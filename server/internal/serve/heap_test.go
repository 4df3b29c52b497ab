package serve

import (
	"runtime"
	"runtime/metrics"
	"testing"
)

// TestHoldHeap: the goal of the collector rises by what is held, until it is
// let go.
func TestHoldHeap(t *testing.T) {
	before := heapGoal()
	release := HoldHeap()
	held := heapGoal()
	release()
	after := heapGoal()
	if held < before+heapFloor || after >= held {
		t.Errorf("heap goal %d, held %d, released %d; want at least %d more while held", before, held, after, heapFloor)
	}
}

// heapGoal is the size at which the collector runs next, after it has just run.
func heapGoal() uint64 {
	runtime.GC()
	goal := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
	metrics.Read(goal)
	return goal[0].Value.Uint64()
}
