package hub

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// A server is a name that no other running server has.
type server [8]byte

func newServer() (s server) {
	rand.Read(s[:]) // never fails
	return s
}

// A note is what servers tell each other. On the wire it is base64url of: the
// version, 1 byte; the server, 8; then for each mark its flags, 1, and the id of
// the post, 16. A note without marks says that something else changed, and one
// that ends after a further byte, which is 0, that anything may have.
type note struct {
	from  server
	all   bool
	marks []mark
}

const (
	noteVersion = 1
	noteHead    = 1 + len(server{})
	markLen     = 1 + len(uuid.UUID{})
	// maxMarks is how many marks a note has: PostgreSQL takes less than 8000
	// bytes (its manual, NOTIFY), which would be 352.
	maxMarks = 256
	maxNote  = 8000
)

// errNote is what parseNote answers.
var errNote = errors.New("malformed note")

// notes returns the notes that say all that the marks say.
func notes(from server, marks []mark, all bool) []string {
	switch {
	case all:
		return []string{note{from: from, all: true}.String()}
	case len(marks) == 0:
		return []string{note{from: from}.String()}
	}
	var list []string
	for part := range slices.Chunk(marks, maxMarks) {
		list = append(list, note{from: from, marks: part}.String())
	}
	return list
}

// String returns the note as it is sent.
func (n note) String() string {
	b := append([]byte{noteVersion}, n.from[:]...)
	if n.all {
		b = append(b, 0)
	}
	for _, m := range n.marks {
		b = append(b, m.flags())
		b = append(b, m.id[:]...)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// parseNote reads what String wrote, or returns errNote.
func parseNote(text string) (n note, err error) {
	if len(text) > maxNote || strings.ContainsAny(text, "\r\n") { // which base64 would skip
		return note{}, errNote
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) < noteHead || b[0] != noteVersion {
		return note{}, errNote
	}
	n.from = server(b[1:noteHead])
	b = b[noteHead:]
	if bytes.Equal(b, []byte{0}) {
		n.all = true
		return n, nil
	}
	if len(b)%markLen != 0 {
		return note{}, errNote
	}
	for part := range slices.Chunk(b, markLen) {
		m := mark{id: uuid.UUID(part[1:])}
		if !m.setFlags(part[0]) {
			return note{}, errNote
		}
		n.marks = append(n.marks, m)
	}
	return n, nil
}

// flags are, from the lowest bit: floor in two, gone in two, fresh, whether it is
// counted, and in two for which class first. A server of before those two finds
// notes that have them malformed, and tells its readers to ask again.
func (m mark) flags() byte {
	b := byte(m.floor) | byte(m.gone)<<2
	if m.fresh {
		b |= 1 << 4
	}
	if m.counted < nobody {
		b |= 1<<5 | byte(m.counted)<<6
	}
	return b
}

func (m *mark) setFlags(b byte) (ok bool) {
	m.floor, m.gone = Class(b&3), Class(b>>2&3)
	m.fresh, m.counted = b&(1<<4) != 0, nobody
	if b&(1<<5) == 0 {
		return b < 1<<6 && m.floor < nobody
	}
	m.counted = Class(b >> 6)
	return m.counted < nobody && m.floor < nobody
}
