package live

import (
	"bytes"
	"errors"
	"iter"
	"strings"
	"time"
)

// maxMessage bounds one message, in bytes of its lines. The server's have a few
// hundred.
const maxMessage = 64 << 10

// errTooLong ends a stream whose message has more than maxMessage bytes.
var errTooLong = errors.New("message of a live stream is too long")

// A message is one server-sent event.
type message struct {
	position string // the id of this message, or of the last that had one
	kind     string // "" for most
	data     string
}

// A decoder reads server-sent events as the HTML standard says, section 9.2.6,
// from chunks that are cut anywhere.
type decoder struct {
	position string        // the last event ID
	retry    time.Duration // the last that the server gave; 0 is none

	begun    bool   // the first line has ended
	afterCR  bool   // a line feed would belong to the line before
	line     []byte // the line that has not ended
	id, kind string
	hasID    bool
	data     []byte
	size     int // of the message so far
}

// decode yields the messages that the chunk completes. An error is the last.
func (d *decoder) decode(chunk []byte) iter.Seq2[message, error] {
	return func(yield func(message, error) bool) {
		for len(chunk) > 0 {
			if d.afterCR && chunk[0] == '\n' {
				chunk = chunk[1:]
				d.afterCR = false
				continue
			}
			d.afterCR = false
			end := bytes.IndexAny(chunk, "\r\n")
			part := chunk
			if end >= 0 {
				part = chunk[:end]
			}
			if d.size += len(part); d.size > maxMessage {
				yield(message{}, errTooLong)
				return
			}
			d.line = append(d.line, part...)
			if end < 0 {
				return
			}
			d.afterCR = chunk[end] == '\r'
			chunk = chunk[end+1:]
			if m, ok := d.endLine(); ok && !yield(m, nil) {
				return
			}
		}
	}
}

// endLine takes the line that has ended, and returns the message if it ends one.
func (d *decoder) endLine() (m message, ok bool) {
	line := string(d.line)
	d.line = d.line[:0]
	if !d.begun {
		d.begun = true
		line = strings.TrimPrefix(line, "\ufeff")
	}
	if line == "" {
		return d.endMessage()
	}
	name, value, _ := strings.Cut(line, ":")
	value = strings.TrimPrefix(value, " ")
	switch name {
	case "": // a comment, with which the server shows that it lives
		d.size -= len(line)
	case "data":
		d.data = append(append(d.data, value...), '\n')
	case "event":
		d.kind = value
	case "id":
		if !strings.Contains(value, "\x00") {
			d.id, d.hasID = value, true
		}
	case "retry":
		if ms, ok := digits(value); ok {
			d.retry = time.Duration(ms) * time.Millisecond
		}
	}
	return message{}, false
}

func (d *decoder) endMessage() (m message, ok bool) {
	if d.hasID {
		d.position = d.id
	}
	if ok = len(d.data) > 0; ok {
		m = message{d.position, d.kind, string(d.data[:len(d.data)-1])}
	}
	d.data, d.kind, d.hasID, d.size = d.data[:0], "", false, 0
	return m, ok
}

// digits reads a number of ASCII digits and nothing else, up to a day of
// milliseconds.
func digits(s string) (n int, ok bool) {
	const most = 24 * 60 * 60 * 1000
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = min(n*10+int(s[i]-'0'), most)
	}
	return n, s != ""
}
