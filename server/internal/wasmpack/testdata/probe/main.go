// Command probe is packed by the tests of wasmpack and run both ways: it uses
// what the trimmed tables must still serve, and panics at the end.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
)

type node struct {
	Left, Right *node
	Name        string
}

// grow needs a deep stack, which is copied while it grows, and keeps pointers
// on it, which the collector follows.
func grow(depth int) *node {
	var pad [64]byte
	pad[depth%64] = byte(depth)
	n := &node{Name: fmt.Sprint(depth, pad[depth%64])}
	if depth > 0 {
		n.Left = grow(depth - 1)
	}
	if depth%100 == 0 {
		runtime.GC()
	}
	return n
}

func count(n *node) int {
	if n == nil {
		return 0
	}
	return 1 + count(n.Left) + count(n.Right)
}

func recovered() (err error) {
	defer func() { err = errors.Join(err, fmt.Errorf("recovered: %v", recover())) }()
	var s []int
	return fmt.Errorf("%d", s[len(s)])
}

func main() {
	fmt.Println("nodes", count(grow(1000)))
	fmt.Println(recovered())
	var wg sync.WaitGroup
	var mu sync.Mutex
	sums := map[int]int{}
	for i := range 50 {
		wg.Go(func() {
			n := count(grow(i))
			mu.Lock()
			sums[i] = n
			mu.Unlock()
		})
	}
	wg.Wait()
	out, err := json.Marshal(sums)
	fmt.Println(len(out), err)
	pc, _, _, _ := runtime.Caller(0)
	fmt.Println("name", runtime.FuncForPC(pc).Name(), strings.Repeat("=", 3))
	explode(&node{})
}

//go:noinline
func explode(n *node) { fmt.Println(n.Left.Name) }
