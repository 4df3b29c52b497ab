package main

import (
	"encoding/binary"
	"fmt"
)

// A reader reads the numbers and byte strings of the binary format. Its first
// error stays, and everything read after it is zero.
type reader struct {
	b   []byte
	p   int
	err error
}

func (r *reader) more() bool { return r.err == nil && r.p < len(r.b) }

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s at offset %d", errMalformed, what, r.p)
	}
}

func (r *reader) byte() byte {
	if !r.more() {
		r.fail("unexpected end")
		return 0
	}
	r.p++
	return r.b[r.p-1]
}

// bytes returns the next n bytes, which are not copied.
func (r *reader) bytes(n uint64) []byte {
	if r.err != nil || n > uint64(len(r.b)-r.p) {
		r.fail("unexpected end")
		return nil
	}
	r.p += int(n)
	return r.b[r.p-int(n) : r.p]
}

// uint reads an unsigned LEB128 number.
func (r *reader) uint() uint64 {
	if r.err != nil {
		return 0
	}
	v, n := binary.Uvarint(r.b[r.p:])
	if n <= 0 {
		r.fail("bad number")
		return 0
	}
	r.p += n
	return v
}

// int reads a signed LEB128 number.
func (r *reader) int() int64 {
	var v int64
	for shift := 0; shift < 64; shift += 7 {
		b := r.byte()
		v |= int64(b&0x7f) << shift
		if b < 0x80 {
			if b&0x40 != 0 && shift < 57 {
				v |= -1 << (shift + 7)
			}
			return v
		}
	}
	r.fail("bad number")
	return 0
}

// appendInt appends a signed LEB128 number.
func appendInt(b []byte, v int64) []byte {
	for {
		c := byte(v & 0x7f)
		v >>= 7
		if v == 0 && c&0x40 == 0 || v == -1 && c&0x40 != 0 {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}
