package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// errTables says that the runtime's function tables are not of the layout that
// trim knows.
var errTables = errors.New("unknown function tables")

// knownToolchain reports whether version, as runtime.Version gives it, has the
// layout below. The tables' magic number has changed less often than they.
func knownToolchain(version string) bool {
	return version == "go1.26" || strings.HasPrefix(version, "go1.26.") || strings.HasPrefix(version, "go1.26-")
}

// tables are the parts of the runtime's pclntab, as offsets into memory: see
// runtime.pcHeader (symtab.go). Only what trim needs is here.
type tables struct {
	functions int // how many
	units     int // cutab: which files a compilation unit has; filetab follows
	values    int // pctab: the pc-value tables of all functions
	lookup    int // pclntab: pairs of entry and offset of a _func, then those
}

// Offsets into runtime._func (runtime2.go).
const (
	funcPCSP      = 16
	funcFiles     = 20 // pcfile, and pcln after it
	funcTables    = 28 // npcdata
	funcStartLine = 36
	funcSize      = 44 // then npcdata times uint32
)

// maxFunctions is well above what any program for a browser has.
const maxFunctions = 1 << 20

// findTables looks for the header of the tables. The magic number may stand in
// other data too, so what follows must make sense.
func findTables(memory []byte) (tables, error) {
	magic := []byte{0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8} // abi.Go120PCLnTabMagic, minLC 1, ptrSize 8
	for from := 0; ; {
		i := bytes.Index(memory[from:], magic)
		if i < 0 {
			return tables{}, errTables
		}
		h := from + i
		if t, ok := readTables(memory, h); ok {
			return t, nil
		}
		from = h + 1
	}
}

func readTables(memory []byte, h int) (t tables, ok bool) {
	const words = 9
	if len(memory)-h < 8*words {
		return tables{}, false
	}
	word := func(i int) int {
		return int(min(binary.LittleEndian.Uint64(memory[h+8*i:]), maxMemory))
	}
	names := h + word(4)
	t = tables{functions: word(1), units: h + word(5), values: h + word(7), lookup: h + word(8)}
	files := h + word(6)
	ordered := h < names && names < t.units && t.units <= files && files <= t.values && t.values < t.lookup
	return t, ordered && 0 < t.functions && t.functions < maxFunctions && t.lookup+8*t.functions+4 <= len(memory)
}

// trim clears, in the memory of a program, what only stack traces and
// runtime.Callers read for file names and line numbers. Function names stay,
// so a panic still says where it was. It returns errTables, and has changed
// nothing, when the tables are not as expected.
func trim(memory []byte) error {
	t, err := findTables(memory)
	if err != nil {
		return err
	}
	used := make([]bool, t.lookup-t.values)
	funcs := make([]int, t.functions)
	for i := range funcs {
		if funcs[i], err = t.mark(memory, i, used); err != nil {
			return err
		}
	}
	for _, f := range funcs {
		clear(memory[f+funcFiles : f+funcTables])
		clear(memory[f+funcStartLine : f+funcStartLine+4])
	}
	for i, u := range used {
		if !u {
			memory[t.values+i] = 0
		}
	}
	clear(memory[t.units:t.values])
	return nil
}

// mark notes which pc-value tables the ith function needs to run: its stack
// size and what the garbage collector asks. It returns where its _func is.
func (t tables) mark(memory []byte, i int, used []bool) (f int, err error) {
	u32 := func(p int) int { return int(binary.LittleEndian.Uint32(memory[p:])) }
	f = t.lookup + u32(t.lookup+8*i+4)
	if f+funcSize > len(memory) {
		return 0, fmt.Errorf("%w: function %d is outside", errTables, i)
	}
	n := u32(f + funcTables)
	if n > 16 || f+funcSize+4*n > len(memory) {
		return 0, fmt.Errorf("%w: function %d has %d tables", errTables, i, n)
	}
	offsets := []int{u32(f + funcPCSP)}
	for j := range n {
		offsets = append(offsets, u32(f+funcSize+4*j))
	}
	for _, offset := range offsets {
		if err := t.markTable(memory, offset, used); err != nil {
			return 0, fmt.Errorf("function %d: %w", i, err)
		}
	}
	return f, nil
}

// markTable walks one pc-value table: pairs of numbers up to a value of zero,
// which the first pair may have. Offset 0 is no table.
func (t tables) markTable(memory []byte, offset int, used []bool) error {
	if offset == 0 {
		return nil
	}
	if offset >= len(used) {
		return fmt.Errorf("%w: a pc-value table is outside", errTables)
	}
	if used[offset] {
		return nil // functions share tables
	}
	r := reader{b: memory[t.values:t.lookup], p: offset}
	for first := true; ; first = false {
		if r.uint() == 0 && !first {
			break
		}
		if r.uint(); r.err != nil {
			return fmt.Errorf("%w: a pc-value table does not end", errTables)
		}
	}
	for i := offset; i < r.p; i++ {
		used[i] = true
	}
	return nil
}
