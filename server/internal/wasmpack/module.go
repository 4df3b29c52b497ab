package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// Errors of pack. Callers can go on with the module that came in, or without
// the trimming, for all but errMalformed.
var (
	// errMalformed says that the bytes are not a WebAssembly module.
	errMalformed = errors.New("malformed module")
	// errLayout says that the module's data is laid out in a way that Go's linker
	// did not use when this was written.
	errLayout = errors.New("unknown data layout")
)

const header = "\x00asm\x01\x00\x00\x00"

// Section ids, WebAssembly core specification 5.5.2.
const (
	sectionData      = 11
	sectionDataCount = 12
)

// maxMemory bounds the initial memory image, in bytes. A module for a browser
// has some ten megabytes; a hostile offset must not ask for gigabytes.
const maxMemory = 1 << 26

// pack returns the module with its data segments joined, after edit has
// changed the initial memory in place. A nil edit changes nothing. All other
// sections stay as they are, byte for byte.
func pack(module []byte, edit func(memory []byte) error) ([]byte, error) {
	if !bytes.HasPrefix(module, []byte(header)) {
		return nil, fmt.Errorf("%w: no WebAssembly header", errMalformed)
	}
	out := append(make([]byte, 0, len(module)+len(module)/8), header...)
	r := reader{b: module, p: len(header)}
	for r.more() {
		id := r.byte()
		body := r.bytes(r.uint())
		if r.err != nil {
			break
		}
		if id == sectionDataCount {
			return nil, fmt.Errorf("%w: a data count section", errLayout)
		}
		if id == sectionData {
			var err error
			if body, err = repack(body, edit); err != nil {
				return nil, err
			}
		}
		out = append(out, id)
		out = binary.AppendUvarint(out, uint64(len(body)))
		out = append(out, body...)
	}
	return out, r.err
}

func repack(body []byte, edit func([]byte) error) ([]byte, error) {
	memory, err := image(body)
	if err != nil {
		return nil, err
	}
	if edit != nil {
		if err := edit(memory); err != nil {
			return nil, err
		}
	}
	return segments(memory), nil
}

// image returns the memory that a data section describes. The linker writes
// active segments of memory 0 at constant offsets.
func image(body []byte) (memory []byte, err error) {
	r := reader{b: body}
	for range r.uint() {
		if r.err != nil {
			return nil, r.err
		}
		const i32Const, end = 0x41, 0x0b
		mode, op := r.uint(), r.byte()
		if r.err == nil && (mode != 0 || op != i32Const) {
			return nil, fmt.Errorf("%w: a segment that is not active at a constant offset", errLayout)
		}
		offset := int64(uint32(r.int()))
		if op := r.byte(); r.err == nil && op != end {
			return nil, fmt.Errorf("%w: an offset that is computed", errLayout)
		}
		data := r.bytes(r.uint())
		if r.err != nil {
			return nil, r.err
		}
		if offset+int64(len(data)) > maxMemory {
			return nil, fmt.Errorf("%w: initial memory above %d bytes", errMalformed, maxMemory)
		}
		memory = extend(memory, int(offset)+len(data))
		copy(memory[offset:], data)
	}
	if r.more() {
		return nil, fmt.Errorf("%w: bytes after the last segment", errMalformed)
	}
	return memory, r.err
}

// extend makes memory at least n bytes long.
func extend(memory []byte, n int) []byte {
	if n <= len(memory) {
		return memory
	}
	return append(memory, make([]byte, n-len(memory))...)
}

// gap is how many zeros in a row end a segment: the next one's head costs a few
// bytes, and a compressor makes little of zeros anyway.
const gap = 64

// segments returns the data section of a memory image. Memory is zero where no
// segment says otherwise.
func segments(memory []byte) []byte {
	var n uint64
	var out []byte
	zeros := make([]byte, gap)
	for p := 0; ; {
		for p < len(memory) && memory[p] == 0 {
			p++
		}
		if p == len(memory) {
			break
		}
		end := len(memory)
		if z := bytes.Index(memory[p:], zeros); z >= 0 {
			end = p + z
		}
		out = appendSegment(out, p, memory[p:end])
		n++
		p = end
	}
	return append(binary.AppendUvarint(nil, n), out...)
}

func appendSegment(out []byte, offset int, data []byte) []byte {
	out = append(out, 0, 0x41) // active in memory 0, i32.const
	out = appendInt(out, int64(int32(offset)))
	out = append(out, 0x0b) // end
	out = binary.AppendUvarint(out, uint64(len(data)))
	return append(out, data...)
}
